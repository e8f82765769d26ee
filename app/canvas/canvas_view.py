"""The canvas: the document view with a brush, a pointer and keys.

Moves are handed on as they come, so a stroke loses no point; painting is gathered by Qt into as
many frames as the screen can show.
"""

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPointF, Qt, Signal

from app.canvas.brush_cursor import draw_ring, ring_bounds
from app.canvas.document_view import DocumentView
from app.canvas.pointer_input import PointerInput
from app.tools.brush_tool import BrushTool
from app.tools.tool import Pointer

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QPainter,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QWidget

    from app.models.document_model import DocumentModel
    from editing.brush import Brush

ZOOM_PER_NOTCH = 1.2
NOTCH = 120
"""Wheel angle of one notch, in eighths of a degree."""


class CanvasView(DocumentView):
    """Shows the document and paints its mask.

    Signals:
        cursor_moved: x and y of the pointer in document pixels.
        brush_changed: the brush is another one.
    """

    cursor_moved = Signal(float, float)
    brush_changed = Signal()

    def __init__(self, parent: "QWidget | None" = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture"))
        self.setAccessibleDescription(
            self.tr("Paint the region to be redone; hold Space and drag to move the view.")
        )
        self._hover: QPointF | None = None
        self.tool = BrushTool(self)
        self.tool.brush_changed.connect(self._on_brush_changed)
        self.zoom_changed.connect(self._update_cursor)
        self._input = PointerInput(self.tool)
        self._update_cursor()

    def set_model(self, model: "DocumentModel | None") -> None:
        """Show and paint on the document of this model from now on."""
        self.tool.set_model(model)
        super().set_model(model)
        self._update_cursor()

    @property
    def brush(self) -> "Brush":
        """The brush of the next stroke."""
        return self.tool.brush

    @brush.setter
    def brush(self, brush: "Brush") -> None:
        self.tool.brush = brush

    def paint_over(self, painter: "QPainter") -> None:
        """Draw the brush ring."""
        if self._hover is not None and self._shows_ring:
            draw_ring(painter, self._hover, self._ring_radius)

    def mousePressEvent(self, event: "QMouseEvent") -> None:
        """Qt: begin a stroke, or to move the view."""
        event.setAccepted(self._input.press(event, self._pointer(event)))
        self._update_cursor()

    def mouseMoveEvent(self, event: "QMouseEvent") -> None:
        """Qt: go on with it, and show the ring here."""
        delta = self._input.move(event, self._pointer(event))
        if delta is not None:
            self.move_view(delta.x(), delta.y())
        self._move_ring(event.position())
        self.cursor_moved.emit(*self.to_document(event.position()))

    def mouseReleaseEvent(self, event: "QMouseEvent") -> None:
        """Qt: end it."""
        self._input.release(event, self._pointer(event))
        self._update_cursor()

    def mouseDoubleClickEvent(self, event: "QMouseEvent") -> None:
        """Qt: the second of two quick presses is a press like any other."""
        self.mousePressEvent(event)

    def wheelEvent(self, event: "QWheelEvent") -> None:
        """Qt: zoom at the pointer."""
        notches = event.angleDelta().y() / NOTCH
        if notches:
            self.set_zoom(self.zoom * ZOOM_PER_NOTCH**notches, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Qt: in mid-stroke, Escape belongs to the stroke and not to a shortcut."""
        if event.type() == QEvent.Type.ShortcutOverride:
            key = cast("QKeyEvent", event).key()
            if key == Qt.Key.Key_Space or (key == Qt.Key.Key_Escape and self.tool.is_active):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: "QKeyEvent") -> None:
        """Qt: Space moves the view, Escape gives the stroke up."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._input.press_space()
                self._update_cursor()
        elif event.key() == Qt.Key.Key_Escape and self.tool.is_active:
            self.tool.cancel()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: "QKeyEvent") -> None:
        """Qt: Space went up."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._input.release_space()
                self._update_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: "QFocusEvent") -> None:
        """Qt: the release of Space would go elsewhere."""
        self._input.release_space()
        self._update_cursor()
        super().focusOutEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: no ring without a pointer."""
        self._move_ring(None)
        super().leaveEvent(event)

    def _pointer(self, event: "QMouseEvent") -> Pointer:
        """The pointer in document pixels."""
        x, y = self.to_document(event.position())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        return Pointer(x, y, shift, alt)

    @property
    def _ring_radius(self) -> float:
        """Of the brush on the screen, in widget pixels."""
        return self.brush.radius_px * self.zoom / self.devicePixelRatioF()

    @property
    def _shows_ring(self) -> bool:
        return (
            self._model is not None
            and self._model.document is not None
            and not self._input.can_move_view
            and not self._input.is_moving_view
        )

    def _move_ring(self, position: QPointF | None) -> None:
        for place in (self._hover, position):
            if place is not None:
                self.update_part(ring_bounds(place, self._ring_radius))
        self._hover = position

    def _on_brush_changed(self) -> None:
        self.update()
        self._update_cursor()
        self.brush_changed.emit()

    def _update_cursor(self) -> None:
        if self._model is None or self._model.document is None:
            shape = Qt.CursorShape.ArrowCursor
        elif self._input.is_moving_view:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._input.can_move_view:
            shape = Qt.CursorShape.OpenHandCursor
        else:
            shape = Qt.CursorShape.BlankCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)
            self.update()
