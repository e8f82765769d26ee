"""Per-pixel time with LoRA, offloading, eight-bit storage and fused projections.

Each is the real technique of peft, accelerate, diffusers and torch on a tiny model; the result of a
map with many timesteps must be what it is without the technique, or token by token with it.
"""

import copy
import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from diffusers import ControlNetModel
from peft import LoraConfig
from torch import Tensor, nn

from asyndm.families.token_time import text_time
from asyndm.per_pixel_time import per_pixel_time
from benchmarks.naive_per_pixel import naive_per_pixel_time
from tests.asyndm.test_other_transformers import OTHER_CALLS
from tests.asyndm.test_per_pixel_time import SDXL, hook_count, tiny_unet
from tests.asyndm.test_token_time import CALLS, drawn, jittered

CPU = torch.device("cpu")
accelerate: Any = importlib.import_module("accelerate")  # it has no types


class UNetCall:
    """A UNet's inputs; `naive` does every pixel by itself."""

    unit = 1000.0
    grid = (16, 24)

    def __init__(self, batch: int, **changes: Any) -> None:
        self.model = tiny_unet(**changes)
        self.x = drawn(batch, self.model.config.in_channels, *self.grid)
        self.text = drawn(batch, 7, 24)
        self.extra: dict[str, Any] = {}
        if "addition_embed_type" in changes:
            sizes = torch.arange(6.0).expand(batch, -1) * 30
            self.extra = {"text_embeds": drawn(batch, 10), "time_ids": sizes}

    def __call__(self, time: float) -> Tensor:
        out: Tensor = self.model(
            self.x, time, encoder_hidden_states=self.text, return_dict=False,
            added_cond_kwargs=self.extra,
        )[0]  # fmt: skip
        return out

    def naive(self, time: Tensor, _words: Tensor) -> Tensor:
        with naive_per_pixel_time(self.model, time.reshape(-1, *self.grid)):
            out: Tensor = self(0.0)
        return out


class ControlCall(UNetCall):
    """A ControlNet: all of its outputs in one row."""

    def __init__(self, batch: int) -> None:
        super().__init__(batch)
        kind: Any = ControlNetModel
        torch.manual_seed(0)
        self.model = jittered(
            kind(
                cross_attention_dim=24, block_out_channels=(16, 32), layers_per_block=1,
                attention_head_dim=8, norm_num_groups=8,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                conditioning_embedding_out_channels=(8, 16),
            )
        )  # fmt: skip
        self.hint = drawn(batch, 3, 2 * self.grid[0], 2 * self.grid[1])

    def __call__(self, time: float) -> Tensor:
        downs, middle = self.model(self.x, time, self.text, self.hint, return_dict=False)
        return torch.cat([part.flatten(1) for part in [*downs, middle]], 1)


EVERY_CALL: dict[str, Callable[[int], Any]] = {
    "sd1": UNetCall,
    "sd2": lambda b: UNetCall(b, use_linear_projection=True, attention_head_dim=(2, 4)),
    "inpainting": lambda b: UNetCall(b, in_channels=9),
    "sdxl": lambda b: UNetCall(b, **SDXL),
    "controlnet": ControlCall,
    **CALLS,
    **{name: partial(make, dtype=torch.float32) for name, make in OTHER_CALLS.items()},
}
ONE_EACH = ["sdxl", "sd3.5", "kontext", "flux.2", "qwen edit 2511", "z-image"]


def with_map(call: Any, distinct: int = 30) -> Tensor:
    """One call with `distinct` timesteps, the same for every model of a kind."""
    with per_pixel_time(call.model) as clock:
        clock.set(a_map(call, distinct))
        out: Tensor = call(0.0)
    return out


def a_map(call: Any, distinct: int) -> Tensor:
    generator = torch.Generator().manual_seed(distinct)
    values = torch.arange(1, 512)[torch.randperm(511, generator=generator)[:distinct]]
    index = torch.randint(0, distinct, call.grid, generator=generator)
    return values[index] / 512 * float(call.unit)


