"""A ZIP file that is written member by member, its pictures band by band.

Bands that the file written last holds already are copied from it; the others are encoded by two
threads, while this one writes. Members are stored and not packed: pictures are packed already.
"""

from __future__ import annotations

import zipfile
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from isal import isal_zlib

from editing.files import png_bands
from editing.saved_pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
    from concurrent.futures import Executor, Future

    from editing.plane import Pixels

_AHEAD = 4
"""Bands that are encoded, or wait for it, while one is written."""
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of all members, so that equal documents give equal files."""


class Rows(NamedTuple):
    """Pixels of a band, and what the thumbnail needs of them."""

    pixels: Pixels
    small: Pixels | None = None


@dataclass(frozen=True)
class Sheet:
    """A picture to write as a member.

    Attributes:
        name: Name of the member.
        width: In pixels.
        height: In pixels.
        channels: 1, 3 or 4.
        bands: For each band, top first: what it is made of, and a function that gives its rows,
            which may be called on any thread.
        chunks: Whole PNG chunks to put before the pixels.
    """

    name: str
    width: int
    height: int
    channels: int
    bands: list[tuple[Hashable, Callable[[], Rows]]]
    chunks: tuple[bytes, ...] = ()


class _Encoded(NamedTuple):
    band: png_bands.Band
    small: Pixels | None


class ArchiveWriter:
    """Writes members to an open file.

    Attributes:
        pieces: Bands written so far, by what they are made of.
        reused: Number of bands that were copied from the earlier file.
        checksums: CRC-32 of each member written, by its name.
    """

    def __init__(
        self,
        file: BinaryIO,
        executor: Executor,
        earlier: BinaryIO | None,
        known: Mapping[Hashable, Piece],
    ) -> None:
        """Write to ``file``; ``earlier`` is the file in which the ``known`` pieces lie."""
        self._file = file
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._executor = executor
        self._earlier = earlier
        self._known = known
        self.pieces: dict[Hashable, Piece] = {}
        self.reused = 0
        self.checksums: dict[str, int] = {}

    def close(self) -> None:
        """Write the list of members; the file stays open."""
        self._zip.close()

    def add(self, name: str, data: bytes) -> None:
        """Write a member as it is."""
        with self._member(name) as write:
            write(data)

    def add_sheet(self, sheet: Sheet) -> Generator[Pixels | None]:
        """Write a picture; yields the small picture of each band when it was written."""
        checksums: list[tuple[int, int]] = []
        with self._member(sheet.name) as write:
            write(png_bands.start(sheet.width, sheet.height, sheet.channels, sheet.chunks))
            for key, found in self._in_order(sheet):
                piece = self._put(write, found)
                self.pieces[key] = piece
                checksums.append((piece.adler, piece.unpacked))
                yield piece.small
            write(png_bands.end(checksums))

    @contextmanager
    def _member(self, name: str) -> Iterator[Callable[[bytes], object]]:
        entry = zipfile.ZipInfo(name, _DATE)
        entry.external_attr = 0o644 << 16
        with self._zip.open(entry, "w") as member:
            yield member.write
        self.checksums[name] = entry.CRC

    def _put(
        self, write: Callable[[bytes], object], found: _Encoded | tuple[Piece, bytes]
    ) -> Piece:
        offset = self._file.tell()
        if isinstance(found, _Encoded):
            band, small = found
            checksum = 0
            for part in band.parts:
                write(part)
                checksum = isal_zlib.crc32(part, checksum)
            length = self._file.tell() - offset
            return Piece(offset, length, checksum, band.adler, band.unpacked, small)
        piece, data = found
        write(data)
        self.reused += 1
        return piece._replace(offset=offset)

    def _in_order(self, sheet: Sheet) -> Iterator[tuple[Hashable, _Encoded | tuple[Piece, bytes]]]:
        """Yield the bands of a picture in order, some being encoded ahead."""
        ahead: deque[tuple[Hashable, Callable[[], Rows], Piece | Future[_Encoded]]] = deque()
        for key, rows in sheet.bands:
            known = self._known.get(key)
            ahead.append((key, rows, known or self._executor.submit(_encoded, rows)))
            if len(ahead) > _AHEAD:
                yield self._next(*ahead.popleft())
        while ahead:
            yield self._next(*ahead.popleft())

    def _next(
        self, key: Hashable, rows: Callable[[], Rows], found: Piece | Future[_Encoded]
    ) -> tuple[Hashable, _Encoded | tuple[Piece, bytes]]:
        if not isinstance(found, Piece):
            return key, found.result()
        data = self._copied(found)
        return key, _encoded(rows) if data is None else (found, data)

    def _copied(self, piece: Piece) -> bytes | None:
        """Return a piece of the earlier file; None if it is not what was written there."""
        if self._earlier is None:
            return None
        try:
            self._earlier.seek(piece.offset)
            data = self._earlier.read(piece.length)
        except OSError:
            return None
        return data if isal_zlib.crc32(data) == piece.checksum else None


def _encoded(rows: Callable[[], Rows]) -> _Encoded:
    pixels, small = rows()
    return _Encoded(png_bands.encode_band(pixels), small)
