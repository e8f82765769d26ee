"""The plot at the heart of the window: noise level over time, standard and of each region.

Time runs to the right, from the start of the run to its end; noise falls from the top (pure noise)
to the bottom (the finished picture). During a run a cursor moves along, with a dot on each curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme

if TYPE_CHECKING:
    from asyndm.request import Family

_HEIGHT = 168
_POINTS = 96
_NAME_WIDTH = 110
_LEFT, _TOP, _RIGHT, _BOTTOM = 24, 28, 12, 24


@dataclass(frozen=True)
class Line:
    """A region's curve.

    Attributes:
        name: shown for the active one. colour: of the line. concavity: of its schedule.
        is_active: whether its slider is shown; it is drawn last and stronger.
        levels: from time 0 to 1; filled in by the plot.
    """

    name: str
    colour: str
    concavity: float
    is_active: bool = True
    levels: tuple[float, ...] = ()


class CurvePlot(QWidget):
    """Draws the curves; it is given the family and the concavities and asks for nothing.

    The curve comes from ``asyndm.Schedule``, which needs numpy: it is imported when a curve is
    first asked for.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standard: list[float] = []
        self._lines: list[Line] = []
        self._progress: float | None = None
        self._concave = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Noise over time"))
        self.setToolTip(
            self.tr(
                "How the noise falls during the run: the rest of the picture follows the grey "
                "line, each region the line in its colour, so a region is decided later."
            )
        )

    def sizeHint(self) -> QSize:
        """Qt: wide as the panel, of fixed height."""
        return QSize(280, _HEIGHT)

    @property
    def progress(self) -> float | None:
        """Where the cursor stands, 0 to 1, or None."""
        return self._progress

    @property
    def region_levels(self) -> Sequence[float]:
        """The active region's curve as drawn, from time 0 to 1."""
        return next((line.levels for line in self._lines if line.is_active), ())

    @property
    def lines(self) -> Sequence[Line]:
        """The regions' curves as drawn, the active one last."""
        return tuple(self._lines)

    def set_curve(self, family: "Family", concavity: float, *, concave: bool = True) -> None:
        """Draw one curve; with `concave` false only the standard one is shown."""
        line = Line(self.tr("region"), theme.CONCAVE_CURVE, concavity)
        self.set_lines(family, [line], concave=concave)

    def set_lines(self, family: "Family", lines: Sequence[Line], *, concave: bool = True) -> None:
        """Draw the curves of several regions; with `concave` false only the standard one."""
        import numpy as np

        from asyndm.schedule import Schedule

        times = np.linspace(0.0, 1.0, _POINTS)
        self._standard = [float(level) for level in 1 - times]
        self._lines = [
            replace(line, levels=tuple(map(float, Schedule(family, line.concavity)(times))))
            for line in sorted(lines, key=lambda line: line.is_active)
        ]
        self._concave = concave
        self.setAccessibleDescription(self._description(family))
        self.update()

    def _description(self, family: "Family") -> str:
        from asyndm.schedule import Schedule

        sentence = self.tr("At half time {0} still holds {1} % of its noise, the rest 50 %.")
        sentences = []
        for line in self._lines:
            name = self.tr("the region") if len(self._lines) == 1 else line.name
            level = float(Schedule(family, line.concavity)(0.5))
            sentences.append(sentence.format(name, round(100 * level)))
        return " ".join(sentences)

    def set_progress(self, progress: float | None) -> None:
        """Put the cursor at this time of the run, or take it away."""
        if progress != self._progress:
            self._progress = progress
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Qt: draw all."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.BORDER), 1))
        painter.setBrush(QColor(theme.FIELD))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        self._draw_grid(painter, area)
        self._draw_axes(painter, area)
        self._draw_curve(painter, area, self._standard, theme.STANDARD_CURVE)
        if self._concave:
            for line_shown in self._lines:
                width = 2.5 if line_shown.is_active else 1.5
                self._draw_curve(painter, area, line_shown.levels, line_shown.colour, width)
        if self._progress is not None:
            self._draw_cursor(painter, area, self._progress)
        painter.end()

    def _draw_grid(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(QColor("#2b2e33"), 1))
        for quarter in range(5):
            x = area.left() + area.width() * quarter / 4
            y = area.top() + area.height() * quarter / 4
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _draw_axes(self, painter: QPainter, area: QRectF) -> None:
        font = painter.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1))
        painter.setFont(font)
        width, flag = self.width(), Qt.AlignmentFlag
        below = QRectF(_LEFT, area.bottom() + 2, area.width(), _BOTTOM - 4)
        painter.setPen(QColor(theme.DIM))
        painter.drawText(below, flag.AlignCenter, self.tr("time →"))
        painter.save()
        painter.translate(13, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-60, -9, 120, 18), flag.AlignCenter, self.tr("noise →"))
        painter.restore()
        line = QRectF(_LEFT, 4, width - _LEFT - _RIGHT, 20)
        painter.setPen(QColor(theme.STANDARD_CURVE))
        painter.drawText(line, flag.AlignLeft | flag.AlignVCenter, self.tr("— rest of the picture"))
        active = next((shown for shown in self._lines if shown.is_active), None)
        if self._concave and active is not None:
            self._draw_name(painter, line, active)

    def _draw_name(self, painter: QPainter, place: QRectF, line: Line) -> None:
        """Write the name at the right, the dash before it in the colour of the curve."""
        metrics = painter.fontMetrics()
        name = metrics.elidedText(line.name, Qt.TextElideMode.ElideRight, _NAME_WIDTH)
        flag = Qt.AlignmentFlag
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(place, flag.AlignRight | flag.AlignVCenter, name)
        space = metrics.horizontalAdvance(name) + 4
        painter.setPen(QColor(line.colour))
        before = place.adjusted(0, 0, -space, 0)
        painter.drawText(before, flag.AlignRight | flag.AlignVCenter, "—")

    def _draw_curve(
        self,
        painter: QPainter,
        area: QRectF,
        levels: Sequence[float],
        colour: str,
        width: float = 2,
    ) -> None:
        if not levels:
            return
        last = len(levels) - 1
        points = QPolygonF([_place(area, k / last, level) for k, level in enumerate(levels)])
        painter.setPen(QPen(QColor(colour), width))
        painter.drawPolyline(points)

    def _draw_cursor(self, painter: QPainter, area: QRectF, progress: float) -> None:
        x = area.left() + area.width() * progress
        painter.setPen(QPen(QColor(theme.TEXT), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(QPen(QColor(theme.FIELD), 1))
        curves: list[tuple[Sequence[float], str]] = [(self._standard, theme.STANDARD_CURVE)]
        if self._concave:
            curves += [(line.levels, line.colour) for line in self._lines]
        for levels, colour in curves:
            if levels:
                painter.setBrush(QColor(colour))
                level = levels[round(progress * (len(levels) - 1))]
                painter.drawEllipse(_place(area, progress, level), 4.5, 4.5)


def _place(area: QRectF, time: float, level: float) -> QPointF:
    """The point of the plot for a time and a noise level."""
    return QPointF(area.left() + area.width() * time, area.bottom() - area.height() * level)
