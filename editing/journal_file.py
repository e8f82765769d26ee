"""The file of a journal: a SQLite database in WAL mode, one transaction per edit.

What it holds is the state of the document after the last transaction: a manifest, the planes, and
their tiles (zstd). A plane either has a base, which is a plane of the picture file that the
document was opened from, or it is zero where it has no tile.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from editing.plane import TileIndex

NAME = "journal.sqlite"

_SCHEMA = """
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER, clean INTEGER, time REAL,
    manifest TEXT, base TEXT
);
CREATE TABLE planes (key INTEGER PRIMARY KEY, shape TEXT, base INTEGER);
CREATE TABLE tiles (
    plane INTEGER, column_ INTEGER, row_ INTEGER, data BLOB, PRIMARY KEY (plane, column_, row_)
);
CREATE TABLE thumbnail (
    one INTEGER PRIMARY KEY CHECK (one = 1), width INTEGER, height INTEGER, data BLOB
);
INSERT INTO state VALUES (1, 0, 1, 0, '', '');
"""


class PlaneRow(NamedTuple):
    """A plane of the document.

    Attributes:
        key: Its number in the process that wrote the journal.
        shape: Of its pixels.
        base: Which plane of the base file it was at first; None: zeros.
    """

    key: int
    shape: tuple[int, ...]
    base: int | None


class State(NamedTuple):
    """The row of which there is one.

    Attributes:
        sequence: Number of the last edit.
        clean: Whether the document's own file holds all of it.
        time: Of the last edit, seconds since 1970.
        manifest: JSON.
        base: JSON about the base file, empty if there is none.
    """

    sequence: int
    clean: bool
    time: float
    manifest: str
    base: str


class JournalFile:
    """An open journal; used by one thread at a time. All methods may raise ``sqlite3.Error``."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open a journal, or make one."""
        if not create and not path.exists():
            raise sqlite3.OperationalError(f"there is no {path}")
        # One thread at a time is what sqlite3 asks for; it need not be the same one.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        if create:
            self._connection.executescript("BEGIN;" + _SCHEMA + "COMMIT;")

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def begin(self) -> None:
        """Start a transaction."""
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """End the transaction: what was written since ``begin`` is there, all of it."""
        self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        """End the transaction as if it had not begun."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def add_plane(self, row: PlaneRow) -> None:
        """Write a plane, yet without tiles."""
        self._connection.execute(
            "INSERT OR REPLACE INTO planes VALUES (?, ?, ?)",
            (row.key, json.dumps(row.shape), row.base),
        )

    def remove_planes(self, keys: Iterable[int]) -> None:
        """Forget planes and their tiles."""
        for key in keys:
            self._connection.execute("DELETE FROM planes WHERE key = ?", (key,))
            self._connection.execute("DELETE FROM tiles WHERE plane = ?", (key,))

    def put_tile(self, key: int, tile: TileIndex, data: bytes) -> None:
        """Write a packed tile."""
        self._connection.execute(
            "INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?)", (key, tile.column, tile.row, data)
        )

    def set_state(self, sequence: int, manifest: str | None) -> None:
        """Say which edit this is; None leaves the manifest as it is."""
        self._connection.execute(
            "UPDATE state SET sequence = ?, clean = 0, time = ?, manifest = coalesce(?, manifest)",
            (sequence, time.time(), manifest),
        )

    def set_clean(self, sequence: int) -> None:
        """Say that the document's own file holds the edits up to this one."""
        self._connection.execute("UPDATE state SET clean = 1 WHERE sequence = ?", (sequence,))

    def set_base(self, base: str) -> None:
        """Write what is known of the base file."""
        self._connection.execute("UPDATE state SET base = ?", (base,))

    def set_thumbnail(self, width: int, height: int, data: bytes) -> None:
        """Write a small picture, RGBA, packed."""
        self._connection.execute(
            "INSERT OR REPLACE INTO thumbnail VALUES (1, ?, ?, ?)", (width, height, data)
        )

    def checkpoint(self) -> None:
        """Bring all transactions to the disk itself (fsync)."""
        with closing(self._connection.execute("PRAGMA wal_checkpoint(FULL)")) as cursor:
            cursor.fetchall()

    def state(self) -> State:
        """Return the state."""
        row = self._connection.execute(
            "SELECT sequence, clean, time, manifest, base FROM state"
        ).fetchone()
        return State(int(row[0]), bool(row[1]), float(row[2]), str(row[3]), str(row[4]))

    def planes(self) -> dict[int, PlaneRow]:
        """Return all planes by their keys."""
        rows = self._connection.execute("SELECT key, shape, base FROM planes").fetchall()
        return {
            key: PlaneRow(key, tuple(int(side) for side in json.loads(shape)), base)
            for key, shape, base in rows
        }

    def tiles(self, key: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield column, row and packed pixels of a plane's tiles."""
        yield from self._connection.execute(
            "SELECT column_, row_, data FROM tiles WHERE plane = ?", (key,)
        )

    def thumbnail(self) -> tuple[int, int, bytes] | None:
        """Return width, height and packed pixels, if there are any."""
        row = self._connection.execute("SELECT width, height, data FROM thumbnail").fetchone()
        return None if row is None else (int(row[0]), int(row[1]), bytes(row[2]))
