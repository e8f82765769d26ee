"""Free transform: scale at the handles, turn outside, move inside, distort with Ctrl.

Shift keeps the proportions, or turns in steps of 15 degrees; Alt scales about the middle; Ctrl
pulls at one corner, or skews at an edge. Enter applies, Escape cancels, another tool applies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPolygonF

from app.tools.floating_edit import FloatingEdit, Stage
from app.tools.frame_marks import draw_handles, draw_outline, draw_turn, turn_parts
from app.tools.overlay_parts import around
from app.tools.tool import Pointer, Sight, Tool
from editing.placing import Placer, Shift, Transform
from editing.quad import (
    centre,
    contains,
    dragged_handle,
    handle_points,
    moved,
    pulled,
    rotated,
)
from editing.warp import Points, corners_of, matrix_between, warped_bounds

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPainter

    from app.jobs.document_work import DocumentWork
    from app.models.document_model import DocumentModel
    from app.models.transform_model import TransformModel
    from editing.geometry import Rect

HANDLE_REACH_PX = 9.0
"""How near to a handle a press counts, in widget pixels."""
TURN_STEP = 15.0
_MOVE, _TURN = -1, -2
_FILTER_COST = 4


@dataclass(frozen=True)
class _Drag:
    """What the pointer does: a place in ``HANDLES``, or to move or turn all."""

    handle: int
    x: float
    y: float
    corners: Points


class TransformTool(Tool):
    """Transforms what the target and the selection say.

    Args:
        frame: shared with the fields of the options.
        work: makes the edits.
        stage: shows the document without what is being transformed.
    """

    def __init__(
        self,
        frame: TransformModel,
        work: DocumentWork,
        stage: Stage,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._frame = frame
        self._edit = FloatingEdit(work, stage, self)
        self._edit.ended.connect(self._on_ended)
        self._drag: _Drag | None = None
        self._scale = 1.0
        self._hover: tuple[float, float] | None = None
        frame.changed.connect(self._show_frame)
        frame.apply_asked.connect(self.apply)
        frame.cancel_asked.connect(self.cancel)

    @property
    def is_active(self) -> bool:
        """Whether something is being transformed."""
        return self._edit.is_active and not self._edit.is_busy

    @property
    def takes_arrows(self) -> bool:
        """They move by a pixel, once something is picked up."""
        return self.is_active

    @property
    def cursor(self) -> Qt.CursorShape:
        """Says what a press would do."""
        if not self.is_active:
            return Qt.CursorShape.ArrowCursor
        if self._hover is None:
            return Qt.CursorShape.CrossCursor
        zone = self._zone(*self._hover) if self._drag is None else self._drag.handle
        if zone == _MOVE:
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.CrossCursor if zone == _TURN else self._scale_cursor(zone)

    def set_model(self, model: DocumentModel | None) -> None:
        """Work on the document of this model from now on."""
        if model is not self._model:
            self.apply()
        super().set_model(model)

    def activate(self) -> None:
        """Pick up what is there, if there is something."""
        self._begin()

    def deactivate(self) -> None:
        """Another tool was chosen: what was tried out is made."""
        self.apply()

    def press(self, pointer: Pointer) -> None:
        """Take hold of a handle, of all, or turn; or pick something up."""
        if not self.is_active:
            self._begin()
            return
        zone = self._zone(pointer.x, pointer.y)
        self._drag = _Drag(zone, pointer.x, pointer.y, self._frame.corners)

    def drag(self, pointer: Pointer) -> None:
        """Go on with it."""
        drag = self._drag
        self._hover = (pointer.x, pointer.y)
        if drag is None:
            return
        if drag.handle == _MOVE:
            dx, dy = round(pointer.x - drag.x), round(pointer.y - drag.y)
            if pointer.shift:
                dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
            self._frame.set_corners(moved(drag.corners, dx, dy))
        elif drag.handle == _TURN:
            self._frame.set_corners(_turned(drag, pointer))
        else:
            self._frame.set_corners(_scaled(drag, pointer))

    def release(self, pointer: Pointer) -> None:
        """Let go; the edit is made by Enter."""
        if self._drag is not None:
            self.drag(pointer)
            self._drag = None
            self.overlay_changed.emit()

    def double_click(self, pointer: Pointer) -> None:
        """Inside the frame: apply."""
        if self.is_active and contains(self._frame.corners, pointer.x, pointer.y):
            self.apply()
        else:
            self.press(pointer)

    def hover(self, pointer: Pointer) -> None:
        """The cursor tells what a press would do."""
        before, self._hover = self._hover, (pointer.x, pointer.y)
        if self.is_active:
            self.overlay_moved.emit(turn_parts(self._scale, before, self._hover))

    def nudge(self, dx: int, dy: int) -> None:
        """Move by an arrow key."""
        if self.is_active:
            self._frame.set_corners(moved(self._frame.corners, dx, dy))

    def cancel(self) -> None:
        """Put it back as it was."""
        if self.is_active:
            self._edit.drop()

    def confirm(self) -> bool:
        """Enter: apply."""
        if not self.is_active:
            return False
        self.apply()
        return True

    def apply(self) -> None:
        """Make the edit."""
        self._drag = None
        if not self.is_active:
            return
        if not self._frame.is_changed:
            self._edit.drop()
            return
        place = self._frame.place
        placer, bounds = _placer(place, self._frame.corners)
        self._edit.put_down(
            placer,
            self.tr("Transform"),
            self.tr("Transforming…"),
            place.area + _FILTER_COST * bounds.area,
        )

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw what is transformed, its frame and the handles."""
        self._scale = sight.scale
        if not self._edit.is_active or not self._frame.is_active:
            return
        corners = self._frame.corners
        self._edit.draw(painter, sight, corners)
        draw_outline(painter, _polygon(sight, corners))
        if self._edit.is_busy:
            return
        draw_handles(painter, _polygon(sight, handle_points(corners)))
        middle = sight.to_widget(*centre(corners).tolist())
        draw_handles(painter, QPolygonF([middle]), is_round=True)
        if self._hover is not None and self._is_turning(*self._hover):
            draw_turn(painter, sight.to_widget(*self._hover))

    def _begin(self) -> None:
        if self._model is not None and self._edit.begin(self._model):
            self._frame.begin(self._edit.place)

    def _on_ended(self) -> None:
        self._drag = None
        self._frame.end()

    def _show_frame(self) -> None:
        if not self._frame.is_active:
            self._parts = []
            self.overlay_changed.emit()
            return
        part = around(*((float(x), float(y)) for x, y in self._frame.corners))
        self.show_at([part, *turn_parts(self._scale, self._hover)])

    def _is_turning(self, x: float, y: float) -> bool:
        return self._zone(x, y) == _TURN if self._drag is None else self._drag.handle == _TURN

    def _zone(self, x: float, y: float) -> int:
        corners = self._frame.corners
        points = handle_points(corners)
        distances = np.hypot(points[:, 0] - x, points[:, 1] - y) * self._scale
        is_inside = contains(corners, x, y)
        reach = HANDLE_REACH_PX
        if is_inside:
            # The handles of a small frame leave room to take hold of the frame itself.
            sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
            reach = min(reach, float(sides.min()) * self._scale / 4)
        # Corners go before edges.
        for handle in (0, 2, 4, 6, 1, 3, 5, 7):
            if distances[handle] <= reach:
                return handle
        return _MOVE if is_inside else _TURN

    def _scale_cursor(self, handle: int) -> Qt.CursorShape:
        away = handle_points(self._frame.corners)[handle] - centre(self._frame.corners)
        eighth = round(math.degrees(math.atan2(away[1], away[0])) / 45) % 4
        shapes = Qt.CursorShape
        return (
            shapes.SizeHorCursor,
            shapes.SizeFDiagCursor,
            shapes.SizeVerCursor,
            shapes.SizeBDiagCursor,
        )[eighth]


