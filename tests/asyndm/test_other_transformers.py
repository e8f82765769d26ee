"""Per-token time on FLUX.2, Qwen-Image(-Edit) and Z-Image: stock on a uniform map, naive on any."""

from typing import Any

import diffusers
import pytest
import torch
from torch import Tensor

from asyndm.errors import ModelError
from asyndm.families.token_time import text_time
from asyndm.per_pixel_time import per_pixel_time
from tests.asyndm.naive_other_transformers import naive_flux2, naive_qwen, naive_z_image
from tests.asyndm.test_per_pixel_time import hook_count
from tests.asyndm.test_token_time import SIDE, WORDS, drawn, jittered

COUNT = SIDE * (SIDE + 2)


def with_reference(time: Tensor, words: Tensor, reference: int) -> Tensor:
    """The timesteps of all image tokens: references copy their target, or take the text's."""
    if not reference:
        return time
    same = reference == time.shape[1]
    return torch.cat([time, time if same else words[:, None].expand(-1, reference)], 1)


class Flux2Call:
    """Inputs of FLUX.2, with reference tokens behind the image's."""

    unit = 1.0
    grid = (SIDE, SIDE + 2)

    def __init__(self, batch: int, dtype: torch.dtype = torch.float32, reference: int = 0) -> None:
        kind: Any = diffusers.Flux2Transformer2DModel
        torch.manual_seed(0)
        model = kind(
            in_channels=8, num_layers=2, num_single_layers=2, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=24, timestep_guidance_channels=32,
            axes_dims_rope=(4, 4, 4, 4),
        )  # fmt: skip
        self.model = jittered(model).to(dtype)
        self.batch, self.reference = batch, reference
        self.hidden = drawn(batch, COUNT + reference, 8).to(dtype)
        self.text = drawn(batch, WORDS, 24).to(dtype)
        self.guidance = torch.full((batch,), 3.5, dtype=dtype)
        self.ids = {"image_ids": drawn(COUNT + reference, 4).abs() * 4,
                    "text_ids": torch.zeros((WORDS, 4))}  # fmt: skip

    def __call__(self, time: float) -> Tensor:
        out: Tensor = self.model(
            hidden_states=self.hidden, encoder_hidden_states=self.text,
            timestep=torch.full((self.batch,), time), guidance=self.guidance,
            img_ids=self.ids["image_ids"], txt_ids=self.ids["text_ids"], return_dict=False,
        )[0]  # fmt: skip
        return out

    def naive(self, time: Tensor, words: Tensor) -> Tensor:
        every = with_reference(time, words, self.reference)
        return naive_flux2(
            self.model, self.hidden, self.text, every, words, guidance=self.guidance, **self.ids
        )


class QwenCall:
    """Inputs of Qwen-Image; with a reference of -Edit, with `zero` of -Edit-2511."""

    unit = 1.0
    grid = (SIDE, SIDE + 2)

    def __init__(
        self, batch: int, dtype: torch.dtype = torch.float32, *,
        reference: tuple[int, int] | None = None, zero: bool = False,
    ) -> None:  # fmt: skip
        kind: Any = diffusers.QwenImageTransformer2DModel
        torch.manual_seed(0)
        model = kind(
            in_channels=8, out_channels=2, num_layers=2, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=24, axes_dims_rope=(4, 6, 6),
            zero_cond_t=zero,
        )  # fmt: skip
        self.model = jittered(model).to(dtype)
        self.batch = batch
        shapes = [(1, *self.grid), *([] if reference is None else [(1, *reference)])]
        self.shapes = [shapes] * batch
        self.reference = reference[0] * reference[1] if reference else 0
        self.hidden = drawn(batch, COUNT + self.reference, 8).to(dtype)
        self.text = drawn(batch, WORDS, 24).to(dtype)
        self.mask = torch.ones((batch, WORDS), dtype=torch.bool)

    def __call__(self, time: float) -> Tensor:
        out: Tensor = self.model(
            hidden_states=self.hidden, encoder_hidden_states=self.text,
            encoder_hidden_states_mask=self.mask, timestep=torch.full((self.batch,), time),
            img_shapes=self.shapes, return_dict=False,
        )[0]  # fmt: skip
        return out

    def naive(self, time: Tensor, words: Tensor) -> Tensor:
        every = with_reference(time, words, self.reference)
        return naive_qwen(
            self.model, self.hidden, self.text, self.mask, self.shapes, every, words, COUNT
        )


