"""What the thread of a journal does: it keeps the folder, the lock and the file."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING, NamedTuple

from editing import journal_manifest
from editing.file_lock import FileLock
from editing.journal_file import NAME, JournalFile, PlaneRow
from editing.packed_tiles import pack
from editing.thumbnail import thumbnail

if TYPE_CHECKING:
    import threading
    from pathlib import Path
    from typing import Any

    from editing.journal_base import Base
    from editing.structure import Structure
    from editing.tile_copies import TileCopies

LOCK_NAME = "lock"
CHECKPOINT_S = 3.0
THUMBNAIL_S = 5.0


class Edit(NamedTuple):
    """One transaction."""

    sequence: int
    copies: tuple[TileCopies, ...]
    new_planes: tuple[PlaneRow, ...]
    dead_planes: tuple[int, ...]
    manifest: dict[str, Any] | None
    structure: Structure


class JournalWriter:
    """The folder and the file of a journal; used by the journal's thread alone.

    All methods may raise ``OSError`` and ``sqlite3.Error``.

    Attributes:
        has_failed: Whether the journal could not be written; set by the owner. Nothing is written
            from then on.
    """

    def __init__(
        self,
        folder: Path,
        base: Base | None,
        base_planes: tuple[PlaneRow, ...],
        abandoned: threading.Event,
    ) -> None:
        """Prepare; nothing is made yet.

        Args:
            folder: Of this journal alone.
            base: File that holds the planes of ``base_planes``, or None.
            base_planes: Planes that need not be written.
            abandoned: Set once nothing more is wanted.
        """
        self.has_failed = False
        self._abandoned = abandoned
        self._folder = folder
        self._base, self._base_planes = base, base_planes
        self._lock: FileLock | None = None
        self._file: JournalFile | None = None
        self._unwritten_since: float | None = None
        self._pictured = 0.0

    def open(self) -> None:
        """Make the folder, lock it, and make the file."""
        self._folder.mkdir(parents=True)
        self._lock = FileLock(self._folder / LOCK_NAME)
        self._file = JournalFile(self._folder / NAME, create=True)
        if self._base is not None:
            self._file.begin()
            self._file.set_base(self._base.as_text())
            for row in self._base_planes:
                self._file.add_plane(row)
            self._file.commit()

    def write(self, edit: Edit) -> bool:
        """Write an edit; False if the journal has failed before, or is not wanted any more."""
        if self._file is None or self.has_failed or self._abandoned.is_set():
            return False
        file = self._file
        file.begin()
        try:
            file.remove_planes(edit.dead_planes)
            for row in edit.new_planes:
                file.add_plane(row)
            for copies in edit.copies:
                for tile, pixels in copies.take():
                    if self._abandoned.is_set():
                        file.roll_back()
                        return False
                    file.put_tile(copies.plane.key, tile, pack(pixels))
            text = None if edit.manifest is None else journal_manifest.as_text(edit.manifest)
            file.set_state(edit.sequence, text)
            file.commit()
        except (OSError, sqlite3.Error):
            with contextlib.suppress(sqlite3.Error):
                file.roll_back()
            raise
        return True

    def after_edit(self, structure: Structure) -> None:
        """Bring things up to date that need not be at every edit."""
        if self._unwritten_since is None:
            self._unwritten_since = time.monotonic()
        if self.checkpoint_in_s() == 0:
            self.checkpoint()
        if time.monotonic() - self._pictured > THUMBNAIL_S and self._file is not None:
            pixels = thumbnail(structure)
            self._file.set_thumbnail(pixels.shape[1], pixels.shape[0], pack(pixels))
            self._pictured = time.monotonic()

    def set_clean(self, sequence: int) -> None:
        """Write that the document's own file holds the edits up to this one."""
        if self._file is not None and not self.has_failed:
            self._file.set_clean(sequence)

    def set_base(self, base: Base) -> None:
        """Write that the base has a copy."""
        if self._file is not None and not self.has_failed:
            self._file.set_base(base.as_text())

    def checkpoint_in_s(self) -> float | None:
        """Seconds until a checkpoint is due; None if there is nothing to bring to the disk."""
        if self._unwritten_since is None:
            return None
        return max(0.0, self._unwritten_since + CHECKPOINT_S - time.monotonic())

    def checkpoint(self) -> None:
        """Bring all to the disk itself."""
        self._unwritten_since = None
        if self._file is not None and not self.has_failed:
            self._file.checkpoint()

    def close(self, *, remove: bool) -> None:
        """Close the file, remove the folder if wanted, and give the lock back."""
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()
        if remove:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.release()
