"""What is remembered of the emptiness of planes, and when it is forgotten."""

from dataclasses import replace

import numpy as np
import pytest

from app.models.occupancy import Occupancies, Occupancy
from editing.change import Change
from editing.document import Document
from editing.geometry import EMPTY, Rect
from editing.plane import Plane, tile_rect, tiles_in


def write(plane: Plane, rect: Rect, value: int) -> None:
    plane.pixels[rect.slices()] = value
    plane.mark_dirty(rect)


def test_answers_are_those_of_the_pixels_after_any_edits() -> None:
    rng = np.random.default_rng(5)
    plane = Plane.zeros((900, 700))
    known = Occupancy(plane)
    for _ in range(60):
        x, y = int(rng.integers(0, 690)), int(rng.integers(0, 890))
        width, height = (int(side) for side in rng.integers(1, 700, 2))
        rect = Rect(x, y, width, height).intersect(plane.bounds)
        write(plane, rect, int(rng.integers(0, 2)) * 9)
        if rng.integers(0, 2):
            known.mark_dirty(rect)
        else:
            known.mark_written()
        for tile in tiles_in(plane.bounds):
            part = tile_rect(tile, *plane.bounds.size)
            assert known.any(part) == bool(plane.pixels[part.slices()].any())
        assert known.any() == bool(plane.pixels.any())


def test_a_change_of_the_layers_has_no_mask_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = Document.blank(600, 500)
    write(document.mask, Rect(10, 10, 20, 20), 255)
    known = Occupancies()
    assert known.of(document.mask).any()
    looks: list[np.ndarray] = []
    monkeypatch.setattr("cv2.hasNonZero", looks.append)
    known.forget(Change("layers", document.bounds), document.structure)
    assert known.of(document.mask).any()
    assert looks == []


def test_a_plane_that_changed_while_it_was_not_shown_is_looked_at_again() -> None:
    document = Document.blank(600, 500)
    known = Occupancies()
    assert not known.of(document.mask).any()
    write(document.mask, Rect(300, 300, 5, 5), 1)
    known.forget(Change("document", EMPTY), document.structure)
    assert known.of(document.mask).any()
    gone = document.mask
    region = replace(document.active_region, mask=Plane.zeros((500, 600)))
    first = known.of(gone)
    known.forget(Change("regions", EMPTY), document.structure.with_region(region))
    assert known.of(gone) is not first
