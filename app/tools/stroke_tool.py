"""What the tools share that paint strokes: the brush and its ring, and the stroke under way."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt

from app.models.brush_model import BrushModel
from app.tools.tool import Pointer, Tool
from editing.brush import PaintStroke
from editing.errors import EditingError


class StrokeTool(Tool):
    """A tool with the brush of a model.

    Args:
        brush: the model.
    """

    def __init__(self, brush: BrushModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._brush = brush
        self._stroke: PaintStroke | None = None
        brush.changed.connect(self.overlay_changed)

    @property
    def ring_radius(self) -> float | None:
        """Of the brush, in document pixels."""
        return self._brush.radius

    @property
    def cursor(self) -> Qt.CursorShape:
        """The ring is the cursor."""
        return Qt.CursorShape.BlankCursor

    @property
    def is_active(self) -> bool:
        """Whether a stroke is under way."""
        return self._stroke is not None and self._model is not None and self._model.is_painting

    def begin(self, make: Callable[[], PaintStroke]) -> bool:
        """Begin a stroke, or tell why there can be none; whether there is one."""
        if self._model is None:
            return False
        try:
            stroke = make()
        except EditingError as error:
            self.refused.emit(error.sentence)
            return False
        self._model.begin_stroke(stroke)
        self._stroke = stroke
        return True

    def let_go(self) -> None:
        """Bring a smoothed stroke to the pointer with its next point."""
        if self._stroke is not None:
            self._stroke.let_go()

    def drag(self, pointer: Pointer) -> None:
        """Paint on to the pointer."""
        if self._model is not None and self.is_active:
            self._model.stroke_to(pointer.x, pointer.y, pointer.pen)

    def release(self, pointer: Pointer) -> None:  # noqa: ARG002
        """End the stroke."""
        if self._model is not None and self.is_active:
            self._model.end_stroke()
        self._stroke = None

    def cancel(self) -> None:
        """Take the stroke back."""
        if self._model is not None and self.is_active:
            self._model.abort_stroke()
        self._stroke = None
