"""The journal: what it rests on, who may recover it, when it goes, when it cannot be written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from editing.brush import Stroke
from editing.brush_settings import Brush
from editing.commands import restructure
from editing.document import Document
from editing.errors import FileError
from editing.files.document_file import load_document, save_document
from editing.geometry import Rect
from editing.history import Command, Touched
from editing.journal import Journal
from editing.journal_base import Base, copied
from editing.journal_file import NAME
from editing.recovery import find_journals, load_journal
from editing.snapshot import take_snapshot
from editing.structure import Metadata
from tests.editing.naive_document import difference, state_of
from tests.editing.simple_edits import add_result, fill_mask, paste_pixels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_S = 30


class Desk:
    """A document with its journal."""

    def __init__(self, folder: Path, document: Document) -> None:
        self.document = document
        self.failures: list[str] = []
        self.number = 0
        self._acknowledged = 0
        self._changed = threading.Condition()
        self.journal = Journal(folder, document, self._on_acknowledged, self.failures.append)

    def _on_acknowledged(self, number: int) -> None:
        with self._changed:
            self._acknowledged = number
            self._changed.notify_all()

    def commit(self, command: Command | None) -> None:
        assert command is not None
        self.number = self.journal.commit(command.touched)

    def settle(self) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: self._acknowledged == self.number, timeout=PATIENCE_S
            )

    def crash(self) -> None:
        """As if the process had ended: the folder stays, the lock is free."""
        self.settle()
        self.journal.close(remove=False)


def stroke(document: Document, x: float = 100, y: float = 80) -> Command | None:
    made = Stroke(document, Brush(radius_px=30))
    made.move_to(x, y)
    return made.finish()


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    with take_snapshot(Document(noise(700, 500))) as snapshot:
        save_document(snapshot, path)
    return path


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_all_of_a_document_comes_back(tmp_path: Path) -> None:
    metadata = Metadata(b"exif", b"icc" * 50, b"xmp", {"task": "inpaint", "seed": 7})
    document = Document(noise(700, 500), metadata=metadata, source_depth=16)
    desk = Desk(tmp_path, document)
    desk.commit(add_result(document, Rect(90, 80, 400, 300), noise(400, 300, 1), "Result"))
    layer = replace(document.layers[1], opacity=0.25, blend="multiply", locked=True)
    desk.commit(restructure(document, document.structure.with_layer(layer), "Look"))
    desk.commit(stroke(document))
    document.choose_layer(document.layers[0].id)
    document.target = "layer"
    desk.commit(paste_pixels(document, Rect(3, 4, 50, 60), noise(50, 60, 2)))
    expected = state_of(document)
    desk.crash()
    (found,) = find_journals(tmp_path)
    assert found.summary.path is None
    assert found.summary.size == (700, 500)
    assert found.summary.sequence == 4
    assert abs(found.summary.time - time.time()) < 600
    assert found.summary.thumbnail is not None
    assert max(found.summary.thumbnail.shape[:2]) <= 256
    recovered = found.load()
    assert not difference(state_of(recovered), expected)
    assert recovered.metadata == metadata
    assert recovered.source_depth == 16
    assert recovered.target == "layer"
    assert recovered.active_layer is recovered.layers[0]
    assert recovered.modified
    found.release()


def test_what_the_file_holds_is_not_written_again(tmp_path: Path, picture: Path) -> None:
    desk = Desk(tmp_path / "journals", load_document(picture).document)
    desk.commit(stroke(desk.document))
    desk.settle()
    with sqlite3.connect(desk.journal.folder / NAME) as database:
        assert database.execute("SELECT count(*) FROM tiles").fetchone()[0] <= 4
    wait_for(lambda: '"base.png"' in _base(desk))
    expected = state_of(desk.document)
    # The file is saved over by somebody; the copy beside the journal is what counts.
    picture.write_bytes(b"something else")
    desk.crash()
    (found,) = find_journals(tmp_path / "journals")
    recovered = found.load()
    assert not difference(state_of(recovered), expected)
    assert recovered.path == picture
    found.discard()
    assert not find_journals(tmp_path / "journals")


def test_a_file_that_is_another_by_now_is_no_base(tmp_path: Path, picture: Path) -> None:
    base = Base.of(picture)
    assert copied(base, tmp_path, threading.Event()).copy
    picture.write_bytes(bytes(base.size))
    os.utime(picture, ns=(base.mtime_ns + 1_000_000, base.mtime_ns + 1_000_000))
    assert not copied(base, tmp_path, threading.Event()).copy


def test_a_save_waits_until_the_old_file_is_safe(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def slow(base: Base, folder: Path, stop: threading.Event) -> Base:
        gate.wait(PATIENCE_S)
        return copied(base, folder, stop)

    monkeypatch.setattr("editing.journal.copied", slow)
    desk = Desk(tmp_path / "journals", load_document(picture).document)
    desk.commit(stroke(desk.document))
    desk.settle()
    expected = state_of(desk.document)
    saves = threading.Thread(target=desk.journal.secure_base)
    saves.start()
    saves.join(0.05)
    assert saves.is_alive()
    gate.set()
    saves.join(PATIENCE_S)
    assert not saves.is_alive()
    picture.write_bytes(b"something else")
    desk.crash()
    assert not difference(state_of(load_journal(desk.journal.folder)), expected)


@pytest.mark.parametrize("has_file", [True, False])
def test_a_save_does_not_wait_for_a_copy_that_cannot_be(
    tmp_path: Path, picture: Path, has_file: bool
) -> None:
    document = load_document(picture).document if has_file else Document.blank(64, 64)
    if has_file:
        picture.unlink()
        document.path = picture
    desk = Desk(tmp_path / "journals", document)
    desk.journal.secure_base()
    desk.journal.close()


def _base(desk: Desk) -> str:
    with sqlite3.connect(desk.journal.folder / NAME) as database:
        return str(database.execute("SELECT base FROM state").fetchone()[0])


def test_without_the_copy_the_file_serves_while_it_is_the_same(
    tmp_path: Path, picture: Path
) -> None:
    desk = Desk(tmp_path / "journals", load_document(picture).document)
    desk.commit(stroke(desk.document))
    desk.settle()
    expected = state_of(desk.document)
    wait_for(lambda: '"base.png"' in _base(desk))
    desk.crash()
    (desk.journal.folder / "base.png").unlink()
    assert not difference(state_of(load_journal(desk.journal.folder)), expected)
    os.utime(picture, (1, 1))
    with pytest.raises(FileError, match="has changed"):
        load_journal(desk.journal.folder)


def test_layers_of_an_openraster_file_are_a_base_too(tmp_path: Path) -> None:
    document = Document(noise(400, 300))
    add_result(document, Rect(9, 9, 100, 100), noise(100, 100, 3))
    path = tmp_path / "layers.ora"
    with take_snapshot(document) as snapshot:
        save_document(snapshot, path)
    desk = Desk(tmp_path / "journals", load_document(path).document)
    desk.commit(stroke(desk.document))
    expected = state_of(desk.document)
    desk.crash()
    assert not difference(state_of(load_journal(desk.journal.folder)), expected)


def test_tiles_written_to_before_their_turn_are_kept_as_they_were(tmp_path: Path) -> None:
    """Edits come faster than they are written: each transaction holds its own moment."""
    document = Document.blank(700, 500)
    desk = Desk(tmp_path, document)
    for number in range(60):
        desk.commit(paste_pixels(document, Rect(0, 0, 300, 300), noise(300, 300, number)))
    expected = state_of(document)
    desk.crash()
    assert not difference(state_of(load_journal(desk.journal.folder)), expected)
    assert document.active_layer.plane.readers == ()


def test_a_saved_document_leaves_nothing_to_recover(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Document.blank(300, 200))
    desk.commit(stroke(desk.document))
    desk.journal.mark_clean()
    desk.crash()
    assert find_journals(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_edit_after_the_save_counts(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Document.blank(300, 200))
    desk.commit(stroke(desk.document))
    desk.journal.mark_clean()
    desk.commit(fill_mask(desk.document))
    desk.crash()
    (found,) = find_journals(tmp_path)
    assert found.load().mask.pixels.min() == 255
    found.release()


def test_a_living_journal_is_left_alone_and_a_found_one_is_offered_once(tmp_path: Path) -> None:
    living = Desk(tmp_path, Document.blank(300, 200))
    dead = Desk(tmp_path, Document.blank(300, 200))
    for desk in (living, dead):
        desk.commit(stroke(desk.document))
    living.settle()
    dead.crash()
    (found,) = find_journals(tmp_path)
    assert found.folder == dead.journal.folder
    assert find_journals(tmp_path) == []  # Another window, while the first one still asks.
    found.release()
    (again,) = find_journals(tmp_path)
    again.discard()
    living.journal.close()
    assert list(tmp_path.iterdir()) == []


def test_old_journals_expire(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Document.blank(300, 200))
    desk.commit(stroke(desk.document))
    desk.crash()
    assert find_journals(tmp_path, expiry_days=0) == []
    assert list(tmp_path.iterdir()) == []


def test_planes_that_are_gone_for_good_leave_the_journal(tmp_path: Path) -> None:
    document = Document(noise(600, 500))
    desk = Desk(tmp_path, document)
    single = document.structure
    desk.commit(add_result(document, document.bounds, noise(600, 500, 1)))
    desk.commit(restructure(document, single, "Delete layer"))
    # No history holds on to the layer; the manifest of the edit before did.
    desk.commit(stroke(document))
    desk.settle()
    desk.commit(stroke(document, 300, 300))
    desk.settle()
    with sqlite3.connect(desk.journal.folder / NAME) as database:
        assert database.execute("SELECT count(*) FROM planes").fetchone()[0] == 3
    desk.journal.close()


def test_a_folder_that_cannot_be_written_is_one_sentence_and_work_goes_on(tmp_path: Path) -> None:
    blocked = tmp_path / "journals"
    blocked.write_text("a file where the folder should be")
    desk = Desk(blocked, Document.blank(300, 200))
    for _ in range(3):
        desk.journal.commit(Touched(structure=True))
    desk.journal.close()
    assert len(desk.failures) == 1
    assert desk.failures[0].endswith("save often.")
    assert all(plane.readers == () for plane in desk.document.structure.planes())


FULL_DISK = """
import resource, sys, threading
from pathlib import Path
from editing.history import Touched
from tests.editing.test_journal import Desk, Document, noise, paste_pixels, stroke
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
document = Document(noise(300, 200))
desk = Desk(Path(sys.argv[1]), document)
desk.commit(stroke(document))
desk.settle()
for seed in range(1, 21):
    desk.journal.commit(paste_pixels(document, document.bounds, noise(300, 200, seed)).touched)
desk.journal.close(remove=False)
print(len(desk.failures), desk.failures[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a matter of Unix")
def test_a_full_disk_ends_the_journal_but_not_what_it_holds(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    ).stdout
    assert told.startswith("1 Edits are no longer kept")
    (found,) = find_journals(tmp_path)
    assert found.load().mask.pixels.any()
    found.release()


@pytest.mark.parametrize("damage", ["cut", "noise", "manifest", "tiles"])
def test_a_damaged_journal_is_one_sentence(tmp_path: Path, damage: str) -> None:
    desk = Desk(tmp_path, Document(noise(300, 200)))
    desk.commit(stroke(desk.document))
    desk.crash()
    path = desk.journal.folder / NAME
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "noise":
        path.write_bytes(bytes(noise(100, 100).data))
    else:
        with sqlite3.connect(path) as database:
            if damage == "manifest":
                database.execute("UPDATE state SET manifest = '{\"version\": 1}'")
            else:
                database.execute("UPDATE tiles SET data = x'28b52ffd00'")
    for found in find_journals(tmp_path):
        with pytest.raises(FileError):
            found.load()
        found.release()
    with pytest.raises(FileError):
        load_journal(desk.journal.folder)