class ZImageCall:
    """Inputs of Z-Image: 48 image tokens padded to 64, captions of two lengths."""

    unit = 1.0
    grid = (SIDE, SIDE + 2)

    def __init__(self, batch: int, dtype: torch.dtype = torch.float32) -> None:
        kind: Any = diffusers.ZImageTransformer2DModel
        torch.manual_seed(0)
        model = kind(
            in_channels=4, dim=32, n_layers=2, n_refiner_layers=1, n_heads=2, n_kv_heads=2,
            cap_feat_dim=24, axes_dims=[4, 6, 6], axes_lens=[128, 32, 32],
        )  # fmt: skip
        self.model = jittered(model).to(dtype)
        self.batch = batch
        self.latents = list(drawn(batch, 4, 1, 2 * SIDE, 2 * SIDE + 4).to(dtype))
        self.captions = [drawn(5 + 40 * k, 24).to(dtype) for k in range(batch)]

    def __call__(self, time: float) -> Tensor:
        moment = torch.full((self.batch,), time)
        return torch.stack(self.model(self.latents, moment, self.captions, return_dict=False)[0])

    def naive(self, time: Tensor, words: Tensor) -> Tensor:
        return naive_z_image(self.model, self.latents, self.captions, time, words)


OTHER_CALLS: dict[str, Any] = {
    "flux.2": Flux2Call,
    "flux.2 edit": lambda batch, dtype: Flux2Call(batch, dtype, reference=COUNT),
    "qwen": QwenCall,
    "qwen edit": lambda batch, dtype: QwenCall(batch, dtype, reference=(SIDE, SIDE + 2)),
    "qwen edit 2511": lambda batch, dtype: QwenCall(batch, dtype, reference=(4, 5), zero=True),
    "z-image": ZImageCall,
}


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("name", OTHER_CALLS)
def test_uniform_map_is_the_stock_model(name: str, batch: int) -> None:
    call = OTHER_CALLS[name](batch, torch.float32)
    stock, other, hooks = call(0.437), call(0.9), hook_count(call.model)
    with per_pixel_time(call.model) as clock:
        clock.set(torch.full(call.grid, 0.437))
        ours = call(0.9)  # the scalar must be ignored
        clock.set(None)
        assert torch.equal(call(0.437), stock)
    torch.testing.assert_close(ours, stock, rtol=0, atol=2e-5)
    assert not torch.allclose(other, stock, atol=1e-2)
    assert torch.equal(call(0.437), stock)
    assert hook_count(call.model) == hooks


@pytest.mark.parametrize("distinct", [2, 30])
@pytest.mark.parametrize("name", OTHER_CALLS)
def test_any_map_equals_every_token_done_by_itself(name: str, distinct: int) -> None:
    call = OTHER_CALLS[name](2, torch.float64)
    values = torch.randperm(512)[:distinct].double() / 512
    time = values[torch.randint(0, distinct, (2, *call.grid))]
    time[0, 0] = clean = 1.0 if name == "z-image" else 0.0
    words = text_time(time.flatten(1).float(), clean).double()[:, 0]
    direct = call.naive(time.flatten(1), words)
    with per_pixel_time(call.model) as clock:
        clock.set(time)
        ours = call(0.0)
    # Rotary embeddings and sinusoids are float32 in the models themselves.
    torch.testing.assert_close(ours, direct, rtol=0, atol=1e-5)
    assert float((ours - call(0.5)).abs().max()) > 1e-3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["flux.2 edit", "qwen edit 2511", "z-image"])
def test_low_precision(name: str, dtype: torch.dtype) -> None:
    call = OTHER_CALLS[name](2, dtype)
    stock = call(0.5)
    with per_pixel_time(call.model) as clock:
        clock.set(torch.full(call.grid, 0.5))
        ours = call(0.0)
    assert ours.dtype == dtype
    torch.testing.assert_close(ours, stock, rtol=0, atol=0)


def test_clean_references_are_another_picture_than_noisy_ones() -> None:
    """``zero_cond_t`` must reach the blocks: the same weights without it give another output."""
    outputs = []
    for zero in (False, True):
        call = QwenCall(1, reference=(4, 5), zero=zero)
        with per_pixel_time(call.model) as clock:
            clock.set(torch.rand(call.grid, generator=torch.Generator().manual_seed(0)))
            outputs.append(call(0.0))
    assert not torch.allclose(outputs[0], outputs[1], atol=1e-3)


def test_text_of_a_model_whose_time_runs_to_one() -> None:
    flat = torch.tensor([[1.0, 1.0, 0.25, 0.75], [1.0] * 4, [0.3] * 4])
    assert text_time(flat, 1.0)[:, 0].tolist() == pytest.approx([0.5, 1.0, 0.3])


def test_a_class_whose_roles_are_not_known_is_refused() -> None:
    kind: Any = diffusers.PixArtTransformer2DModel
    model = kind(
        num_attention_heads=2, attention_head_dim=8, num_layers=1, cross_attention_dim=16,
        sample_size=8, caption_channels=8, norm_num_groups=4,
    )  # fmt: skip
    with pytest.raises(ModelError, match="PixArtTransformer2DModel"):
        per_pixel_time(model)
