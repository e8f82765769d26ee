"""A file for what the history keeps but memory should not: packed tiles of old edits.

There is one file per history, in a folder of caches. It goes when the history is closed. If the
process dies before that, the next history that uses the folder removes it: the lock beside the file
tells that its owner is gone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import BinaryIO, NamedTuple

from editing.file_lock import FileLock

_SUFFIX = ".undo"
_NUMBERS = itertools.count(1)


class Slot(NamedTuple):
    """A part of the file."""

    offset: int
    length: int


class SpillFile:
    """Bytes on disk, by slots that are used again once they are free. Safe to use from threads."""

    def __init__(self, folder: Path | None = None) -> None:
        """Prepare; the file is made at the first write.

        Args:
            folder: Where; it is made if it is not there. None: the folder for temporary files.
        """
        self._folder = folder or Path(tempfile.gettempdir()) / "asyndm-undo"
        self._file: BinaryIO | None = None
        self._lock: FileLock | None = None
        self._guard = threading.Lock()
        self._holes: list[Slot] = []
        self._end = 0
        # Filled by finalizers, which may run anywhere, even inside a method of this object.
        self._given_back: deque[Slot] = deque()

    @property
    def path(self) -> Path | None:
        """The file, once there is one."""
        return None if self._lock is None else self._lock.path.with_suffix(_SUFFIX)

    @property
    def size_bytes(self) -> int:
        """Length of the file."""
        return self._end

    def write(self, data: bytes) -> Slot:
        """Store bytes.

        Raises:
            OSError: The disk is full, or the folder cannot be written.
        """
        with self._guard:
            file = self._opened()
            self._take_back()
            slot = self._find(len(data))
            try:
                file.seek(slot.offset)
                rest = memoryview(data)
                while rest:  # Raw files may take a part only.
                    rest = rest[file.write(rest) :]
            except OSError:
                self._given_back.append(slot)
                raise
            return slot

    def read(self, slot: Slot) -> bytes:
        """Return the bytes of a slot (OSError if the disk fails)."""
        with self._guard:
            file = self._opened()
            file.seek(slot.offset)
            data = file.read(slot.length)
        if len(data) != slot.length:
            raise OSError(f"{self.path} is shorter than it was written")
        return data

    def free(self, slot: Slot) -> None:
        """Say that a slot is no longer needed."""
        self._given_back.append(slot)

    def close(self) -> None:
        """Remove the file."""
        with self._guard:
            if self._file is None or self._lock is None:
                return
            self._file.close()
            _remove(self._lock)
            self._file = self._lock = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            remove_abandoned(self._folder)
            lock = FileLock(self._folder / f"{os.getpid()}-{next(_NUMBERS)}.lock")
            # Unbuffered: what is read must be what was written through the same handle.
            self._file = lock.path.with_suffix(_SUFFIX).open("w+b", buffering=0)
            self._lock = lock
        return self._file

    def _find(self, length: int) -> Slot:
        for place, hole in enumerate(self._holes):
            if hole.length >= length:
                rest = Slot(hole.offset + length, hole.length - length)
                self._holes[place : place + 1] = [rest] if rest.length else []
                return Slot(hole.offset, length)
        slot = Slot(self._end, length)
        self._end += length
        return slot

    def _take_back(self) -> None:
        """Make holes of the slots given back; neighbours join, and the file's end shrinks."""
        if not self._given_back:
            return
        while self._given_back:
            self._holes.append(self._given_back.popleft())
        joined: list[Slot] = []
        for hole in sorted(self._holes):
            if joined and joined[-1].offset + joined[-1].length == hole.offset:
                joined[-1] = Slot(joined[-1].offset, joined[-1].length + hole.length)
            else:
                joined.append(hole)
        if joined and joined[-1].offset + joined[-1].length == self._end:
            self._end = joined.pop().offset
        self._holes = joined


def remove_abandoned(folder: Path) -> int:
    """Remove the files of processes that have ended; returns how many there were."""
    count = 0
    for path in folder.glob("*.lock"):
        with contextlib.suppress(OSError):
            _remove(FileLock(path))
            count += 1
    return count


def _remove(lock: FileLock) -> None:
    """Remove a file and its lock, which the caller holds."""
    with contextlib.suppress(OSError):
        lock.path.with_suffix(_SUFFIX).unlink(missing_ok=True)
        lock.path.unlink(missing_ok=True)
    lock.release()
