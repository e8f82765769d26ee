"""The timestep of every pixel: the stock grid, the published numbers, joining at any call."""

from typing import Any, Literal

import diffusers
import pytest
import torch

from asyndm.request import Family
from asyndm.timestep_map import TimestepGrid, TimestepMap

Spacing = Literal["leading", "trailing", "linspace"]


def sd_scheduler(steps: int, spacing: Spacing = "leading") -> Any:
    kind: Any = diffusers.DDIMScheduler
    scheduler = kind(
        beta_schedule="scaled_linear", steps_offset=1, clip_sample=False, timestep_spacing=spacing
    )
    scheduler.set_timesteps(steps)
    return scheduler


@pytest.mark.parametrize("spacing", ["leading", "trailing", "linspace"])
@pytest.mark.parametrize("steps", [1, 2, 12, 20, 30, 50, 60])
def test_unmasked_pixels_follow_the_stock_grid(steps: int, spacing: Spacing) -> None:
    stock = sd_scheduler(steps, spacing).timesteps.tolist()
    time = TimestepMap(TimestepGrid(stock), "quadratic", (2, 3))
    time.advance(0.0)
    for call, timestep in enumerate(stock):
        assert time.call == call
        assert (time.indices() == timestep).all()
        time.advance(0.0)
    assert (time.indices() == -1).all()
    with pytest.raises(ValueError, match="over"):
        time.advance(0.0)


@pytest.mark.parametrize("family", ["quadratic", "piecewise_linear", "exponential"])
@pytest.mark.parametrize("steps", [12, 30, 50])
def test_concave_pixels_wait_and_all_meet_in_the_last_call(family: Family, steps: int) -> None:
    stock = sd_scheduler(steps).timesteps.tolist()
    w = torch.tensor([[0.0, 0.3, 0.7]], dtype=torch.float64)
    time = TimestepMap(TimestepGrid(stock), family, (1, 3))
    time.advance(w)
    for call in range(steps):
        t = time.timesteps()[0]
        if call < steps - 1:
            assert t[0] < t[1] < t[2]
        else:
            assert (time.indices() == stock[-1]).all()
        time.advance(w)


def test_published_start() -> None:
    """N = 50, w = 0.7: background at 981, concave pixels at 994.7 in the first call."""
    time = TimestepMap(TimestepGrid(sd_scheduler(50).timesteps.tolist()), "quadratic", (1, 2))
    time.advance(torch.tensor([[0.0, 0.7]], dtype=torch.float64))
    assert time.timesteps()[0].tolist() == pytest.approx([981.0, 994.72], abs=1e-9)
    assert time.indices()[0].tolist() == [981, 995]


def test_index_is_clamped_but_the_state_is_not() -> None:
    time = TimestepMap(TimestepGrid(sd_scheduler(50).timesteps.tolist()), "quadratic", (1, 1))
    time.advance(1.0)
    assert float(time.timesteps()) > 1000
    assert int(time.indices()) == 999
    assert float(time.level) == pytest.approx(1 - 1 / 2500)


@pytest.mark.parametrize("start", [1, 10, 29])
def test_lower_strength_starts_on_the_track(start: int) -> None:
    stock = sd_scheduler(30).timesteps.tolist()
    time = TimestepMap(TimestepGrid(stock), "quadratic", (1, 2), start=start)
    assert time.level[0].tolist() == pytest.approx([1 - start / 30] * 2)
    w = torch.tensor([[0.0, 0.7]], dtype=torch.float64)
    time.advance(w)
    assert time.call == start
    assert int(time.indices()[0, 0]) == stock[start]
    for _ in range(start, 29):
        assert time.level[0, 1] >= time.level[0, 0]
        time.advance(w)
    assert (time.indices() == stock[-1]).all()


def test_pixel_may_join_and_leave_at_any_call() -> None:
    stock = sd_scheduler(20).timesteps.tolist()
    time = TimestepMap(TimestepGrid(stock), "quadratic", (8, 8))
    generator = torch.Generator().manual_seed(0)
    time.advance(0.7)
    before = time.level
    for _ in range(19):
        time.advance(torch.rand((8, 8), generator=generator, dtype=torch.float64).round() * 0.7)
        assert (time.level <= before).all()
        before = time.level
    assert (time.indices() == stock[-1]).all()
