"""The key to the timestep map's colours, from noise at the top to clear at the bottom."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme

_LINE = 14


class LevelLegend(QWidget):
    """A vertical strip of colours with a word at each end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours: tuple[str, ...] = (theme.FIELD, theme.TEXT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Colours of the timestep map"))
        self.setToolTip(self.tr("Colours of the timestep map, from noise to clear."))

    def set_colours(self, colours: Sequence[str]) -> None:
        """Show these, from clear to noise, as "#rrggbb"."""
        self._colours = tuple(colours)
        self.update()

    def sizeHint(self) -> QSize:
        """Qt: narrow enough for the tool strip."""
        return QSize(48, 96)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Qt: draw the strip and its two words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1))
        painter.setFont(font)
        area = QRectF(self.rect()).adjusted(0, _LINE + 2, 0, -_LINE - 2)
        strip = QRectF(area.center().x() - 6, area.top(), 12, area.height())
        gradient = QLinearGradient(QPointF(0, strip.bottom()), QPointF(0, strip.top()))
        for k, colour in enumerate(self._colours):
            gradient.setColorAt(k / max(1, len(self._colours) - 1), QColor(colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(strip, 2, 2)
        painter.setPen(QColor(theme.DIM))
        flag = Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRectF(0, 0, self.width(), _LINE), flag, self.tr("noise"))
        bottom = QRectF(0, self.height() - _LINE, self.width(), _LINE)
        painter.drawText(bottom, flag, self.tr("clear"))
        painter.end()
