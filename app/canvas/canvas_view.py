"""The canvas: the document view with a tool, a pointer and keys.

Moves are handed on as they come, so a stroke loses no point; painting is gathered by Qt into as
many frames as the screen can show.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QPointingDevice, QTabletEvent

from app.canvas.brush_cursor import draw_ring, ring_bounds
from app.canvas.document_view import DocumentView
from app.canvas.overlay_region import region_of
from app.canvas.pen_taps import Taps
from app.canvas.pointer_input import PointerInput
from app.tools.tool import Pointer, Tool
from editing.gesture import MOUSE, Pen

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QPainter,
        QSinglePointEvent,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QWidget

    from app.models.document_model import DocumentModel
    from app.tools.overlay_parts import Part

ZOOM_PER_NOTCH = 1.2
NOTCH = 120
"""Wheel angle of one notch, in eighths of a degree."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_FAR = 10
"""Steps of an arrow key with Shift."""
_PEN_ENDS = (QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TOOL_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Backspace, *_ENTER)


class CanvasView(DocumentView):
    """Shows the document and hands the pointer to a tool.

    Signals:
        cursor_moved: x and y of the pointer in document pixels; both -1 when it leaves.
    """

    cursor_moved = Signal(float, float)

    def __init__(self, parent: "QWidget | None" = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture"))
        self.setAccessibleDescription(
            self.tr("Paint the region to be redone; hold Space and drag to move the view.")
        )
        self._hover: QPointF | None = None
        self._pen, self._pen_is_down, self._taps = MOUSE, False, Taps()
        self._tool = Tool(self)
        self._tool.overlay_changed.connect(self._on_overlay_changed)
        self._tool.overlay_moved.connect(self._on_overlay_moved)
        self._input = PointerInput(self._tool)
        self.zoom_changed.connect(self._update_cursor)
        self._update_cursor()

    def set_model(self, model: "DocumentModel | None") -> None:
        """Show and paint on the document of this model from now on."""
        self._tool.set_model(model)
        super().set_model(model)
        self._update_cursor()

    @property
    def tool(self) -> Tool:
        """What the left button does."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Use another tool; the present one ends what it was doing."""
        if tool is self._tool:
            return
        self._tool.deactivate()
        self._tool.overlay_changed.disconnect(self._on_overlay_changed)
        self._tool.overlay_moved.disconnect(self._on_overlay_moved)
        self._tool.set_model(None)
        self._tool = tool
        self._input.set_tool(tool)
        tool.set_model(self._model)
        tool.overlay_changed.connect(self._on_overlay_changed)
        tool.overlay_moved.connect(self._on_overlay_moved)
        tool.activate()
        self._on_overlay_changed()

    @property
    def scale(self) -> float:
        """Widget pixels per document pixel."""
        return self.zoom / self.devicePixelRatioF()

    def to_widget(self, x: float, y: float) -> QPointF:
        """Widget coordinates of a document point."""
        ratio = self.devicePixelRatioF()
        device_x, device_y = self.transform.to_device(x, y)
        return QPointF(device_x / ratio, device_y / ratio)

    def paint_over(self, painter: "QPainter") -> None:
        """Draw what the tool shows, and the ring of a brush."""
        if self._model is not None and self._model.document is not None:
            self._tool.draw(painter, self)
        radius = self._ring_radius
        if self._hover is not None and radius is not None and self._shows_ring:
            draw_ring(painter, self._hover, radius)

    def mousePressEvent(self, event: "QMouseEvent") -> None:
        """Qt: begin a stroke, or to move the view."""
        if self._is_of_pen(event):
            event.accept()
            return
        event.setAccepted(self._input.press(event, self._pointer(event)))
        self._update_cursor()

    def mouseDoubleClickEvent(self, event: "QMouseEvent") -> None:
        """Qt: the second of two quick presses."""
        if self._is_of_pen(event):
            event.accept()
            return
        event.setAccepted(self._input.press(event, self._pointer(event), is_double=True))
        self._update_cursor()

    def mouseMoveEvent(self, event: "QMouseEvent") -> None:
        """Qt: go on with it, and show the ring here."""
        if not self._is_of_pen(event):
            self._move_pointer(event, self._pointer(event))

    def mouseReleaseEvent(self, event: "QMouseEvent") -> None:
        """Qt: end it."""
        if not self._is_of_pen(event):
            self._input.release(event, self._pointer(event))
            self._update_cursor()

    def tabletEvent(self, event: "QTabletEvent") -> None:
        """Qt: the same with a pen. It is always accepted, or Qt would make a mouse event of it."""
        pointer = self._pointer(event)
        kind = event.type()
        if kind == QEvent.Type.TabletPress:
            self._pen_is_down = True
            self._pen = pointer.pen
            self._input.press(event, pointer, is_double=self._taps.is_second(event))
        elif kind == QEvent.Type.TabletMove:
            self._pen = pointer.pen
            self._pen_is_down = bool(event.buttons())
            self._move_pointer(event, pointer)
        elif kind == QEvent.Type.TabletRelease:
            # A pen that was lifted presses no more; the stroke ends as hard as it was drawn.
            self._input.release(event, replace(pointer, pen=self._pen))
            self._pen_is_down = bool(event.buttons())
        self._update_cursor()
        event.accept()

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
            if (
                key == Qt.Key.Key_Space
                or (key in _TOOL_KEYS and self._tool.is_active)
                or (key in _ARROWS and self._tool.takes_arrows)
            ):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: "QKeyEvent") -> None:
        """Qt: Space moves the view, Escape gives the stroke up."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._input.press_space()
                self._update_cursor()
        elif event.key() == Qt.Key.Key_Escape and self._tool.is_active:
            self._tool.cancel()
        elif (event.key() in _ENTER and self._tool.confirm()) or (
            event.key() == Qt.Key.Key_Backspace and self._tool.step_back()
        ):
            event.accept()
        elif event.key() in _ARROWS and self._tool.takes_arrows:
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            dx, dy = _ARROWS[Qt.Key(event.key())]
            self._tool.nudge(dx * _FAR if far else dx, dy * _FAR if far else dy)
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
        """Qt: no ring without a pointer, and no place."""
        self._move_ring(None)
        self.cursor_moved.emit(-1.0, -1.0)
        super().leaveEvent(event)

    def _move_pointer(self, event: "QSinglePointEvent", pointer: Pointer) -> None:
        """Go on with a gesture, and show the ring here."""
        delta = self._input.move(event, pointer)
        if delta is not None:
            self.move_view(delta.x(), delta.y())
        self._move_ring(event.position())
        self.cursor_moved.emit(*self.to_document(event.position()))

    def _is_of_pen(self, event: "QMouseEvent") -> bool:
        """Whether a mouse event only repeats what a pen has said."""
        kind = event.pointingDevice().pointerType()
        return self._pen_is_down or kind in _PEN_ENDS

    def _pointer(self, event: "QSinglePointEvent") -> Pointer:
        """The pointer in document pixels."""
        x, y = self.to_document(event.position())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not isinstance(event, QTabletEvent):
            return Pointer(x, y, shift, alt, control)
        pen = Pen(event.pressure(), event.xTilt(), event.yTilt())
        eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        return Pointer(x, y, shift, alt, control, pen, eraser)

    @property
    def _ring_radius(self) -> float | None:
        """Of the brush on the screen, in widget pixels."""
        radius = self._tool.ring_radius
        return None if radius is None else radius * self.scale

    @property
    def _shows_ring(self) -> bool:
        return (
            self._model is not None
            and self._model.document is not None
            and not self._input.can_move_view
            and not self._input.is_moving_view
        )

    def _move_ring(self, position: QPointF | None) -> None:
        radius = self._ring_radius
        for place in (self._hover, position):
            if place is not None and radius is not None:
                self.update_part(ring_bounds(place, radius))
        self._hover = position

    def _on_overlay_changed(self) -> None:
        self.update()
        self._update_cursor()

    def _on_overlay_moved(self, parts: "list[Part]") -> None:
        """Paint only where the drawing of the tool was and is."""
        self.update(region_of(parts, self, self.rect()))
        self._update_cursor()

    def _update_cursor(self) -> None:
        if self._model is None or self._model.document is None:
            shape = Qt.CursorShape.ArrowCursor
        elif self._input.is_moving_view:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._input.can_move_view:
            shape = Qt.CursorShape.OpenHandCursor
        else:
            shape = self._tool.cursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)
            self.update()
