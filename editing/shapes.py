"""Shapes as soft masks: rectangle, ellipse, polygon; each covers a part of the document.

Coordinates are document pixels; pixel (i, j) covers i <= x < i + 1. With antialiasing a pixel's
value is the covered share of it; without, it is full where at least half is covered.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from editing.coverage import ellipse_points, polygon_coverage
from editing.geometry import EMPTY, Rect
from editing.mask_filters import HALF, feathered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.plane import Pixels

Point = tuple[float, float]


class Shape(NamedTuple):
    """A mask for a part of the document, zero elsewhere.

    Attributes:
        rect: Where, inside the document.
        mask: (rect.height, rect.width) uint8.
    """

    rect: Rect
    mask: Pixels


NOTHING = Shape(EMPTY, np.zeros((0, 0), np.uint8))


def rectangle(start: Point, end: Point, bounds: Rect, *, antialias: bool = True) -> Shape:
    """Return a rectangle by two opposite corners."""
    (left, right), (top, bottom) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    rect = _around([(left, top), (right, bottom)], bounds)
    if rect.is_empty:
        return NOTHING
    across = np.arange(rect.x, rect.right)
    down = np.arange(rect.y, rect.bottom)
    columns = np.clip(np.minimum(across + 1, right) - np.maximum(across, left), 0, 1)
    rows = np.clip(np.minimum(down + 1, bottom) - np.maximum(down, top), 0, 1)
    if not antialias:
        columns, rows = np.rint(columns), np.rint(rows)
        return Shape(rect, np.outer(rows, columns).astype(np.uint8) * np.uint8(255))
    # Only the first and last row and column are not full, so this is exact and fast.
    mask = np.full((rect.height, rect.width), 255, np.uint8)
    edge = np.rint(np.outer(rows, columns[[0, -1]]) * 255)
    mask[[0, -1]] = np.rint(np.outer(rows[[0, -1]], columns) * 255)
    mask[:, [0, -1]] = edge
    return Shape(rect, mask)


def ellipse(start: Point, end: Point, bounds: Rect, *, antialias: bool = True) -> Shape:
    """Return the ellipse that fits into a rectangle given by two opposite corners."""
    centre = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    radii = (abs(end[0] - start[0]) / 2, abs(end[1] - start[1]) / 2)
    points = ellipse_points(*centre, *radii)
    return _polygon(points, bounds, antialias=antialias)


def polygon(points: Sequence[Point], bounds: Rect, *, antialias: bool = True) -> Shape:
    """Return a closed polygon, or a lasso's way; parts that are wound around twice are full."""
    if len(points) < 3:
        return NOTHING
    return _polygon(np.asarray(points, np.float64), bounds, antialias=antialias)


def feathered_shape(shape: Shape, radius: int, bounds: Rect) -> Shape:
    """Return a shape whose edge fades over ``radius`` pixels to either side.

    At the edge of the document it does not fade.
    """
    if radius == 0 or shape.rect.is_empty:
        return shape
    rect = shape.rect.pad(radius).intersect(bounds)
    mask = np.zeros((rect.height, rect.width), np.uint8)
    mask[shape.rect.translate(-rect.x, -rect.y).slices()] = shape.mask
    return Shape(rect, feathered(mask, radius))


def crisp(mask: Pixels) -> Pixels:
    """Return the mask with full and empty pixels only."""
    return np.greater_equal(mask, HALF).astype(np.uint8) * np.uint8(255)


def _polygon(points: np.ndarray, bounds: Rect, *, antialias: bool) -> Shape:
    rect = _around(points, bounds)
    if rect.is_empty:
        return NOTHING
    mask = polygon_coverage(points, rect)
    return Shape(rect, mask if antialias else crisp(mask))


def _around(points: Sequence[Point] | np.ndarray, bounds: Rect) -> Rect:
    """Return the pixels that points span, as far as they lie in the document."""
    (left, top), (right, bottom) = np.min(points, axis=0), np.max(points, axis=0)
    return Rect.from_edges(
        math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)
    ).intersect(bounds)
