"""Per-token time on real transformers at tiny size: stock on a uniform map, naive on any."""

from typing import Any

import diffusers
import pytest
import torch
from torch import Tensor

from asyndm.families.token_time import text_time
from asyndm.per_pixel_time import per_pixel_time
from benchmarks.naive_transformers import naive_flux, naive_sd3

WORDS, SIDE = 7, 6


def jittered(model: Any) -> Any:
    """Every parameter away from zero, so that gates that start at zero hide nothing."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    model.eval().requires_grad_(requires_grad=False)
    return model


def sd3(*, dual: bool) -> Any:
    kind: Any = diffusers.SD3Transformer2DModel
    torch.manual_seed(0)
    return jittered(
        kind(
            sample_size=16, patch_size=2, in_channels=4, out_channels=4, num_layers=3,
            attention_head_dim=8, num_attention_heads=4, joint_attention_dim=24,
            caption_projection_dim=32, pooled_projection_dim=20, pos_embed_max_size=16,
            qk_norm="rms_norm" if dual else None, dual_attention_layers=(0, 1) if dual else (),
        )
    )  # fmt: skip


def flux(*, guidance: bool = True, channels: int = 8) -> Any:
    kind: Any = diffusers.FluxTransformer2DModel
    torch.manual_seed(0)
    return jittered(
        kind(
            in_channels=channels, out_channels=8, num_layers=2, num_single_layers=2,
            attention_head_dim=16, num_attention_heads=2, joint_attention_dim=24,
            pooled_projection_dim=20, guidance_embeds=guidance, axes_dims_rope=(4, 6, 6),
        )
    )  # fmt: skip


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


class Sd3Call:
    """Inputs of SD 3 and how to call it."""

    unit = 1000.0

    def __init__(self, batch: int, *, dual: bool = True, double: bool = False) -> None:
        self.model = sd3(dual=dual)
        self.batch = batch
        self.latents = drawn(batch, 4, 2 * SIDE, 2 * SIDE + 4)
        self.grid = (SIDE, SIDE + 2)
        self.text, self.pooled = drawn(batch, WORDS, 24), drawn(batch, 20)
        if double:
            self.model.double()
            self.latents, self.text, self.pooled = (
                value.double() for value in (self.latents, self.text, self.pooled)
            )

    def __call__(self, time: float) -> Tensor:
        out: Tensor = self.model(
            self.latents, self.text, self.pooled, torch.full((self.batch,), time),
            return_dict=False,
        )[0]  # fmt: skip
        return out

    def naive(self, time: Tensor, words: Tensor) -> Tensor:
        return naive_sd3(self.model, self.latents, self.text, self.pooled, time, words)


class FluxCall:
    """Inputs of FLUX, with as many reference tokens behind the image's as asked for."""

    unit = 1.0

    def __init__(
        self, batch: int, *, guidance: bool = True, reference: int = 0, double: bool = False
    ) -> None:
        self.model = flux(guidance=guidance)
        self.batch, self.reference = batch, reference
        self.grid = (SIDE, SIDE + 2)
        count = SIDE * (SIDE + 2)
        self.hidden = drawn(batch, count + reference, 8)
        self.text, self.pooled = drawn(batch, WORDS, 24), drawn(batch, 20)
        self.guidance = torch.full((batch,), 3.5) if guidance else None
        self.image_ids = drawn(count + reference, 3).abs() * 4
        self.text_ids = torch.zeros((WORDS, 3))
        if double:
            self.model.double()
            self.hidden, self.text, self.pooled = (
                value.double() for value in (self.hidden, self.text, self.pooled)
            )
            self.guidance = None if self.guidance is None else self.guidance.double()

    def __call__(self, time: float) -> Tensor:
        out: Tensor = self.model(
            hidden_states=self.hidden, encoder_hidden_states=self.text,
            pooled_projections=self.pooled, timestep=torch.full((self.batch,), time),
            img_ids=self.image_ids, txt_ids=self.text_ids, guidance=self.guidance,
            return_dict=False,
        )[0]  # fmt: skip
        return out

    def naive(self, time: Tensor, words: Tensor) -> Tensor:
        count = time.shape[1]
        if self.reference:
            other = time if self.reference == count else words[:, None].expand(-1, self.reference)
            time = torch.cat([time, other], 1)
        return naive_flux(
            self.model, self.hidden, self.text, self.pooled, time, words,
            guidance=self.guidance, image_ids=self.image_ids, text_ids=self.text_ids,
        )  # fmt: skip


