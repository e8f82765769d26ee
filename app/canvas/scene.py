"""One document as the canvas shows it: its compositor and its tiles, kept up to date.

The scene is what changes when the document does; the view (zoom, place, size) is not known here.
"""

import time
from typing import TYPE_CHECKING

from app.canvas.compositor import Compositor, Tint
from app.canvas.mip_thread import MipThread, Wanted
from app.canvas.tile_cache import Tile, TileCache, TileKey
from editing.tiles import tiles_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.canvas.layer_films import Indices, Pixels
    from editing.geometry import Rect
    from editing.layer import Layer
    from editing.plane import Plane

FEW_TILES = 16
"""Mip levels of up to so many tiles are composed ahead of time."""


class Scene:
    """The layers with the regions over them, in tiles."""

    def __init__(
        self, layers: "tuple[Layer, ...]", active: "Layer", tints: tuple[Tint, ...]
    ) -> None:
        self._compositor = Compositor(layers, tints)
        self._tiles = TileCache(self._compositor)
        self._tiles.set_active(active)
        self._awaited: set[TileKey] = set()
        self._ahead = list(self._small_tiles())
        self._thread = MipThread()
        self._thread.build_all(self._compositor.planes())

    def close(self) -> None:
        """Stop building."""
        self._thread.stop()

    @property
    def bounds(self) -> "Rect":
        """The whole document."""
        return self._compositor.bounds

    @property
    def size_bytes(self) -> int:
        """Memory of the tiles held."""
        return self._tiles.size_bytes

    def set_layers(self, layers: "tuple[Layer, ...]", active: "Layer", rect: "Rect") -> None:
        """Show other layers of the same size; what lies under ``rect`` looks different."""
        self._compositor.set_layers(layers)
        is_only_active = self._tiles.set_active(active)
        self._tiles.mark_layers_dirty(rect, active.plane if is_only_active else None)
        self._thread.build_all(self._compositor.planes())

    def set_active(self, active: "Layer") -> None:
        """Expect strokes on this layer."""
        self._tiles.set_active(active)

    def set_tints(self, tints: tuple[Tint, ...], rect: "Rect | None" = None) -> None:
        """Show the regions differently; what lies under ``rect`` (None: all) looks different."""
        self._compositor.tints = tints
        self._tiles.mark_regions_dirty(self.bounds if rect is None else rect)
        self._thread.build_all(self._compositor.planes())

    def mark_dirty(self, rect: "Rect", plane: "Plane | None") -> None:
        """Say that document pixels changed, in one plane or in any."""
        if plane is None:
            self._tiles.mark_layers_dirty(rect)
        elif any(plane is tint.mask for tint in self._compositor.tints):
            self._tiles.mark_regions_dirty(rect)
        elif plane in self._compositor.planes():
            self._tiles.mark_layers_dirty(rect, plane)

    @property
    def top_level(self) -> int:
        """The smallest mip level."""
        return self._compositor.top_level

    def level_bounds(self, level: int) -> "Rect":
        """The whole of a mip level in its own pixels."""
        return self._compositor.level_bounds(level)

    def level_for(self, zoom: float) -> int:
        """The mip level to show at a zoom."""
        return self._compositor.level_for(zoom)

    def ready_tile(self, key: TileKey) -> Tile | None:
        """A tile if it is there and up to date."""
        return self._tiles.ready(key)

    def tile(self, key: TileKey, deadline: float) -> Tile | None:
        """A tile, or None if it is not there by the deadline; if it is stale, it is awaited."""
        tile = self._tiles.tile(key, deadline)
        if tile is None or not tile.is_fresh:
            self._awaited.add(key)
        return tile

    def compose(self, level: int, rect: "Rect") -> "Pixels | None":
        """A part of a level at once; None if its mip levels have to be built."""
        return self._tiles.assembled(level, rect)

    def holds(self, level: int, rect: "Rect") -> bool:
        """Whether composing a part of a level means little more than to copy tiles."""
        return self._tiles.holds(level, rect)

    def make_ahead(self, deadline: float) -> bool:
        """Compose tiles of small levels that will be shown in place of others.

        Returns:
            Whether there is more to do, later.
        """
        while self._ahead and time.perf_counter() < deadline:
            if not self._tiles.prepare(self._ahead[-1], deadline):
                return True
            self._tiles.tile(self._ahead.pop(), deadline)
        return bool(self._ahead)

    def compose_picked(self, rows: "Indices", columns: "Indices") -> "Pixels":
        """Compose single document pixels, in place of tiles that are not there."""
        return self._compositor.compose_picked(rows, columns)

    @property
    def awaits_tiles(self) -> bool:
        """Whether a tile that was asked for was not there in time."""
        return bool(self._awaited)

    def refine(self, deadline: float, wanted: "Callable[[TileKey], bool]") -> list[TileKey]:
        """See which awaited tiles can be composed now, and have the others' mip levels built.

        Args:
            deadline: second of ``time.perf_counter`` until which little is built at once.
            wanted: whether a tile is still worth it; others are forgotten.

        Returns:
            Tiles to ask for again.
        """
        awaited = [key for key in sorted(self._awaited) if wanted(key)]
        ready = [key for key in awaited if self._tiles.prepare(key, deadline)]
        self._awaited = set(awaited).difference(ready)
        self._thread.build(
            Wanted(plane, key.level, self._tiles.rect(key))
            for key in awaited
            if key in self._awaited
            for plane in self._compositor.planes()
        )
        return ready

    def _small_tiles(self) -> "Iterator[TileKey]":
        """All tiles of the levels that have few, the smallest level last."""
        for level in range(1, self.top_level + 1):
            tiles = list(tiles_in(self.level_bounds(level)))
            if len(tiles) <= FEW_TILES:
                yield from (TileKey(level, column, row) for column, row in tiles)
