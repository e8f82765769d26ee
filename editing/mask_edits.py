"""Edits of a soft mask, whichever it is: that of a region or the selection.

Each function plans the edit, which may take long and may happen in any thread; ``commit`` of the
plan makes it (``editing.tile_plan``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing import mask_filters
from editing.tile_plan import TilePlan, content_bounds, planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.geometry import Rect
    from editing.history import ChangeKind
    from editing.mask_filters import MaskFilter
    from editing.plane import Pixels, Plane


def clear(kind: ChangeKind, plane: Plane) -> TilePlan:
    """Set all of it to 0."""
    return planned(kind, plane, content_bounds(plane), lambda _, old: np.zeros_like(old))


def fill(kind: ChangeKind, plane: Plane) -> TilePlan:
    """Set all of it to 255."""
    return planned(kind, plane, plane.bounds, lambda _, old: np.full_like(old, 255))


def invert(kind: ChangeKind, plane: Plane) -> TilePlan:
    """Turn each value into 255 minus itself."""
    return planned(kind, plane, plane.bounds, _inverted_tile)


def replace(kind: ChangeKind, plane: Plane, rect: Rect, pixels: Pixels) -> TilePlan:
    """Set a rectangle to these pixels and everything else to 0."""
    area = content_bounds(plane).union(rect)
    return planned(kind, plane, area, partial(_placed, rect, pixels))


def copy(kind: ChangeKind, plane: Plane, source: Plane) -> TilePlan:
    """Make a mask the same as another one of the same size."""
    rect = content_bounds(source)
    return replace(kind, plane, rect, source.pixels[rect.slices()])


def filtered(kind: ChangeKind, plane: Plane, mask_filter: MaskFilter) -> TilePlan:
    """Put a mask through a filter; only its surroundings are looked at."""
    content = content_bounds(plane)
    if content.is_empty:
        return TilePlan(kind, plane, ())
    # A free rim tells the filter that beyond it nothing is masked.
    rect = content.pad(max(1, mask_filter.reach)).intersect(plane.bounds)
    return replace(kind, plane, rect, mask_filter.apply(plane.pixels[rect.slices()]))


def grow(pixels: int) -> Callable[[ChangeKind, Plane], TilePlan]:
    """Make masked parts larger by so many pixels all around."""
    return partial(filtered, mask_filter=mask_filters.grow(pixels))


def shrink(pixels: int) -> Callable[[ChangeKind, Plane], TilePlan]:
    """Make masked parts smaller by so many pixels all around; not at the picture's edge."""
    return partial(filtered, mask_filter=mask_filters.shrink(pixels))


def feather(pixels: int) -> Callable[[ChangeKind, Plane], TilePlan]:
    """Let edges fade over so many pixels to either side."""
    return partial(filtered, mask_filter=mask_filters.feather(pixels))


def smooth(pixels: int) -> Callable[[ChangeKind, Plane], TilePlan]:
    """Take spikes and notches away that are narrower than the radius."""
    return partial(filtered, mask_filter=mask_filters.smooth(pixels))


def border(pixels: int) -> Callable[[ChangeKind, Plane], TilePlan]:
    """Keep a band of so many pixels to either side of the edge."""
    return partial(filtered, mask_filter=mask_filters.border(pixels))


def fill_holes(kind: ChangeKind, plane: Plane) -> TilePlan:
    """Mask what is enclosed."""
    return filtered(kind, plane, mask_filters.fill_holes())


def keep_largest(kind: ChangeKind, plane: Plane) -> TilePlan:
    """Keep only the largest connected part."""
    return filtered(kind, plane, mask_filters.keep_largest())


def _inverted_tile(_: Rect, old: Pixels) -> Pixels:
    return np.asarray(cv2.bitwise_not(old), np.uint8)


def _placed(rect: Rect, pixels: Pixels, tile: Rect, old: Pixels) -> Pixels:
    """Return the tile of a plane that holds ``pixels`` at ``rect`` and zeros elsewhere."""
    common = rect.intersect(tile)
    if common == tile:
        return pixels[tile.translate(-rect.x, -rect.y).slices()]
    new = np.zeros_like(old)
    if not common.is_empty:
        part = pixels[common.translate(-rect.x, -rect.y).slices()]
        new[common.translate(-tile.x, -tile.y).slices()] = part
    return new
