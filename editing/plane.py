"""A plane of pixels with its half-size levels (``editing.pyramid``).

The arrays are not replaced while the plane is part of the document, so that a viewer may wrap them
without a copy. A plane that only the history holds on to may be parked: its arrays are given up for
packed tiles, and come back as new ones.
"""

from __future__ import annotations

import itertools
import threading
from typing import Protocol

import numpy as np
import numpy.typing as npt

from editing.geometry import Rect
from editing.pyramid import Pyramid
from editing.tiles import TILE, TileIndex, tile_rect, tiles_in, whole_tiles

__all__ = ["TILE", "Pixels", "Plane", "TileIndex", "tile_rect", "tiles_in", "whole_tiles"]

Pixels = npt.NDArray[np.uint8]

_KEYS = itertools.count(1)


class ParkedPixels(Protocol):
    """The pixels of a plane, kept in another form."""

    @property
    def size_bytes(self) -> int:
        """Memory held, at this moment."""

    def restore(self) -> Pixels:
        """Return the pixels as a new array."""


class TileReader(Protocol):
    """Somebody who still wants to read tiles as they are now."""

    def before_write(self, tile: TileIndex) -> None:
        """Take the pixels of a tile: they are about to change."""


class Plane:
    """Pixels (H, W) or (H, W, C), uint8, and their half-size levels.

    Attributes:
        key: Number of this plane, unique in the process; journals name planes by it.
        shape: Shape of the full size, known while the plane is parked too.
        bounds: The whole plane as a rectangle.
        readers: Who must hear of tiles before they are written to.
        writes: For each row of tiles, how often ``mark_dirty`` spoke of it: equal numbers mean
            equal pixels, so that a save may use again what it encoded before.
        claims: How often ``keep`` was called; who parks a plane reads it before deciding to.
    """

    def __init__(self, pixels: Pixels) -> None:
        """Take over an array (no copy if it is contiguous uint8); all levels start unbuilt."""
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.size == 0:
            raise ValueError(f"a plane needs a non-empty uint8 array, not {pixels.shape}")
        self.key = next(_KEYS)
        self.shape = pixels.shape
        self.bounds = Rect.of_shape(pixels.shape)
        self.readers: tuple[TileReader, ...] = ()
        self.writes = [0] * -(-self.bounds.height // TILE)
        self.claims = 0
        self._guard = threading.Lock()
        self._parked: ParkedPixels | None = None
        self._pyramid: Pyramid | None = Pyramid(np.ascontiguousarray(pixels))
        self._untouched: set[TileIndex] = set()
        self._tile_count = 0

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> Plane:
        """Make a plane of zeros, (H, W) or (H, W, C).

        It takes no memory and no time until it is written to: its levels are valid from the start,
        and ``is_untouched`` tells where nothing was ever written.
        """
        plane = cls(np.zeros(shape, np.uint8))
        plane._pyramid = Pyramid(plane.pixels, touched=())
        plane._untouched = set(tiles_in(plane.bounds))
        plane._tile_count = len(plane._untouched)
        return plane

    def is_untouched(self, rect: Rect) -> bool:
        """Whether the tiles under ``rect`` (level 0) are known to be zero since the start.

        False says nothing: the tiles may hold zeros nevertheless.
        """
        if not self._untouched:
            return False
        part = rect.intersect(self.bounds)
        if part == self.bounds:
            return len(self._untouched) == self._tile_count
        return self._untouched.issuperset(tiles_in(part))

    def touched_tiles(self) -> list[TileIndex]:
        """Return the tiles that may hold anything but zeros, row by row."""
        return [tile for tile in tiles_in(self.bounds) if tile not in self._untouched]

    @property
    def levels(self) -> list[Pixels]:
        """The arrays, full size first; read them through ``level``, which makes them valid."""
        return self._kept().levels

    @property
    def level_count(self) -> int:
        """How many levels there are; known while the plane is parked too."""
        return 1 + max(0, (max(self.bounds.size) - 1) // TILE).bit_length()

    def level_bounds(self, n: int) -> Rect:
        """The whole of a level in its own pixels; known while the plane is parked too."""
        return Rect(0, 0, -(-self.width >> n), -(-self.height >> n))

    @property
    def pixels(self) -> Pixels:
        """The plane itself, level 0. Whoever writes to it calls ``mark_dirty`` afterwards."""
        return self.levels[0]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.bounds.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bounds.height

    @property
    def is_parked(self) -> bool:
        """Whether the pixels are kept in another form at this moment."""
        return self._parked is not None

    @property
    def size_bytes(self) -> int:
        """Memory held: of all levels, or of what stands in for them."""
        parked = self._parked
        if parked is not None:
            return parked.size_bytes
        return self._kept().size_bytes

    def park(self, parked: ParkedPixels, claims: int) -> bool:
        """Give the arrays up for another form of the same pixels; any thread may call it.

        Args:
            parked: The pixels, packed while nobody could write to them.
            claims: Value of ``claims`` from before it was found that nobody shows the plane.

        Returns:
            Whether it was done; not if the plane was claimed meanwhile.
        """
        with self._guard:
            if self.claims != claims or self._parked is not None:
                return False
            self._parked, self._pyramid = parked, None
            return True

    def keep(self) -> None:
        """Claim the plane for showing or editing: it has its arrays now, and no one parks it."""
        with self._guard:
            self.claims += 1
            if self._parked is None:
                return
            self._pyramid = Pyramid(self._parked.restore(), self.touched_tiles())
            self._parked = None

    def add_reader(self, reader: TileReader) -> None:
        """Let somebody hear of tiles before they are written to; any thread may call it."""
        with self._guard:
            self.readers = (*self.readers, reader)

    def remove_reader(self, reader: TileReader) -> None:
        """Let somebody hear of writes no longer; any thread may call it."""
        with self._guard:
            self.readers = tuple(other for other in self.readers if other is not reader)

    def before_write(self, tile: TileIndex) -> None:
        """Let those who still want to read a tile do so; called before it is written to."""
        for reader in self.readers:
            reader.before_write(tile)

    def mark_dirty(self, rect: Rect) -> None:
        """Say that the pixels of ``rect`` (level 0 coordinates) have changed."""
        rect = rect.intersect(self.bounds)
        if rect.is_empty:
            return
        for row in range(rect.y // TILE, (rect.bottom - 1) // TILE + 1):
            self.writes[row] += 1
        if self._untouched:
            self._untouched.difference_update(tiles_in(rect))
        pyramid = self._pyramid
        if pyramid is not None:
            pyramid.mark_dirty(rect)

    def level(self, n: int, rect: Rect) -> Pixels:
        """Return the view of level ``n`` under ``rect``, made valid first.

        Args:
            n: Level, 0 for full size; four channels are premultiplied from level 1 on.
            rect: Wanted part in the coordinates of that level; cut to it.
        """
        return self._kept().level(n, rect)

    def unbuilt(self, n: int, rect: Rect) -> int:
        """Return how many pixels of the full size ``level`` would have to read, 0 if none."""
        return self._kept().unbuilt(n, rect) if n else 0

    def is_valid(self, n: int, rect: Rect) -> bool:
        """Whether ``level`` has nothing to build there."""
        return self.unbuilt(n, rect) == 0

    def _kept(self) -> Pyramid:
        pyramid = self._pyramid
        while pyramid is None:
            self.keep()
            pyramid = self._pyramid
        return pyramid
