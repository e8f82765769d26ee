"""Pixels under a perspective transform: turned, skewed, scaled, or pulled at by the corners.

A transform is a 3 x 3 matrix from source to destination, in pixel coordinates in which pixel i
covers [i, i + 1). It is sampled backwards by Lanczos, with colours weighted by alpha; where it
shrinks, the source is first reduced by area in its own directions. The edge of the source is not
filtered, which would ring: its pixels are continued outwards, and the result is cut by the exact
share of each pixel that the transformed rectangle covers (``editing.coverage``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from editing.alpha_weights import is_opaque, straight, weighted
from editing.coverage import polygon_coverage
from editing.geometry import EMPTY, Rect
from editing.resize import Values, as_values, resampled

if TYPE_CHECKING:
    from editing.plane import Pixels

Matrix = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]

_REACH_PX = 6
_ENLARGES = 1.01
"""From this scale on, Lanczos is worth its time."""


def corners_of(rect: Rect) -> Points:
    """Return the corners (4, 2): left top, right top, right bottom, left bottom."""
    return np.array(
        [(rect.x, rect.y), (rect.right, rect.y), (rect.right, rect.bottom), (rect.x, rect.bottom)],
        np.float64,
    )


def matrix_between(source: Points, target: Points) -> Matrix:
    """Return the transform that takes four points to four others.

    Raises:
        ValueError: Three of the points lie on a line, so that there is none.
    """
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        values += [u, v]
    try:
        solution = np.linalg.solve(np.array(rows), np.array(values))
    except np.linalg.LinAlgError as error:
        raise ValueError("the corners lie on a line") from error
    return np.append(solution, 1.0).reshape(3, 3)


def apply_matrix(matrix: Matrix, points: Points) -> Points:
    """Return points (n, 2) under a transform."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(moved[:, :2] / moved[:, 2:], np.float64)


def is_convex(points: Points) -> bool:
    """Whether four corners make a quadrilateral that can be filled: convex, of some area."""
    following = np.roll(points, -1, axis=0)
    edges = following - points
    after = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]
    return bool((turns > 1e-3).all() or (turns < -1e-3).all())


class Warp:
    """Pixels with a place in the document and a transform of it.

    Attributes:
        bounds: The smallest rectangle of whole pixels around all that is shown.
    """

    def __init__(self, pixels: Pixels, place: Rect, matrix: Matrix) -> None:
        """Prepare the source.

        Args:
            pixels: (place.height, place.width) or the same with 4 channels; only read.
            place: Where they lie in the document.
            matrix: From document pixels to document pixels.
        """
        self._corners = apply_matrix(matrix, corners_of(place))
        self._is_mask = pixels.ndim == 2
        opaque = self._is_mask or is_opaque(pixels)
        source: Values = pixels if opaque else weighted(pixels)
        shown = _shown_size(self._corners)
        size = (_reduced(place.width, shown[0]), _reduced(place.height, shown[1]))
        enlarges = shown[0] > _ENLARGES * place.width or shown[1] > _ENLARGES * place.height
        self._filter = cv2.INTER_LANCZOS4 if enlarges else cv2.INTER_CUBIC
        self._source = resampled(source, size)
        # From pixels of the reduced source.
        self._matrix = matrix @ np.array(
            [
                (place.width / size[0], 0, place.x),
                (0, place.height / size[1], place.y),
                (0, 0, 1),
            ]
        )
        self._inverse = np.linalg.inv(self._matrix)
        low, high = self._corners.min(axis=0), self._corners.max(axis=0)
        self.bounds = Rect.from_edges(
            math.floor(low[0] + 1e-6),
            math.floor(low[1] + 1e-6),
            math.ceil(high[0] - 1e-6),
            math.ceil(high[1] - 1e-6),
        )

    def pixels(self, rect: Rect, outside: int = 0) -> Pixels:
        """Return what is shown in a rectangle of the document, zeros or ``outside`` around it."""
        shape = (rect.height, rect.width) if self._is_mask else (rect.height, rect.width, 4)
        if rect.intersect(self.bounds).is_empty:
            return np.full(shape, outside, np.uint8)
        coverage = None if self._covers(rect) else polygon_coverage(self._corners, rect)
        values = self._sampled(rect)
        if self._is_mask:
            return _mixed(np.asarray(values, np.uint8), coverage, outside)
        if values.dtype == np.uint16:
            return straight(np.asarray(values, np.uint16), coverage)
        shown = np.asarray(values, np.uint8)
        if coverage is not None:
            shown[..., 3] = coverage
            shown[coverage == 0] = 0
        return shown

    def _sampled(self, rect: Rect) -> Values:
        needed = self._needed(rect)
        source = self._source[needed.slices()]
        if not source.any():
            return as_values(np.zeros((rect.height, rect.width, *source.shape[2:]), source.dtype))
        # OpenCV counts from the middle of the first pixel.
        to_source = _shift(-needed.x - 0.5, -needed.y - 0.5) @ self._inverse
        to_source = to_source @ _shift(rect.x + 0.5, rect.y + 0.5)
        sampled = cv2.warpPerspective(
            source,
            to_source,
            rect.size,
            flags=self._filter | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return as_values(sampled)

    def _needed(self, rect: Rect) -> Rect:
        """The part of the source under a rectangle: OpenCV takes no more than 32767 columns."""
        whole = Rect.of_shape(self._source.shape)
        points = corners_of(rect.intersect(self.bounds))
        if not self._is_in_front(points):
            return whole
        mapped = apply_matrix(self._inverse, points)
        low, high = np.floor(mapped.min(axis=0)), np.ceil(mapped.max(axis=0))
        needed = Rect.from_edges(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        part = needed.pad(_REACH_PX).intersect(whole)
        return whole if part.is_empty else part

    def _covers(self, rect: Rect) -> bool:
        points = corners_of(rect)
        if not self._is_in_front(points):
            return False
        mapped = apply_matrix(self._inverse, points)
        size = (self._source.shape[1], self._source.shape[0])
        return bool((mapped >= -1e-6).all() and (mapped <= np.add(size, 1e-6)).all())

    def _is_in_front(self, points: Points) -> bool:
        depth = np.column_stack([points, np.ones(len(points))]) @ self._inverse[2]
        return bool((depth > 1e-9).all() or (depth < -1e-9).all())


def warped_bounds(place: Rect, matrix: Matrix) -> Rect:
    """Return the smallest rectangle of whole pixels around a rectangle under a transform."""
    if place.is_empty:
        return EMPTY
    corners = apply_matrix(matrix, corners_of(place))
    low, high = np.floor(corners.min(axis=0) + 1e-6), np.ceil(corners.max(axis=0) - 1e-6)
    return Rect.from_edges(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _shown_size(corners: Points) -> tuple[float, float]:
    """Return how large the source is shown in its own directions, at most."""
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(max(edges[0], edges[2])), float(max(edges[1], edges[3]))


def _reduced(length: int, shown: float) -> int:
    return max(1, min(length, math.ceil(shown - 1e-6)))


def _mixed(values: Pixels, coverage: Pixels | None, outside: int) -> Pixels:
    if coverage is None:
        return values
    share = coverage.astype(np.float32) / 255
    mixed = values * share + np.float32(outside) * (1 - share)
    return np.asarray(np.rint(mixed), np.uint8)


def _shift(dx: float, dy: float) -> Matrix:
    return np.array([(1, 0, dx), (0, 1, dy), (0, 0, 1)], np.float64)