CALLS: dict[str, Any] = {
    "sd3": lambda batch, **how: Sd3Call(batch, dual=False, **how),
    "sd3.5": Sd3Call,
    "flux dev": FluxCall,
    "flux schnell": lambda batch, **how: FluxCall(batch, guidance=False, **how),
    "kontext": lambda batch, **how: FluxCall(batch, reference=SIDE * (SIDE + 2), **how),
    "kontext, other grid": lambda batch, **how: FluxCall(batch, reference=20, **how),
}


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("name", CALLS)
def test_uniform_map_is_the_stock_model(name: str, batch: int) -> None:
    call = CALLS[name](batch)
    at = 0.437 * call.unit
    stock = call(at)
    with per_pixel_time(call.model) as clock:
        clock.set(torch.full(call.grid, at))
        ours = call(0.9 * call.unit)  # the scalar must be ignored
        clock.set(None)
        assert torch.equal(call(at), stock)
    torch.testing.assert_close(ours, stock, rtol=0, atol=1e-5)
    assert torch.equal(call(at), stock)
    assert not torch.allclose(call(0.9 * call.unit), stock, atol=1e-2)


@pytest.mark.parametrize("distinct", [2, 30])
@pytest.mark.parametrize("name", CALLS)
def test_any_map_equals_every_token_done_by_itself(name: str, distinct: int) -> None:
    call = CALLS[name](2, double=True)
    # Values that float32 holds exactly, as the naive computation is not rounded on its way.
    values = torch.randperm(512)[:distinct].double() / 512 * call.unit
    time = values[torch.randint(0, distinct, (2, *call.grid))]
    words = text_time(time.flatten(1).float()).double()[:, 0]
    direct = call.naive(time.flatten(1), words)
    with per_pixel_time(call.model) as clock:
        clock.set(time)
        ours = call(0.0)
    torch.testing.assert_close(ours, direct, rtol=0, atol=1e-6)
    assert float((ours - call(0.5 * call.unit)).abs().max()) > 1e-3


@pytest.mark.parametrize("name", CALLS)
def test_one_map_is_tiled_over_the_batch(name: str) -> None:
    call = CALLS[name](2)
    time = torch.rand(call.grid) * call.unit
    with per_pixel_time(call.model) as clock:
        clock.set(time)
        tiled = call(0.0)
        clock.set(time.expand(2, -1, -1))
        torch.testing.assert_close(call(0.0), tiled, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["sd3.5", "flux dev"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision(name: str, dtype: torch.dtype) -> None:
    call = CALLS[name](1)
    call.model.to(dtype)
    for part in ("latents", "hidden", "text", "pooled", "guidance"):
        if getattr(call, part, None) is not None:
            setattr(call, part, getattr(call, part).to(dtype))
    at = 0.5 * call.unit
    stock = call(at)
    with per_pixel_time(call.model) as clock:
        clock.set(torch.full(call.grid, at))
        ours = call(0.0)
    assert ours.dtype == dtype
    torch.testing.assert_close(ours, stock, rtol=0, atol=0.05)


def test_modulation_runs_on_the_distinct_timesteps_only() -> None:
    call = FluxCall(2)
    seen: dict[str, set[int]] = {}
    for name, module in call.model.named_modules():
        if name.endswith("linear"):
            rows = seen.setdefault(name, set())
            module.register_forward_pre_hook(lambda _m, args, rows=rows: rows.add(args[0].shape[0]))
    with per_pixel_time(call.model) as clock:
        clock.set(torch.tensor([0.25, 0.5, 0.75])[torch.randint(0, 3, call.grid)])
        call(0.0)
        assert seen["transformer_blocks.0.norm1.linear"] == {32}
        # Registered before ours, so it sees the table; the Linear itself gets one row a sample.
        widths = []
        handle = call.model.transformer_blocks[0].norm1_context.linear.register_forward_hook(
            lambda _m, _args, out: widths.append(out.shape[0])
        )
        call(0.0)
        handle.remove()
    assert widths == [2]


def test_the_text_takes_the_mean_of_what_is_still_denoised() -> None:
    flat = torch.tensor([[0.0, 0.0, 400.0, 600.0], [0.0, 0.0, 0.0, 0.0], [981.3] * 4])
    assert text_time(flat)[:, 0].tolist() == pytest.approx([500.0, 0.0, 981.3])
    assert torch.equal(text_time(flat)[2, 0], flat[2, 0])
    odd = torch.full((1, 4097), 0.1)
    assert torch.equal(text_time(odd)[0, 0], odd[0, 0])


def test_the_model_is_as_before_after_an_error() -> None:
    call = Sd3Call(1)
    stock = call(481.0)
    handle = call.model.transformer_blocks[1].register_forward_pre_hook(_fail)
    with pytest.raises(KeyError), per_pixel_time(call.model) as clock:  # noqa: PT012
        clock.set(torch.rand(call.grid) * 1000)
        call(0.0)
    handle.remove()
    assert torch.equal(call(481.0), stock)


def _fail(*_: object) -> None:
    raise KeyError("in mid forward")


@pytest.mark.parametrize("shape", [(SIDE + 1, SIDE), (3, SIDE, SIDE + 2)])
def test_a_map_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    call = Sd3Call(2)
    with per_pixel_time(call.model) as clock:
        clock.set(torch.zeros(shape))
        with pytest.raises(ValueError, match="does not fit"):
            call(0.0)
    wide = FluxCall(1)
    with per_pixel_time(wide.model) as clock:
        clock.set(torch.zeros((50, 50)))
        with pytest.raises(ValueError, match="does not fit"):
            wide(0.0)
