"""Recording of tiles before an edit: the one way in which edits become commands.

Usage: ``touch`` a rectangle before writing to it, then ``finish``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from editing.geometry import EMPTY, Rect
from editing.plane import Pixels, Plane, TileIndex, tile_rect, tiles_in, whole_tiles
from editing.tile_command import TileCommand

if TYPE_CHECKING:
    from editing.change import ChangeKind


class TileRecording:
    """Copies of the tiles of one plane, each taken when it is touched for the first time."""

    def __init__(self, kind: ChangeKind, plane: Plane) -> None:
        """Start with no tile."""
        self._kind = kind
        self._plane = plane
        self._before: dict[TileIndex, Pixels] = {}
        self._touched = EMPTY

    def touch(self, rect: Rect) -> None:
        """Copy the tiles under ``rect`` that have none yet; call it before writing there."""
        inside = rect.intersect(self._plane.bounds)
        if self._plane.readers:  # They may have come in the middle of a stroke.
            for tile in tiles_in(inside):
                self._plane.before_write(tile)
        if self._touched.contains(rect):
            return  # The next dab of a stroke mostly lies in the tiles of the last one.
        for tile in tiles_in(inside):
            if tile not in self._before:
                self._before[tile] = self._view(tile).copy()
        self._touched = whole_tiles(inside)

    def before(self, tile: TileIndex) -> Pixels:
        """Return a touched tile as it was, not to be written to (KeyError if it is untouched)."""
        return self._before[tile]

    def finish(self, name: str) -> TileCommand | None:
        """Return the edit as a command, or None if no pixel differs. The recording ends."""
        changed = {
            tile: before
            for tile, before in self._before.items()
            if _differ(before, self._view(tile))
        }
        self._before, self._touched = {}, EMPTY
        return TileCommand(name, self._kind, self._plane, changed) if changed else None

    def restore(self) -> Rect:
        """Put everything back as it was; returns the rectangle to repaint. The recording ends."""
        dirty = EMPTY
        for tile, before in self._before.items():
            self._plane.before_write(tile)
            self._view(tile)[...] = before
            dirty = dirty.union(tile_rect(tile, self._plane.width, self._plane.height))
        self._before, self._touched = {}, EMPTY
        self._plane.mark_dirty(dirty)
        return dirty

    def _view(self, tile: TileIndex) -> Pixels:
        rect = tile_rect(tile, self._plane.width, self._plane.height)
        return self._plane.pixels[rect.slices()]


def _differ(first: Pixels, second: Pixels) -> bool:
    """Whether two tiles of one shape differ: without a temporary array, on views as they lie."""
    return cv2.norm(first, second, cv2.NORM_INF) > 0
