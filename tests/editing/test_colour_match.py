"""The estimate of gain and offset: exact casts, noise, flat rings, outliers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from editing.colour_match import apply_tables, colour_match_tables
from tests.editing.photograph import photograph

Pixels = npt.NDArray[np.uint8]


@pytest.fixture
def ring() -> Pixels:
    return photograph(120, 100, seed=3).reshape(-1, 3)


@pytest.mark.parametrize("gain", [0.8, 1.0, 1.25])
@pytest.mark.parametrize("offset", [-4, 9])
def test_an_affine_cast_is_undone(ring: Pixels, gain: float, offset: float) -> None:
    cast = np.rint(np.clip(ring * gain + offset, 0, 255)).astype(np.uint8)
    tables = colour_match_tables(ring, cast)
    assert tables is not None
    matched = apply_tables(cast[None], tables)[0].astype(int)
    unclipped = (cast > 20) & (cast < 250)
    assert np.abs(matched - ring)[unclipped].mean() < 1.5


def test_a_ring_drawn_anew_gets_the_offset_only() -> None:
    rng = np.random.default_rng(0)
    original = np.clip(rng.normal(120, 20, (5000, 3)), 0, 255).astype(np.uint8)
    result = np.clip(rng.normal(140, 10, (5000, 3)), 0, 255).astype(np.uint8)
    tables = colour_match_tables(original, result)
    assert tables is not None
    assert np.abs(tables[140].astype(int) - 120).max() <= 3
    # Every value is moved by the same amount: contrast stays the result's own.
    moved = np.arange(110, 171)[:, None] - 20
    assert np.abs(tables[110:171].astype(int) - moved).max() <= 4


def test_a_cast_on_a_bright_ring_leaves_dark_new_colours_nearly_alone() -> None:
    """A red ball on sand must stay red: what the ring gains, dark channels gain at most."""
    original = np.full((500, 3), (236, 220, 160), np.uint8)
    result = np.full((500, 3), (224, 208, 150), np.uint8)
    tables = colour_match_tables(original, result)
    assert tables is not None
    red = apply_tables(np.array([[[232, 53, 34]]], np.uint8), tables)[0, 0].astype(int)
    assert np.abs(red - (232, 53, 34)).max() <= 13


def test_a_flat_ring_gets_the_offset_only() -> None:
    original = np.full((500, 3), 100, np.uint8)
    result = np.full((500, 3), 110, np.uint8)
    tables = colour_match_tables(original, result)
    assert tables is not None
    assert tables[110].tolist() == [100, 100, 100]


def test_a_fifth_of_repainted_pixels_changes_nothing(ring: Pixels) -> None:
    result = ring.copy()
    result[: len(ring) // 5] = (255, 0, 0)
    tables = colour_match_tables(ring, result)
    assert tables is not None
    identity = np.arange(256)[:, None].repeat(3, axis=1)
    assert np.abs(tables.astype(int) - identity).max() <= 1


def test_another_scene_is_not_forced_into_the_colours_of_this_one() -> None:
    black = np.zeros((500, 3), np.uint8)
    white = np.full((500, 3), 255, np.uint8)
    tables = colour_match_tables(black, white)
    assert tables is not None
    assert tables[255].min() > 200


def test_nothing_to_match() -> None:
    few = np.zeros((10, 3), np.uint8)
    assert colour_match_tables(few, few + 9) is None
    many = np.zeros((500, 3), np.uint8)
    assert colour_match_tables(many, many.copy()) is None
