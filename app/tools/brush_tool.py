"""Brush and eraser: paint what the document's target is.

Shift at the press draws straight from the end of the last stroke; Shift while drawing keeps the
stroke level, upright or at 45 degrees. Alt erases for one stroke on a region; on a layer or its
mask it takes the colour from the picture instead, as other programs do. The far end of a pen
erases.
"""

import math
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.models.brush_model import BrushModel
from app.models.document_model import DocumentModel
from app.tools.eyedropper import picked_colour
from app.tools.paint_colour import paint_colour, pick
from app.tools.stroke_tool import StrokeTool
from app.tools.tool import Pointer
from editing.brush import Brush, Stroke

CONSTRAIN_AFTER_PX = 4.0
"""A line at a fixed angle takes its direction after so many document pixels."""


class BrushTool(StrokeTool):
    """Strokes of the brush of a model on the document of another.

    Args:
        brush_model: the brush; one of its own if None.

    Signals:
        brush_changed: the brush differs.
    """

    brush_changed = Signal()

    def __init__(
        self, parent: QObject | None = None, brush_model: BrushModel | None = None
    ) -> None:
        super().__init__(BrushModel() if brush_model is None else brush_model, parent)
        self._last: tuple[float, float] | None = None
        self._line = Line()
        self._brush.changed.connect(self.brush_changed)

    def set_model(self, model: DocumentModel | None) -> None:
        """Paint on the document of this model; the place of the last stroke is forgotten."""
        if self._model is not None:
            self._model.document_replaced.disconnect(self._forget_last)
        super().set_model(model)
        self._forget_last()
        if model is not None:
            model.document_replaced.connect(self._forget_last)

    @property
    def brush(self) -> Brush:
        """The brush of the next stroke."""
        return self._brush.brush

    @brush.setter
    def brush(self, brush: Brush) -> None:
        self._brush.brush = brush

    def use_brush(self) -> None:
        """Paint."""
        self._brush.erase = False

    def use_eraser(self) -> None:
        """Take away."""
        self._brush.erase = True

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke with a dab, or with a line from the last stroke if Shift is held."""
        if self._model is None or self._model.document is None:
            return
        document = self._model.document
        if pointer.alt and document.target != "region":
            self._pick(pointer)
            return
        erase = self._brush.erase or pointer.eraser or pointer.alt
        brush = replace(self.brush, erase=erase)
        colours = self._brush.colours
        if not self.begin(lambda: Stroke(document, brush, paint_colour(document, colours))):
            return
        if document.target == "layer" and not erase:
            colours.remember()
        if pointer.shift and self._last is not None:
            self._model.stroke_to(*self._last, pointer.pen)
        self._line = Line()
        self._line.begin(pointer.x, pointer.y)
        self._paint_to(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Paint on to the pointer."""
        if not self.is_active:
            return
        if pointer.shift:
            place = self._line.along(pointer.x, pointer.y)
            if place is not None:
                self._paint_to(replace(pointer, x=place[0], y=place[1]))
        else:
            self._line.begin(pointer.x, pointer.y)
            self._paint_to(pointer)

    def release(self, pointer: Pointer) -> None:
        """Finish the stroke at the pointer."""
        if self.is_active:
            self.let_go()
            self.drag(pointer)
        super().release(pointer)

    def _paint_to(self, pointer: Pointer) -> None:
        super().drag(pointer)
        self._last = (pointer.x, pointer.y)

    def _pick(self, pointer: Pointer) -> None:
        document = None if self._model is None else self._model.document
        if document is not None:
            numbers = picked_colour(document, pointer.x, pointer.y)
            if numbers is not None:
                pick(document, self._brush.colours, numbers)

    def _forget_last(self) -> None:
        self._last = None


class Line:
    """Keeps points on a line at a multiple of 45 degrees."""

    def __init__(self) -> None:
        self._start = (0.0, 0.0)
        self._direction: tuple[float, float] | None = None

    def begin(self, x: float, y: float) -> None:
        """Start from here."""
        self._start, self._direction = (x, y), None

    def along(self, x: float, y: float) -> tuple[float, float] | None:
        """The nearest place on the line; None until its direction is known."""
        dx, dy = x - self._start[0], y - self._start[1]
        if self._direction is None:
            if math.hypot(dx, dy) < CONSTRAIN_AFTER_PX:
                return None
            turn = round(math.atan2(dy, dx) / (math.pi / 4)) * math.pi / 4
            self._direction = (math.cos(turn), math.sin(turn))
        across, down = self._direction
        way = dx * across + dy * down
        return self._start[0] + way * across, self._start[1] + way * down
