"""Half-size levels of a picture (mip levels), each rebuilt where the pixels below it changed.

Level 0 is the picture itself; level n + 1 halves level n, rounded up, so that no edge row or column
is lost. A level's pixel is the mean of the (up to) four pixels below it. Four channels are straight
RGBA at level 0 and **premultiplied** RGBA from level 1 on: that is what means are made of, and what
a screen takes.

What is stale is known by tile, and within a tile by rectangle, so that looking at what a brush has
just changed costs as much as the brush changed. Several threads may look, and one builds at a time;
who writes, or only asks what is built, never waits for it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.geometry import Rect
from editing.tiles import TILE, TileIndex, tile_rect, tiles_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

_LETTING_IN_S = 0.0002
"""Pause of a thread that builds, after each tile that another one waited for."""
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
        # One is held for moments, to keep the stale parts in order; one while a tile is built.
        self._guard, self._building = threading.Lock(), threading.RLock()
        self._waiting = 0
        self._stale: list[dict[TileIndex, Rect]] = [{} for _ in self.levels]
        self._in_work: list[dict[TileIndex, Rect]] = [{} for _ in self.levels]
        for n in range(1, len(self.levels)):
            tiles = tiles_in(self._bounds[n]) if touched is None else _above(touched, n)
            self._stale[n] = {tile: tile_rect(tile, *self._bounds[n].size) for tile in tiles}

    @property
    def size_bytes(self) -> int:
        """Bytes of all levels, built or not."""
        return sum(level.nbytes for level in self.levels)

    def mark_dirty(self, rect: Rect) -> None:
        """Say that the pixels of ``rect`` (level 0) have changed."""
        with self._guard:
            for n in range(1, len(self.levels)):
                area = rect.scale(1 / (1 << n))
                stale = self._stale[n]
                for tile in tiles_in(area):
                    part = tile_rect(tile, *self._bounds[n].size).intersect(area)
                    known = stale.get(tile)
                    stale[tile] = part if known is None else known.union(part)

    def unbuilt(self, n: int, rect: Rect) -> int:
        """Return how many pixels of the full size building ``rect`` of level ``n`` would read."""
        stale, in_work = self._stale[n], self._in_work[n]
        if not stale and not in_work:
            return 0
        pixels = 0
        for tile in tiles_in(rect.intersect(self._bounds[n])):
            part = stale.get(tile) or in_work.get(tile)
            if part is not None:
                pixels += part.area
        return pixels << (2 * n)

    def level(self, n: int, rect: Rect) -> Pixels:
        """Return the view of level ``n`` under ``rect``, made valid first.

        Args:
            n: Level, 0 for full size.
            rect: Wanted part in the coordinates of that level; cut to it.
        """
        rect = rect.intersect(self._bounds[n])
        if n and self.unbuilt(n, rect):
            for tile in tiles_in(rect):
                self._build_tile(n, tile)
        return self.levels[n][rect.slices()]

    def _build_tile(self, n: int, tile: TileIndex) -> None:
        stale, in_work = self._stale[n], self._in_work[n]
        if tile not in stale and tile not in in_work:
            return
        with self._guard:
            self._waiting += 1
        with self._building:
            with self._guard:
                self._waiting -= 1
                part = stale.get(tile)
                if part is not None:
                    # In this order: whoever asks without the guard finds it in one of them.
                    in_work[tile] = part
                    del stale[tile]
            if part is not None:
                try:
                    self._build(n, part)
                finally:
                    in_work.pop(tile, None)
        if self._waiting:
            # A lock that is taken again at once is not given to who waits for it.
            time.sleep(_LETTING_IN_S)

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
