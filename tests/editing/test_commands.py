"""Edits other than strokes: what they change, and that undo brings all of it back."""

from __future__ import annotations

import numpy as np
import pytest

from editing.commands import (
    add_result,
    clear_mask,
    fill_mask,
    invert_mask,
    paste_pixels,
    replace_picture,
    set_mask,
)
from editing.document import Document, Metadata
from editing.flatten import flattened
from editing.geometry import Rect
from editing.history import Change


@pytest.fixture
def document() -> Document:
    document = Document.blank(300, 270)
    document.mask.pixels[40:60, 250:280] = 90
    return document


def test_paste_changes_only_its_rectangle(document: Document) -> None:
    before = document.active_layer.plane.pixels.copy()
    rect = Rect(100, 120, 50, 30)
    command = paste_pixels(document, rect, np.full((30, 50, 4), 17, np.uint8))
    assert command is not None
    assert command.change.kind == "picture"
    assert command.change.rect.contains(rect)
    changed = (document.active_layer.plane.pixels != before).any(axis=2)
    assert np.count_nonzero(changed) == rect.area
    assert changed[rect.slices()].all()
    command.undo()
    assert np.array_equal(document.active_layer.plane.pixels, before)


def test_paste_of_three_channels_keeps_the_alpha(document: Document) -> None:
    document.active_layer.plane.pixels[..., 3] = 77
    paste_pixels(document, Rect(0, 0, 5, 4), np.full((4, 5, 3), 9, np.uint8))
    assert document.active_layer.plane.pixels[0, 0].tolist() == [9, 9, 9, 77]


def test_paste_of_the_same_pixels_is_nothing(document: Document) -> None:
    rect = Rect(3, 3, 20, 20)
    assert (
        paste_pixels(document, rect, document.active_layer.plane.pixels[rect.slices()].copy())
        is None
    )


def test_a_result_is_a_layer_over_the_picture(document: Document) -> None:
    before = document.active_layer.plane.pixels.copy()
    patch = before[30:40, 20:50, :3].copy()
    patch[2:5, 3:9] = (1, 2, 3)
    command = add_result(document, Rect(20, 30, 30, 10), patch, generation={"seed": 2})
    assert command is not None
    assert [layer.name for layer in document.layers] == ["Background", "Inpaint"]
    assert document.active_layer is document.layers[-1]
    assert np.count_nonzero(document.active_layer.plane.pixels[..., 3]) == 3 * 6
    before[30:40, 20:50, :3] = patch
    assert np.array_equal(flattened(document.layers), before)
    assert document.metadata.generation == {"seed": 2}
    command.undo()
    assert document.metadata.generation is None
    assert len(document.layers) == 1
    command.redo()
    assert np.array_equal(flattened(document.layers), before)


def test_a_result_that_changes_nothing_is_no_edit(document: Document) -> None:
    rect = Rect(3, 3, 20, 20)
    same = document.active_layer.plane.pixels[rect.slices()].copy()
    assert add_result(document, rect, same) is None
    assert len(document.layers) == 1


@pytest.mark.parametrize("rect", [Rect(290, 0, 20, 10), Rect(-1, 0, 20, 10), Rect(0, 0, 20, 11)])
def test_paste_beside_the_document_is_refused(document: Document, rect: Rect) -> None:
    with pytest.raises(ValueError, match="fit"):
        paste_pixels(document, rect, np.zeros((10, 20, 4), np.uint8))


def test_mask_edits(document: Document) -> None:
    original = document.mask.pixels.copy()
    command = invert_mask(document)
    assert command is not None
    assert np.array_equal(document.mask.pixels, 255 - original)
    command.undo()
    assert np.array_equal(document.mask.pixels, original)
    command = fill_mask(document)
    assert command is not None
    assert document.mask.pixels.min() == 255
    assert fill_mask(document) is None
    command.undo()
    command = clear_mask(document)
    assert command is not None
    assert not document.has_mask
    assert clear_mask(document) is None
    command.undo()
    assert np.array_equal(document.mask.pixels, original)


def test_a_mask_is_taken_from_floats_without_losing_faint_pixels(document: Document) -> None:
    mask = np.zeros((270, 300), np.float32)
    mask[0, :3] = (1e-6, 0.5, 1.0)
    assert set_mask(document, mask) is not None
    assert document.mask.pixels[0, :4].tolist() == [1, 128, 255, 0]
    assert document.mask_bounds() == Rect(0, 0, 3, 1)
    assert document.mask_values()[0, 2] == 1
    assert set_mask(document, document.mask.pixels.copy()) is None
    with pytest.raises(ValueError, match="fit"):
        set_mask(document, mask[:-1])


def test_replacing_the_picture_may_change_the_size(document: Document) -> None:
    picture, mask = document.active_layer.plane, document.mask
    new = np.full((64, 128, 4), 5, np.uint8)
    command = replace_picture(document, new, Metadata(generation={"seed": 3}))
    assert command is not None
    assert document.size == (128, 64)
    assert document.mask.pixels.shape == (64, 128)
    assert command.change == Change("document", Rect(0, 0, 128, 64))
    assert command.undo() == Change("document", Rect(0, 0, 300, 270))
    assert document.active_layer.plane is picture
    assert document.mask is mask
    assert document.metadata == Metadata()
    command.redo()
    assert document.metadata.generation == {"seed": 3}
    assert document.size == (128, 64)


def test_replacing_by_the_same_size_keeps_the_mask(document: Document) -> None:
    mask = document.mask
    command = replace_picture(document, np.zeros((270, 300, 4), np.uint8), Metadata())
    assert command is not None
    assert document.mask is mask
    assert sum(plane.pixels.nbytes for plane in command.planes) == 270 * 300 * (4 + 1 + 1)
