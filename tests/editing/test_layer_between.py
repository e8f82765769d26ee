"""The layer that turns one picture into another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from editing.blend import blend
from editing.layer_between import layer_between

if TYPE_CHECKING:
    from editing.plane import Pixels

PICTURES = arrays.arrays(np.uint8, (4, 5, 4))


@given(PICTURES, PICTURES)
def test_over_an_opaque_picture_anything_opaque_is_reached(below: Pixels, wanted: Pixels) -> None:
    below[..., 3] = wanted[..., 3] = 255
    layer = layer_between(below, wanted)
    assert np.array_equal(blend(below, layer), wanted)
    same = (below == wanted).all(axis=2)
    assert not layer[same].any()


@settings(max_examples=300)
@given(PICTURES, PICTURES)
def test_whatever_was_laid_over_a_picture_can_be_laid_over_it(below: Pixels, above: Pixels) -> None:
    wanted = blend(below, above)
    shown = blend(below, layer_between(below, wanted))
    assert np.array_equal(shown[..., 3], wanted[..., 3])
    visible = wanted[..., 3] > 0
    off = np.abs(shown.astype(int) - wanted)[visible] * wanted[visible][:, 3:] / 255
    assert off.max(initial=0) <= 1


@given(st.integers(0, 254), st.integers(0, 254))
def test_a_pixel_that_must_lose_alpha_is_left_alone(low: int, high: int) -> None:
    low, high = sorted((low, high))
    below = np.full((1, 1, 4), (10, 20, 30, high), np.uint8)
    wanted = np.full((1, 1, 4), (10, 20, 30, low), np.uint8)
    shown = blend(below, layer_between(below, wanted))
    assert shown[0, 0, 3] == high
