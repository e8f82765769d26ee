"""The polygon: a corner by each click.

Enter, a double click or a click at the first corner closes it, Backspace takes the last corner
back, Escape gives it up. With Shift a line goes straight, across or at 45 degrees.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtGui import QPainterPath

from app.tools import overlay_parts
from app.tools.select_lasso import SelectLassoTool
from app.tools.select_outline import draw_handle, draw_path, polyline

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.tools.tool import Pointer, Sight
    from editing.shapes import Point

_CATCH_PX = 9.0
"""A click so near to the first corner, in widget pixels, means that one."""

_EIGHTH = math.pi / 4


class SelectPolygonTool(SelectLassoTool):
    """Straight lines from click to click."""

    _place: Point = (0.0, 0.0)

    def press(self, pointer: Pointer) -> None:
        """Put a corner down, or close the polygon."""
        if isinstance(self._points, list):
            if len(self._points) > 2 and self._is_at_first(pointer):
                self.confirm()
            else:
                self._points.append(self._corner(pointer, self._points[-1]))
        else:
            super().press(pointer)
        self._follow(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Move the corner that was just put down."""
        if not isinstance(self._points, list):
            super().drag(pointer)
            return
        if len(self._points) > 1:
            self._points[-1] = self._corner(pointer, self._points[-2])
        self._follow(pointer)

    def release(self, pointer: Pointer) -> None:
        """The corner stays."""
        if not isinstance(self._points, list):
            super().release(pointer)

    def hover(self, pointer: Pointer) -> None:
        """Let the line to the next corner follow the pointer."""
        if self._points:
            self._follow(pointer)

    def double_click(self, pointer: Pointer) -> None:
        """Close the polygon; the first of both presses has put the last corner down."""
        if self._points:
            self.confirm()
        else:
            self.press(pointer)

    def confirm(self) -> bool:
        """Close the polygon."""
        points, self._points = self._points, ()
        if len(points) > 2:
            self.select_polygon(points, self.tr("Select polygon"))
        elif points and self._mode == "replace":
            self.deselect()
        self.overlay_changed.emit()
        return bool(points)

    def step_back(self) -> bool:
        """Take the last corner back."""
        if not isinstance(self._points, list):
            return False
        self._points.pop()
        if not self._points:
            self._points = ()
        self.overlay_changed.emit()
        return True

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw the lines, the corners, and the line to the pointer."""
        self._scale = sight.scale
        if not self._points:
            super().draw(painter, sight)
            return
        path = QPainterPath()
        path.addPolygon(polyline([*self._points, self._place], sight))
        draw_path(painter, path)
        for corner in self._points[1:]:
            draw_handle(painter, sight.to_widget(*corner))
        closes = len(self._points) > 2 and self._near(self._points[0], self._place)
        draw_handle(painter, sight.to_widget(*self._points[0]), marked=closes)

    def _follow(self, pointer: Pointer) -> None:
        self._place = (pointer.x, pointer.y)
        if self._points:
            self._place = self._corner(pointer, self._points[-1])
            parts = overlay_parts.along([*self._points[-2:], self._place])
            self.show_at([*parts, overlay_parts.around(self._points[0])])
        else:
            self.overlay_changed.emit()

    @staticmethod
    def _corner(pointer: Pointer, last: Point) -> Point:
        """Where the next corner goes."""
        if not pointer.shift:
            return pointer.x, pointer.y
        away = pointer.x - last[0], pointer.y - last[1]
        turn = round(math.atan2(away[1], away[0]) / _EIGHTH) * _EIGHTH
        length = away[0] * math.cos(turn) + away[1] * math.sin(turn)
        return last[0] + length * math.cos(turn), last[1] + length * math.sin(turn)

    def _is_at_first(self, pointer: Pointer) -> bool:
        return self._near(self._points[0], (pointer.x, pointer.y))

    def _near(self, corner: Point, place: Point) -> bool:
        away = max(abs(corner[0] - place[0]), abs(corner[1] - place[1]))
        return away * self._scale <= _CATCH_PX
