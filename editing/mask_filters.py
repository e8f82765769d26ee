"""What grow, shrink, feather and the like do to a mask: arrays in, arrays out.

All filters take (h, w) uint8 with soft values and keep them soft. A disc of radius r holds the
pixels whose centres lie within sqrt(r (r + 1)), that is within about r + 1/2 pixels. What lies
beyond the array's edge counts neither as masked nor as free: a mask is not eaten away at the edge
of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from editing.plane import Pixels

HALF = 128
"""A pixel of this value or more counts as masked where only yes or no will do."""
_STRIP_ROWS = 128
"""Few enough rows at a time to stay in the processor's cache."""
_ROW_OF_THREE = np.ones((1, 3), np.uint8)


@dataclass(frozen=True)
class MaskFilter:
    """A filter with what there is to know about it.

    Attributes:
        apply: Gives the new array.
        reach: How many pixels beyond the masked ones it may change; zeros farther away stay.
    """

    apply: Callable[[Pixels], Pixels]
    reach: int = 0


def grow(pixels: int) -> MaskFilter:
    """Each pixel takes the largest value within a disc."""
    return MaskFilter(partial(dilated, radius=pixels), pixels)


def shrink(pixels: int) -> MaskFilter:
    """Each pixel takes the smallest value within a disc."""
    return MaskFilter(partial(eroded, radius=pixels))


def feather(pixels: int) -> MaskFilter:
    """An edge fades over so many pixels to either side."""
    return MaskFilter(partial(feathered, radius=pixels), pixels)


def smooth(pixels: int) -> MaskFilter:
    """Spikes and notches narrower than the radius go; straight edges stay where they are."""
    return MaskFilter(partial(smoothed, radius=pixels), pixels)


def border(pixels: int) -> MaskFilter:
    """What is left is a band of so many pixels to either side of the edge."""
    return MaskFilter(partial(bordered, radius=pixels), pixels)


def fill_holes() -> MaskFilter:
    """What is enclosed becomes masked."""
    return MaskFilter(without_holes)


def keep_largest() -> MaskFilter:
    """Only the largest connected part stays."""
    return MaskFilter(largest_part)


def dilated(mask: Pixels, radius: int) -> Pixels:
    """Return the largest value within a disc around each pixel (grey dilation, exact).

    The disc is put together from its rows: one more step of three makes rows wider by one on
    either side, so the time grows with the radius and not with its square.
    """
    height = mask.shape[0]
    result = np.empty_like(mask)
    reach = radius * (radius + 1)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(height, top + _STRIP_ROWS)
        first, last = max(0, top - radius), min(height, bottom + radius)
        wide = mask[first:last].copy()
        strip = np.zeros_like(mask[top:bottom])
        offset, half_width = radius, 0
        while offset >= 0:
            width = math.isqrt(reach - offset * offset)
            for _ in range(width - half_width):
                wide = np.asarray(cv2.dilate(wide, _ROW_OF_THREE), np.uint8)
            half_width = width
            for shift in {-offset, offset}:
                _take_maximum(strip, wide, top - first + shift)
            offset -= 1
        result[top:bottom] = strip
    return result


def _take_maximum(strip: Pixels, wide: Pixels, shift: int) -> None:
    """Raise the strip to the rows of ``wide`` from row ``shift`` on, as far as they go."""
    first = max(0, -shift)
    last = min(strip.shape[0], wide.shape[0] - shift)
    if last > first:
        part = strip[first:last]
        cv2.max(part, wide[first + shift : last + shift], dst=part)


def eroded(mask: Pixels, radius: int) -> Pixels:
    """Return the smallest value within a disc around each pixel."""
    return np.asarray(cv2.bitwise_not(dilated(_inverted(mask), radius)), np.uint8)


def feathered(mask: Pixels, radius: int) -> Pixels:
    """Return the mean under a pyramid of this half-width: two boxes, so any radius costs the same.

    A straight edge ends up between 0 and 255 exactly over ``radius`` pixels to either side.
    """
    side = radius + 1
    kept = cv2.BORDER_REPLICATE
    padded = cv2.copyMakeBorder(mask, *(radius,) * 4, kept)
    # The second box leans the other way where the side is even, so that nothing moves.
    left, right = (side - 1) // 2, side // 2
    once = cv2.blur(padded, (side, side), anchor=(left, left), borderType=kept)
    twice = cv2.blur(once, (side, side), anchor=(right, right), borderType=kept)
    height, width = mask.shape
    return np.asarray(twice[radius : radius + height, radius : radius + width], np.uint8)


def smoothed(mask: Pixels, radius: int) -> Pixels:
    """Return the median of each pixel's surroundings, a square of half-width ``radius``."""
    if radius == 0:
        return mask.copy()
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(mask), 2 * radius + 1), np.uint8)


def bordered(mask: Pixels, radius: int) -> Pixels:
    """Return what growing adds and shrinking takes away, together."""
    return np.asarray(cv2.subtract(dilated(mask, radius), eroded(mask, radius)), np.uint8)


def without_holes(mask: Pixels) -> Pixels:
    """Return the mask with everything full that no path leads out of.

    A path may cross values below one half; the soft rim of a hole in a full mask goes with it.
    """
    enclosed = _enclosed(mask, HALF) | _enclosed(mask, 255)
    return np.asarray(np.where(enclosed, 255, mask), np.uint8)


def _enclosed(mask: Pixels, wall: int) -> npt.NDArray[np.bool_]:
    """Tell which pixels below ``wall`` are cut off from the outside (steps in four directions)."""
    height, width = mask.shape
    # A free frame all around joins whatever is open at the edge of the picture.
    solid = np.zeros((height + 2, width + 2), np.uint8)
    solid[1:-1, 1:-1] = np.greater_equal(mask, wall)
    free = solid == 0
    cv2.floodFill(solid, None, (0, 0), 2)
    return np.asarray((free & (solid == 0))[1:-1, 1:-1], np.bool_)


def largest_part(mask: Pixels) -> Pixels:
    """Return the connected part (eight neighbours) with the most weight; all else is 0."""
    count, labels = cv2.connectedComponents((mask > 0).astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask.copy()
    weights = np.bincount(labels.ravel(), weights=mask.ravel().astype(np.float64))
    weights[0] = -1.0
    return np.asarray(np.where(labels == int(weights.argmax()), mask, 0), np.uint8)


def _inverted(mask: Pixels) -> Pixels:
    return np.asarray(cv2.bitwise_not(mask), np.uint8)
