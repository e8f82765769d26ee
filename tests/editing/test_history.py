"""Undo and redo against a list of whole copies, budget, compression, and the modified flag."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.brush import Brush, Stroke
from editing.commands import restructure
from editing.document import Document
from editing.geometry import Rect
from editing.history import Command, History
from editing.plane import Plane
from editing.spill import Slot, SpillFile
from tests.editing.simple_edits import add_result, clear_mask, fill_mask, invert_mask, paste_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HALF = Rect(0, 0, 350, 300)


@pytest.fixture
def document() -> Document:
    return Document.blank(700, 600)


@pytest.fixture
def history(document: Document) -> Iterator[History]:
    history = History(document)
    yield history
    history.close()


def checked(command: Command | None) -> Command:
    assert command is not None
    return command


def painted(document: Document, x: float, y: float, radius_px: float = 30) -> Command:
    stroke = Stroke(document, Brush(radius_px=radius_px))
    stroke.move_to(x, y)
    command = stroke.finish()
    assert command is not None
    return command


actions = st.lists(
    st.one_of(
        st.tuples(st.just("stroke"), st.integers(0, 700), st.integers(0, 600)),
        st.tuples(st.just("erase"), st.integers(0, 700), st.integers(0, 600)),
        st.tuples(st.just("paste"), st.integers(0, 500), st.integers(0, 400)),
        st.tuples(st.sampled_from(["undo", "redo", "fill", "clear", "invert", "settle"])),
    ),
    max_size=14,
)


def act(document: Document, name: str, place: tuple[int, ...]) -> Command | None:
    if name in ("stroke", "erase"):
        stroke = Stroke(document, Brush(radius_px=50, erase=name == "erase"))
        stroke.move_to(place[0], place[1])
        stroke.move_to(place[0] + 90, place[1] - 40)
        return stroke.finish()
    if name == "paste":
        patch = np.full((200, 200, 4), sum(place) % 256, np.uint8)
        return paste_pixels(document, Rect(place[0], place[1], 200, 200), patch)
    return {"fill": fill_mask, "clear": clear_mask, "invert": invert_mask}[name](document)


@given(actions)
@settings(max_examples=40, deadline=None)
def test_any_row_of_edits_equals_a_list_of_copies(row: list[tuple[str, int]]) -> None:
    document = Document.blank(700, 600)
    history = History(document)
    copies = [(document.mask.pixels.copy(), document.active_layer.plane.pixels.copy())]
    place = 0
    for name, *where in row:
        if name == "undo":
            if place:
                history.undo()
                place -= 1
        elif name == "redo":
            if place < len(copies) - 1:
                history.redo()
                place += 1
        elif name == "settle":
            history.wait_until_idle()
        else:
            command = act(document, name, tuple(where))
            if command is not None:
                history.push(command)
                del copies[place + 1 :]
                copies.append(
                    (document.mask.pixels.copy(), document.active_layer.plane.pixels.copy())
                )
                place += 1
        assert history.index == place
        assert history.can_undo == (place > 0)
        assert history.can_redo == (place < len(copies) - 1)
        assert np.array_equal(document.mask.pixels, copies[place][0])
        assert np.array_equal(document.active_layer.plane.pixels, copies[place][1])
        assert document.modified == (place != 0 or history.index != 0)
    history.close()


def test_500_strokes_undone_and_redone_give_identical_bytes(
    document: Document, tmp_path: Path
) -> None:
    """With so little memory that nearly all of them go to disk."""
    history = History(document, budget_bytes=100_000, folder=tmp_path)
    rng = np.random.default_rng(1)
    blank = document.mask.pixels.copy()
    sums = []
    while len(history.names) < 500:
        brush = Brush(radius_px=25, hardness=0.2, erase=bool(rng.integers(2)))
        stroke = Stroke(document, brush)
        stroke.move_to(*rng.uniform(0, 600, 2))
        command = stroke.finish()
        if command is not None:
            history.push(command)
            sums.append(int(document.mask.pixels.sum()))
    final = document.mask.pixels.copy()
    history.wait_until_idle()
    assert history.size_bytes <= 100_000
    assert history.spilled_bytes > 100_000
    while history.can_undo:
        assert int(document.mask.pixels.sum()) == sums[history.index - 1]
        history.undo()
    assert np.array_equal(document.mask.pixels, blank)
    while history.can_redo:
        history.redo()
    assert np.array_equal(document.mask.pixels, final)
    history.close()


def test_a_change_names_plane_and_place(document: Document, history: History) -> None:
    history.push(painted(document, 300, 300))
    change = history.undo()
    assert change.kind == "mask"
    assert change.rect.contains(Rect(270, 270, 60, 60))
    assert document.bounds.contains(change.rect)
    assert history.redo() == change


def test_undo_keeps_the_levels_above_valid(document: Document, history: History) -> None:
    history.push(painted(document, 300, 300))
    assert document.mask.level(1, Rect(150, 150, 1, 1))[0, 0] == 255
    history.undo()
    assert document.mask.level(1, Rect(150, 150, 1, 1))[0, 0] == 0


def test_names_and_index(document: Document, history: History) -> None:
    history.push(painted(document, 100, 100))
    command = fill_mask(document)
    assert command is not None
    history.push(command)
    history.undo()
    assert history.names == ["Paint mask", "Fill mask"]
    assert history.index == 1
    history.push(painted(document, 400, 400))
    assert history.names == ["Paint mask", "Paint mask"]
    history.clear()
    assert history.names == []
    assert not history.can_undo


def test_there_is_an_error_where_there_is_nothing_to_do(history: History) -> None:
    with pytest.raises(IndexError, match="undo"):
        history.undo()
    with pytest.raises(IndexError, match="redo"):
        history.redo()


def test_tiles_are_compressed_in_the_background(document: Document, history: History) -> None:
    command = fill_mask(document)
    assert command is not None
    raw = command.size_bytes
    assert raw == 700 * 600
    history.budget_bytes = 100 * 1024  # Nothing of this size is left unpacked.
    history.push(command)
    history.wait_until_idle()
    assert history.size_bytes < raw / 100
    history.undo()
    assert document.mask.pixels.max() == 0


def test_swapping_while_compression_runs_never_mixes_the_two(document: Document) -> None:
    rng = np.random.default_rng(0)
    before = document.active_layer.plane.pixels.copy()
    patch = rng.integers(0, 256, before.shape, dtype=np.uint8)
    command = paste_pixels(document, document.bounds, patch)
    assert command is not None
    stop = threading.Event()

    def compress_all_the_time() -> None:
        while not stop.is_set():
            command.compress()

    thread = threading.Thread(target=compress_all_the_time)
    thread.start()
    try:
        for _ in range(50):
            command.undo()
            assert np.array_equal(document.active_layer.plane.pixels, before)
            time.sleep(0.002)  # Lets the other thread be anywhere in its work.
            command.redo()
            assert np.array_equal(document.active_layer.plane.pixels, patch)
    finally:
        stop.set()
        thread.join()


def test_beyond_the_budget_commands_go_to_disk_and_come_back(
    document: Document, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    history = History(document, budget_bytes=300_000, folder=tmp_path)
    copies = []
    for number in range(8):
        copies.append(document.active_layer.plane.pixels.copy())
        patch = rng.integers(0, 256, (256, 256, 4), dtype=np.uint8)
        command = paste_pixels(document, Rect(0, 0, 256, 256), patch, name=f"Paste {number}")
        assert command is not None
        history.push(command)
        history.wait_until_idle()
        assert history.size_bytes <= 300_000
    copies.append(document.active_layer.plane.pixels.copy())
    assert len(history.names) == 8
    assert history.spilled_bytes > 6 * 256 * 256 * 4
    for place in (0, 8, 3, 5, 0, 7, 1):
        history.jump(place)
        assert np.array_equal(document.active_layer.plane.pixels, copies[place])
        if place % 2:
            history.wait_until_idle()
            assert history.size_bytes <= 300_000
    history.close()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_costs_the_oldest_steps_only(document: Document, tmp_path: Path) -> None:
    blocked = tmp_path / "no folder"
    blocked.write_text("a file where the folder should be")
    history = History(document, budget_bytes=300_000, folder=blocked)
    rng = np.random.default_rng(0)
    copies = []
    for _ in range(8):
        copies.append(document.active_layer.plane.pixels.copy())
        patch = rng.integers(0, 256, (256, 256, 4), dtype=np.uint8)
        command = paste_pixels(document, Rect(0, 0, 256, 256), patch)
        assert command is not None
        history.push(command)
        history.wait_until_idle()
    left = len(history.names)
    assert 1 <= left <= 3
    while history.can_undo:
        history.undo()
    assert np.array_equal(document.active_layer.plane.pixels, copies[8 - left])
    history.close()


def test_a_file_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from editing.spill import SpillFile;"
        "file = SpillFile(Path(sys.argv[1])); file.write(b'x' * 100);"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert len(list(tmp_path.glob("*.undo"))) == 1
    mine, other = SpillFile(tmp_path), SpillFile(tmp_path)
    slot = mine.write(b"mine")
    other.write(b"other")  # It looks for abandoned files too, and this one is not.
    assert mine.path is not None
    assert other.path is not None
    assert set(tmp_path.glob("*.undo")) == {mine.path, other.path}
    assert mine.read(slot) == b"mine"
    mine.close()
    other.close()


def test_free_room_in_the_file_is_used_again(tmp_path: Path) -> None:
    file = SpillFile(tmp_path)
    rng = random.Random(1)
    held: dict[Slot, bytes] = {}
    for _ in range(400):
        data = rng.randbytes(rng.randrange(1, 1000))
        held[file.write(data)] = data
        while len(held) > 20:
            slot = rng.choice(list(held))
            del held[slot]
            file.free(slot)
        assert all(file.read(slot) == data for slot, data in held.items())
    assert file.size_bytes < 60_000
    file.close()


def test_a_layer_that_is_gone_is_parked_and_comes_back(document: Document, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    history = History(document, budget_bytes=3_000_000, folder=tmp_path)
    noise = rng.integers(0, 255, (600, 700, 4), dtype=np.uint8)
    noise[..., 3] = 255
    history.push(checked(add_result(document, document.bounds, noise)))
    plane, mask = document.active_layer.plane, document.mask
    history.push(checked(paste_pixels(document, Rect(9, 9, 50, 60), noise[:60, :50])))
    expected = plane.pixels.copy()
    single = replace(document.structure, layers=document.layers[:1])
    history.push(checked(restructure(document, single, "Delete layer")))
    history.wait_until_idle()
    assert not plane.is_parked  # It is what the next undo brings back.
    for number in range(5):
        history.push(painted(document, 100 * number, 50))
    history.wait_until_idle()
    assert plane.is_parked
    assert not mask.is_parked
    assert history.size_bytes <= 3_000_000
    history.jump(3)
    history.wait_until_idle()
    assert not plane.is_parked
    history.undo()
    assert document.active_layer.plane is plane
    assert np.array_equal(plane.pixels, expected)
    assert np.array_equal(plane.level(1, Rect(0, 0, 350, 300)), Plane(expected).level(1, HALF))
    history.undo()
    assert np.array_equal(plane.pixels, noise)
    history.close()


def test_undo_need_not_wait_for_a_parked_layer(document: Document, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    history = History(document, budget_bytes=1000, folder=tmp_path)
    noise = rng.integers(0, 255, (600, 700, 4), dtype=np.uint8)
    noise[..., 3] = 255
    history.push(checked(add_result(document, document.bounds, noise)))
    single = replace(document.structure, layers=document.layers[:1])
    history.push(checked(restructure(document, single, "Delete layer")))
    history.wait_until_idle()
    assert not history.is_ready(undo=True)
    history.prepare(undo=True)
    history.wait_until_idle()
    assert history.is_ready(undo=True)
    history.undo()
    assert np.array_equal(document.active_layer.plane.pixels, noise)
    history.close()


def test_one_command_beyond_the_budget_can_still_be_undone(document: Document) -> None:
    history = History(document, budget_bytes=10)
    history.push(painted(document, 300, 300))
    assert history.can_undo
    history.close()


def test_modified_is_false_exactly_at_the_saved_state(document: Document, history: History) -> None:
    assert not document.modified
    history.push(painted(document, 100, 100))
    assert document.modified
    history.mark_saved()
    assert not document.modified
    history.undo()
    assert document.modified
    history.redo()
    assert not document.modified
    history.undo()
    history.push(painted(document, 400, 400))
    history.undo()
    history.redo()
    assert document.modified  # The saved state can no longer be reached.
    history.undo()
    assert document.modified


def test_a_state_is_marked_as_saved_afterwards(document: Document, history: History) -> None:
    history.push(painted(document, 100, 100))
    written = history.state
    history.push(painted(document, 400, 400))
    history.mark_saved(written)
    assert document.modified
    history.undo()
    assert not document.modified
    history.undo()
    assert document.modified, "the file holds another state by now"
    history.push(painted(document, 200, 300))
    history.mark_saved(written)
    assert document.modified, "another edit has taken its place"
    history.undo()
    start = history.state
    history.redo()
    history.mark_saved(start)
    assert document.modified
    history.undo()
    assert not document.modified