def _turned(drag: _Drag, pointer: Pointer) -> Points:
    x, y = centre(drag.corners)
    before = math.atan2(drag.y - y, drag.x - x)
    degrees = math.degrees(math.atan2(pointer.y - y, pointer.x - x) - before)
    if pointer.shift:
        degrees = round(degrees / TURN_STEP) * TURN_STEP
    return rotated(drag.corners, degrees)


def _scaled(drag: _Drag, pointer: Pointer) -> Points:
    # The handle keeps its distance from the pointer, and lands on whole pixels.
    start = handle_points(drag.corners)[drag.handle]
    x = round(start[0] + pointer.x - drag.x)
    y = round(start[1] + pointer.y - drag.y)
    if pointer.control:
        return pulled(drag.corners, drag.handle, x, y)
    return dragged_handle(
        drag.corners,
        drag.handle,
        x,
        y,
        keeps_aspect=pointer.shift,
        from_centre=pointer.alt,
    )


def _placer(place: Rect, corners: Points) -> tuple[Placer, Rect]:
    """How it is put down; a mere move by whole pixels is exact."""
    before = corners_of(place)
    step = corners[0] - before[0]
    if np.allclose(corners, before + np.rint(step), atol=1e-6):
        dx, dy = round(step[0]), round(step[1])
        return Shift(dx, dy), place.translate(dx, dy)
    matrix = matrix_between(before, corners)
    return Transform(matrix), warped_bounds(place, matrix)


def _polygon(sight: Sight, points: Points) -> QPolygonF:
    return QPolygonF([sight.to_widget(float(x), float(y)) for x, y in points])
