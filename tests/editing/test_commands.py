"""Edits other than strokes: what they change, and that undo brings all of it back."""

from __future__ import annotations

import numpy as np
import pytest

from editing.commands import replace_picture
from editing.document import Document, Metadata
from editing.flatten import flattened
from editing.geometry import Rect
from editing.history import Change
from tests.editing.simple_edits import add_result, clear_mask, fill_mask, invert_mask


@pytest.fixture
def document() -> Document:
    document = Document.blank(300, 270)
    document.mask.pixels[40:60, 250:280] = 90
    return document


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
