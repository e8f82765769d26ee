"""The frame of the crop tool: a rectangle of whole pixels, and what dragging does to it.

It may reach beyond the picture. With an aspect (width / height) it keeps its proportions to the
pixel nearest to them.
"""

from __future__ import annotations

from editing.geometry import Rect
from editing.quad import HANDLES

SIGNS = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
"""Which way each of ``HANDLES`` lies from the middle."""


def spanned(x0: int, y0: int, x1: int, y1: int, aspect: float | None = None) -> Rect:
    """Return the frame from a point to another one; the first one stays a corner.

    Args:
        x0: Where the drag began.
        y0: Where the drag began.
        x1: Where it is.
        y1: Where it is.
        aspect: Width / height to keep, or None.
    """
    width, height = max(1, abs(x1 - x0)), max(1, abs(y1 - y0))
    if aspect is not None:
        width, height = _grown(width, height, aspect)
    left = x0 if x1 >= x0 else x0 - width
    top = y0 if y1 >= y0 else y0 - height
    return Rect(left, top, width, height)


def resized(frame: Rect, handle: int, x: int, y: int, aspect: float | None = None) -> Rect:
    """Return the frame with a handle dragged to a point; the opposite side or corner stays.

    Args:
        frame: When the drag began.
        handle: Place in ``HANDLES``.
        x: Where the handle goes to.
        y: Where the handle goes to.
        aspect: Width / height to keep, or None; at an edge the middle of the other edges stays.
    """
    across, down = SIGNS[handle]
    if across and down:
        anchor_x = frame.right if across < 0 else frame.x
        anchor_y = frame.bottom if down < 0 else frame.y
        return spanned(anchor_x, anchor_y, x, y, aspect)
    if across:
        anchor = frame.right if across < 0 else frame.x
        wide = spanned(anchor, frame.y, x, frame.bottom)
        if aspect is None:
            return wide
        height = max(1, round(wide.width / aspect))
        return Rect(wide.x, frame.y + (frame.height - height) // 2, wide.width, height)
    anchor = frame.bottom if down < 0 else frame.y
    high = spanned(frame.x, anchor, frame.right, y)
    if aspect is None:
        return high
    width = max(1, round(high.height * aspect))
    return Rect(frame.x + (frame.width - width) // 2, high.y, width, high.height)


def with_aspect(frame: Rect, aspect: float) -> Rect:
    """Return the largest frame of this aspect inside another one, in its middle."""
    width = min(frame.width, max(1, round(frame.height * aspect)))
    height = min(frame.height, max(1, round(width / aspect)))
    x = frame.x + (frame.width - width) // 2
    return Rect(x, frame.y + (frame.height - height) // 2, width, height)


def handle_places(frame: Rect) -> list[tuple[float, float]]:
    """Return the places of ``HANDLES``."""
    middle_x, middle_y = frame.x + frame.width / 2, frame.y + frame.height / 2
    return [
        (middle_x + across * frame.width / 2, middle_y + down * frame.height / 2)
        for across, down in SIGNS[: len(HANDLES)]
    ]


def _grown(width: int, height: int, aspect: float) -> tuple[int, int]:
    if width >= height * aspect:
        return width, max(1, round(width / aspect))
    return max(1, round(height * aspect)), height
