"""Which tiles of a plane hold anything but zeros, remembered until they change.

An 8192 x 8192 mask is 64 MB; most of it is empty. The canvas skips empty tiles, and the window
asks after each stroke whether anything is masked.
"""

import cv2

from editing.change import Change
from editing.geometry import Rect
from editing.plane import TILE, Plane, TileIndex, tile_rect, tiles_in
from editing.structure import Structure


class Occupancy:
    """Answers for one plane; its writers say what changed."""

    def __init__(self, plane: Plane) -> None:
        """Start with nothing known."""
        self.plane = plane
        self._known: dict[TileIndex, bool] = {}
        self._seen_rows: set[int] = set()
        self._whole: bool | None = None
        self._writes = list(plane.writes)

    def mark_dirty(self, rect: Rect) -> None:
        """Forget what is known of the tiles under ``rect`` (pixels of the plane)."""
        inside = rect.intersect(self.plane.bounds)
        for tile in tiles_in(inside):
            self._known.pop(tile, None)
            self._whole = None
        if inside.width == self.plane.width:
            # Worth to be looked at as a whole again.
            self._seen_rows.difference_update(tile.row for tile in tiles_in(inside))

    def mark_written(self) -> None:
        """Forget what is known of the rows of tiles that were written to meanwhile."""
        rows = [row for row, now in enumerate(self.plane.writes) if now != self._writes[row]]
        for row in rows:
            self.mark_dirty(Rect(0, row * TILE, self.plane.width, TILE))
        self._writes = list(self.plane.writes)

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


class Occupancies:
    """What is remembered of the planes of a document."""

    def __init__(self) -> None:
        self._known: dict[int, Occupancy] = {}

    def of(self, plane: Plane) -> Occupancy:
        """That of one plane."""
        found = self._known.get(plane.key)
        if found is None:
            found = self._known[plane.key] = Occupancy(plane)
        return found

    def forget(self, change: Change, structure: Structure) -> None:
        """Forget what a change that led to this structure made untrue."""
        if change.plane is not None:
            known = self._known.get(change.plane.key)
            if known is not None:
                known.mark_dirty(change.rect)
            return
        # Planes may have gone, or have changed while they were not shown.
        keys = {plane.key for plane in structure.planes()}
        self._known = {key: known for key, known in self._known.items() if key in keys}
        for known in self._known.values():
            known.mark_written()
