"""How an outline that follows the pointer is drawn: seen on light and on dark."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.tools.tool import Sight

HANDLE_PX = 4.0
_DASH = (4.0, 4.0)


def draw_path(painter: QPainter, path: QPainterPath) -> None:
    """Draw a path in widget coordinates as black and white dashes."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, dashes in ((QColor(0, 0, 0, 200), ()), (QColor(255, 255, 255), _DASH)):
        pen = QPen(colour, 1)
        if dashes:
            pen.setDashPattern(dashes)
        painter.setPen(pen)
        painter.drawPath(path)
    painter.restore()


def draw_handle(painter: QPainter, place: QPointF, *, marked: bool = False) -> None:
    """Draw a point that can be clicked at; a marked one would close the shape."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(QColor(255, 255, 255))
    side = HANDLE_PX + 2 if marked else HANDLE_PX
    painter.drawEllipse(place, side, side)
    painter.restore()


def draw_sign(painter: QPainter, place: QPointF, *, plus: bool) -> None:
    """Draw a plus or a minus in a dot: what was pointed at belongs to the object, or does not."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(255, 255, 255), 1.5))
    painter.setBrush(QColor(30, 130, 60) if plus else QColor(190, 40, 50))
    painter.drawEllipse(place, 7.0, 7.0)
    painter.drawLine(place - QPointF(3.5, 0), place + QPointF(3.5, 0))
    if plus:
        painter.drawLine(place - QPointF(0, 3.5), place + QPointF(0, 3.5))
    painter.restore()


def polyline(points: Iterable[tuple[float, float]], sight: Sight) -> QPolygonF:
    """Document points in widget coordinates."""
    return QPolygonF([sight.to_widget(x, y) for x, y in points])


def box(start: tuple[float, float], end: tuple[float, float], sight: Sight) -> QRectF:
    """The rectangle between two corners, in widget coordinates."""
    return QRectF(sight.to_widget(*start), sight.to_widget(*end)).normalized()
