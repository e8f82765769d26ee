"""Painting strokes into the region mask.

A stroke is a row of dabs. A dab takes the maximum of mask and stamp (an eraser the minimum of mask
and inverted stamp), so that overlapping dabs do not add up and the order of dabs does not matter.
Coordinates are document pixels; pixel (i, j) covers i <= x < i + 1, so its centre is at i + 0.5.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.brush_settings import Brush
from editing.geometry import EMPTY, Rect
from editing.gesture import MOUSE, Pen
from editing.history import Change
from editing.recording import TileRecording
from editing.stamps import STAMPS, StampKey, phases

if TYPE_CHECKING:
    from editing.document import Document
    from editing.history import Command
    from editing.plane import Pixels

FINEST_SPACING_PX = 0.5
"""Closer dabs than this cannot be told apart, whatever the radius."""


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
        spacing = max(self._brush.spacing * self._brush.radius_px, FINEST_SPACING_PX)
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
