"""The magic wand: pixels whose colour is like that of the one pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.geometry import Rect
from editing.mask_filters import feathered
from editing.masks import mask_bounds
from editing.shapes import NOTHING, Shape

if TYPE_CHECKING:
    from editing.plane import Pixels
    from editing.sampling import Sample

_SOFT_EDGE_PX = 1


def wand(
    sample: Sample,
    x: int,
    y: int,
    tolerance: int,
    *,
    contiguous: bool = True,
    antialias: bool = True,
) -> Shape:
    """Return the pixels like the one at (x, y), as a shape.

    Args:
        sample: What to look at.
        x: Column of the pixel, inside.
        y: Its row.
        tolerance: Largest difference in any of red, green, blue and alpha, 0 to 255. Clear pixels
            are all alike.
        contiguous: Only pixels that a path of such pixels leads to (four neighbours).
        antialias: Let the edge fade over a pixel.
    """
    alike = np.empty((sample.bounds.height, sample.bounds.width), np.uint8)
    colour = sample.colour(x, y)
    for rect, pixels in sample.strips():
        alike[rect.slices()] = _alike(pixels, colour, tolerance)
    if contiguous:
        alike, rect = _connected(alike, x, y)
    else:
        rect = mask_bounds(alike)
    if rect.is_empty:
        return NOTHING
    if not antialias:
        return Shape(rect, alike[rect.slices()])
    rect = rect.pad(_SOFT_EDGE_PX).intersect(sample.bounds)
    return Shape(rect, feathered(alike[rect.slices()], _SOFT_EDGE_PX))


def _alike(pixels: Pixels, colour: tuple[int, int, int, int], tolerance: int) -> Pixels:
    """Return 255 where a pixel's channels are all within the tolerance."""
    if colour[3] == 0:
        return np.asarray(cv2.inRange(pixels[..., 3], 0, tolerance), np.uint8)
    low = tuple(max(0, value - tolerance) for value in colour)
    high = tuple(min(255, value + tolerance) for value in colour)
    return np.asarray(cv2.inRange(pixels, low, high), np.uint8)


def _connected(alike: Pixels, x: int, y: int) -> tuple[Pixels, Rect]:
    """Return the part around (x, y) as 255 on 0, and the rectangle around it."""
    height, width = alike.shape
    filled = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (255 << 8)
    found = cv2.floodFill(alike, filled, (x, y), 0, 0, 0, flags)
    left, top, found_width, found_height = found[3]
    return filled[1:-1, 1:-1], Rect(left, top, found_width, found_height)
