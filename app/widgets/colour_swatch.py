"""The two colours to paint with, one over the other, with buttons to swap and to reset them."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QToolButton, QWidget

from app import theme
from app.models.colour_model import Rgb, to_hex

_CELL = 18
_RADIUS = 3.0


class ColourButton(QAbstractButton):
    """A button that shows a colour.

    Args:
        text: what the colour is for. help_text: tooltip, to which the colour is added.
        side: in pixels.
    """

    def __init__(
        self, text: str, help_text: str, side: int = 2 * _CELL, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text, self._help, self._side = text, help_text, side
        self.setFixedSize(side, side)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_colour((0, 0, 0))

    @property
    def colour(self) -> Rgb:
        """The colour shown."""
        return self._colour

    def set_colour(self, colour: Rgb) -> None:
        """Show this colour."""
        self._colour = colour
        self.setAccessibleName(f"{self._text}: {to_hex(colour)}")
        self.setToolTip(f"{self._help} {to_hex(colour)}")
        self.update()

    def sizeHint(self) -> QSize:
        """Qt: a square."""
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Qt: the colour in two frames, so that it can be told from any surface."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        lit = self.hasFocus() or self.underMouse()
        painter.setPen(QColor(theme.ACCENT_HOVER if lit else theme.BORDER))
        painter.setBrush(QColor(theme.FIELD))
        painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*self._colour))
        painter.drawRoundedRect(frame.adjusted(2, 2, -2, -2), _RADIUS - 1, _RADIUS - 1)
        painter.end()


class ColourSwatch(QWidget):
    """Foreground over background.

    Args:
        swap, reset: the actions of the small buttons.

    Signals:
        foreground_clicked, background_clicked: a person wants to choose that colour.
    """

    foreground_clicked = Signal()
    background_clicked = Signal()

    def __init__(self, swap: QAction, reset: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foreground = ColourButton(
            self.tr("Foreground colour"),
            self.tr("Foreground: what brush, fill and gradient paint on a layer."),
            parent=self,
        )
        self.background = ColourButton(
            self.tr("Background colour"),
            self.tr("Background: where a gradient ends."),
            parent=self,
        )
        self.setFixedSize(3 * _CELL, 3 * _CELL)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.foreground, 0, 0, 2, 2)
        layout.addWidget(self._small(swap), 0, 2)
        layout.addWidget(self._small(reset), 2, 0)
        layout.addWidget(self.background, 1, 1, 2, 2)
        self.foreground.raise_()
        self.foreground.clicked.connect(self.foreground_clicked)
        self.background.clicked.connect(self.background_clicked)

    def _small(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAccessibleName(action.text().replace("&", ""))
        button.setProperty("small", True)
        button.setIconSize(QSize(_CELL - 4, _CELL - 4))
        button.setFixedSize(_CELL, _CELL)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
