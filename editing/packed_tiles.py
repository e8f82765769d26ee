"""Tiles in little room: compressed (zstd, level 1) in memory, or in a file beside it."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from editing.plane import TileIndex, tile_rect
from editing.spill import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from editing.plane import Pixels, Plane
    from editing.spill import SpillFile

_LEVEL = 1
_ZEROS = b""
"""What a tile of zeros is packed to."""


def pack(pixels: Pixels) -> bytes:
    """Compress the pixels of a tile; nothing at all remains of zeros."""
    if not pixels.any():
        return _ZEROS
    return zstandard.ZstdCompressor(level=_LEVEL).compress(np.ascontiguousarray(pixels).data)


def unpack(data: bytes, shape: tuple[int, ...]) -> Pixels:
    """Return the pixels again; the array may not be written to.

    Raises:
        zstandard.ZstdError: The data are damaged.
        ValueError: They are of another shape.
    """
    if not data:
        return np.zeros(shape, np.uint8)
    raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=int(np.prod(shape)))
    return np.frombuffer(raw, np.uint8).reshape(shape)


class PackedTiles:
    """Tiles of a plane, packed once and never changed; they may move to disk.

    What was moved to disk is given back there when this object is no longer used.
    """

    def __init__(self, shape: tuple[int, ...], tiles: Iterable[tuple[TileIndex, Pixels]]) -> None:
        """Pack tiles, pixels (h, w) or (h, w, C), of a plane of this shape."""
        self._shape = shape
        self._guard = threading.Lock()
        self._data: dict[TileIndex, bytes | Slot] = {tile: pack(pixels) for tile, pixels in tiles}
        self._file: SpillFile | None = None
        self._size = sum(len(data) for data in self._data.values())

    @property
    def size_bytes(self) -> int:
        """Memory held, at this moment."""
        return self._size

    def __iter__(self) -> Iterator[tuple[TileIndex, Pixels]]:
        """Yield the tiles; OSError if they cannot be read back from the disk."""
        for tile in list(self._data):
            data = self._bytes(tile)
            try:
                pixels = unpack(data, self._tile_shape(tile))
            except (zstandard.ZstdError, ValueError) as error:
                raise OSError("the file of old edits is damaged") from error
            yield tile, pixels

    def spill(self, file: SpillFile) -> None:
        """Move the tiles to disk, one after the other.

        Raises:
            OSError: The disk is full; those that did not go are still in memory.
        """
        for tile, data in list(self._data.items()):
            if isinstance(data, Slot) or not data:
                continue
            slot = file.write(data)
            weakref.finalize(self, file.free, slot).atexit = False
            with self._guard:
                self._file = file
                self._data[tile] = slot
                self._size -= len(data)

    def _bytes(self, tile: TileIndex) -> bytes:
        with self._guard:
            data, file = self._data[tile], self._file
        if not isinstance(data, Slot):
            return data
        if file is None:
            raise OSError("the file of old edits is gone")
        return file.read(data)

    def _tile_shape(self, tile: TileIndex) -> tuple[int, ...]:
        rect = tile_rect(tile, self._shape[1], self._shape[0])
        return (rect.height, rect.width, *self._shape[2:])


class ParkedPlane:
    """The pixels of a whole plane, packed by tiles; tiles that nobody ever wrote to are left out.

    Attributes:
        tiles: The packed tiles.
    """

    def __init__(self, plane: Plane) -> None:
        """Pack a plane; nobody may write to it meanwhile."""
        self._shape = plane.shape
        pixels = plane.pixels
        self.tiles = PackedTiles(
            plane.shape,
            (
                (tile, pixels[tile_rect(tile, plane.width, plane.height).slices()])
                for tile in plane.touched_tiles()
            ),
        )

    @property
    def size_bytes(self) -> int:
        """Memory held, at this moment."""
        return self.tiles.size_bytes

    def restore(self) -> Pixels:
        """Return the pixels as a new array (OSError if they cannot be read from the disk)."""
        pixels = np.zeros(self._shape, np.uint8)
        for tile, found in self.tiles:
            pixels[tile_rect(tile, self._shape[1], self._shape[0]).slices()] = found
        return pixels
