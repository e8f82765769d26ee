"""Where a stroke puts its dabs: at even distances along the way of the brush."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from editing.gesture import Pen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Point = tuple[float, float]


class DabPlace(NamedTuple):
    """Where a dab is put down, and how the pen is held there."""

    x: float
    y: float
    pen: Pen


class DabPath:
    """Walks from point to point and stops for a dab at each step.

    The rest of a step is carried over to the next point, so that the dabs of a stroke do not
    depend on how often the pointer was looked at.

    Args:
        step_px: Distance to the next dab for a pen held like this.
    """

    def __init__(self, step_px: Callable[[Pen], float]) -> None:
        """Start nowhere: the first point gets a dab."""
        self._step_px = step_px
        self._last: DabPlace | None = None
        self._ahead = 0.0

    def to(self, x: float, y: float, pen: Pen) -> Iterator[DabPlace]:
        """Yield the dabs on the way to (x, y); what the pen does changes evenly on the way."""
        start, end = self._last, DabPlace(x, y, pen)
        self._last = end
        if start is None:
            self._ahead = self._step_px(pen)
            yield end
            return
        length = math.hypot(end.x - start.x, end.y - start.y)
        place = self._ahead
        while place <= length:
            dab = _between(start, end, place / length)
            yield dab
            place += self._step_px(dab.pen)
        self._ahead = place - length


def _between(start: DabPlace, end: DabPlace, share: float) -> DabPlace:
    pen = end.pen
    if start.pen != end.pen:
        a, b = start.pen, end.pen
        pen = Pen(
            a.pressure + (b.pressure - a.pressure) * share,
            a.tilt_x + (b.tilt_x - a.tilt_x) * share,
            a.tilt_y + (b.tilt_y - a.tilt_y) * share,
        )
    return DabPlace(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share, pen)


class PulledString:
    """Smooths the way of the pointer: it pulls the brush by a string.

    While the string hangs through the brush rests, so small shakes are not seen; a corner is
    rounded. Length 0 hands every point on as it is.

    Attributes:
        length_px: Of the string; it may be shortened to bring the brush to the pointer.
    """

    def __init__(self, length_px: float) -> None:
        """Start nowhere: the brush begins at the first point."""
        self.length_px = length_px
        self._place: Point | None = None

    def pull(self, x: float, y: float) -> Point | None:
        """Return where the brush is with the pointer at (x, y), or None if it rests."""
        if self._place is None:
            self._place = (x, y)
            return self._place
        dx, dy = x - self._place[0], y - self._place[1]
        distance = math.hypot(dx, dy)
        if distance == 0:
            return self._place  # How the pen is held may differ.
        if distance <= self.length_px:
            return None
        share = (distance - self.length_px) / distance
        self._place = (self._place[0] + dx * share, self._place[1] + dy * share)
        return self._place
