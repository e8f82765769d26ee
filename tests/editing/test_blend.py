"""Blending of two pictures against the formulas, pair by pair and pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.blend import blend, blended_colours
from editing.layer import BLEND_MODES, BlendMode
from tests.editing.blend_reference import blended, composed, distance

if TYPE_CHECKING:
    from editing.plane import Pixels

MODES = st.sampled_from(BLEND_MODES)
BYTES = st.sampled_from([0, 1, 2, 63, 64, 127, 128, 200, 254, 255])


def solid(*rgba: int) -> Pixels:
    return np.full((1, 1, 4), rgba, np.uint8)


@pytest.mark.parametrize("mode", BLEND_MODES)
def test_every_pair_of_levels_is_blended_as_the_formula_says(mode: BlendMode) -> None:
    below, above = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    shown = blended_colours(below[..., None], above[..., None], mode)[..., 0]
    for cs in range(0, 256, 5):
        for cb in range(256):
            exact = 255 * blended(mode, cb / 255, cs / 255)
            assert abs(shown[cs, cb] - exact) <= 0.5 + 1e-9, (mode, cb, cs)


@pytest.mark.parametrize("mode", BLEND_MODES)
def test_over_an_opaque_picture_a_full_layer_shows_the_table_itself(mode: BlendMode) -> None:
    rng = np.random.default_rng(5)
    below, above = rng.integers(0, 256, (2, 9, 7, 4), np.uint8)
    below[..., 3] = above[..., 3] = 255
    shown = blend(below, above, mode)
    expected = blended_colours(below, above, mode)
    assert np.array_equal(shown[..., :3], expected[..., :3])
    assert (shown[..., 3] == 255).all()


@settings(max_examples=300, deadline=None)
@given(
    below=st.tuples(BYTES, BYTES, BYTES, BYTES),
    above=st.tuples(BYTES, BYTES, BYTES, BYTES),
    mode=MODES,
    opacity=st.sampled_from([0.0, 0.1, 0.5, 0.999, 1.0]),
    masked=st.one_of(st.none(), BYTES),
)
def test_any_two_pixels_are_within_a_level_of_the_formula(
    below: tuple[int, ...],
    above: tuple[int, ...],
    mode: BlendMode,
    opacity: float,
    masked: int | None,
) -> None:
    mask = None if masked is None else np.full((1, 1), masked, np.uint8)
    share = np.full((1, 1), opacity * (1 if masked is None else masked / 255))
    shown = blend(solid(*below), solid(*above), mode, opacity, mask)
    expected = composed(solid(*below) / 255, solid(*above) / 255, mode, share)
    assert distance(shown, expected) <= 1.01


@pytest.mark.parametrize("mode", BLEND_MODES)
def test_where_nothing_shows_every_byte_stays(mode: BlendMode) -> None:
    rng = np.random.default_rng(6)
    below, above = rng.integers(0, 256, (2, 16, 16, 4), np.uint8)
    below[:4, :, 3] = 0  # clear pixels whose colour nobody sees
    mask = np.zeros((16, 16), np.uint8)
    mask[8:, 8:] = 255
    shown = blend(below, above, mode, 0.7, mask)
    untouched = (mask == 0) | (above[..., 3] == 0)
    assert np.array_equal(shown[untouched], below[untouched])
    assert not np.array_equal(shown, below)


def test_the_arguments_stay_as_they_were_and_the_result_is_new() -> None:
    rng = np.random.default_rng(7)
    below, above = rng.integers(0, 256, (2, 8, 8, 4), np.uint8)
    for alpha in (0, 255):
        above[..., 3] = alpha
        kept = below.copy(), above.copy()
        shown = blend(below, above, "normal")
        shown[...] = 99
        assert np.array_equal(below, kept[0])
        assert np.array_equal(above, kept[1])


def test_white_dodged_over_black_stays_black() -> None:
    # As W3C, Qt and Krita 5.1 have it; other programs show white.
    shown = blend(solid(0, 100, 255, 255), solid(255, 255, 255, 255), "color_dodge")
    assert shown.tolist() == [[[0, 255, 255, 255]]]
