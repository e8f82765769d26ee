"""Gradient: a drag says from where to where. Shift keeps it at a multiple of 15 degrees."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QPainter, QPen

from app.models.brush_model import BrushModel
from app.tools import overlay_parts
from app.tools.paint_colour import paint_colour
from app.tools.tool import Pointer, Sight, Tool
from editing.gradient import GRADIENT_SHAPES, Gradient, plan_gradient

if TYPE_CHECKING:
    from app.jobs.tile_work import TileWork
    from editing.document import Document
    from editing.tile_plan import TilePlan

STEP = math.pi / 12
_KNOB = 4.0
_DARK = QColor(0, 0, 0, 190)
_LIGHT = QColor(255, 255, 255, 235)


class GradientTool(Tool):
    """Lays a gradient over what the document's target is.

    Args:
        brush: its colours and options.
        work: makes the edit, off the UI thread if it is a large one.
    """

    def __init__(self, brush: BrushModel, work: "TileWork", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._brush, self._work = brush, work
        self._start: tuple[float, float] | None = None
        self._end = (0.0, 0.0)

    @property
    def is_active(self) -> bool:
        """Whether a line is being dragged."""
        return self._start is not None

    @property
    def line(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """From where to where, in document pixels."""
        return None if self._start is None else (self._start, self._end)

    def press(self, pointer: Pointer) -> None:
        """Begin the line."""
        if self._model is not None and self._model.document is not None:
            self._start = self._end = (pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        """Draw the line to the pointer."""
        if self._start is None:
            return
        dx, dy = pointer.x - self._start[0], pointer.y - self._start[1]
        if pointer.shift:
            turn = round(math.atan2(dy, dx) / STEP) * STEP
            length = math.hypot(dx, dy)
            dx, dy = length * math.cos(turn), length * math.sin(turn)
        self._end = (self._start[0] + dx, self._start[1] + dy)
        self.show_at(overlay_parts.along([self._start, self._end]))

    def release(self, pointer: Pointer) -> None:
        """Lay the gradient."""
        self.drag(pointer)
        line = self.line
        self.cancel()
        document = None if self._model is None else self._model.document
        if line is None or document is None:
            return
        options, colours = self._brush.paint, self._brush.colours
        gradient = Gradient(
            *line,
            "radial" if options.gradient_shape == GRADIENT_SHAPES[1] else "linear",
            options.gradient_opacity,
        )
        first = paint_colour(document, colours)
        last = paint_colour(document, colours, "background")
        end = None if options.gradient_clear else last

        def plan(document: "Document") -> "TilePlan | None":
            return plan_gradient(document, gradient, first, end)

        self._work.run(self.tr("Gradient"), plan, 4 * document.bounds.area)

    def cancel(self) -> None:
        """Forget the line."""
        self._start = None
        self.overlay_changed.emit()

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw the line with a knob at each end."""
        line = self.line
        if line is None:
            return
        start, end = sight.to_widget(*line[0]), sight.to_widget(*line[1])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((_DARK, 3.0), (_LIGHT, 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(start, end)
            for knob in (start, end):
                painter.drawEllipse(knob, _KNOB, _KNOB)
        painter.restore()
