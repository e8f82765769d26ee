"""Per-pixel time on real diffusers UNets at tiny size: stock on a uniform map, naive on any."""

import gc
from typing import Any

import diffusers
import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from asyndm.per_pixel_time import per_pixel_time
from asyndm.row_table import RowTable
from benchmarks.naive_per_pixel import naive_per_pixel_time


def tiny_unet(**changes: Any) -> Any:
    """Two levels, attention in the lower one; every parameter jittered away from zero."""
    torch.manual_seed(0)
    config: dict[str, Any] = {
        "sample_size": 16, "in_channels": 4, "out_channels": 4, "cross_attention_dim": 24,
        "block_out_channels": (16, 32), "layers_per_block": 1, "attention_head_dim": 8,
        "norm_num_groups": 8, "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }  # fmt: skip
    kind: Any = diffusers.UNet2DConditionModel
    unet = kind(**{**config, **changes})
    with torch.no_grad():
        for parameter in unet.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    unet.eval().requires_grad_(requires_grad=False)
    return unet


def inputs(
    batch: int, height: int = 16, width: int = 16, channels: int = 4
) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn((batch, channels, height, width), generator=generator)
    return x, torch.randn((batch, 7, 24), generator=generator)


def run(unet: Any, x: Tensor, t: int | Tensor, text: Tensor, **extra: Any) -> Tensor:
    out: Tensor = unet(x, t, encoder_hidden_states=text, return_dict=False, **extra)[0]
    return out


SDXL = {
    "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + 10,
}  # fmt: skip


@pytest.mark.parametrize("batch", [1, 2, 4])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"in_channels": 9},
        {"use_linear_projection": True, "attention_head_dim": (2, 4)},
        {"resnet_time_scale_shift": "scale_shift"},
        {"class_embed_type": "timestep"},
        SDXL,
    ],
    ids=["sd1", "inpainting", "sd2", "scale_shift", "class", "sdxl"],
)
def test_uniform_map_is_the_stock_model(changes: dict[str, Any], batch: int) -> None:
    unet = tiny_unet(**changes)
    x, text = inputs(batch, channels=unet.config.in_channels)
    extra: dict[str, Any] = {}
    if "class_embed_type" in changes:
        extra["class_labels"] = torch.arange(batch)
    if changes is SDXL:
        extra["added_cond_kwargs"] = {
            "text_embeds": torch.randn((batch, 10)), "time_ids": torch.rand((batch, 6)) * 100,
        }  # fmt: skip
    stock = run(unet, x, 481, text, **extra)
    with per_pixel_time(unet) as clock:
        clock.set(torch.full((16, 16), 481))
        ours = run(unet, x, 3, text, **extra)  # the scalar must be ignored
    torch.testing.assert_close(ours, stock, rtol=0, atol=5e-6)


@pytest.mark.parametrize("size", [(16, 16), (16, 24), (10, 14), (9, 15)])
@pytest.mark.parametrize("distinct", [2, 30, 200])
def test_any_map_equals_every_pixel_done_directly(size: tuple[int, int], distinct: int) -> None:
    unet = tiny_unet().double()
    x, text = (value.double() for value in inputs(2, *size))
    values = torch.randperm(1000)[:distinct]
    timesteps = values[torch.randint(0, distinct, (2, *size))]
    with naive_per_pixel_time(unet, timesteps):
        direct = run(unet, x, 0, text)
    with per_pixel_time(unet) as clock:
        clock.set(timesteps)
        ours = run(unet, x, 0, text)
    torch.testing.assert_close(ours, direct, rtol=0, atol=1e-12)
    assert float((ours - run(unet, x, 500, text)).abs().max()) > 1e-3


def test_cost_follows_the_distinct_timesteps() -> None:
    """The embedding and its projections see one short table, not one row per pixel."""
    unet = tiny_unet()
    x, text = inputs(2)
    seen: set[int] = set()
    for name, module in unet.named_modules():
        if name.endswith("time_emb_proj"):
            module.register_forward_pre_hook(lambda _m, args: seen.add(args[0].shape[0]))
    timesteps = torch.tensor([100, 400, 700])[torch.randint(0, 3, (16, 16))]
    with per_pixel_time(unet) as clock:
        clock.set(timesteps)
        run(unet, x, 0, text)
    assert seen == {32}


def test_map_of_half_the_batch_is_tiled() -> None:
    """Guidance doubles a batch as [unconditional, conditional]; one map drives both halves."""
    unet = tiny_unet()
    x, text = inputs(2)
    timesteps = torch.randint(0, 1000, (2, 16, 16))
    with per_pixel_time(unet) as clock:
        clock.set(timesteps)
        alone = run(unet, x, 0, text)
        doubled = run(unet, torch.cat([x, x]), 0, torch.cat([text, text]))
    torch.testing.assert_close(doubled, torch.cat([alone, alone]), rtol=0, atol=5e-6)


