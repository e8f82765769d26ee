"""Which parts of the picture a drawing over it lies on, so that no more has to be painted again.

A part is left, top, right and bottom in document pixels; the canvas adds a rim for the width of
lines and for handles.
"""

import itertools
import math
from collections.abc import Iterable, Sequence

Point = tuple[float, float]
Part = tuple[float, float, float, float]

_PIECES = 12
"""A slanted line is cut into so many: the rectangle around all of it is mostly empty."""
_RUNS = 64
"""An outline of many points is cut into about so many."""
_ELLIPSE_POINTS = 40


def around(*points: Point) -> Part:
    """The part that holds all of these points."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def along(points: Sequence[Point]) -> list[Part]:
    """Parts under the lines from point to point."""
    parts = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        count = 1 if x0 == x1 or y0 == y1 else _PIECES
        dx, dy = (x1 - x0) / count, (y1 - y0) / count
        parts += [
            around((x0 + k * dx, y0 + k * dy), (x0 + (k + 1) * dx, y0 + (k + 1) * dy))
            for k in range(count)
        ]
    return parts


def edges(first: Point, second: Point) -> list[Part]:
    """Parts under the edges of the rectangle between two corners."""
    (x0, y0), (x1, y1) = first, second
    return along([first, (x1, y0), second, (x0, y1), first])


def ellipse(first: Point, second: Point) -> list[Part]:
    """Parts under the ellipse between two corners."""
    x, y = (first[0] + second[0]) / 2, (first[1] + second[1]) / 2
    across, down = (second[0] - first[0]) / 2, (second[1] - first[1]) / 2
    angles = [2 * math.pi * k / _ELLIPSE_POINTS for k in range(_ELLIPSE_POINTS + 1)]
    points = [(x + across * math.cos(each), y + down * math.sin(each)) for each in angles]
    return [around(*pair) for pair in itertools.pairwise(points)]


def outlines(lines: Iterable[Sequence[Point]]) -> list[Part]:
    """Parts under closed lines of many points."""
    parts = []
    for line in lines:
        closed = [*line, *line[:1]]
        step = max(1, len(line) // _RUNS)
        parts += [around(*closed[k : k + step + 1]) for k in range(0, len(line), step)]
    return parts


def shifted(parts: Iterable[Part], dx: float, dy: float) -> list[Part]:
    """The parts moved to the right and down."""
    return [(x0 + dx, y0 + dy, x1 + dx, y1 + dy) for x0, y0, x1, y1 in parts]
