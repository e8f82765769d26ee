"""The ring at the pointer: the brush at its true size on the screen.

Two lines beside each other, dark outside and light inside, can be told from any ground. Small
rings are smoothed; for large ones that cannot be seen. Rings are drawn as polygons because Qt
draws an ellipse that reaches beyond the widget through its general stroker, which alone would take
most of the time of a frame.
"""

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

SMALLEST_RADIUS = 2.5
"""Smaller rings, in widget pixels, are no help: a cross marks the place."""
SMOOTH_BELOW = 48.0
CROSS_ARM = 6.0
_DARK = QColor(0, 0, 0, 190)
_LIGHT = QColor(255, 255, 255, 235)
_MARGIN = 3
_DEVIATION = 0.1
"""Largest distance of a polygon from its circle, in widget pixels."""
_MOST_CORNERS = 720


def ring_bounds(centre: QPointF, radius: float) -> QRect:
    """The widget pixels the cursor may touch."""
    reach = max(radius, CROSS_ARM) + _MARGIN
    square = QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)
    return square.toAlignedRect()


def draw_ring(painter: QPainter, centre: QPointF, radius: float) -> None:
    """Draw the cursor of a brush of this radius; everything in widget pixels."""
    painter.save()
    painter.translate(centre)
    if radius < SMALLEST_RADIUS:
        _draw_cross(painter)
    else:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, radius < SMOOTH_BELOW)
        for colour, distance in ((_DARK, 0.5), (_LIGHT, -0.5)):
            painter.setPen(QPen(colour, 0))
            painter.drawPolyline(_circle(radius + distance))
    painter.restore()


@lru_cache(maxsize=8)
def _circle(radius: float) -> QPolygonF:
    """A closed polygon about the origin."""
    corners = min(_MOST_CORNERS, max(16, math.ceil(math.pi / math.sqrt(2 * _DEVIATION / radius))))
    turns = [2 * math.pi * k / corners for k in range(corners + 1)]
    return QPolygonF([QPointF(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns])


def _draw_cross(painter: QPainter) -> None:
    for colour, width in ((_DARK, 3.0), (_LIGHT, 1.0)):
        painter.setPen(QPen(colour, width))
        for dx, dy in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)):
            painter.drawLine(QPointF(dx, dy) * 2, QPointF(dx, dy) * CROSS_ARM)
