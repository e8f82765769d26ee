"""Masks of layers: made, applied and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from editing.errors import EditingError
from editing.flatten import flattened
from editing.layer import Layer
from editing.layer_masks import add_layer_mask, apply_layer_mask, delete_layer_mask
from tests.editing.layer_parts import layered, opaque_pixels, soft_mask, soft_pixels, three_layers

if TYPE_CHECKING:
    from editing.document import Target


def test_a_white_mask_changes_nothing_and_is_painted_on_next() -> None:
    document = three_layers()
    before = flattened(document.layers)
    layer = document.layers[1]
    command = add_layer_mask(document, layer.id)
    masked = document.structure.layer(layer.id)
    assert masked.mask is not None
    assert (masked.mask.pixels == 255).all()
    assert document.active_layer is masked
    assert document.target == "layer_mask"
    assert np.array_equal(flattened(document.layers), before)
    assert command is not None
    command.undo()
    assert document.structure.layer(layer.id).mask is None


@pytest.mark.parametrize("source", ["selection", "region"])
def test_a_mask_from_what_is_selected_or_painted(source: str) -> None:
    document = three_layers()
    plane = document.selection if source == "selection" else document.mask
    plane.pixels[3:9, 4:15] = 90
    plane.mark_dirty(plane.bounds)
    kept = plane.pixels.copy()
    layer = document.layers[1]
    add_layer_mask(document, layer.id, "selection" if source == "selection" else "region")
    mask = document.structure.layer(layer.id).mask
    assert mask is not None
    assert np.array_equal(mask.pixels, kept)
    mask.pixels[...] = 0
    assert np.array_equal(plane.pixels, kept)


def test_a_mask_that_would_hide_all_is_refused() -> None:
    document = three_layers()
    layer = document.layers[1]
    with pytest.raises(EditingError, match="Nothing is selected, so the mask would hide"):
        add_layer_mask(document, layer.id, "selection")
    with pytest.raises(EditingError, match="Nothing is painted in the region"):
        add_layer_mask(document, layer.id, "region")


def test_one_mask_is_enough() -> None:
    document = three_layers()
    with pytest.raises(EditingError, match="Birds has a mask already"):
        add_layer_mask(document, document.layers[2].id)
    for edit in (delete_layer_mask, apply_layer_mask):
        with pytest.raises(EditingError, match="Trees has no mask"):
            edit(document, document.layers[1].id)


def test_deleting_the_mask_shows_the_whole_layer() -> None:
    document = three_layers()
    layer = document.layers[2]
    target: list[Target] = []
    for document.target in ("region", "layer_mask"):
        command = delete_layer_mask(document, layer.id)
        target.append(document.target)
        assert document.structure.layer(layer.id).mask is None
        assert command is not None
        command.undo()
    assert target == ["region", "layer"]
    delete_layer_mask(document, layer.id)
    plain = layered(*document.layers[:2], Layer(layer.plane, "all of it"))
    assert np.array_equal(flattened(document.layers), flattened(plain.layers))


def test_applying_the_mask_keeps_the_look_and_the_old_pixels_for_undo() -> None:
    document = layered(
        Layer(opaque_pixels(1), "base"), Layer(soft_pixels(2), "top", mask=soft_mask(3))
    )
    layer = document.layers[1]
    pixels = layer.plane.pixels.copy()
    before = flattened(document.layers).astype(int)
    command = apply_layer_mask(document, layer.id)
    assert document.layers[1].mask is None
    assert np.abs(flattened(document.layers) - before).max() <= 1
    assert command is not None
    command.undo()
    assert np.array_equal(document.layers[1].plane.pixels, pixels)
    assert np.array_equal(flattened(document.layers), before)
