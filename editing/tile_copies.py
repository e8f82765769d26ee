"""Some tiles of a plane as they are at one moment, read a little later by another thread.

Nothing is copied at that moment. A tile that is about to change is copied just before; the others
are read from the plane when their turn comes.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from editing.plane import Pixels, Plane, TileIndex, tile_rect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class TileCopies:
    """Holds tiles until they are taken; one thread takes, another one may write to the plane.

    Attributes:
        plane: The plane.
    """

    def __init__(self, plane: Plane, tiles: Iterable[TileIndex]) -> None:
        """Hold the tiles as they are now."""
        self.plane = plane
        # The array itself: should the plane be parked meanwhile, this one stays as it is.
        self._pixels = plane.pixels
        self._tiles = sorted(tiles)
        self._awaited = set(self._tiles)
        self._kept: dict[TileIndex, Pixels] = {}
        self._guard = threading.Lock()
        plane.add_reader(self)

    def before_write(self, tile: TileIndex) -> None:
        """Copy a tile that is about to change, if it was not taken yet."""
        if tile not in self._awaited:
            return
        with self._guard:
            if tile in self._awaited:
                self._awaited.discard(tile)
                self._kept[tile] = self._copy(tile)

    def take(self) -> Iterator[tuple[TileIndex, Pixels]]:
        """Yield each tile with its pixels, once; at the end the plane is let go."""
        try:
            for tile in self._tiles:
                with self._guard:
                    pixels = self._kept.pop(tile, None)
                    if pixels is None:
                        pixels = self._copy(tile)
                        self._awaited.discard(tile)
                yield tile, pixels
        finally:
            self.close()

    def close(self) -> None:
        """Let the plane go."""
        self.plane.remove_reader(self)
        self._awaited.clear()

    def _copy(self, tile: TileIndex) -> Pixels:
        rect = tile_rect(tile, self.plane.width, self.plane.height)
        return self._pixels[rect.slices()].copy()
