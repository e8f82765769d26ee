"""Painting strokes into the region mask.

A stroke is a row of dabs. A dab takes the maximum of mask and stamp (an eraser the minimum of mask
and inverted stamp), so that overlapping dabs do not add up and the order of dabs does not matter.
Coordinates are document pixels; pixel (i, j) covers i <= x < i + 1, so its centre is at i + 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.geometry import EMPTY, Rect
from editing.gesture import MOUSE, Pen
from editing.history import Change
from editing.recording import TileRecording
from editing.stamps import STAMPS, StampKey, phases

if TYPE_CHECKING:
    from editing.document import Document
    from editing.history import Command
    from editing.plane import Pixels

SPACING = 0.25
"""Largest distance between dabs, in radii."""
FINEST_SPACING_PX = 0.5
"""Closer dabs than this cannot be told apart, whatever the radius."""
SMALLEST_RADIUS_PX = 0.5
LARGEST_RADIUS_PX = 2048.0


@dataclass(frozen=True)
class Brush:
    """How a stroke looks.

    Attributes:
        radius_px: Distance from the centre to where the dab ends, in document pixels.
        hardness: 1 for a crisp edge, 0 for a dab that falls off from its centre.
        opacity: Largest mask value reached, in [0, 1]; an eraser leaves 1 - opacity.
        erase: Whether the stroke takes the region away.
    """

    radius_px: float = 40.0
    hardness: float = 0.5
    opacity: float = 1.0
    erase: bool = False

    def __post_init__(self) -> None:
        """Reject what cannot be painted with."""
        if not SMALLEST_RADIUS_PX <= self.radius_px <= LARGEST_RADIUS_PX:
            raise ValueError(
                f"radius_px is {self.radius_px}, not in [{SMALLEST_RADIUS_PX}, {LARGEST_RADIUS_PX}]"
            )
        if not 0 <= self.hardness <= 1:
            raise ValueError(f"hardness is {self.hardness}, not in [0, 1]")
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"opacity is {self.opacity}, not in [0, 1]")


class Stroke:
    """One stroke on the active region, from the press of the pen to its release."""

    def __init__(self, document: Document, brush: Brush) -> None:
        """Begin; nothing is painted before the first ``move_to``."""
        self._plane = document.mask
        self._brush = brush
        self._recording = TileRecording("mask", document.mask)
        self._last: tuple[float, float] | None = None
        self._stamps: dict[tuple[int, int], Pixels] = {}

    def move_to(self, x: float, y: float, pen: Pen = MOUSE) -> Change:  # noqa: ARG002
        """Paint from the last point to (x, y), or a single dab if there is none.

        Returns:
            The changed part of the document, possibly empty. A point far outside is fine.
        """
        dirty = EMPTY
        for point in self._points_to(x, y):
            dirty = dirty.union(self._dab(*point))
        self._last = (x, y)
        self._plane.mark_dirty(dirty)
        return Change("mask", dirty, self._plane)

    def finish(self) -> Command | None:
        """End the stroke; returns the command to push, or None if no pixel changed."""
        return self._recording.finish("Erase mask" if self._brush.erase else "Paint mask")

    def abort(self) -> Change:
        """End the stroke and take it back; returns the part to repaint."""
        return Change("mask", self._recording.restore(), self._plane)

    def _points_to(self, x: float, y: float) -> list[tuple[float, float]]:
        if self._last is None:
            return [(x, y)]
        start_x, start_y = self._last
        length = math.hypot(x - start_x, y - start_y)
        spacing = max(SPACING * self._brush.radius_px, FINEST_SPACING_PX)
        count = max(1, math.ceil(length / spacing))
        return [
            (start_x + (x - start_x) * i / count, start_y + (y - start_y) * i / count)
            for i in range(1, count + 1)
        ]

    def _dab(self, x: float, y: float) -> Rect:
        """Put one dab down; returns the rectangle it covers within the plane."""
        steps = phases(self._brush.radius_px)
        # Whole steps of 1 / phases of a pixel; the centre of a single step is the pixel's centre.
        column, phase_x = divmod(math.floor(x * steps), steps)
        row, phase_y = divmod(math.floor(y * steps), steps)
        stamp = self._stamps.get((phase_x, phase_y))
        if stamp is None:
            stamp = self._stamp((phase_x + 0.5) / steps, (phase_y + 0.5) / steps)
            self._stamps[phase_x, phase_y] = stamp
        extent = stamp.shape[0] // 2
        whole = Rect(column - extent, row - extent, 2 * extent + 1, 2 * extent + 1)
        rect = whole.intersect(self._plane.bounds)
        if rect.is_empty:
            return EMPTY
        self._recording.touch(rect)
        if rect != whole:
            stamp = stamp[rect.translate(-whole.x, -whole.y).slices()]
        view = self._plane.pixels[rect.slices()]
        if self._brush.erase:
            cv2.min(view, stamp, dst=view)
        else:
            cv2.max(view, stamp, dst=view)
        return rect

    def _stamp(self, offset_x: float, offset_y: float) -> Pixels:
        """Return what a dab at this place in its pixel is combined with."""
        brush = self._brush
        key = StampKey(brush.radius_px, brush.hardness, brush.opacity, offset_x, offset_y)
        stamp = STAMPS.get(key)
        return np.asarray(cv2.bitwise_not(stamp), np.uint8) if brush.erase else stamp
