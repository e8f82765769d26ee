"""Element-wise samplers: diffusers' own step on a uniform map, single pixels on any map."""

import itertools
from typing import Any, Literal

import diffusers
import pytest
import torch
from torch import Tensor

from asyndm.request import Request
from asyndm.samplers.ddim import ddim_step
from asyndm.samplers.ddpm import ddpm_step
from asyndm.timestep_map import Moment
from asyndm.vp_sampling import VPSampling
from tests.asyndm.one_call import no_second_call

PREDICTIONS = ("epsilon", "v_prediction", "sample")
Kind = Literal["ddim", "ddpm"]


def stock_scheduler(kind: Kind, prediction_type: str, *, clip: bool) -> Any:
    classes: dict[str, Any] = {"ddim": diffusers.DDIMScheduler, "ddpm": diffusers.DDPMScheduler}
    extra = {"set_alpha_to_one": False} if kind == "ddim" else {}
    return classes[kind](
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1,
        timestep_spacing="leading", clip_sample=clip, prediction_type=prediction_type, **extra,
    )  # fmt: skip


def uniform(t: int) -> Tensor:
    return torch.full((6, 5), t)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("prediction_type", PREDICTIONS)
@pytest.mark.parametrize("steps", [12, 30])
def test_ddim_equals_diffusers(steps: int, prediction_type: str, clip: bool, eta: float) -> None:
    scheduler = stock_scheduler("ddim", prediction_type, clip=clip)
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2, 4, 6, 5), generator=generator)
    times = [*scheduler.timesteps.tolist(), -1]
    for t, t_next in itertools.pairwise(times):
        out = torch.randn(x.shape, generator=generator)
        noise = torch.randn(x.shape, generator=generator)
        stock = scheduler.step(out, t, x, eta=eta, variance_noise=noise).prev_sample
        ours = ddim_step(
            x, out, uniform(t), uniform(t_next), scheduler.alphas_cumprod,
            final_alpha=scheduler.final_alpha_cumprod, eta=eta, prediction_type=prediction_type,
            clip_sample_range=1.0 if clip else None, noise=noise,
        )  # fmt: skip
        torch.testing.assert_close(ours, stock, rtol=0, atol=3e-6 * float(stock.abs().max()))
        x = stock


@pytest.mark.parametrize("prediction_type", PREDICTIONS)
def test_ddpm_equals_diffusers(prediction_type: str) -> None:
    scheduler = stock_scheduler("ddpm", prediction_type, clip=False)
    scheduler.set_timesteps(20)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2, 4, 6, 5), generator=generator)
    times = [*scheduler.timesteps.tolist(), -1]
    for t, t_next in itertools.pairwise(times):
        out = torch.randn(x.shape, generator=generator)
        state = generator.get_state()
        stock = scheduler.step(out, t, x, generator=generator).prev_sample
        generator.set_state(state)
        noise = torch.randn(x.shape, generator=generator)
        ours = ddpm_step(
            x, out, uniform(t), uniform(t_next), scheduler.alphas_cumprod, noise=noise,
            prediction_type=prediction_type,
        )  # fmt: skip
        torch.testing.assert_close(ours, stock, rtol=0, atol=3e-6 * float(stock.abs().max()))
        x = stock


def test_ddpm_is_ddim_with_eta_1() -> None:
    alphas = stock_scheduler("ddim", "epsilon", clip=False).alphas_cumprod.double()
    x, out, noise = (torch.randn((1, 4, 6, 5)) for _ in range(3))
    t, t_next = torch.randint(500, 999, (6, 5)), torch.randint(0, 499, (6, 5))
    ddim = ddim_step(x, out, t, t_next, alphas, eta=1.0, noise=noise)
    ddpm = ddpm_step(x, out, t, t_next, alphas, noise=noise)
    torch.testing.assert_close(ddpm, ddim, rtol=0, atol=1e-5 * float(ddim.abs().max()))


