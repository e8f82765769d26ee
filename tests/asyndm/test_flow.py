"""Flow Euler and Heun: diffusers' own steps on a uniform map, single pixels on any map."""

import itertools
from typing import Any

import diffusers
import pytest
import torch
from torch import Tensor

import asyndm


def uniform(sigma: float) -> Tensor:
    return torch.full((6, 5), sigma)


@pytest.mark.parametrize("shift", [1.0, 3.0])
@pytest.mark.parametrize("steps", [4, 12, 30])
def test_euler_equals_diffusers(steps: int, shift: float) -> None:
    kind: Any = diffusers.FlowMatchEulerDiscreteScheduler
    stock = kind(shift=shift)
    stock.set_timesteps(steps)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2, 4, 6, 5), generator=generator)
    for t, (now, then) in zip(
        stock.timesteps, itertools.pairwise(stock.sigmas.tolist()), strict=True
    ):
        out = torch.randn(x.shape, generator=generator)
        ours = asyndm.flow_euler_step(x, out, uniform(now), uniform(then))
        x = stock.step(out, t, x).prev_sample
        torch.testing.assert_close(ours, x, rtol=0, atol=2e-6 * float(x.abs().max()))


@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_heun_equals_diffusers(shift: float) -> None:
    kind: Any = diffusers.FlowMatchHeunDiscreteScheduler
    stock = kind(shift=shift)
    stock.set_timesteps(8)
    sigmas = torch.unique_consecutive(stock.sigmas).tolist()
    times = iter(stock.timesteps)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((1, 4, 6, 5), generator=generator)
    for now, then in itertools.pairwise(sigmas):
        first, second = (torch.randn(x.shape, generator=generator) for _ in range(2))
        between = stock.step(first, next(times), x).prev_sample
        ours = asyndm.flow_heun_step(x, first, second, uniform(now), uniform(then))
        x = stock.step(second, next(times), between).prev_sample if then > 0 else between
        # diffusers goes by way of the clean picture and back, which rounds a little more.
        torch.testing.assert_close(ours, x, rtol=0, atol=1e-5 * float(x.abs().max()))
    assert next(times, None) is None


@pytest.mark.parametrize("batched", [False, True])
def test_every_pixel_steps_by_its_own_sigma(batched: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    x, out, second = (torch.randn((2, 3, 6, 5), generator=generator) for _ in range(3))
    shape = (2, 6, 5) if batched else (6, 5)
    now = torch.rand(shape, generator=generator)
    then = now * torch.rand(shape, generator=generator)
    then[..., 0, 0] = 0.0
    euler = asyndm.flow_euler_step(x, out, now, then)
    heun = asyndm.flow_heun_step(x, out, second, now, then)
    for b, i, j in itertools.product(range(2), range(6), range(5)):
        at = (slice(b, b + 1), slice(None), slice(i, i + 1), slice(j, j + 1))
        own = (b, slice(i, i + 1), slice(j, j + 1)) if batched else at[2:]
        alone = asyndm.flow_euler_step(x[at], out[at], now[own], then[own])
        assert torch.equal(euler[at], alone)
        alone = asyndm.flow_heun_step(x[at], out[at], second[at], now[own], then[own])
        assert torch.equal(heun[at], alone)
    assert torch.equal(heun[..., 0, 0], euler[..., 0, 0])


def test_a_pixel_that_stands_still_stays_bit_equal() -> None:
    x = torch.randn((1, 4, 6, 5), dtype=torch.bfloat16)
    now, then = uniform(0.7), uniform(0.7)
    then[3:] = 0.5
    after = asyndm.flow_euler_step(x, x, now, then)
    assert after.dtype == torch.bfloat16
    assert torch.equal(after[..., :3, :], x[..., :3, :])
    assert not torch.equal(after[..., 3:, :], x[..., 3:, :])
