"""Schedule curves against the paper's Table 2, and Proposition 1 as properties."""

import math
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from asyndm.errors import RequestError
from asyndm.request import Family
from asyndm.schedule import Schedule, advance_by_bisection

CONCAVE: tuple[Family, ...] = ("quadratic", "piecewise_linear", "exponential")
STRICT = ("quadratic", "exponential")
families = st.sampled_from(CONCAVE)
concavities = st.floats(0.05, 1.0)
parts = st.floats(0.0, 1.0)


def level_in_band(schedule: Schedule, u0: float, part: float) -> float:
    """A level between the band's lower edge 1 - f(1 - u0) and its upper edge f(u0)."""
    low, high = 1 - float(schedule(1 - u0)), float(schedule(u0))
    return low + part * (high - low)


@pytest.mark.parametrize(
    ("family", "u", "expected"),
    [
        ("linear", 0.25, 0.75),
        ("quadratic", 0.5, 0.7 * 0.75 + 0.3 * 0.5),
        ("piecewise_linear", 0.5, min(1 - 0.3 * 0.5, 1.7 * 0.5)),
        ("piecewise_linear", 0.9, 1.7 * 0.1),
        ("exponential", 0.5, 0.7 * (math.e - math.e**0.5) / (math.e - 1) + 0.3 * 0.5),
    ],
)
def test_curve_is_table_2(family: Family, u: float, expected: float) -> None:
    assert float(Schedule(family, 0.7)(u)) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("family", ["linear", *CONCAVE])
@pytest.mark.parametrize("concavity", [0.0, 0.3, 0.7, 1.0])
def test_curve_starts_at_1_ends_at_0_and_is_concave(family: Family, concavity: Any) -> None:
    u = np.linspace(0, 1, 201)
    y = Schedule(family, concavity)(u)
    assert y[0] == pytest.approx(1, abs=1e-15)
    assert y[-1] == pytest.approx(0, abs=1e-15)
    assert (np.diff(y) < 1e-15).all()
    assert (np.diff(y, 2) < 1e-12).all()
    assert (y >= 1 - u - 1e-12).all()


@pytest.mark.parametrize("family", CONCAVE)
def test_concavity_0_is_exactly_linear(family: Family) -> None:
    u = np.linspace(0, 1, 101)
    assert np.array_equal(Schedule(family, 0.0)(u), 1 - u)
    y = np.random.default_rng(0).random(1000)
    linear = Schedule("linear", 0.0).advance(y, 0.6, 0.05)
    assert np.array_equal(Schedule(family, 0.0).advance(y, 0.6, 0.05), linear)


@given(families, concavities, parts, parts, st.floats(0.001, 0.5))
def test_closed_form_equals_bisection(
    family: Family, concavity: Any, u0: float, part: float, share: float
) -> None:
    schedule = Schedule(family, concavity)
    assume(1e-3 < u0 < 0.999)
    level, remaining = level_in_band(schedule, u0, part), 1 - u0
    step = share * remaining
    closed = float(schedule.advance(level, remaining, step))
    solved = float(advance_by_bisection(schedule, level, remaining, step))
    assert closed == pytest.approx(solved, abs=1e-9)


@given(families, concavities, parts, parts, st.integers(2, 60))
def test_steps_follow_one_curve(
    family: Family, concavity: Any, u0: float, part: float, steps: int
) -> None:
    """One curve: two steps of d are one step of 2d, wherever the pixel joined."""
    assume(u0 < 0.999)
    schedule = Schedule(family, concavity)
    remaining = 1 - u0
    level = level_in_band(schedule, u0, part)
    step = remaining / (2 * steps)
    twice = schedule.advance(schedule.advance(level, remaining, step), remaining - step, step)
    assert float(twice) == pytest.approx(
        float(schedule.advance(level, remaining, 2 * step)), abs=1e-9
    )


@given(families, concavities, parts, st.integers(1, 80), st.integers(0, 79))
def test_arrives_at_0_monotonically(
    family: Family, concavity: Any, part: float, total: int, joined: int
) -> None:
    """From any joining point in the band the level never rises and ends at exactly 0."""
    joined = min(joined, total - 1)
    schedule = Schedule(family, concavity)
    level = level_in_band(schedule, joined / total, part)
    for i in range(joined, total):
        following = float(schedule.advance(level, (total - i) / total, 1 / total))
        assert 0 <= following <= level
        level = following
    assert level == 0


