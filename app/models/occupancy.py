"""Which tiles of a plane hold anything but zeros, remembered until they change.

An 8192 x 8192 mask is 64 MB; most of it is empty. The canvas skips empty tiles, and the window
asks after each stroke whether anything is masked.
"""

import cv2

from editing.geometry import Rect
from editing.plane import TILE, Plane, TileIndex, tile_rect, tiles_in


class Occupancy:
    """Answers for one plane; its writers say what changed."""

    def __init__(self, plane: Plane) -> None:
        """Start with nothing known."""
        self.plane = plane
        self._known: dict[TileIndex, bool] = {}
        self._seen_rows: set[int] = set()
        self._whole: bool | None = None

    def mark_dirty(self, rect: Rect) -> None:
        """Forget what is known of the tiles under ``rect`` (pixels of the plane)."""
        for tile in tiles_in(rect.intersect(self.plane.bounds)):
            self._known.pop(tile, None)
            self._whole = None

    def any(self, rect: Rect | None = None) -> bool:
        """Whether a tile that touches ``rect`` (default: the plane) holds a value above zero."""
        if rect is not None:
            return any(self._holds(tile) for tile in tiles_in(rect.intersect(self.plane.bounds)))
        # Every action asks this after every edit.
        if self._whole is None:
            self._whole = any(map(self._holds, self.plane.touched_tiles()))
        return self._whole

    def _holds(self, tile: TileIndex) -> bool:
        if tile.row not in self._seen_rows:
            self._see_row(tile.row)
        known = self._known.get(tile)
        if known is None:
            rect = tile_rect(tile, self.plane.width, self.plane.height)
            known = self._known[tile] = cv2.hasNonZero(self.plane.pixels[rect.slices()])
        return known

    def _see_row(self, row: int) -> None:
        """Look at a whole row of tiles at once: most are empty, and memory is read in order."""
        self._seen_rows.add(row)
        whole = Rect(0, row * TILE, self.plane.width, TILE).intersect(self.plane.bounds)
        if not cv2.hasNonZero(self.plane.pixels[whole.slices()]):
            self._known.update((tile, False) for tile in tiles_in(whole))
