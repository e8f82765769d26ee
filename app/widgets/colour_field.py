"""A field of saturation and value with a strip of hues, to point a colour out."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.models.colour_model import Rgb

_SIDE = 184
_STRIP = 18
_GAP = theme.GRID
_KEY_STEP = 0.02
_HUES = 6


class ColourField(QWidget):
    """Saturation to the right, value upward; the hue in a strip at the right.

    The arrow keys move in the field, Page Up and Page Down along the hues.

    Signals:
        picked: the colour that the user pointed at.
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hue, self._saturation, self._value = 0.0, 0.0, 0.0
        self._on_strip = False
        self.setFixedSize(self.sizeHint())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Colour field"))
        self.setToolTip(
            self.tr("Saturation to the right, brightness upward; the hue in the strip.")
        )

    @property
    def colour(self) -> Rgb:
        """The colour pointed at."""
        shown = QColor.fromHsvF(self._hue, self._saturation, self._value)
        return shown.red(), shown.green(), shown.blue()

    def set_colour(self, colour: Rgb) -> None:
        """Point at a colour; a grey keeps the hue, and black the saturation too."""
        if colour == self.colour:
            return
        shown = QColor(*colour)
        self._value = shown.valueF()
        if shown.valueF() > 0:
            self._saturation = shown.saturationF()
        if shown.saturationF() > 0:
            self._hue = max(0.0, shown.hueF())
        self.update()

    def sizeHint(self) -> QSize:
        """Qt: field and strip."""
        return QSize(_SIDE + _GAP + _STRIP, _SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: point at a colour, or at a hue."""
        self._on_strip = event.position().x() > _SIDE + _GAP / 2
        self._point(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt: go on in the part where the press was."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._point(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: small steps."""
        steps = {
            Qt.Key.Key_Left: (0.0, -_KEY_STEP, 0.0),
            Qt.Key.Key_Right: (0.0, _KEY_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, 0.0, _KEY_STEP),
            Qt.Key.Key_Down: (0.0, 0.0, -_KEY_STEP),
            Qt.Key.Key_PageUp: (_KEY_STEP, 0.0, 0.0),
            Qt.Key.Key_PageDown: (-_KEY_STEP, 0.0, 0.0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._set((self._hue + step[0]) % 1, self._saturation + step[1], self._value + step[2])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Qt: draw field, strip and both marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = QRectF(0, 0, _SIDE, _SIDE)
        strip = QRectF(_SIDE + _GAP, 0, _STRIP, _SIDE)
        across = QLinearGradient(field.topLeft(), field.topRight())
        across.setColorAt(0, QColor("white"))
        across.setColorAt(1, QColor.fromHsvF(self._hue, 1, 1))
        down = QLinearGradient(field.topLeft(), field.bottomLeft())
        down.setColorAt(0, QColor(0, 0, 0, 0))
        down.setColorAt(1, QColor(0, 0, 0, 255))
        hues = QLinearGradient(strip.topLeft(), strip.bottomLeft())
        for k in range(_HUES + 1):
            hues.setColorAt(k / _HUES, QColor.fromHsvF(k % _HUES / _HUES, 1, 1))
        painter.setPen(Qt.PenStyle.NoPen)
        for area, fill in ((field, across), (field, down), (strip, hues)):
            painter.setBrush(fill)
            painter.drawRoundedRect(area, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        mark = QPointF(self._saturation * _SIDE, (1 - self._value) * _SIDE)
        row = self._hue * _SIDE
        for colour, width in ((QColor(0, 0, 0, 200), 3.0), (QColor(255, 255, 255), 1.5)):
            pen = painter.pen()
            pen.setStyle(Qt.PenStyle.SolidLine)
            pen.setColor(colour)
            pen.setWidthF(width)
            painter.setPen(pen)
            painter.drawEllipse(mark, 6, 6)
            painter.drawRoundedRect(QRectF(strip.x() + 1, row - 3, _STRIP - 2, 6), 2, 2)
        if self.hasFocus():
            painter.setPen(QColor(theme.ACCENT_HOVER))
            painter.drawRoundedRect(field.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()

    def _point(self, place: QPointF) -> None:
        if self._on_strip:
            self._set(min(0.999, max(0.0, place.y() / _SIDE)), self._saturation, self._value)
        else:
            self._set(self._hue, place.x() / _SIDE, 1 - place.y() / _SIDE)

    def _set(self, hue: float, saturation: float, value: float) -> None:
        self._hue = hue
        self._saturation = min(1.0, max(0.0, saturation))
        self._value = min(1.0, max(0.0, value))
        self.update()
        self.picked.emit(self.colour)
