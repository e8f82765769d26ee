"""DPM-Solver++ 2M: diffusers' own steps on a uniform map, single pixels on any map."""

import itertools
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.loading import load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Region, Request
from asyndm.samplers.dpmpp_2m import Before, dpmpp_2m_step
from asyndm.timestep_map import Moment, TimestepMap
from asyndm.vp_sampling import VPSampling
from tests.asyndm.one_call import no_second_call
from tests.asyndm.tiny_models import tiny_pipeline_folder

pytestmark = pytest.mark.filterwarnings(
    # Of diffusers' own scheduler, where it converts a tensor.
    "ignore:__array__ implementation:DeprecationWarning"
)
SPACINGS: list[dict[str, Any]] = [
    {"timestep_spacing": "leading", "steps_offset": 1},
    {"timestep_spacing": "trailing"},
    {"timestep_spacing": "linspace"},
    {"timestep_spacing": "leading", "use_karras_sigmas": True},
    {"timestep_spacing": "linspace", "use_karras_sigmas": True},
]


def stock_scheduler(prediction_type: str = "epsilon", **spacing: Any) -> Any:
    kind: Any = diffusers.DPMSolverMultistepScheduler
    return kind(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012,
        prediction_type=prediction_type, **spacing,
    )  # fmt: skip


def moments(plan: VPSampling) -> list[Moment]:
    time = TimestepMap(plan.grid, "quadratic", (6, 5))
    found = []
    while time.call < plan.grid.steps:
        time.advance(0.0)
        found.append(time.moment())
    return found


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("steps", [5, 12, 20, 30])
def test_a_uniform_map_equals_diffusers_at_every_step(
    steps: int, prediction_type: str, spacing: dict[str, Any]
) -> None:
    stock = stock_scheduler(prediction_type, **spacing)
    stock.set_timesteps(steps)
    plan = VPSampling(Request(steps=steps), "dpmpp_2m", stock_scheduler(prediction_type, **spacing))
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2, 4, 6, 5), generator=generator)
    ours, step = x, plan.stepper()
    times = stock.timesteps.tolist()
    for t, (now, then) in zip(times, itertools.pairwise(moments(plan)), strict=True):
        assert (now.t == t).all()
        out = torch.randn(x.shape, generator=generator)
        x = stock.step(out, t, x).prev_sample
        ours, _ = step(ours, out, now, then, None, no_second_call)
        torch.testing.assert_close(ours, x, rtol=0, atol=1e-5 * float(x.abs().max()))
        ours = x


def test_every_pixel_steps_by_its_own_sigma() -> None:
    generator = torch.Generator().manual_seed(1)
    x, clean, last = (torch.randn((1, 3, 6, 5), generator=generator) for _ in range(3))
    sigma = torch.rand((6, 5), generator=generator, dtype=torch.float64) * 5 + 0.5
    after = sigma * torch.rand((6, 5), generator=generator, dtype=torch.float64)
    after[0, 0] = 0.0
    before = Before(last, sigma * 1.3)
    together = dpmpp_2m_step(x, clean, sigma, after, before)
    for i in range(6):
        for j in range(5):
            own = (slice(i, i + 1), slice(j, j + 1))
            at = (slice(None), slice(None), *own)
            past = Before(last[at], before.sigma[own])
            alone = dpmpp_2m_step(x[at], clean[at], sigma[own], after[own], past)
            torch.testing.assert_close(together[at], alone, rtol=0, atol=1e-6)
    assert torch.equal(together[0, :, 0, 0], clean[0, :, 0, 0])


def test_a_pixel_that_stands_still_stays_bit_equal_and_has_no_slope_afterwards() -> None:
    x, clean, last = (torch.randn((1, 4, 2, 2)) for _ in range(3))
    sigma = torch.full((2, 2), 3.0, dtype=torch.float64)
    then = sigma.clone()
    then[1] = 2.0
    after = dpmpp_2m_step(x, clean, sigma, then, Before(last, sigma * 1.5))
    assert torch.equal(after[..., 0, :], x[..., 0, :])
    stood = dpmpp_2m_step(x, clean, sigma, then, Before(last, sigma))
    assert torch.equal(stood, dpmpp_2m_step(x, clean, sigma, then))


def test_second_order_is_nearer_to_the_truth() -> None:
    """With Gaussian data the clean prediction is known, and so is the end of the path."""
    alphas = stock_scheduler().alphas_cumprod.double()
    wide = 0.5  # standard deviation of the data

    def end(order: int, steps: int) -> float:
        plan = VPSampling(Request(steps=steps), "dpmpp_2m", stock_scheduler())
        path = moments(plan)
        first = float(path[0].sigma[0, 0])
        x = torch.ones((1, 1, 6, 5))
        before: Before | None = None
        for now, then in itertools.pairwise(path[:-1]):
            a = 1 / (1 + now.sigma.square())
            clean = (x * (a.sqrt() * wide**2 / (a * wide**2 + 1 - a))).float()
            x = dpmpp_2m_step(x, clean, now.sigma, then.sigma, before if order == 2 else None)
            before = Before(clean, now.sigma)
        last = float(path[-2].sigma[0, 0])
        exact = spread(last) / spread(first)
        return abs(float(x[0, 0, 0, 0]) - exact) / exact

    def spread(sigma: float) -> float:
        a = 1 / (1 + sigma**2)
        return float((a * wide**2 + 1 - a) ** 0.5)

    assert len(alphas) == 1000
    assert end(2, 20) < 0.3 * end(1, 20)


@pytest.mark.parametrize("karras", [False, True])
def test_a_run_equals_the_stock_pipeline_and_a_region_arrives(tmp_path: Path, karras: bool) -> None:
    folder = tiny_pipeline_folder(tmp_path / "tiny")
    model = load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)
    kind: Any = diffusers.DPMSolverMultistepScheduler
    config = {**model.pipeline.scheduler.config, "use_karras_sigmas": karras}
    model.pipeline.scheduler = kind.from_config(config)
    request = Request(
        prompt="a red ball", seed=5, steps=12, guidance=4.0, sampler="dpmpp_2m", method="standard"
    )

    def latents(request: Request) -> Tensor:
        plan = resolve(request, model.info)
        run = PictureRun(model, plan, condition(model, plan), 0)
        assert not list(run.prepare())
        return list(run.run())[-1].latents

    noise = torch.randn((1, 4, 16, 16), generator=torch.Generator().manual_seed(5))
    stock = model.pipeline(
        "a red ball",
        num_inference_steps=12,
        guidance_scale=4.0,
        latents=noise,
        output_type="latent",
    ).images
    ours = latents(request)
    torch.testing.assert_close(ours, stock, rtol=0, atol=1e-4)
    mask = np.zeros((64, 64), np.float32)
    mask[:, 32:] = 1
    region = Region(mask=mask, concavity=0.7)
    late = latents(request.with_(method="asyndm", regions=(region,)))
    assert torch.isfinite(late).all()
    assert not torch.allclose(late, ours, atol=1e-2)
