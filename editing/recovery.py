"""Finding the journals of processes that ended without closing them, and having the work back."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from editing import journal_manifest
from editing.errors import FileError
from editing.file_lock import FileLock
from editing.journal_base import Base, load_base
from editing.journal_file import NAME, JournalFile, State
from editing.journal_writer import LOCK_NAME
from editing.packed_tiles import unpack
from editing.plane import Pixels, Plane, TileIndex, tile_rect

if TYPE_CHECKING:
    from pathlib import Path

    from editing.document import Document

EXPIRY_DAYS = 30.0
_DAY_S = 24 * 3600.0
_DAMAGE = (
    sqlite3.Error, OSError, ValueError, TypeError, KeyError, IndexError, zstandard.ZstdError,
)  # fmt: skip
"""What reading a damaged journal may end in."""


class Summary(NamedTuple):
    """What a journal holds.

    Attributes:
        path: File of the document, or None.
        size: Width and height.
        time: Of the last edit, seconds since 1970.
        sequence: Number of edits.
        thumbnail: (h, w, 4) RGBA, or None.
    """

    path: Path | None
    size: tuple[int, int]
    time: float
    sequence: int
    thumbnail: Pixels | None


class Recoverable:
    """A journal that a dead process left, locked so that nobody else offers it too.

    Attributes:
        folder: Of the journal.
        summary: What it holds.
    """

    def __init__(self, folder: Path, lock: FileLock, summary: Summary) -> None:
        """Take over the lock."""
        self.folder = folder
        self.summary = summary
        self._lock = lock

    def load(self) -> Document:
        """Return the document as it was after the last acknowledged edit; it is modified.

        Raises:
            FileError: The journal is damaged, or the file it rests on is another.
        """
        return load_journal(self.folder)

    def discard(self) -> None:
        """Remove the journal for good."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.release()

    def release(self) -> None:
        """Leave it for later, or for another window."""
        self._lock.release()


def find_journals(parent: Path, expiry_days: float = EXPIRY_DAYS) -> list[Recoverable]:
    """Return what can be recovered, the newest first.

    What holds nothing that its document's file does not hold, and what is older than
    ``expiry_days``, is removed. Journals of living processes are left alone.
    """
    found = []
    for folder in _folders(parent):
        try:
            lock = FileLock(folder / LOCK_NAME)
        except OSError:
            continue
        journal = _look_at(folder, lock, time.time() - expiry_days * _DAY_S)
        if journal is not None:
            found.append(journal)
    return sorted(found, key=lambda journal: journal.summary.time, reverse=True)


def load_journal(folder: Path) -> Document:
    """Return the document that a journal describes.

    Raises:
        FileError: The journal is damaged, or the file it rests on is another.
    """
    try:
        with contextlib.closing(JournalFile(folder / NAME)) as file:
            document = _document(file, file.state(), folder)
    except _DAMAGE as error:
        raise FileError(f"The work stored in {folder} cannot be read: {error}.") from error
    document.modified = True
    return document


def _folders(parent: Path) -> list[Path]:
    try:
        return [folder for folder in parent.iterdir() if folder.is_dir()]
    except OSError:
        return []


def _look_at(folder: Path, lock: FileLock, oldest: float) -> Recoverable | None:
    """Return the journal if there is anything to recover; otherwise remove it."""
    try:
        with contextlib.closing(JournalFile(folder / NAME)) as file:
            state = file.state()
            if state.sequence and not state.clean and state.time >= oldest:
                return Recoverable(folder, lock, _summary(file, state))
    except FileError:  # Of a newer version, or damaged: it goes when it is old.
        lock.release()
        return None
    except _DAMAGE:
        if not _is_old(folder, oldest):
            lock.release()
            return None
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    return None


def _is_old(folder: Path, oldest: float) -> bool:
    try:
        return (folder / NAME).stat().st_mtime < oldest
    except OSError:
        return True


def _summary(file: JournalFile, state: State) -> Summary:
    path, size = journal_manifest.title(state.manifest)
    picture = None
    stored = file.thumbnail()
    if stored is not None:
        width, height, data = stored
        with contextlib.suppress(zstandard.ZstdError, ValueError):
            picture = unpack(data, (height, width, 4))
    return Summary(path, size, state.time, state.sequence, picture)


def _document(file: JournalFile, state: State, folder: Path) -> Document:
    rows = file.planes()
    base = None
    wanted = set(journal_manifest.plane_keys(state.manifest))
    if any(rows[key].base is not None for key in wanted if key in rows):
        base = load_base(Base.from_text(state.base), folder)
    base_planes = [] if base is None else _distinct_planes(base)

    def plane(key: int) -> Plane:
        row = rows[key]
        made = Plane.zeros(row.shape) if row.base is None else base_planes[row.base]
        if made.shape != row.shape:
            raise FileError("The file that the stored work rests on has another size now.")
        for column, line, data in file.tiles(key):
            rect = tile_rect(TileIndex(column, line), made.width, made.height)
            view = made.pixels[rect.slices()]
            view[...] = unpack(data, view.shape)
            made.mark_dirty(rect)
        return made

    made = {key: plane(key) for key in wanted}
    return journal_manifest.restore(state.manifest, made.__getitem__)


def _distinct_planes(document: Document) -> list[Plane]:
    return list({plane.key: plane for plane in document.structure.planes()}.values())
