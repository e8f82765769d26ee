"""The composited tiles of a document, kept up to a number of bytes.

A tile holds 256 x 256 pixels of one mip level and, around them, one more pixel on each side, so
that smooth scaling of a tile never has to look at its neighbours. A change makes parts of tiles
stale; they are composed again when somebody looks at them, and only there.

Making tiles takes time, above all when their mip levels have to be built first. A tile that is not
there by a deadline is left out; the painter shows something coarse in its place and asks again.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from editing.geometry import EMPTY, Rect
from editing.plane import TILE, tiles_in

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.canvas.compositor import Compositor

LIMIT_BYTES = 160 << 20
GUTTER = 1
OPAQUE = 0xFF000000
"""Premultiplied pixels from this value on are opaque."""
COMPOSING_S = 0.006
"""Tiles whose mip levels are there are still composed so long after the deadline: that is quick,
and something coarse in their place would flicker."""


class TileKey(NamedTuple):
    """A tile of a mip level."""

    level: int
    column: int
    row: int


@dataclass
class Tile:
    """Composited pixels.

    Attributes:
        rect: what it covers in pixels of its level, gutter included, cut to the level.
        pixels: premultiplied 0xAARRGGBB, (rect.height, rect.width).
        stale: part to compose again, in pixels of its level.
        opaque: whether no pixel shows what is below.
    """

    rect: Rect
    pixels: "npt.NDArray[np.uint32]" = field(repr=False)
    stale: Rect
    opaque: bool = False


class TileCache:
    """Tiles by key, the least recently used ones given up first."""

    def __init__(self, compositor: "Compositor", limit_bytes: int = LIMIT_BYTES) -> None:
        self._compositor = compositor
        self._limit_bytes = limit_bytes
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._keys: dict[int, set[TileKey]] = {}
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of all pixels held."""
        return self._bytes

    def clear(self) -> None:
        """Give up all tiles."""
        self._tiles.clear()
        self._keys.clear()
        self._bytes = 0

    def mark_dirty(self, rect: Rect) -> None:
        """Make what shows ``rect`` (pixels of the full size) stale at all levels."""
        for level, keys in self._keys.items():
            area = rect.scale(1 / (1 << level))
            for column, row in tiles_in(area.pad(GUTTER).intersect(self._level_bounds(level))):
                key = TileKey(level, column, row)
                if key in keys:
                    tile = self._tiles[key]
                    tile.stale = tile.stale.union(area.intersect(tile.rect))

    def tile(self, key: TileKey, deadline: float) -> Tile | None:
        """The tile, up to date, or None if making it would go on after the deadline.

        A change in a tile that is there is shown at once if its mip levels are.
        """
        found = self._tiles.get(key)
        if found is None:
            rect = self._rect(key)
            is_late = time.perf_counter() > deadline + COMPOSING_S
            if is_late or not self.prepare(key, deadline):
                return None
            found = self._add(key, rect)
        else:
            self._tiles.move_to_end(key)
        if not found.stale.is_empty:
            if not self._compositor.prepare(key.level, found.stale, deadline):
                return None
            self._compose(key, found)
        return found

    def prepare(self, key: TileKey, deadline: float) -> bool:
        """Build the mip levels that a tile needs until the deadline; whether all are there."""
        return self._compositor.prepare(key.level, self._rect(key), deadline)

    def _level_bounds(self, level: int) -> Rect:
        return self._compositor.level_bounds(level)

    def _rect(self, key: TileKey) -> Rect:
        inner = Rect(key.column * TILE, key.row * TILE, TILE, TILE)
        return inner.pad(GUTTER).intersect(self._level_bounds(key.level))

    def _add(self, key: TileKey, rect: Rect) -> Tile:
        tile = Tile(rect, np.empty((rect.height, rect.width), np.uint32), stale=rect)
        self._tiles[key] = tile
        self._keys.setdefault(key.level, set()).add(key)
        self._bytes += tile.pixels.nbytes
        while self._bytes > self._limit_bytes and len(self._tiles) > 1:
            self._remove(next(iter(self._tiles)))
        return tile

    def _remove(self, key: TileKey) -> None:
        self._keys[key.level].discard(key)
        self._bytes -= self._tiles.pop(key).pixels.nbytes

    def _compose(self, key: TileKey, tile: Tile) -> None:
        part = tile.stale
        inside = part.translate(-tile.rect.x, -tile.rect.y).slices()
        composed = np.empty((part.height, part.width), np.uint32)
        self._compositor.compose(key.level, part, composed)
        tile.pixels[inside] = composed
        tile.opaque = bool(tile.pixels.min() >= OPAQUE)
        tile.stale = EMPTY
