"""The frame of a transform: four corners, and what dragging does to them.

Corners are points (4, 2) in document pixels, in the order left top, right top, right bottom, left
bottom of what is transformed. All functions return new points.
"""

from __future__ import annotations

import math

import numpy as np

from editing.warp import Points, is_convex

LEAST_SIDE_PX = 1.0
HANDLES = ("left_top", "top", "right_top", "right", "right_bottom", "bottom", "left_bottom", "left")
"""Around the frame, with the clock; corners have even places."""

_SIGNS = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
"""Which way each handle lies from the middle, in the frame's own directions."""


def centre(corners: Points) -> Points:
    """Return the middle (2,)."""
    return np.asarray(corners.mean(axis=0), np.float64)


def handle_points(corners: Points) -> Points:
    """Return the places of ``HANDLES`` (8, 2)."""
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    return np.stack([corners, middles], axis=1).reshape(8, 2)


def angle_of(corners: Points) -> float:
    """Return by how many degrees the frame is turned with the clock, in (-180, 180]."""
    across, _ = _directions(corners)
    sign = -1 if is_mirrored(corners) else 1
    return math.degrees(math.atan2(sign * across[1], sign * across[0]))


def is_mirrored(corners: Points) -> bool:
    """Whether left and right are exchanged."""
    across, down = _directions(corners)
    return bool(across[0] * down[1] < across[1] * down[0])


def sides_of(corners: Points) -> tuple[float, float]:
    """Return width, negative if the frame is mirrored, and height in its own directions."""
    across, down = _directions(corners)
    width = math.hypot(*across)
    height = abs(across[0] * down[1] - across[1] * down[0]) / max(width, 1e-9)
    return (-width if is_mirrored(corners) else width), height


def _directions(corners: Points) -> tuple[Points, Points]:
    across = (corners[1] - corners[0] + corners[2] - corners[3]) / 2
    down = (corners[3] - corners[0] + corners[2] - corners[1]) / 2
    return across, down


def moved(corners: Points, dx: float, dy: float) -> Points:
    """Move all corners."""
    return np.asarray(corners + np.array([dx, dy]), np.float64)


def rotated(corners: Points, degrees: float, about: Points | None = None) -> Points:
    """Turn with the clock about a point, the middle if None."""
    pivot = centre(corners) if about is None else about
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.asarray((corners - pivot) @ np.array([(cosine, sine), (-sine, cosine)]) + pivot)


def stretched(corners: Points, across: float, down: float, about: Points | None = None) -> Points:
    """Scale in the frame's own directions about a point, the middle if None."""
    pivot = centre(corners) if about is None else about
    degrees = angle_of(corners)
    upright = rotated(corners - pivot, -degrees, np.zeros(2))
    return rotated(upright * (across, down), degrees, np.zeros(2)) + pivot


def turned_exactly(corners: Points, degrees: float) -> Points:
    """Turn by a multiple of 90 degrees so that whole pixels stay whole."""
    turned = rotated(corners, degrees)
    return np.asarray(turned + (np.rint(turned[0]) - turned[0]), np.float64)


def dragged_handle(
    corners: Points,
    handle: int,
    x: float,
    y: float,
    *,
    keeps_aspect: bool = False,
    from_centre: bool = False,
) -> Points:
    """Scale so that a handle comes to lie at a point.

    Args:
        corners: When the drag began.
        handle: Place in ``HANDLES``.
        x: Where the handle goes to.
        y: Where the handle goes to.
        keeps_aspect: Scale both directions alike.
        from_centre: The middle stays, instead of the opposite handle.
    """
    points = handle_points(corners)
    anchor = centre(corners) if from_centre else points[(handle + 4) % 8]
    degrees = angle_of(corners)
    start = rotated((points[handle] - anchor)[None], -degrees, np.zeros(2))[0]
    end = rotated((np.array([x, y]) - anchor)[None], -degrees, np.zeros(2))[0]
    factors = [_factor(start[axis], end[axis]) if _SIGNS[handle][axis] else 1.0 for axis in (0, 1)]
    if keeps_aspect:
        moving = [factor for axis, factor in enumerate(factors) if _SIGNS[handle][axis]]
        factor = max(moving, key=abs)
        factors = [math.copysign(factor, factors[axis]) for axis in (0, 1)]
    return stretched(corners, factors[0], factors[1], anchor)


def pulled(corners: Points, handle: int, x: float, y: float) -> Points:
    """Distort: a corner goes to a point by itself; an edge takes its two corners along."""
    result = corners.copy()
    if handle % 2 == 0:
        result[handle // 2] = (x, y)
        return result
    step = np.array([x, y]) - handle_points(corners)[handle]
    for corner in (handle // 2, (handle // 2 + 1) % 4):
        result[corner] += step
    return result


def is_usable(corners: Points) -> bool:
    """Whether something can be shown in a frame: convex, and not thinner than a pixel."""
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return bool(edges.min() >= LEAST_SIDE_PX - 1e-6) and is_convex(corners)


def contains(corners: Points, x: float, y: float) -> bool:
    """Whether a point lies inside."""
    edges = np.roll(corners, -1, axis=0) - corners
    to_point = np.array([x, y]) - corners
    sides = edges[:, 0] * to_point[:, 1] - edges[:, 1] * to_point[:, 0]
    return bool((sides >= 0).all() or (sides <= 0).all())


def _factor(start: float, end: float) -> float:
    if abs(start) < 1e-9:
        return 1.0
    if abs(end) < LEAST_SIDE_PX:
        end = math.copysign(LEAST_SIDE_PX, end or start)
    return end / start
