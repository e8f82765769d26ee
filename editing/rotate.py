"""Rotation of the whole document by any angle about its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from editing.plane import Plane, tile_rect, tiles_in
from editing.reshape import blank_plane, in_threads, plane_shape
from editing.structure_change import extent
from editing.warp import Matrix, Warp

if TYPE_CHECKING:
    from editing.geometry import Rect
    from editing.plane import Pixels


@dataclass(frozen=True)
class Rotation:
    """A rotation (``editing.reshape.Reshape``). Quarter turns are exact in ``editing.turn``.

    Attributes:
        degrees: With the clock.
        keeps_size: Whether the corners are cut off, instead of the canvas grown around them.
    """

    degrees: float
    keeps_size: bool = False

    @property
    def name(self) -> str:
        """Name in the history list."""
        return f"Rotate {self.degrees:g}°"

    def size(self, old: tuple[int, int]) -> tuple[int, int]:
        """That of the rectangle around the rotated picture, unless the size is kept."""
        if self.keeps_size:
            return old
        angle = math.radians(self.degrees)
        across, down = abs(math.cos(angle)), abs(math.sin(angle))
        width = math.ceil(old[0] * across + old[1] * down - 1e-6)
        height = math.ceil(old[0] * down + old[1] * across - 1e-6)
        return width, height

    def matrix(self, old: tuple[int, int]) -> Matrix:
        """Return the transform from old to new document pixels."""
        angle = math.radians(self.degrees)
        cosine, sine = math.cos(angle), math.sin(angle)
        new = self.size(old)
        before = np.array([(1, 0, -old[0] / 2), (0, 1, -old[1] / 2), (0, 0, 1)])
        after = np.array([(cosine, -sine, new[0] / 2), (sine, cosine, new[1] / 2), (0, 0, 1)])
        return np.asarray(after @ before, np.float64)

    def plane(self, old: Plane, outside: int) -> Plane:
        """Return the plane rotated; what was never written to stays so."""
        size = self.size(old.bounds.size)
        new = blank_plane(plane_shape(old, size), outside)
        held = extent(old) if outside == 0 else old.bounds
        if held.is_empty:
            return new
        warp = Warp(old.pixels[held.slices()], held, self.matrix(old.bounds.size))
        shown = warp.bounds.intersect(new.bounds)
        tiles = [tile_rect(tile, *size) for tile in tiles_in(shown)]
        parts = [tile for tile in tiles if not tile.is_empty]
        pixels: Pixels = new.pixels

        def rotate(part: Rect) -> None:
            made = warp.pixels(part, outside)
            if outside or made.any():  # Zeros over zeros would make memory of them.
                pixels[part.slices()] = made
                new.mark_dirty(part)

        in_threads(rotate, parts)
        return new
