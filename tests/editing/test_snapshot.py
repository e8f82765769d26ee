"""A snapshot shows the document as it was, whatever is written to it meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.document import Document
from editing.files.document_file import load_document, save_document, snapshot_picture
from editing.flatten import flattened
from editing.geometry import Rect
from editing.history import History
from editing.layer import Layer
from editing.plane import TILE, Plane
from editing.recording import TileRecording
from editing.region import Region
from editing.snapshot import HeldPlane, take_snapshot
from editing.structure import Structure
from tests.editing.simple_edits import fill_mask, invert_mask

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 2 * TILE + 40
RECTS = st.builds(
    Rect,
    st.integers(0, SIDE - 1),
    st.integers(0, SIDE - 1),
    st.integers(1, 300),
    st.integers(1, 300),
)


def noise(*shape: int, seed: int = 0) -> Plane:
    return Plane(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


def paint(plane: Plane, rect: Rect, value: int) -> None:
    recording = TileRecording("picture", plane)
    recording.touch(rect)
    plane.pixels[rect.slices()] = value
    plane.mark_dirty(rect)
    recording.finish("Paint")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(RECTS, st.integers(0, 255)), max_size=6), st.lists(RECTS, min_size=1))
def test_reading_gives_the_old_pixels(edits: list[tuple[Rect, int]], parts: list[Rect]) -> None:
    plane = noise(SIDE, SIDE, 4)
    before = plane.pixels.copy()
    held = HeldPlane(plane)
    for rect, value in edits:
        paint(plane, rect, value)
    for part in parts:
        inside = part.intersect(plane.bounds)
        np.testing.assert_array_equal(held.read(inside), before[inside.slices()])
    held.close()
    assert plane.readers == ()


def test_a_stroke_under_way_does_not_tear_the_snapshot() -> None:
    plane = noise(SIDE, SIDE, 4)
    recording = TileRecording("picture", plane)
    rect = Rect(10, 10, 100, 100)
    recording.touch(rect)
    plane.pixels[rect.slices()] = 7
    plane.mark_dirty(rect)
    middle = plane.pixels.copy()
    held = HeldPlane(plane)
    recording.touch(rect)  # The tile was recorded already, but not for the snapshot.
    plane.pixels[rect.slices()] = 9
    np.testing.assert_array_equal(held.read(plane.bounds), middle)
    recording.restore()
    np.testing.assert_array_equal(held.read(plane.bounds), middle)


def test_undo_and_commands_do_not_tear_the_snapshot() -> None:
    document = Document(noise(SIDE, SIDE, 4).pixels)
    history = History(document)
    for edit in (fill_mask, invert_mask):
        before = document.mask.pixels.copy()
        with take_snapshot(document) as snapshot:
            command = edit(document)
            mask = snapshot.regions[0].mask
            np.testing.assert_array_equal(mask.read(mask.bounds), before)
        assert command is not None
        history.push(command)
        before = document.mask.pixels.copy()
        with take_snapshot(document) as snapshot:
            history.undo()
            mask = snapshot.regions[0].mask
            np.testing.assert_array_equal(mask.read(mask.bounds), before)
            history.redo()
            np.testing.assert_array_equal(mask.read(mask.bounds), before)
    history.close()


def test_untouched_planes_have_an_empty_box() -> None:
    plane = Plane.zeros((SIDE, SIDE))
    assert HeldPlane(plane).box.is_empty
    paint(plane, Rect(TILE + 3, 5, 2, 2), 1)
    assert HeldPlane(plane).box == Rect(TILE, 0, TILE, TILE)
    paint(plane, Rect(SIDE - 1, SIDE - 1, 1, 1), 1)
    assert HeldPlane(plane).box == Rect(TILE, 0, SIDE - TILE, SIDE)


def test_a_closed_snapshot_costs_edits_nothing() -> None:
    document = Document(noise(SIDE, SIDE, 4).pixels)
    with take_snapshot(document):
        assert all(plane.readers for plane in document.structure.planes())
    assert not any(plane.readers for plane in document.structure.planes())


def test_a_save_during_painting_holds_one_moment(tmp_path: Path) -> None:
    """All tiles of both planes get one value at once, so a mixture of two would be torn."""
    shape = (3 * TILE, 3 * TILE)
    planes = Plane(np.zeros((*shape, 4), np.uint8)), Plane(np.zeros(shape, np.uint8))
    structure = Structure((Layer(planes[0], "A"),), (Region(planes[1], "R"),), Plane.zeros(shape))
    document = Document(structure=structure)
    value = 0

    def paint_all() -> None:
        nonlocal value
        value = value % 250 + 1
        for plane in planes:
            paint(plane, plane.bounds, value)

    paint_all()
    for attempt in range(6):
        path = tmp_path / f"{attempt % 2}.ora"  # The same file again, and another one.
        expected = value
        snapshot = take_snapshot(document)
        thread = threading.Thread(target=save_document, args=(snapshot, path))
        thread.start()
        painted = 0
        while thread.is_alive():
            paint_all()
            painted += 1
        thread.join()
        snapshot.close()
        loaded = load_document(path).document
        assert painted > 0
        assert set(np.unique(loaded.layers[0].plane.pixels)) == {expected}
        assert set(np.unique(loaded.mask.pixels)) == {expected}


def test_the_picture_of_a_snapshot_is_the_flattened_one() -> None:
    layers = (
        Layer(noise(SIDE, SIDE, 4, seed=1), "A"),
        Layer(noise(SIDE, SIDE, 4, seed=2), "B", True, 0.4, "overlay", mask=noise(SIDE, SIDE)),
        Layer(noise(SIDE, SIDE, 4, seed=3), "C", visible=False),
    )
    region = Region(Plane.zeros((SIDE, SIDE)), "R")
    document = Document(structure=Structure(layers, (region,), Plane.zeros((SIDE, SIDE))))
    expected = flattened(document.layers)
    told: list[float] = []
    with take_snapshot(document) as snapshot:
        paint(layers[0].plane, layers[0].plane.bounds, 3)
        np.testing.assert_array_equal(snapshot_picture(snapshot, told.append), expected)
    assert told == sorted(told)
    assert told[-1] == 1
