"""The edge of a selection in device pixels.

Every device pixel is asked whether the document pixel under its centre is selected; where the
answer differs from that of the pixel above or to the left, there is the edge. That takes the same
time however complicated the selection is, and the lines have no gaps where tiles meet.
"""

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from editing.geometry import EMPTY, Rect

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.canvas.view_transform import ViewTransform
    from editing.plane import Plane

SELECTED_FROM = 128
"""A pixel that is selected by half or more is inside."""


class Outline(NamedTuple):
    """Pixels on the edge.

    Attributes:
        rect: device pixels around all of them.
        rows: row of each within ``rect``.
        columns: column of each within ``rect``.
    """

    rect: Rect
    rows: "npt.NDArray[np.intp]"
    columns: "npt.NDArray[np.intp]"


def level_part(view: Rect, transform: "ViewTransform", level: int, bounds: Rect) -> Rect:
    """What of a mip level ``outline`` looks at, in pixels of that level within ``bounds``."""
    scale = 1 / (transform.zoom * (1 << level))
    inside = view.pad(1).translate(-transform.origin_x, -transform.origin_y).scale(scale)
    return inside.intersect(bounds)


def outline(
    selection: "Plane", level: int, transform: "ViewTransform", view: Rect, width: int = 1
) -> Outline:
    """Find the edge within a view.

    Args:
        selection: plane (H, W).
        level: mip level to look at; built as far as the view needs it.
        transform: place of the document.
        view: device pixels.
        width: of the line in device pixels.
    """
    shown = transform.device_rect(selection.bounds).pad(width).intersect(view)
    part = level_part(shown, transform, level, Rect.of_shape(selection.levels[level].shape))
    if shown.is_empty or part.is_empty:
        return _nothing()
    values = selection.level(level, part)
    scale = transform.zoom * (1 << level)
    rows = _places(shown.y, shown.height, transform.origin_y, scale, part.y, part.height)
    columns = _places(shown.x, shown.width, transform.origin_x, scale, part.x, part.width)
    # A border of unselected pixels stands for all that lies outside of the document.
    selected = np.zeros((part.height + 2, part.width + 2), np.bool_)
    np.greater_equal(values, SELECTED_FROM, out=selected[1:-1, 1:-1])
    inside = selected[rows].take(columns, axis=1)
    lines = (inside[1:, 1:] != inside[:-1, 1:]) | (inside[1:, 1:] != inside[1:, :-1])
    edge = lines.view(np.uint8)
    if width > 1:
        edge = np.asarray(cv2.dilate(edge, np.ones((width, width), np.uint8)), np.uint8)
    x, y, across, down = cv2.boundingRect(edge)
    if not across:
        return _nothing()
    rows, columns = np.nonzero(edge[y : y + down, x : x + across])
    return Outline(Rect(shown.x + x, shown.y + y, across, down), rows, columns)


def _places(
    start: int, count: int, origin: int, scale: float, first: int, length: int
) -> "npt.NDArray[np.intp]":
    """Where device pixels from ``start - 1`` on lie among the bordered pixels of the level."""
    centres = np.arange(start - 1, start + count) + 0.5
    places = np.floor((centres - origin) / scale) - first + 1
    return np.asarray(np.clip(places, 0, length + 1), np.intp)


def _nothing() -> Outline:
    none = np.zeros(0, np.intp)
    return Outline(EMPTY, none, none)
