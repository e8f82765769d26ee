"""Building of a plane's mip levels in slices of time.

Looking at a small view of a large document needs all its pixels once: 256 MB at 8192 x 8192, more
than a frame's time. The builder works from the full size up, tile by tile, and can stop after any.
"""

import time

from editing.geometry import Rect
from editing.plane import TILE, Plane, TileIndex, tile_rect, tiles_in


class MipBuilder:
    """Knows which mip tiles of one plane were built since the pixels below them changed."""

    def __init__(self, plane: Plane) -> None:
        """Start with nothing known; a tile that is valid already costs next to nothing."""
        self.plane = plane
        self._built: list[set[TileIndex]] = [set() for _ in plane.levels]

    def mark_dirty(self, rect: Rect) -> None:
        """Forget the mip tiles above ``rect`` (pixels of the plane)."""
        for n, built in enumerate(self._built):
            if built:
                built.difference_update(tiles_in(rect.scale(1 / (1 << n))))

    def build(self, level: int, rect: Rect, deadline: float) -> bool:
        """Build what the pixels ``rect`` of a level need, until the deadline.

        Args:
            level: mip level, 0 for the plane itself.
            rect: wanted part in pixels of that level.
            deadline: seconds on the clock of ``time.perf_counter``.

        Returns:
            Whether all of it is built now.
        """
        if level and self._built[level].issuperset(tiles_in(rect)):
            return True
        return all(self._build_level(n, level, rect, deadline) for n in range(1, level + 1))

    def _build_level(self, n: int, level: int, rect: Rect, deadline: float) -> bool:
        bounds = Rect.of_shape(self.plane.levels[n].shape)
        for part in tiles_in(self._below(n, level, rect).intersect(bounds)):
            if part in self._built[n]:
                continue
            if time.perf_counter() > deadline:
                return False
            self.plane.level(n, tile_rect(part, bounds.width, bounds.height))
            self._built[n].add(part)
        return True

    @staticmethod
    def _below(n: int, level: int, rect: Rect) -> Rect:
        """The pixels of level ``n`` under whole tiles of ``level``: these are built as a whole."""
        left, top = rect.x // TILE * TILE, rect.y // TILE * TILE
        right, bottom = -(-rect.right // TILE) * TILE, -(-rect.bottom // TILE) * TILE
        size = 1 << (level - n)
        return Rect.from_edges(left * size, top * size, right * size, bottom * size)