def token_by_token(call: Any, distinct: int = 30) -> Tensor:
    time = a_map(call, distinct).flatten()[None].expand(2, -1)
    words = text_time(time.float(), 1.0 if hasattr(call, "captions") else 0.0)[:, 0]
    out: Tensor = call.naive(time, words)
    return out


def same(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", EVERY_CALL)
def test_the_model_is_bit_identical_afterwards(name: str) -> None:
    call = EVERY_CALL[name](2)
    state, hooks = copy.deepcopy(call.model.state_dict()), hook_count(call.model)
    attributes = {module: set(vars(module)) for module in call.model.modules()}
    stock = call(0.4 * call.unit)
    plain = with_map(call)
    assert not torch.allclose(plain, stock, atol=1e-3)
    same(plain, token_by_token(call))
    assert hook_count(call.model) == hooks
    assert {module: set(vars(module)) for module in call.model.modules()} == attributes
    assert all(torch.equal(value, state[key]) for key, value in call.model.state_dict().items())
    assert torch.equal(call(0.4 * call.unit), stock)


@pytest.mark.parametrize("name", [*EVERY_CALL])
def test_lora_on_every_linear(name: str) -> None:
    call = EVERY_CALL[name](2)
    plain = with_map(call)
    names = [n for n, module in call.model.named_modules() if isinstance(module, nn.Linear)]
    torch.manual_seed(1)
    lora = LoraConfig(r=2, target_modules=names, init_lora_weights=False)
    if hasattr(call.model, "add_adapter"):
        call.model.add_adapter(lora)
    else:  # a ControlNet takes LoRA only from peft itself
        from peft import inject_adapter_in_model

        inject_adapter_in_model(lora, call.model)
    call.model.requires_grad_(requires_grad=False)
    stock = call(0.4 * call.unit)
    ours = with_map(call)
    assert not torch.allclose(ours, plain, atol=1e-3)
    same(ours, token_by_token(call))
    with per_pixel_time(call.model) as clock:
        clock.set(torch.full(call.grid, 0.4 * call.unit))
        same(call(0.0), stock)


def _model_offload(model: Any) -> None:
    accelerate.cpu_offload_with_hook(model, CPU)


def _sequential_offload(model: Any) -> None:
    accelerate.cpu_offload(model, CPU)


def _groups_of_leaves(model: Any) -> None:
    model.enable_group_offload(CPU, CPU, offload_type="leaf_level")


def _groups_of_blocks(model: Any) -> None:
    model.enable_group_offload(CPU, CPU, offload_type="block_level", num_blocks_per_group=1)


@pytest.mark.parametrize(
    "offload", [_model_offload, _sequential_offload, _groups_of_leaves, _groups_of_blocks]
)
@pytest.mark.parametrize("name", ONE_EACH)
def test_offloading(name: str, offload: Callable[[Any], None]) -> None:
    call = EVERY_CALL[name](2)
    stock, plain = call(0.4 * call.unit), with_map(call)
    offload(call.model)
    same(with_map(call), plain)
    same(call(0.4 * call.unit), stock)


@pytest.mark.parametrize("name", ONE_EACH)
def test_weights_stored_in_eight_bits(name: str) -> None:
    call = EVERY_CALL[name](2)
    plain = with_map(call)
    call.model.enable_layerwise_casting(torch.float8_e4m3fn, torch.float32)
    ours = with_map(call)
    assert not torch.allclose(ours, plain, atol=1e-3)
    same(ours, token_by_token(call))


@pytest.mark.parametrize("name", ["sdxl", "sd3", "kontext", "flux.2", "qwen edit 2511"])
def test_fused_projections(name: str) -> None:
    call = EVERY_CALL[name](2)
    plain = with_map(call)
    call.model.fuse_qkv_projections()
    same(with_map(call), plain)
