"""Edits of a plane in two steps: work out the new tiles in any thread, then put them in place.

The first step reads the plane and may take long; the second only copies, a few tiles at a time, so
that the user interface does not wait even if all of an 8192 x 8192 layer changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from editing.geometry import EMPTY, Rect
from editing.history import ChangeKind, TileCommand
from editing.masks import mask_bounds
from editing.plane import Pixels, Plane, TileIndex, tile_rect, tiles_in
from editing.steps import finished
from editing.tile_command import TILES_PER_STEP
from editing.tiles import merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.steps import Steps


class PlannedTile(NamedTuple):
    """One tile that will differ."""

    tile: TileIndex
    before: Pixels
    after: Pixels


@dataclass(frozen=True)
class TilePlan:
    """The new tiles of a plane.

    Attributes:
        kind: Of the change.
        plane: Plane to edit; it must be as it was when the plan was made.
        tiles: Only those that will differ.
    """

    kind: ChangeKind
    plane: Plane
    tiles: tuple[PlannedTile, ...]

    def commit(self, name: str) -> TileCommand | None:
        """Put the tiles in place; returns the command to push, or None if there are none."""
        return finished(self.commit_steps(name))

    def commit_steps(self, name: str) -> Steps[TileCommand | None]:
        """Do the same a few tiles at a time: a plane's first memory takes long to come by."""
        if not self.tiles:
            return None
        plane, pixels = self.plane, self.plane.pixels
        before: dict[TileIndex, Pixels] = {}
        for start in range(0, len(self.tiles), TILES_PER_STEP):
            rects = []
            for tile, old, new in self.tiles[start : start + TILES_PER_STEP]:
                rect = tile_rect(tile, plane.width, plane.height)
                plane.before_write(tile)
                pixels[rect.slices()] = new
                before[tile] = old
                rects.append(rect)
            for rect in merged(rects):
                plane.mark_dirty(rect)
            yield
        return TileCommand(name, self.kind, plane, before)


def planned(
    kind: ChangeKind, plane: Plane, area: Rect, new_tile: Callable[[Rect, Pixels], Pixels]
) -> TilePlan:
    """Plan to replace each tile under ``area`` by ``new_tile(its rectangle, its pixels)``.

    Args:
        kind: Of the change: "mask" or "selection".
        plane: Plane to read, later to edit.
        area: Part to look at, in whole tiles.
        new_tile: Gives the new pixels of a tile; it must not write to the old ones.
    """
    tiles = []
    for tile in tiles_in(area.intersect(plane.bounds)):
        rect = tile_rect(tile, plane.width, plane.height)
        view = plane.pixels[rect.slices()]
        after = new_tile(rect, view)
        if not np.array_equal(view, after):
            tiles.append(PlannedTile(tile, view.copy(), after))
    return TilePlan(kind, plane, tuple(tiles))


def content_bounds(plane: Plane) -> Rect:
    """Return the smallest rectangle around all values above zero of a plane (H, W).

    Tiles that were never written to are not looked at.
    """
    area = EMPTY
    for tile in plane.touched_tiles():
        area = area.union(tile_rect(tile, plane.width, plane.height))
    if area.is_empty:
        return EMPTY
    found = mask_bounds(plane.pixels[area.slices()])
    return EMPTY if found.is_empty else found.translate(area.x, area.y)
