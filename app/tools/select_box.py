"""Rectangle and ellipse. Shift in the drag keeps the sides alike, Alt draws from the centre.

A key that was held at the press has chosen how the shapes meet; it counts for the drag once it was
released and pressed again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtGui import QPainterPath

from app.tools import overlay_parts
from app.tools.select_outline import box, draw_path
from app.tools.select_tool import SelectTool, mode_for
from editing import shapes

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.tools.overlay_parts import Part
    from app.tools.tool import Pointer, Sight
    from editing.document import Document
    from editing.shapes import Point, Shape


class SelectBoxTool(SelectTool):
    """A shape between two corners; this one is a rectangle."""

    _start: Point | None = None
    _corners: tuple[Point, Point] = ((0.0, 0.0), (0.0, 0.0))
    _shift_free = _alt_free = True

    @property
    def is_active(self) -> bool:
        """Whether a shape is being drawn, or the selection moved."""
        return self._start is not None or super().is_active

    def press(self, pointer: Pointer) -> None:
        """Begin a shape at this corner, or to move the selection."""
        if self.document is None or self.begin_move(pointer):
            return
        self._mode = mode_for(pointer, self._options.mode)
        self._start = self._snapped(pointer)
        self._corners = self._start, self._start
        self._shift_free, self._alt_free = not pointer.shift, not pointer.alt

    def drag(self, pointer: Pointer) -> None:
        """Draw the shape to the pointer."""
        if self._start is None:
            super().drag(pointer)
            return
        self._shift_free |= not pointer.shift
        self._alt_free |= not pointer.alt
        self._corners = self._between(
            self._start,
            self._snapped(pointer),
            alike=pointer.shift and self._shift_free,
            centred=pointer.alt and self._alt_free,
        )
        self.show_at(self._parts_of(*self._corners))

    def release(self, pointer: Pointer) -> None:
        """Select the shape; a click selects nothing."""
        if self._start is None:
            super().release(pointer)
            return
        self.drag(pointer)
        start, (first, second) = self._start, self._corners
        self._start = None
        if not self.is_click(start, pointer):
            self._select_between(first, second)
        elif self._mode == "replace":
            self.deselect()
        self.overlay_changed.emit()

    def cancel(self) -> None:
        """Give the shape up."""
        self._start = None
        super().cancel()

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw the outline."""
        super().draw(painter, sight)
        if self._start is not None:
            path = QPainterPath()
            self._add_outline(path, sight)
            draw_path(painter, path)

    def _select_between(self, first: Point, second: Point) -> None:
        antialias = self._options.antialias
        self.select(
            lambda document: self._shape(document, first, second, antialias=antialias),
            self._name(),
            abs(second[0] - first[0]) * abs(second[1] - first[1]),
            feather=True,
        )

    def _name(self) -> str:
        return self.tr("Select rectangle")

    def _snapped(self, pointer: Pointer) -> Point:
        """The corner of a pixel: a rectangle between pixels is seldom wanted."""
        return float(round(pointer.x)), float(round(pointer.y))

    def _shape(self, document: Document, first: Point, second: Point, *, antialias: bool) -> Shape:
        return shapes.rectangle(first, second, document.bounds, antialias=antialias)

    def _add_outline(self, path: QPainterPath, sight: Sight) -> None:
        path.addRect(box(*self._corners, sight))

    def _parts_of(self, first: Point, second: Point) -> list[Part]:
        return overlay_parts.edges(first, second)

    @staticmethod
    def _between(start: Point, end: Point, *, alike: bool, centred: bool) -> tuple[Point, Point]:
        width, height = end[0] - start[0], end[1] - start[1]
        if alike:
            side = max(abs(width), abs(height))
            width, height = math.copysign(side, width), math.copysign(side, height)
        corner = (start[0] - width, start[1] - height) if centred else start
        return corner, (start[0] + width, start[1] + height)


class SelectEllipseTool(SelectBoxTool):
    """The ellipse between two corners."""

    def _name(self) -> str:
        return self.tr("Select ellipse")

    def _shape(self, document: Document, first: Point, second: Point, *, antialias: bool) -> Shape:
        return shapes.ellipse(first, second, document.bounds, antialias=antialias)

    def _add_outline(self, path: QPainterPath, sight: Sight) -> None:
        path.addEllipse(box(*self._corners, sight))

    def _parts_of(self, first: Point, second: Point) -> list[Part]:
        return overlay_parts.ellipse(first, second)
