"""The composited tiles of a document, kept up to a number of bytes.

A tile holds 256 x 256 pixels of one mip level and, around them, one more pixel on each side, so
that smooth scaling of a tile never has to look at its neighbours. A change makes parts of tiles
stale; they are composed again when somebody looks at them, and only there. The layers' composite is
kept apart where a region lies over it, so that painting on a region composes no layer.

Making tiles takes time. A tile that is not there by a deadline is left out, and one that is stays
as it was; the painter asks again later.
"""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from app.canvas.layer_films import OPAQUE, lay_over
from app.canvas.stroke_films import StrokeFilms
from editing.geometry import EMPTY, Rect
from editing.tiles import TILE, tiles_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from app.canvas.compositor import Compositor
    from editing.layer import Layer
    from editing.plane import Plane

    Pixels = npt.NDArray[np.uint32]

LIMIT_BYTES = 160 << 20
GUTTER = 1
CHANGES_S = 0.008
"""How much longer changes in tiles that are there are composed than tiles that are not."""
FEW_LAYERS = 2
"""Up to so many visible layers are composed anew for each dab; more, from kept films."""


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
        pixels: what is shown, premultiplied 0xAARRGGBB, (rect.height, rect.width).
        layers: the layers alone; the same array where no region lies over them.
        stale: part where regions over the layers changed, in pixels of its level.
        layers_stale: part where the layers may have changed.
        opaque: whether no pixel shows what is below.
        is_painted: whether only the active layer changed since the layers were composed.
    """

    rect: Rect
    pixels: "Pixels" = field(repr=False)
    layers: "Pixels" = field(repr=False)
    stale: Rect
    layers_stale: Rect
    opaque: bool = False
    is_painted: bool = False

    @classmethod
    def of(cls, rect: Rect) -> "Tile":
        """A tile that is still to be composed."""
        pixels = np.empty((rect.height, rect.width), np.uint32)
        return cls(rect, pixels, pixels, rect, rect)

    @classmethod
    def shown(cls, rect: Rect, pixels: "Pixels") -> "Tile":
        """A tile of pixels that were composed already."""
        return cls(rect, pixels, pixels, EMPTY, EMPTY, bool(pixels.min() >= OPAQUE))

    @property
    def is_fresh(self) -> bool:
        """Whether nothing of it is stale."""
        return self.stale.is_empty and self.layers_stale.is_empty

    @property
    def size_bytes(self) -> int:
        """Memory of its pixels."""
        return self.pixels.nbytes + (0 if self.layers is self.pixels else self.layers.nbytes)


class TileCache:
    """Tiles by key, the least recently used ones given up first."""

    def __init__(self, compositor: "Compositor", limit_bytes: int = LIMIT_BYTES) -> None:
        self._compositor = compositor
        self._limit_bytes = limit_bytes
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._keys: dict[int, set[TileKey]] = {}
        self._bytes = 0
        self._films = StrokeFilms()
        self._active: Layer | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of all pixels held."""
        return self._bytes + self._films.size_bytes

    def clear(self) -> None:
        """Give up all tiles."""
        self._tiles.clear()
        self._keys.clear()
        self._bytes = 0
        self._films.clear()

    def set_active(self, layer: "Layer") -> bool:
        """Get ready for strokes on this layer; the compositor may have other layers than before.

        Returns:
            Whether at most this layer's own properties differ from before.
        """
        self._active = layer
        return self._films.set_layers(self._compositor.layers, layer.id)

    def mark_layers_dirty(self, rect: Rect, plane: "Plane | None" = None) -> None:
        """Say that layers changed under ``rect`` (pixels of the full size).

        Args:
            rect: changed part.
            plane: the layer's plane that changed; None if it may be any.
        """
        active = () if self._active is None else tuple(self._active.planes())
        for key, tile, part in self._touched(rect):
            was_fresh = tile.layers_stale.is_empty
            tile.layers_stale = tile.layers_stale.union(part)
            tile.is_painted = plane in active and (tile.is_painted or was_fresh)
            if plane not in active:
                self._films.forget(key)

    def mark_regions_dirty(self, rect: Rect) -> None:
        """Say that regions changed under ``rect`` (pixels of the full size)."""
        for _, tile, part in self._touched(rect):
            tile.stale = tile.stale.union(part)

    def ready(self, key: TileKey) -> Tile | None:
        """The tile if it is there and up to date."""
        found = self._tiles.get(key)
        if found is None or not found.is_fresh:
            return None
        self._tiles.move_to_end(key)
        return found

    def tile(self, key: TileKey, deadline: float) -> Tile | None:
        """The tile, or None if it would not be there by the deadline.

        Whether what is there is up to date as well, it says itself. What a brush changed is shown
        at once if possible: a tile that lags behind its neighbours would show.
        """
        found = self._tiles.get(key)
        now = time.perf_counter()
        if found is None:
            if now > deadline or not self.prepare(key, deadline):
                return None
            found = self._add(key, Tile.of(self.rect(key)))
        else:
            self._tiles.move_to_end(key)
        is_late = now > deadline + CHANGES_S
        stale = found.stale.union(found.layers_stale)
        if not is_late and self._compositor.prepare(key.level, stale, deadline + CHANGES_S):
            self._compose(key, found)
        return found

    def holds(self, level: int, rect: Rect) -> bool:
        """Whether all tiles under a part of a level are there, up to date or nearly so."""
        return all(TileKey(level, *place) in self._tiles for place in tiles_in(rect))

    def assembled(self, level: int, rect: Rect) -> "Pixels | None":
        """A part of a level put together from tiles, whatever time composing them takes.

        Returns:
            Premultiplied pixels (rect.height, rect.width); None if mip levels are to be built.
        """
        whole = np.empty((rect.height, rect.width), np.uint32)
        for column, row in tiles_in(rect):
            tile = self.tile(TileKey(level, column, row), math.inf)
            if tile is None or not tile.is_fresh:
                return None
            part = tile.rect.intersect(rect)
            source = part.translate(-tile.rect.x, -tile.rect.y)
            whole[part.translate(-rect.x, -rect.y).slices()] = tile.pixels[source.slices()]
        return whole

    def prepare(self, key: TileKey, deadline: float) -> bool:
        """Build the mip levels that a tile needs, if that is quick; whether all are there."""
        return self._compositor.prepare(key.level, self.rect(key), deadline)

    def _touched(self, rect: Rect) -> "Iterator[tuple[TileKey, Tile, Rect]]":
        """The tiles that show a part of the document, and the part in pixels of their level."""
        for level, keys in self._keys.items():
            area = rect.scale(1 / (1 << level))
            for column, row in tiles_in(area.pad(GUTTER).intersect(self._level_bounds(level))):
                key = TileKey(level, column, row)
                if key in keys:
                    tile = self._tiles[key]
                    yield key, tile, area.intersect(tile.rect)

    def _level_bounds(self, level: int) -> Rect:
        return self._compositor.level_bounds(level)

    def rect(self, key: TileKey) -> Rect:
        """What a tile covers in pixels of its level, gutter included."""
        inner = Rect(key.column * TILE, key.row * TILE, TILE, TILE)
        return inner.pad(GUTTER).intersect(self._level_bounds(key.level))

    def _add(self, key: TileKey, tile: Tile) -> Tile:
        self._tiles[key] = tile
        self._keys.setdefault(key.level, set()).add(key)
        self._count(tile.size_bytes)
        return tile

    def _count(self, more: int) -> None:
        """Take note of more bytes held, and give up the tiles that are too many."""
        self._bytes += more
        while self._bytes > self._limit_bytes and len(self._tiles) > 1:
            key, gone = self._tiles.popitem(last=False)
            self._keys[key.level].discard(key)
            self._bytes -= gone.size_bytes

    def _compose(self, key: TileKey, tile: Tile) -> None:
        before = tile.size_bytes
        part = tile.stale.union(self._compose_layers(key, tile))
        tile.stale = tile.layers_stale = EMPTY
        if part.is_empty:
            return
        inside = part.translate(-tile.rect.x, -tile.rect.y)
        tints = self._compositor.tint_films(key.level, part)
        if not tints and part == tile.rect:
            tile.pixels = tile.layers
        elif tints and tile.pixels is tile.layers:
            tile.pixels = tile.layers.copy()
        elif tile.pixels is not tile.layers:
            tile.pixels[inside.slices()] = tile.layers[inside.slices()]
        if tints:
            lay_over(tile.pixels, inside.x, inside.y, tints)
        tile.opaque = bool(tile.pixels.min() >= OPAQUE)
        self._count(tile.size_bytes - before)

    def _compose_layers(self, key: TileKey, tile: Tile) -> Rect:
        """Bring the layers' composite up to date; returns what did change, in level pixels."""
        part = tile.layers_stale
        if part.is_empty:
            return EMPTY
        if tile.is_painted and self._keeps_films:
            changed = self._films.compose(key, key.level, tile.rect, part, tile.layers)
            return changed.translate(tile.rect.x, tile.rect.y)
        inside = part.translate(-tile.rect.x, -tile.rect.y)
        self._films.forget(key)
        self._compositor.compose_layers(key.level, part, tile.layers, inside.x, inside.y)
        return part

    @property
    def _keeps_films(self) -> bool:
        """Whether a stroke on the active layer would compose many layers again and again."""
        layers = self._compositor.layers
        return len(layers) > FEW_LAYERS and any(
            self._active is not None and layer.id == self._active.id for layer in layers
        )
