"""Painting strokes on what the document's target is: a region, a layer, or a layer's mask.

A stroke is a row of dabs, gathered in a buffer of coverage: a dab raises the coverage of a pixel
towards its own value there by the share that is its flow. At full flow that is the maximum of the
dabs, at less they build up, and never does a stroke exceed its opacity. The buffer is laid over the
pixels as they were before the stroke (``editing.paint``), confined by the selection.

Coordinates are document pixels; pixel (i, j) covers i <= x < i + 1, so its centre is at i + 0.5.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.brush_settings import Brush, DabShape, dab_shape
from editing.change import Change, ChangeKind
from editing.confinement import Confinement
from editing.dabs import DabPath, DabPlace, PulledString
from editing.geometry import EMPTY, Rect
from editing.gesture import MOUSE, Pen
from editing.layer_commands import editable_plane
from editing.paint import AlphaEraser, Colour, ColourPaint, GreyPaint, MaskPaint, Opacity, Paint
from editing.plane import Pixels, Plane, TileIndex, tile_rect, tiles_in
from editing.recording import TileRecording
from editing.stamps import STAMPS, StampKey, phases

if TYPE_CHECKING:
    from editing.change import Command
    from editing.document import Document

__all__ = ["Brush", "PaintStroke", "Stroke"]

FINEST_SPACING_PX = 0.5
"""Closer dabs than this cannot be told apart, whatever the radius."""
BLACK: Colour = (0, 0, 0)


class PaintStroke:
    """One stroke with some paint on some plane, from the press of the pen to its release."""

    def __init__(
        self,
        plane: Plane,
        kind: ChangeKind,
        brush: Brush,
        paint: Paint,
        confinement: Confinement,
        name: str,
    ) -> None:
        """Begin; nothing is painted before the first ``move_to``."""
        self._plane, self._kind, self._brush = plane, kind, brush
        self._paint, self._confinement, self._name = paint, confinement, name
        self._recording = TileRecording(kind, plane)
        self._coverage: dict[TileIndex, Pixels] = {}
        self._opacity: dict[TileIndex, Opacity] = {}
        self._string = PulledString(brush.smoothing)
        self._path = DabPath(self._step_px)
        self._fixed = dab_shape(brush, MOUSE)

    def move_to(self, x: float, y: float, pen: Pen = MOUSE) -> Change:
        """Paint from the last point to (x, y), or a single dab if there is none.

        Returns:
            The changed part of the document, possibly empty. A point far outside is fine.
        """
        dirty = EMPTY
        place = self._string.pull(x, y)
        if place is not None:
            for dab in self._path.to(*place, pen):
                dirty = dirty.union(self._dab(dab))
            self._plane.mark_dirty(dirty)
        return Change(self._kind, dirty, self._plane)

    def let_go(self) -> None:
        """Paint the next point without smoothing: the brush is to end where the pointer does."""
        self._string.length_px = 0.0

    def finish(self) -> Command | None:
        """End the stroke; returns the command to push, or None if no pixel changed."""
        self._coverage.clear()
        return self._recording.finish(self._name)

    def abort(self) -> Change:
        """End the stroke and take it back; returns the part to repaint."""
        self._coverage.clear()
        return Change(self._kind, self._recording.restore(), self._plane)

    def before(self, tile: TileIndex) -> Pixels:
        """Return a tile of the plane as it was before the stroke, not to be written to."""
        if tile in self._coverage:
            return self._recording.before(tile)
        return self._plane.pixels[tile_rect(tile, self._plane.width, self._plane.height).slices()]

    def _shape(self, pen: Pen) -> DabShape:
        return dab_shape(self._brush, pen) if self._brush.uses_pen else self._fixed

    def _step_px(self, pen: Pen) -> float:
        shape = self._shape(pen)
        return max(self._brush.spacing * shape.radius_px * shape.roundness, FINEST_SPACING_PX)

    def _dab(self, place: DabPlace) -> Rect:
        """Put one dab down; returns the rectangle in which pixels changed."""
        shape = self._shape(place.pen)
        steps = phases(shape.radius_px)
        # Whole steps of 1 / phases of a pixel; the centre of a single step is the pixel's centre.
        column, phase_x = divmod(math.floor(place.x * steps), steps)
        row, phase_y = divmod(math.floor(place.y * steps), steps)
        stamp = STAMPS.get(
            StampKey(
                shape.radius_px,
                self._brush.hardness,
                (phase_x + 0.5) / steps,
                (phase_y + 0.5) / steps,
                shape.roundness,
                shape.turn,
            )
        )
        extent = stamp.shape[0] // 2
        whole = Rect(column - extent, row - extent, 2 * extent + 1, 2 * extent + 1)
        rect = whole.intersect(self._plane.bounds)
        dirty = EMPTY
        for tile in tiles_in(rect):
            dirty = dirty.union(self._dab_in_tile(tile, rect, whole, stamp, shape))
        return dirty

    def _dab_in_tile(
        self, tile: TileIndex, rect: Rect, whole: Rect, stamp: Pixels, shape: DabShape
    ) -> Rect:
        weights = self._confinement.tile(tile)
        if isinstance(weights, str) and weights == "none":
            return EMPTY
        area = tile_rect(tile, self._plane.width, self._plane.height)
        part = rect.intersect(area)
        aim = stamp[part.translate(-whole.x, -whole.y).slices()]
        if shape.ceiling < 255:
            aim = np.asarray(cv2.convertScaleAbs(aim, alpha=shape.ceiling / 255), np.uint8)
        coverage = self._coverage.get(tile)
        if coverage is None:
            coverage = self._open(tile, area)
        covered = coverage[part.translate(-area.x, -area.y).slices()]
        gain = cv2.subtract(aim, covered)
        x, y, width, height = cv2.boundingRect(gain)
        if width == 0:
            return EMPTY
        gain = gain[y : y + height, x : x + width]
        if shape.flow < 1:
            gain = cv2.LUT(gain, _flow_table(round(shape.flow, 3)))
        changed = Rect(part.x + x, part.y + y, width, height)
        inner = changed.translate(-area.x, -area.y).slices()
        cv2.add(coverage[inner], gain, dst=coverage[inner])
        self._recording.touch(changed)
        self._paint.lay(
            self._plane.pixels[changed.slices()],
            self._recording.before(tile)[inner],
            coverage[inner],
            None if isinstance(weights, str) else weights[inner],
            changed,
            self._opacity[tile],
        )
        return changed

    def _open(self, tile: TileIndex, area: Rect) -> Pixels:
        """Begin to paint in a tile."""
        self._recording.touch(area)
        self._coverage[tile] = np.zeros((area.height, area.width), np.uint8)
        self._opacity[tile] = _opacity_of(self._recording.before(tile))
        return self._coverage[tile]


class Stroke(PaintStroke):
    """A stroke of the brush on what the document's target is."""

    def __init__(self, document: Document, brush: Brush, colour: Colour = BLACK) -> None:
        """Begin.

        Args:
            document: Document to paint on.
            brush: How it looks.
            colour: For layers; its lightness is the grey for a layer's mask.

        Raises:
            EditingError: The layer is locked, hidden or has no mask.
        """
        plane = editable_plane(document)
        kind: ChangeKind = "mask" if document.target == "region" else "picture"
        super().__init__(
            plane, kind, brush, _paint(document, brush, colour), Confinement.of(document),
            _name(document, brush),
        )  # fmt: skip


