"""Half-size levels of a picture (mip levels), each rebuilt where the pixels below it changed.

Level 0 is the picture itself; level n + 1 halves level n, rounded up, so that no edge row or column
is lost. A level's pixel is the mean of the (up to) four pixels below it. Four channels are straight
RGBA at level 0 and **premultiplied** RGBA from level 1 on: that is what means are made of, and what
a screen takes.

What is stale is known by tile, and within a tile by rectangle, so that looking at what a brush has
just changed costs as much as the brush changed. Several threads may look; each level is built by
one at a time.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.geometry import Rect
from editing.tiles import TILE, TileIndex, tile_rect, tiles_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

_OPAQUE = 0xFF000000
"""Four bytes read as one number reach this if the last one, alpha, is full."""


class Pyramid:
    """The levels of one array.

    Attributes:
        levels: The arrays, full size first; read them through ``level``, which makes them valid.
    """

    def __init__(self, pixels: Pixels, touched: Iterable[TileIndex] | None = None) -> None:
        """Start with nothing built.

        Args:
            pixels: (H, W) or (H, W, C), contiguous; not copied.
            touched: Tiles that may hold anything but zeros; None for all. Above the others the
                levels are valid from the start.
        """
        self.levels = [pixels]
        while max(self.levels[-1].shape[:2]) > TILE:
            height, width = self.levels[-1].shape[:2]
            shape = ((height + 1) // 2, (width + 1) // 2, *pixels.shape[2:])
            # Zeros take no memory until a tile is built.
            self.levels.append(np.zeros(shape, np.uint8))
        self._bounds = [Rect.of_shape(level.shape) for level in self.levels]
        self._lock = threading.RLock()
        self._stale: list[dict[TileIndex, Rect]] = [{} for _ in self.levels]
        for n in range(1, len(self.levels)):
            tiles = tiles_in(self._bounds[n]) if touched is None else _above(touched, n)
            self._stale[n] = {tile: tile_rect(tile, *self._bounds[n].size) for tile in tiles}

    @property
    def size_bytes(self) -> int:
        """Bytes of all levels, built or not."""
        return sum(level.nbytes for level in self.levels)

    def mark_dirty(self, rect: Rect) -> None:
        """Say that the pixels of ``rect`` (level 0) have changed."""
        with self._lock:
            for n in range(1, len(self.levels)):
                area = rect.scale(1 / (1 << n))
                stale = self._stale[n]
                for tile in tiles_in(area):
                    part = tile_rect(tile, *self._bounds[n].size).intersect(area)
                    known = stale.get(tile)
                    stale[tile] = part if known is None else known.union(part)

    def unbuilt(self, n: int, rect: Rect) -> int:
        """Return how many pixels of the full size building ``rect`` of level ``n`` would read."""
        with self._lock:
            stale = self._stale[n]
            if not stale:
                return 0
            area = rect.intersect(self._bounds[n])
            return sum(stale[tile].area for tile in tiles_in(area) if tile in stale) << (2 * n)

    def level(self, n: int, rect: Rect) -> Pixels:
        """Return the view of level ``n`` under ``rect``, made valid first.

        Args:
            n: Level, 0 for full size.
            rect: Wanted part in the coordinates of that level; cut to it.
        """
        rect = rect.intersect(self._bounds[n])
        if n and self._stale[n]:
            with self._lock:
                for tile in tiles_in(rect):
                    part = self._stale[n].pop(tile, None)
                    if part is not None:
                        self._build(n, part)
        return self.levels[n][rect.slices()]

    def _build(self, n: int, part: Rect) -> None:
        below = Rect(part.x * 2, part.y * 2, part.width * 2, part.height * 2)
        source, target = self.level(n - 1, below), self.levels[n][part.slices()]
        # Writing zeros over zeros would make memory of them.
        if source.any() or target.any():
            target[...] = _halve(source, straight=n == 1)


def _above(touched: Iterable[TileIndex], n: int) -> set[TileIndex]:
    return {TileIndex(column >> n, row >> n) for column, row in touched}


def _halve(pixels: Pixels, *, straight: bool) -> Pixels:
    """Return the half-size picture, rounded up; straight RGBA becomes premultiplied."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        # A lone edge row stands for itself: repeated, its mean with itself is itself.
        pixels = np.pad(
            pixels, ((0, height % 2), (0, width % 2), *((0, 0),) * (pixels.ndim - 2)), mode="edge"
        )
    if straight and pixels.shape[2:] == (4,) and pixels.view(np.uint32).min() < _OPAQUE:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2mRGBA), np.uint8)
    size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
