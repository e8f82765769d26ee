"""Brush and eraser: paint what the document's target is.

Shift at the press draws straight from the end of the last stroke; Shift in the middle of a stroke
keeps it level, upright or at 45 degrees. Alt erases for one stroke on a region; on a layer it takes
the colour from the picture instead, as other programs do. The far end of a pen erases.
"""

from PySide6.QtCore import QObject, Qt, Signal

from app.models.brush_model import BrushModel
from app.models.document_model import DocumentModel
from app.tools.tool import Pointer, Tool
from editing.brush import Brush, Stroke


class BrushTool(Tool):
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
        super().__init__(parent)
        self._brush = BrushModel(self) if brush_model is None else brush_model
        self._last: tuple[float, float] | None = None
        self._brush.changed.connect(self.brush_changed)
        self._brush.changed.connect(self.overlay_changed)

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
        return self._brush.radius

    @property
    def cursor(self) -> Qt.CursorShape:
        """The ring is the cursor."""
        return Qt.CursorShape.BlankCursor

    @property
    def brush(self) -> Brush:
        """The brush of the next stroke."""
        return self._brush.brush

    @brush.setter
    def brush(self, brush: Brush) -> None:
        self._brush.brush = brush

    @property
    def is_active(self) -> bool:
        """Whether a stroke is under way."""
        return self._model is not None and self._model.is_painting

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
        from dataclasses import replace

        erase = self._brush.erase or pointer.alt
        self._model.begin_stroke(Stroke(self._model.document, replace(self.brush, erase=erase)))
        if pointer.shift and self._last is not None:
            self._model.stroke_to(*self._last)
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Paint on to the pointer."""
        if self._model is not None and self._model.is_painting:
            self._model.stroke_to(pointer.x, pointer.y, pointer.pen)
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
