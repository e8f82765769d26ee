"""Clone stamp: Alt-click (or Ctrl-click) names the source, strokes paint with what is there.

An aligned stamp keeps the distance between source and brush from stroke to stroke; otherwise each
stroke begins at the source again. A cross marks what would be painted with.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF
from PySide6.QtGui import QColor, QPen

from app.models.brush_model import BrushModel
from app.models.document_model import DocumentModel
from app.tools.overlay_parts import around
from app.tools.stroke_tool import StrokeTool
from app.tools.tool import Pointer, Sight
from editing.clone import CloneStroke

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

_ARM = 7.0
_DARK = QColor(0, 0, 0, 190)
_LIGHT = QColor(255, 255, 255, 235)


class CloneTool(StrokeTool):
    """Strokes of the brush of a model with another part of the picture."""

    def __init__(self, brush: BrushModel, parent: QObject | None = None) -> None:
        super().__init__(brush, parent)
        self._source: tuple[float, float] | None = None
        self._offset: tuple[int, int] | None = None
        self._marked: tuple[float, float] | None = None
        brush.paint.clone_aligned_changed.connect(self._forget_offset)

    @property
    def source(self) -> tuple[float, float] | None:
        """Where the cross is, in document pixels."""
        return self._marked

    def set_model(self, model: DocumentModel | None) -> None:
        """Work on the document of this model; another document has no source yet."""
        if self._model is not None:
            self._model.document_replaced.disconnect(self._forget_source)
        if model is not self._model and model is not None:
            model.document_replaced.connect(self._forget_source)
        super().set_model(model)

    def press(self, pointer: Pointer) -> None:
        """Name the source, or begin to paint with it."""
        if self._model is None or self._model.document is None:
            return
        if pointer.alt or pointer.control:
            self._source = self._marked = (pointer.x, pointer.y)
            self._offset = None
            self._parts = [around(self._marked)]
            self.overlay_changed.emit()
            return
        if self._source is None:
            self.refused.emit(self.tr("Alt-click the place to copy from first."))
            return
        if self._offset is None:
            self._offset = (
                round(self._source[0] - pointer.x),
                round(self._source[1] - pointer.y),
            )
        document, (dx, dy) = self._model.document, self._offset
        options = self._brush.paint
        if self.begin(
            lambda: CloneStroke(document, self._brush.brush, dx, dy, all_layers=options.clone_all)
        ):
            self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Paint on to the pointer; the cross goes along."""
        super().drag(pointer)
        self._mark(pointer)

    def release(self, pointer: Pointer) -> None:
        """End the stroke."""
        if self.is_active:
            self.let_go()
            self.drag(pointer)
        super().release(pointer)
        if not self._brush.paint.clone_aligned:
            self._forget_offset()

    def hover(self, pointer: Pointer) -> None:
        """Show what a press would paint with."""
        self._mark(pointer)

    def draw(self, painter: "QPainter", sight: Sight) -> None:
        """Draw the cross at the source."""
        if self._marked is None:
            return
        place = sight.to_widget(*self._marked)
        for colour, width in ((_DARK, 3.0), (_LIGHT, 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(place - QPointF(_ARM, 0), place + QPointF(_ARM, 0))
            painter.drawLine(place - QPointF(0, _ARM), place + QPointF(0, _ARM))

    def _mark(self, pointer: Pointer) -> None:
        if self._offset is not None:
            self._marked = (pointer.x + self._offset[0], pointer.y + self._offset[1])
            self.show_at([around(self._marked)])

    def _forget_offset(self) -> None:
        self._offset = None
        self._marked = self._source
        self._parts = [] if self._marked is None else [around(self._marked)]
        self.overlay_changed.emit()

    def _forget_source(self) -> None:
        self._source = None
        self._forget_offset()
