"""Crop: a frame with handles over the picture, also beyond its edges, where it extends the picture.

A drag that begins outside the frame draws a new one. Shift keeps the proportions. Enter applies,
Escape puts the frame around the picture again. Edges near those of the picture snap to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen, QPolygonF

from app import theme
from app.tools.frame_marks import draw_handles, draw_outline
from app.tools.tool import Pointer, Sight, Tool
from editing.crop_frame import handle_places, resized, spanned
from editing.geometry import EMPTY, Rect

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPainter

    from app.models.crop_model import CropModel
    from app.models.document_model import DocumentModel
    from editing.history import Change

HANDLE_REACH_PX = 9
SNAP_PX = 6
CLICK_PX = 3
_MOVE, _NEW = -1, -2
_SHADE = QColor(0, 0, 0, 150)
_ADDED = QColor(theme.ACCENT)
_THIRDS = QColor(255, 255, 255, 110)


@dataclass(frozen=True)
class _Drag:
    """What the pointer does: a handle, or to move the frame, or to draw a new one."""

    handle: int
    x: float
    y: float
    frame: Rect


class CropTool(Tool):
    """Draws the frame of a model.

    Args:
        crop: the frame, shared with the fields of the options.
        apply: told to crop to a frame; whether an added border is outpainted.
    """

    def __init__(
        self,
        crop: CropModel,
        apply: Callable[[Rect, bool], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._crop, self._apply = crop, apply
        self._drag: _Drag | None = None
        self._hover: tuple[float, float] | None = None
        self._scale = 1.0
        self._shown_bounds = EMPTY
        crop.changed.connect(self._show_frame)
        crop.apply_asked.connect(self.confirm)
        crop.cancel_asked.connect(self.cancel)

    def set_model(self, model: DocumentModel | None) -> None:
        """Work on the document of this model from now on."""
        if self._model is not None:
            self._model.document_replaced.disconnect(self._reset)
            self._model.changed.disconnect(self._on_changed)
        super().set_model(model)
        if model is not None:
            model.document_replaced.connect(self._reset)
            model.changed.connect(self._on_changed)
        self._reset()

    @property
    def is_active(self) -> bool:
        """Whether a frame waits for Enter."""
        return self._drag is not None or self._crop.is_changed

    @property
    def takes_arrows(self) -> bool:
        """They move the frame by a pixel."""
        return self._crop.is_changed

    @property
    def cursor(self) -> Qt.CursorShape:
        """Says what a press would do."""
        shapes = Qt.CursorShape
        if self._hover is None:
            return shapes.CrossCursor
        zone = self._zone(*self._hover) if self._drag is None else self._drag.handle
        if zone == _MOVE:
            return shapes.SizeAllCursor
        if zone == _NEW:
            return shapes.CrossCursor
        return (
            shapes.SizeFDiagCursor,
            shapes.SizeVerCursor,
            shapes.SizeBDiagCursor,
            shapes.SizeHorCursor,
        )[zone % 4]

    def deactivate(self) -> None:
        """Another tool was chosen: the picture stays as it is."""
        self._reset()

    def press(self, pointer: Pointer) -> None:
        """Take hold of a handle or the frame, or begin a new one."""
        if self._crop.bounds.is_empty:
            return
        zone = self._zone(pointer.x, pointer.y)
        self._drag = _Drag(zone, pointer.x, pointer.y, self._crop.frame)

    def drag(self, pointer: Pointer) -> None:
        """Go on with it."""
        drag = self._drag
        self._hover = (pointer.x, pointer.y)
        if drag is None:
            return
        aspect = self._crop.aspect
        if aspect is None and pointer.shift:
            aspect = drag.frame.width / drag.frame.height
        if drag.handle == _MOVE:
            self._crop.set_frame(self._moved(drag, pointer))
        elif drag.handle == _NEW:
            # A click, even of an unsteady hand, draws no frame.
            if max(abs(pointer.x - drag.x), abs(pointer.y - drag.y)) * self._scale < CLICK_PX:
                return
            x0, y0 = self._snapped(drag.x, drag.y)
            self._crop.set_frame(spanned(x0, y0, *self._snapped(pointer.x, pointer.y), aspect))
        else:
            place = handle_places(drag.frame)[drag.handle]
            x, y = place[0] + pointer.x - drag.x, place[1] + pointer.y - drag.y
            frame = resized(drag.frame, drag.handle, *self._snapped(x, y), aspect)
            self._crop.set_frame(frame)

    def release(self, pointer: Pointer) -> None:
        """Let go; Enter crops."""
        drag = self._drag
        if drag is not None:
            self.drag(pointer)
            self._drag = None
            self.overlay_changed.emit()

    def double_click(self, pointer: Pointer) -> None:
        """Inside the frame: crop."""
        if self._crop.is_changed and self._zone(pointer.x, pointer.y) == _MOVE:
            self.confirm()
        else:
            self.press(pointer)

    def hover(self, pointer: Pointer) -> None:
        """The cursor tells what a press would do."""
        before = self.cursor
        self._hover = (pointer.x, pointer.y)
        if self.cursor != before:
            self.overlay_changed.emit()

    def nudge(self, dx: int, dy: int) -> None:
        """Move the frame by an arrow key."""
        self._crop.set_frame(self._crop.frame.translate(dx, dy))

    def cancel(self) -> None:
        """Put the frame around the whole picture."""
        self._reset()

    def confirm(self) -> bool:
        """Enter: crop."""
        if not self._crop.is_changed:
            return False
        self._drag = None
        self._apply(self._crop.frame, self._crop.outpaint and self._crop.adds_border)
        return True

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Darken what goes, tint what comes, and draw the frame."""
        self._scale = sight.scale
        crop = self._crop
        if crop.bounds.is_empty:
            return
        frame, picture = _on_screen(sight, crop.frame), _on_screen(sight, crop.bounds)
        inside, page = QPainterPath(), QPainterPath()
        inside.addRect(frame)
        page.addRect(picture)
        painter.fillPath(page.subtracted(inside), _SHADE)
        added = QColor(_ADDED)
        added.setAlpha(90)
        painter.fillPath(inside.subtracted(page), added)
        _draw_thirds(painter, frame)
        draw_outline(painter, QPolygonF(frame))
        places = handle_places(crop.frame)
        draw_handles(painter, QPolygonF([sight.to_widget(*place) for place in places]))

    def _reset(self) -> None:
        self._drag = None
        document = None if self._model is None else self._model.document
        self._crop.begin(EMPTY if document is None else document.bounds)

    def _on_changed(self, change: Change) -> None:
        document = None if self._model is None else self._model.document
        if change.kind == "document" and document and document.bounds != self._crop.bounds:
            self._reset()

    def _show_frame(self) -> None:
        """The shade lies around the frame, so nothing differs outside the old and the new one."""
        frame, bounds = self._crop.frame, self._crop.bounds
        self.show_at([(frame.x, frame.y, frame.right, frame.bottom)])
        if bounds != self._shown_bounds:
            self._shown_bounds = bounds
            self.overlay_changed.emit()

    def _zone(self, x: float, y: float) -> int:
        frame = self._crop.frame
        distances = [
            max(abs(place[0] - x), abs(place[1] - y)) * self._scale
            for place in handle_places(frame)
        ]
        # In a tiny frame the corners go first.
        for handle in (0, 2, 4, 6, 1, 3, 5, 7):
            if distances[handle] <= HANDLE_REACH_PX:
                return handle
        inside = frame.x <= x < frame.right and frame.y <= y < frame.bottom
        # Around the whole picture there is nothing to be moved: a drag draws a new frame.
        return _MOVE if inside and self._crop.is_changed else _NEW

    def _moved(self, drag: _Drag, pointer: Pointer) -> Rect:
        dx, dy = round(pointer.x - drag.x), round(pointer.y - drag.y)
        if pointer.shift:
            dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
        return drag.frame.translate(dx, dy)

    def _snapped(self, x: float, y: float) -> tuple[int, int]:
        bounds, reach = self._crop.bounds, SNAP_PX / self._scale
        return (
            _snap(x, (bounds.x, bounds.right), reach),
            _snap(y, (bounds.y, bounds.bottom), reach),
        )


def _snap(value: float, places: tuple[int, int], reach: float) -> int:
    for place in places:
        if abs(value - place) <= reach:
            return place
    return round(value)


def _on_screen(sight: Sight, rect: Rect) -> QRectF:
    return QRectF(sight.to_widget(rect.x, rect.y), sight.to_widget(rect.right, rect.bottom))


def _draw_thirds(painter: QPainter, frame: QRectF) -> None:
    painter.setPen(QPen(_THIRDS, 1))
    for part in (1 / 3, 2 / 3):
        x, y = frame.left() + frame.width() * part, frame.top() + frame.height() * part
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
