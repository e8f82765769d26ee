"""Brush and eraser: paint the region mask.

Alt erases for one stroke. Shift at the press draws straight from the end of the last stroke.
"""

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal

from app.models.document_model import DocumentModel
from app.tools.tool import Pointer, Tool
from editing.brush import LARGEST_RADIUS_PX, SMALLEST_RADIUS_PX, Brush, Stroke

HARDNESS_STEP = 0.1
_RADIUS_STEPS = ((5.0, 0.5), (10.0, 1.0), (50.0, 5.0), (100.0, 10.0), (200.0, 25.0), (400.0, 50.0))
"""(radius, step below it); larger brushes change by the last step."""


class BrushTool(Tool):
    """Strokes of one brush on the document of a model.

    Signals:
        brush_changed: size, hardness, opacity or the eraser differ.
    """

    brush_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._brush = Brush()
        self._last: tuple[float, float] | None = None

    def set_model(self, model: DocumentModel | None) -> None:
        """Paint on the document of this model; the place of the last stroke is forgotten."""
        if self._model is not None:
            self._model.document_replaced.disconnect(self._forget_last)
        super().set_model(model)
        self._forget_last()
        if model is not None:
            model.document_replaced.connect(self._forget_last)

    @property
    def ring_radius(self) -> float | None:
        """Of the brush, in document pixels."""
        return self._brush.radius_px

    @property
    def cursor(self) -> Qt.CursorShape:
        """The ring is the cursor."""
        return Qt.CursorShape.BlankCursor

    @property
    def brush(self) -> Brush:
        """The brush of the next stroke."""
        return self._brush

    @brush.setter
    def brush(self, brush: Brush) -> None:
        if brush != self._brush:
            self._brush = brush
            self.brush_changed.emit()
            self.overlay_changed.emit()

    @property
    def is_active(self) -> bool:
        """Whether a stroke is under way."""
        return self._model is not None and self._model.is_painting

    def use_brush(self) -> None:
        """Paint the region."""
        self.brush = replace(self._brush, erase=False)

    def use_eraser(self) -> None:
        """Take the region away."""
        self.brush = replace(self._brush, erase=True)

    def increase_size(self) -> None:
        """Make the brush larger by a step that suits its size."""
        self._set_radius(self._brush.radius_px + _step(self._brush.radius_px))

    def decrease_size(self) -> None:
        """Make the brush smaller by the step that led to its size."""
        radius = self._brush.radius_px
        # The step below a limit is the smaller one, so that smaller undoes larger.
        self._set_radius(radius - _step(radius * (1 - 1e-9)))

    def increase_hardness(self) -> None:
        """Make the edge crisper by a tenth."""
        self._set_hardness(self._brush.hardness + HARDNESS_STEP)

    def decrease_hardness(self) -> None:
        """Make the edge softer by a tenth."""
        self._set_hardness(self._brush.hardness - HARDNESS_STEP)

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke with a dab, or with a line from the last stroke if Shift is held."""
        if self._model is None or self._model.document is None:
            return
        erase = self._brush.erase or pointer.alt
        self._model.begin_stroke(Stroke(self._model.document, replace(self._brush, erase=erase)))
        if pointer.shift and self._last is not None:
            self._model.stroke_to(*self._last)
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Paint on to the pointer."""
        if self._model is not None and self._model.is_painting:
            self._model.stroke_to(pointer.x, pointer.y)
            self._last = (pointer.x, pointer.y)

    def release(self, pointer: Pointer) -> None:
        """Finish the stroke at the pointer."""
        if self._model is not None and self._model.is_painting:
            if self._last != (pointer.x, pointer.y):
                self.drag(pointer)
            self._model.end_stroke()

    def cancel(self) -> None:
        """Take the stroke back."""
        if self._model is not None:
            self._model.abort_stroke()

    def _forget_last(self) -> None:
        self._last = None

    def _set_radius(self, radius: float) -> None:
        radius = min(LARGEST_RADIUS_PX, max(SMALLEST_RADIUS_PX, radius))
        self.brush = replace(self._brush, radius_px=radius)

    def _set_hardness(self, hardness: float) -> None:
        hardness = min(1.0, max(0.0, round(hardness, 2)))
        self.brush = replace(self._brush, hardness=hardness)


def _step(radius: float) -> float:
    for limit, step in _RADIUS_STEPS:
        if radius < limit:
            return step
    return _RADIUS_STEPS[-1][1]