def lightness(colour: Colour) -> int:
    """Return the grey of a colour, 0 to 255 (Rec. 709 luma)."""
    red, green, blue = colour
    return round(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def _paint(document: Document, brush: Brush, colour: Colour) -> Paint:
    if document.target == "layer":
        return AlphaEraser() if brush.erase else ColourPaint(colour)
    if document.target == "layer_mask" and not brush.erase:
        return GreyPaint(lightness(colour))
    return MaskPaint(erase=brush.erase)


def _name(document: Document, brush: Brush) -> str:
    verb = "Erase" if brush.erase else "Paint"
    return {"region": f"{verb} mask", "layer": verb, "layer_mask": f"{verb} layer mask"}[
        document.target
    ]


@lru_cache(maxsize=512)
def _flow_table(flow: float) -> Pixels:
    """Return what a share of each gain is, rounded up, so that every dab gets somewhere."""
    return np.asarray(np.ceil(np.arange(256) * flow - 1e-9), np.uint8)


def _opacity_of(pixels: Pixels) -> Opacity:
    if pixels.ndim == 2:
        return "mixed"
    low, high, _, _ = cv2.minMaxLoc(cv2.extractChannel(pixels, 3))
    if low == 255:
        return "opaque"
    return "clear" if high == 0 else "mixed"
