"""The lasso: what the pointer goes around is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainterPath

from app.tools import overlay_parts
from app.tools.select_outline import draw_path, polyline
from app.tools.select_tool import SelectTool, mode_for
from editing import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter

    from app.tools.tool import Pointer, Sight
    from editing.shapes import Point

_LEAST_STEP_PX = 0.7
"""Points of a line closer than this, in widget pixels, cannot be told apart."""


class SelectLassoTool(SelectTool):
    """A line drawn by hand; it closes by itself."""

    _points: tuple[Point, ...] | list[Point] = ()

    @property
    def is_active(self) -> bool:
        """Whether a line is being drawn, or the selection moved."""
        return bool(self._points) or super().is_active

    def press(self, pointer: Pointer) -> None:
        """Begin the line, or to move the selection."""
        if self.document is None or self.begin_move(pointer):
            return
        self._mode = mode_for(pointer, self._options.mode)
        self._points = [(pointer.x, pointer.y)]

    def drag(self, pointer: Pointer) -> None:
        """Draw the line on to the pointer."""
        if not isinstance(self._points, list):
            super().drag(pointer)
            return
        x, y = self._points[-1]
        step = max(abs(pointer.x - x), abs(pointer.y - y)) * self._scale
        if step >= _LEAST_STEP_PX:
            self._points.append((pointer.x, pointer.y))
            self.overlay_moved.emit([overlay_parts.around(*self._points[-2:])])

    def release(self, pointer: Pointer) -> None:
        """Close the line and select what it encloses; a click selects nothing."""
        if not isinstance(self._points, list):
            super().release(pointer)
            return
        self.drag(pointer)
        points, self._points = self._points, ()
        if len(points) > 2:
            self.select_polygon(points, self.tr("Lasso"))
        elif self._mode == "replace":
            self.deselect()
        self.overlay_changed.emit()

    def cancel(self) -> None:
        """Give the line up."""
        self._points = ()
        super().cancel()

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw the line."""
        super().draw(painter, sight)
        if len(self._points) > 1:
            path = QPainterPath()
            path.addPolygon(polyline(self._points, sight))
            draw_path(painter, path)

    def select_polygon(self, points: Sequence[Point], name: str) -> None:
        """Select what a closed line encloses."""
        antialias = self._options.antialias
        across, down = [x for x, _ in points], [y for _, y in points]
        self.select(
            lambda document: shapes.polygon(points, document.bounds, antialias=antialias),
            name,
            (max(across) - min(across)) * (max(down) - min(down)),
            feather=True,
        )
