"""Frames and handles over the picture: light lines with a dark edge, seen on any picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen, QPolygonF

from app import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.tools.overlay_parts import Part

HANDLE_PX = 9.0
TURN_PX = 8.0
"""Radius of the bent arrow."""
_DARK = QColor(0, 0, 0, 160)
_LIGHT = QColor(theme.ON_ACCENT)
_FILL = QColor(theme.ACCENT)


def draw_outline(painter: QPainter, corners: QPolygonF) -> None:
    """A closed line through widget points."""
    painter.save()
    painter.setRenderHint(painter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_DARK, 3.0), (_LIGHT, 1.2)):
        painter.setPen(_pen(colour, width))
        painter.drawPolygon(corners)
    painter.restore()


def draw_handles(painter: QPainter, points: QPolygonF, *, is_round: bool = False) -> None:
    """Small squares, or discs, at widget points."""
    painter.save()
    painter.setRenderHint(painter.RenderHint.Antialiasing)
    painter.setBrush(_FILL)
    half = HANDLE_PX / 2
    for index in range(points.size()):
        point = points.at(index)
        box = QRectF(point.x() - half, point.y() - half, HANDLE_PX, HANDLE_PX)
        for colour, width in ((_DARK, 3.4), (_LIGHT, 1.4)):
            painter.setPen(_pen(colour, width))
            if is_round:
                painter.drawEllipse(box.adjusted(1, 1, -1, -1))
            else:
                painter.drawRect(box)
    painter.restore()


def draw_turn(painter: QPainter, place: QPointF) -> None:
    """A bent arrow beside the pointer: a drag turns."""
    radius = TURN_PX
    middle = place + QPointF(2.2 * radius, 0)
    box = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
    path = QPainterPath()
    path.arcMoveTo(box, 150)
    path.arcTo(box, 150, -240)
    tip = path.currentPosition()
    for offset in (QPointF(5.5, -1.0), QPointF(1.0, -5.5)):
        path.moveTo(tip)
        path.lineTo(tip + offset)
    painter.save()
    painter.setRenderHint(painter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_DARK, 4.0), (_LIGHT, 1.8)):
        painter.setPen(_pen(colour, width))
        painter.drawPath(path)
    painter.restore()


def turn_parts(scale: float, *pointers: tuple[float, float] | None) -> list[Part]:
    """Parts of the picture under bent arrows beside pointers; the rim reaches further."""
    return [(x, y, x + 2 * TURN_PX / scale, y) for x, y in filter(None, pointers)]


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
