"""Results as layers over pictures that are opaque, soft or clear."""

from __future__ import annotations

import numpy as np
import pytest

from editing.flatten import flattened
from editing.geometry import Rect
from editing.layer import Layer
from editing.layer_results import overlay_of, place_result
from editing.plane import Plane, TileIndex
from tests.editing.layer_parts import layered, opaque_pixels, soft_pixels

BOX = Rect(4, 5, 12, 9)


@pytest.mark.parametrize("is_soft", [False, True])
def test_an_opaque_patch_is_seen_as_it_is_over_anything(is_soft: bool) -> None:
    base = soft_pixels(1) if is_soft else opaque_pixels(1)
    document = layered(Layer(base, "base"))
    patch = opaque_pixels(2, (BOX.height, BOX.width)).pixels
    before = flattened(document.layers)
    overlay = overlay_of(before, patch, BOX)
    assert not overlay.is_alone
    command = place_result(document, overlay, "Inpaint", {"seed": 5})
    expected = before.copy()
    expected[BOX.slices()] = patch
    np.testing.assert_array_equal(flattened(document.layers), expected)
    assert document.metadata.generation == {"seed": 5}
    assert document.active_layer.name == "Inpaint"
    assert command is not None
    command.undo()
    np.testing.assert_array_equal(flattened(document.layers), before)
    assert document.metadata.generation is None


def test_a_patch_that_takes_alpha_away_is_shown_alone() -> None:
    document = layered(Layer(opaque_pixels(1), "base"), Layer(soft_pixels(3), "top"))
    picture = flattened(document.layers)
    patch = picture[BOX.slices()].copy()
    patch[..., 3] = 100
    overlay = overlay_of(picture, patch, BOX)
    assert overlay.is_alone
    place_result(document, overlay, "Repair")
    assert [layer.visible for layer in document.layers] == [False, False, True]
    expected = picture.copy()
    expected[BOX.slices()] = patch
    np.testing.assert_array_equal(flattened(document.layers), expected)


def test_a_patch_that_changes_nothing_adds_no_layer() -> None:
    document = layered(Layer(soft_pixels(1), "base"))
    picture = flattened(document.layers)
    overlay = overlay_of(picture, picture[BOX.slices()], BOX)
    assert place_result(document, overlay, "Inpaint") is None
    assert len(document.layers) == 1
    assert place_result(document, overlay, "Inpaint", {"seed": 1}) is not None
    assert len(document.layers) == 1


def test_tiles_where_nothing_differs_stay_untouched() -> None:
    shape = (600, 700)
    picture = soft_pixels(1, shape).pixels
    box = Rect(100, 50, 500, 500)
    patch = picture[box.slices()].copy()
    patch[300:310, 300:320] = (1, 2, 3, 255)
    overlay = overlay_of(picture, patch, box)
    assert overlay.plane is not None
    assert overlay.plane.touched_tiles() == [TileIndex(1, 1)]
    document = layered(Layer(Plane(picture.copy()), "base"))
    place_result(document, overlay, "Inpaint")
    expected = picture.copy()
    expected[box.slices()] = patch
    np.testing.assert_array_equal(flattened(document.layers), expected)
