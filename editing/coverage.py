"""How much of each pixel a polygon covers, exactly, by accumulating signed areas.

Each edge is cut where it crosses from one pixel into the next. A piece inside one pixel adds its
height to all pixels right of it, and a part of its height to its own pixel, by the area to its
right; the running sum along a row is then the number of times the polygon winds around each pixel,
in fractions where an edge passes through. The idea is that of font rasterisers (R. Levien,
"Inside the fastest font renderer in the world", 2016); the winding number is cut to 1, so a loop
that is drawn over itself stays full.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from editing.geometry import Rect
    from editing.plane import Pixels

Floats = npt.NDArray[np.float64]

_STRIP_ROWS = 256


def polygon_coverage(points: Floats, rect: Rect) -> Pixels:
    """Return the covered share of each pixel of ``rect``, (h, w) uint8, 255 for all of it.

    Args:
        points: (n, 2), x and y in document pixels; the last one is joined with the first.
        rect: Where; the polygon may reach beyond it.
    """
    pieces = _pieces(points - (rect.x, rect.y), rect.width)
    result = np.zeros((rect.height, rect.width), np.uint8)
    for top in range(0, rect.height, _STRIP_ROWS):
        strip = result[top : top + _STRIP_ROWS]
        first, last = np.searchsorted(pieces.rows, (top, top + strip.shape[0]))
        if last > first:
            _fill(strip, pieces, slice(int(first), int(last)), top)
    return result


class _Pieces:
    """Pieces of edges, each within one pixel, in the order of their rows."""

    def __init__(self, x: Floats, y0: Floats, y1: Floats, width: int) -> None:
        rows = np.floor((y0 + y1) / 2).astype(np.int64)
        order = np.argsort(rows, kind="stable")
        self.rows = rows[order]
        self.heights = (y1 - y0)[order]
        # What lies left of the rectangle counts for its whole rows, what lies right of it not.
        x = np.clip(x[order], 0, width)
        self.columns = np.minimum(np.floor(x).astype(np.int64), width - 1)
        self.shares = x - self.columns


def _pieces(points: Floats, width: int) -> _Pieces:
    starts, ends = points, np.roll(points, -1, axis=0)
    steps = ends - starts
    edges = np.arange(len(points))
    parts = [(edges, np.zeros(len(points)))]
    for axis in (0, 1):
        parts.append(_crossings(starts[:, axis], steps[:, axis]))
    edge = np.concatenate([part[0] for part in parts])
    time = np.concatenate([part[1] for part in parts])
    order = np.lexsort((time, edge))
    edge, time = edge[order], time[order]
    until = np.append(time[1:], 1.0)
    until[np.append(edge[1:] != edge[:-1], True)] = 1.0
    middle = (time + until) / 2
    x = starts[edge, 0] + steps[edge, 0] * middle
    y0 = starts[edge, 1] + steps[edge, 1] * time
    y1 = starts[edge, 1] + steps[edge, 1] * until
    rising = y0 != y1
    return _Pieces(x[rising], y0[rising], y1[rising], width)


def _crossings(start: Floats, step: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return edges and times at which a coordinate passes whole numbers."""
    low = np.floor(np.minimum(start, start + step)).astype(np.int64) + 1
    high = np.ceil(np.maximum(start, start + step)).astype(np.int64) - 1
    counts = np.maximum(high - low + 1, 0)
    edge = np.repeat(np.arange(len(start)), counts)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    lines = low[edge] + place
    time = (lines - start[edge]) / step[edge]
    return edge, np.clip(time, 0.0, 1.0)


def _fill(strip: Pixels, pieces: _Pieces, span: slice, top: int) -> None:
    height, width = strip.shape
    index = (pieces.rows[span] - top) * (width + 1) + pieces.columns[span]
    heights, shares = pieces.heights[span], pieces.shares[span]
    size = height * (width + 1)
    # `bincount` adds up what falls on the same place, unlike an indexed sum.
    cover = np.bincount(index, heights * (1 - shares), size)
    cover += np.bincount(index + 1, heights * shares, size)[:size]
    winding = np.cumsum(cover.reshape(height, width + 1)[:, :width], axis=1)
    np.abs(winding, out=winding)
    np.minimum(winding, 1.0, out=winding)
    strip[...] = np.rint(winding * 255)


def ellipse_points(x: float, y: float, radius_x: float, radius_y: float) -> Floats:
    """Return a polygon that differs from an ellipse by at most a fiftieth of a pixel."""
    largest = max(radius_x, radius_y, 1.0)
    count = max(16, math.ceil(math.pi / math.acos(1 - 0.02 / largest)))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([x + radius_x * np.cos(angle), y + radius_y * np.sin(angle)], axis=1)
