"""Where the pieces of the file written last lie, so that the next save may copy them.

A save of a large document mostly writes again what it wrote before. Each encoded piece is known by
what it was made of: planes with the number of writes to them. The next save copies a piece of the
same key from the file, as long as that is still the file that was written.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from editing.plane import Pixels


class Piece(NamedTuple):
    """One encoded piece of a file.

    Attributes:
        offset: Where in the file it begins, in bytes.
        length: Its length in bytes.
        checksum: CRC-32 of its bytes.
        adler: Adler-32 of what it unpacks to.
        unpacked: Length of what it unpacks to, in bytes.
        small: What it shows, reduced, for the thumbnail; None for pieces that need none.
    """

    offset: int
    length: int
    checksum: int
    adler: int
    unpacked: int
    small: Pixels | None = None


class _Identity(NamedTuple):
    device: int
    inode: int
    length: int
    changed_ns: int


class SavedPieces:
    """The pieces of one file; replaced as a whole by each save."""

    def __init__(self) -> None:
        """Know of no file."""
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._identity: _Identity | None = None
        self._pieces: Mapping[Hashable, Piece] = {}

    def remember(self, path: Path, pieces: Mapping[Hashable, Piece]) -> None:
        """Take the pieces of a file that was just written."""
        try:
            identity = _identity(path.stat())
        except OSError:
            return
        with self._lock:
            self._path, self._identity, self._pieces = path, identity, dict(pieces)

    def open(self) -> tuple[BinaryIO | None, Mapping[Hashable, Piece]]:
        """Return the file, opened, and its pieces; None and nothing if it is another by now."""
        with self._lock:
            path, identity, pieces = self._path, self._identity, self._pieces
        if path is None:
            return None, {}
        try:
            file = path.open("rb")
        except OSError:
            return None, {}
        if _identity(os.fstat(file.fileno())) != identity:
            file.close()
            return None, {}
        return file, pieces


def _identity(status: os.stat_result) -> _Identity:
    return _Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