@pytest.mark.parametrize("kind", ["ddim", "ddpm"])
@pytest.mark.parametrize("batched", [False, True])
def test_every_pixel_steps_by_its_own_time(kind: Kind, batched: bool) -> None:
    alphas = stock_scheduler(kind, "epsilon", clip=False).alphas_cumprod
    generator = torch.Generator().manual_seed(1)
    x, out, noise = (torch.randn((2, 3, 6, 5), generator=generator) for _ in range(3))
    shape = (2, 6, 5) if batched else (6, 5)
    t = torch.randint(100, 1000, shape, generator=generator)
    t_next = t - torch.randint(0, 101, shape, generator=generator) - 1

    def step(x: Tensor, out: Tensor, t: Tensor, t_next: Tensor, noise: Tensor) -> Tensor:
        if kind == "ddim":
            return ddim_step(x, out, t, t_next, alphas, eta=0.7, noise=noise)
        return ddpm_step(x, out, t, t_next, alphas, noise=noise)

    together = step(x, out, t, t_next, noise)
    for b in range(2):
        for i in range(6):
            for j in range(5):
                at = (slice(b, b + 1), slice(None), slice(i, i + 1), slice(j, j + 1))
                own = (b, slice(i, i + 1), slice(j, j + 1)) if batched else at[2:]
                alone = step(x[at], out[at], t[own], t_next[own], noise[at])
                torch.testing.assert_close(together[at], alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["ddim", "ddpm"])
def test_pixel_whose_time_stands_stays_bit_equal(kind: Kind) -> None:
    alphas = stock_scheduler(kind, "epsilon", clip=False).alphas_cumprod
    x, out, noise = (torch.randn((1, 4, 6, 5)) for _ in range(3))
    t = torch.randint(1, 1000, (6, 5))
    t_next = t.clone()
    t_next[2:] -= 1
    if kind == "ddim":
        after = ddim_step(x, out, t, t_next, alphas, eta=1.0, noise=noise)
    else:
        after = ddpm_step(x, out, t, t_next, alphas, noise=noise)
    assert torch.equal(after[..., :2, :], x[..., :2, :])
    assert not torch.equal(after[..., 2:, :], x[..., 2:, :])


def test_low_precision_stays_low_and_finite() -> None:
    alphas = stock_scheduler("ddim", "epsilon", clip=False).alphas_cumprod
    x = torch.randn((1, 4, 6, 5), dtype=torch.bfloat16)
    after = ddim_step(x, x, uniform(500), uniform(480), alphas)
    assert after.dtype == torch.bfloat16
    assert torch.isfinite(after).all()


def test_refusals() -> None:
    alphas = stock_scheduler("ddim", "epsilon", clip=False).alphas_cumprod
    x = torch.zeros((1, 4, 6, 5))
    with pytest.raises(ValueError, match="noise"):
        ddim_step(x, x, uniform(5), uniform(4), alphas, eta=1.0)
    with pytest.raises(ValueError, match="prediction type"):
        ddim_step(x, x, uniform(5), uniform(4), alphas, prediction_type="flow")


@pytest.mark.parametrize("sampler", ["ddim", "ddpm"])
@pytest.mark.parametrize("name", ["EulerDiscreteScheduler", "DPMSolverMultistepScheduler"])
def test_latents_are_not_clipped_unless_the_settings_say_so(
    name: str, sampler: Literal["ddim", "ddpm"]
) -> None:
    """Settings of schedulers without clipping say nothing of it; diffusers' default is to clip."""
    scheduler = getattr(diffusers, name)(prediction_type="sample", steps_offset=1)
    assert "clip_sample" not in scheduler.config
    x = torch.full((1, 4, 2, 2), 3.0)
    t = torch.full((2, 2), 500)
    for clips, stock in (
        (False, scheduler),
        (True, stock_scheduler(sampler, "sample", clip=True)),
    ):
        plan = VPSampling(Request(steps=10), sampler, stock)
        now, then = (Moment(at, torch.zeros((2, 2))) for at in (t, torch.full((2, 2), -1)))
        _, clean = plan.stepper()(x, x, now, then, torch.zeros_like(x), no_second_call)
        assert bool((clean.abs() < 1.1).all()) is clips