@pytest.mark.parametrize("batch", [32, 64])
def test_table_never_has_as_many_rows_as_the_batch(batch: int) -> None:
    unet = tiny_unet()
    x, text = inputs(batch, 4, 4)
    timesteps = torch.arange(batch).repeat_interleave(16).reshape(batch, 4, 4) * 7
    with per_pixel_time(unet) as clock:
        clock.set(timesteps)
        ours = run(unet, x, 0, text)
    each = torch.cat([run(unet, x[k : k + 1], 7 * k, text[k : k + 1]) for k in range(batch)])
    torch.testing.assert_close(ours, each, rtol=0, atol=5e-6)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision(dtype: torch.dtype) -> None:
    unet = tiny_unet().to(dtype)
    x, text = (value.to(dtype) for value in inputs(2))
    stock = run(unet, x, 481, text)
    with per_pixel_time(unet) as clock:
        clock.set(torch.full((16, 16), 481))
        ours = run(unet, x, 0, text)
    assert ours.dtype == dtype
    torch.testing.assert_close(ours, stock, rtol=0, atol=0.02)


def hook_count(unet: nn.Module) -> int:
    return sum(
        len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._forward_hooks_always_called)
        for m in unet.modules()
    )


class NoDoubles(TorchFunctionMode):
    """Stands for a device without float64, such as Apple's Metal."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        assert not isinstance(out, Tensor) or out.dtype != torch.float64, func
        return out


def test_nothing_is_computed_in_float64() -> None:
    unet = tiny_unet()
    x, text = inputs(1)
    timesteps = torch.arange(256).reshape(16, 16)
    with per_pixel_time(unet) as clock, NoDoubles():
        clock.set(timesteps)
        assert torch.isfinite(run(unet, x, 0, text)).all()


def test_model_is_exactly_as_before() -> None:
    unet = tiny_unet()
    x, text = inputs(2)
    stock, hooks = run(unet, x, 481, text), hook_count(unet)
    with per_pixel_time(unet) as clock:
        assert torch.equal(run(unet, x, 481, text), stock)
        clock.set(torch.randint(0, 1000, (16, 16)))
        assert not torch.equal(run(unet, x, 481, text), stock)
        clock.set(None)
        assert torch.equal(run(unet, x, 481, text), stock)
    assert torch.equal(run(unet, x, 481, text), stock)
    assert hook_count(unet) == hooks
    gc.collect()


def test_model_is_as_before_after_an_error() -> None:
    unet = tiny_unet()
    x, text = inputs(2)
    stock, hooks = run(unet, x, 481, text), hook_count(unet)

    def fail(*_: object) -> None:
        raise KeyError("in mid forward")

    handle = unet.up_blocks[0].register_forward_pre_hook(fail)
    with pytest.raises(KeyError), per_pixel_time(unet) as clock:  # noqa: PT012
        clock.set(torch.randint(0, 1000, (16, 16)))
        run(unet, x, 0, text)
    handle.remove()
    assert hook_count(unet) == hooks
    assert torch.equal(run(unet, x, 481, text), stock)


def test_context_survives_an_error_inside() -> None:
    """A failed call must not leave the next one half substituted."""
    unet = tiny_unet()
    x, text = inputs(2)
    with per_pixel_time(unet) as clock:
        clock.set(torch.full((16, 16), 481))
        with pytest.raises(RuntimeError):
            run(unet, x, 0, text[..., :5])
        ours = run(unet, x, 0, text)
    torch.testing.assert_close(ours, run(unet, x, 481, text), rtol=0, atol=5e-6)


def test_refusals() -> None:
    unet = tiny_unet()
    x, text = inputs(2)
    with per_pixel_time(unet) as clock:
        with pytest.raises(ValueError, match="timestep map"):
            clock.set(torch.zeros(4))
        for shape in [(8, 8), (3, 16, 16)]:
            clock.set(torch.zeros(shape))
            with pytest.raises(ValueError, match="does not fit"):
                run(unet, x, 0, text)
        with pytest.raises(RuntimeError, match="already"):
            clock.__enter__()


def test_row_table_refuses_what_it_does_not_know() -> None:
    table: Any = RowTable(torch.ones((2, 4)), lambda rows, _x: rows[:1, :, None, None])
    assert table[:, :, None, None] is table
    assert torch.equal(table + torch.zeros((1, 4, 2, 2)), torch.ones((1, 4, 2, 2)))
    assert torch.equal(torch.full((1, 4, 2, 2), 3.0) * (1 + table), torch.full((1, 4, 2, 2), 6.0))
    scale, shift = torch.chunk(table, 2, dim=1)
    assert scale.shape == shift.shape == (2, 2)
    with pytest.raises(TypeError):
        table[0]
    with pytest.raises(TypeError):
        torch.sigmoid(table)
    with pytest.raises(TypeError):
        table.chunk(2, dim=0)
