"""The command of all edits of pixels: it swaps stored tiles with those of a plane.

Undo and redo are the same swap, so one copy serves both directions.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from editing.change import Change, ChangeKind, Touched
from editing.geometry import EMPTY
from editing.packed_tiles import PackedTiles
from editing.plane import Pixels, Plane, TileIndex, tile_rect
from editing.steps import finished
from editing.tiles import merged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from editing.spill import SpillFile
    from editing.steps import Steps

    Tiles = dict[TileIndex, Pixels]

READY_BYTES = 12 * 1024 * 1024
"""Up to this size, unpacking on the way takes no time that anybody would notice."""
TILES_PER_STEP = 8
"""Tiles that are written between two turns of the window's event loop, at the least."""


class TileCommand:
    """An edit of one plane, stored as the tiles of the other side of the edit.

    Attributes:
        name: Name for the history list.
        change: The changed rectangle, in whole tiles.
        touched: The plane and the tiles.
        planes: The plane.
    """

    def __init__(
        self, name: str, kind: ChangeKind, plane: Plane, before: Mapping[TileIndex, Pixels]
    ) -> None:
        """Keep the tiles as they were before the edit (copies, not views)."""
        if not before:
            raise ValueError("a tile command needs at least one tile")
        self.name = name
        self.planes = (plane,)
        self._plane = plane
        self._tiles: dict[TileIndex, Pixels] | PackedTiles = dict(before)
        self._raw_bytes = sum(tile.nbytes for tile in before.values())
        self._guard = threading.Lock()
        rect = EMPTY
        for tile in before:
            rect = rect.union(tile_rect(tile, plane.width, plane.height))
        self.change = Change(kind, rect, plane)
        self.touched = Touched(((plane, frozenset(before)),))

    @property
    def size_bytes(self) -> int:
        """Memory held by the stored tiles, packed or not."""
        tiles = self._tiles
        return tiles.size_bytes if isinstance(tiles, PackedTiles) else self._raw_bytes

    @property
    def is_ready(self) -> bool:
        """Whether the swap takes no longer than a frame or so."""
        return self._raw_bytes <= READY_BYTES or not isinstance(self._tiles, PackedTiles)

    def undo(self) -> Change:
        """Put the stored tiles back and store the ones they replace."""
        return finished(self.steps(undo=True))

    def redo(self) -> Change:
        """Put the stored tiles back and store the ones they replace."""
        return finished(self.steps(undo=False))

    def prepare(self) -> None:
        """Unpack the stored tiles, unless they were swapped meanwhile."""
        tiles = self._tiles
        if isinstance(tiles, PackedTiles):
            self._replace(tiles, {tile: pixels.copy() for tile, pixels in tiles})

    def compress(self) -> None:
        """Pack the stored tiles, unless they were swapped meanwhile."""
        tiles = self._tiles
        if not isinstance(tiles, PackedTiles):
            self._replace(tiles, PackedTiles(self._plane.shape, tiles.items()))

    def spill(self, file: SpillFile) -> None:
        """Move the packed tiles to disk (OSError if that fails)."""
        self.compress()
        tiles = self._tiles
        if isinstance(tiles, PackedTiles):
            tiles.spill(file)

    def _replace(
        self,
        old: dict[TileIndex, Pixels] | PackedTiles,
        new: dict[TileIndex, Pixels] | PackedTiles,
    ) -> None:
        with self._guard:
            if self._tiles is old:
                self._tiles = new

    def steps(self, *, undo: bool) -> Steps[Change]:  # noqa: ARG002
        """Swap a few tiles at a time; both directions are the same."""
        # Nothing is there to be packed until all is swapped; a dictionary that was being packed
        # before is never put back itself, so that the result of that is given up.
        with self._guard:
            stored, self._tiles = self._tiles, {}
        try:
            # All is unpacked before anything is written: a disk may fail.
            raw: Tiles = dict(stored.items() if isinstance(stored, dict) else stored)
        except OSError:
            self._keep(stored)
            raise
        is_packed = isinstance(stored, PackedTiles)
        swapped: Tiles = {}
        room: dict[tuple[int, ...], Pixels] = {}
        try:
            tiles = list(raw)
            for start in range(0, len(tiles), TILES_PER_STEP):
                some = tiles[start : start + TILES_PER_STEP]
                for tile in some:
                    swapped[tile] = self._swap(tile, raw[tile], None if is_packed else room)
                self._mark_dirty(some)
                yield
        finally:
            self._keep({**raw, **swapped})
        return self.change

    def _swap(
        self, tile: TileIndex, pixels: Pixels, room: dict[tuple[int, ...], Pixels] | None
    ) -> Pixels:
        """Put pixels in the place of a tile, and return the tile as it was.

        Args:
            tile: Which.
            pixels: Its other pixels.
            room: Arrays to copy by, so that the result is ``pixels`` itself: new memory for all
                tiles would take longer than the copies do. None: they may not be written to.
        """
        view = self._view(tile)
        if room is None:
            replaced = view.copy()
            view[...] = pixels
            return replaced
        if view.shape not in room:
            room[view.shape] = np.empty(view.shape, np.uint8)
        buffer = room[view.shape]
        buffer[...] = view
        view[...] = pixels
        pixels[...] = buffer
        return pixels

    def _keep(self, tiles: Tiles | PackedTiles) -> None:
        with self._guard:
            self._tiles = tiles

    def _mark_dirty(self, tiles: list[TileIndex]) -> None:
        size = self._plane.bounds.size
        for rect in merged([tile_rect(tile, *size) for tile in sorted(tiles, key=_row_by_row)]):
            self._plane.mark_dirty(rect)

    def _view(self, tile: TileIndex) -> Pixels:
        """The pixels of a tile, about to be written to."""
        self._plane.before_write(tile)
        rect = tile_rect(tile, self._plane.width, self._plane.height)
        return self._plane.pixels[rect.slices()]


def _row_by_row(tile: TileIndex) -> tuple[int, int]:
    return tile.row, tile.column