@given(families, concavities, st.integers(4, 60), st.data())
def test_joined_earlier_is_never_faster(
    family: Family, concavity: Any, total: int, data: st.DataObject
) -> None:
    """A pixel that turned concave earlier is never cleaner; strictly noisier for strict curves."""
    early = data.draw(st.integers(0, total - 3))
    late = data.draw(st.integers(early + 1, total - 2))
    levels = {}
    for name, joined in (("early", early), ("late", late)):
        level, track = 1.0, list[float]()
        for i in range(total):
            schedule = Schedule(family, concavity if i >= joined else 0.0)
            level = float(schedule.advance(level, (total - i) / total, 1 / total))
            track.append(level)
        levels[name] = np.array(track)
    assert (levels["early"] >= levels["late"] - 1e-12).all()
    if family in STRICT:
        between = slice(early, total - 1)
        assert (levels["early"][between] > levels["late"][between]).all()


@given(families, st.floats(0, 1), st.floats(0, 1), st.integers(2, 60), st.data())
def test_pixel_that_changes_object_still_arrives(
    family: Family, first: float, second: float, total: int, data: st.DataObject
) -> None:
    """Also above its new band (a smaller w) the level falls and reaches 0 without a clamp."""
    switch = data.draw(st.integers(0, total - 1))
    level = 1.0
    for i in range(total):
        schedule = Schedule(family, first if i < switch else second)
        following = float(schedule.advance(level, (total - i) / total, 1 / total))
        assert 0 <= following <= level
        level = following
    assert level == 0


@pytest.mark.parametrize("family", CONCAVE)
def test_concavity_map_equals_single_concavities(family: Family) -> None:
    rng = np.random.default_rng(1)
    w, y = rng.random((5, 7)), rng.random((5, 7))
    w[0] = 0
    together = Schedule(family, w).advance(y, 0.4, 0.02)
    for index in np.ndindex(5, 7):
        alone = Schedule(family, float(w[index])).advance(float(y[index]), 0.4, 0.02)
        assert together[index] == pytest.approx(float(alone), abs=1e-15)


@pytest.mark.parametrize("family", ["linear", *CONCAVE])
def test_torch_equals_numpy(family: Family) -> None:
    y = np.random.default_rng(2).random((4, 6))
    w = np.random.default_rng(3).random((4, 6))
    of_numpy = Schedule(family, w).advance(y, 0.5, 0.1)
    of_torch = Schedule(family, torch.from_numpy(w)).advance(torch.from_numpy(y), 0.5, 0.1)
    assert isinstance(of_torch, torch.Tensor)
    # exp differs between the libraries in the last bit; everything else is the same arithmetic
    np.testing.assert_allclose(of_torch.numpy(), of_numpy, rtol=0, atol=1e-15)
    np.testing.assert_allclose(
        Schedule(family, 0.7)(torch.from_numpy(y)).numpy(), Schedule(family, 0.7)(y), atol=1e-15
    )


def test_bisection_takes_any_concave_curve() -> None:
    def circle(u: Any) -> Any:
        return np.sqrt(np.clip(1 - np.clip(u, 0, 1) ** 2, 0, 1))

    level: Any = 1.0
    total = 20
    for i in range(total):
        level = float(advance_by_bisection(circle, level, (total - i) / total, 1 / total))
        assert level == pytest.approx(float(circle((i + 1) / total)), abs=1e-7)
    assert level == 0


def test_published_first_step() -> None:
    """The authors' 994.7 for N = 50, w = 0.7 after the free advance, on SD's grid of 20s."""
    level = float(Schedule("quadratic", 0.7).advance(1.0, 1.0, 1 / 50))
    progress = 50 * (1 - level) - 1
    assert 981 - 20 * progress == pytest.approx(994.72, abs=0.01)


@pytest.mark.parametrize("concavity", [-0.1, 1.1, math.nan, np.array([0.5, 2.0])])
def test_refuses_a_concavity_outside_0_to_1(concavity: Any) -> None:
    with pytest.raises(RequestError, match="between 0 and 1"):
        Schedule("quadratic", concavity)


def test_refuses_an_unknown_family() -> None:
    with pytest.raises(RequestError, match="no schedule"):
        Schedule(cast("Family", "cubic"), 0.5)
