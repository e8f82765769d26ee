"""A small window below a word: how late that word is decided."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.models.generation_model import CONCAVITY_LIMIT
from app.widgets.labeled_slider import LabeledSlider

_WIDTH = 240


class WordTimePopover(QFrame):
    """A slider for one word; it closes with Escape or a click beside it.

    Signals:
        edited: the word, and how late it is to be decided.
        cleared: the word that follows the slider of all words again.
    """

    edited = Signal(str, float)
    cleared = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setFixedWidth(_WIDTH)
        self._word = ""
        self.slider = LabeledSlider(
            self.tr("Decide this word later"),
            self.tr("How long the object stays open: 0 is ordinary denoising."),
            low=0.0,
            high=CONCAVITY_LIMIT,
            step=0.05,
            decimals=2,
            parent=self,
        )
        self.reset = QPushButton(self.tr("Like all words"), self)
        self.reset.setToolTip(self.tr("Take away what was set for this word alone."))
        self.reset.setAccessibleName(self.reset.text())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(2 * theme.GRID,) * 4)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.slider)
        layout.addWidget(self.reset)
        self.slider.edited.connect(self._edit)
        self.reset.clicked.connect(self._clear)

    def show_for(self, word: str, value: float, chip: QWidget, *, is_own: bool) -> None:
        """Open below a chip, with the value that its word has now."""
        self._word = word
        self.slider.set_text(self.tr("Decide “{0}” later").format(word))
        self.slider.set_value(value)
        self.reset.setEnabled(is_own)
        self.adjustSize()
        self.move(self._place(chip))
        self.show()
        self.slider.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self, chip: QWidget) -> QPoint:
        """Below the chip, within the screen; above it where there is no room below."""
        below = chip.mapToGlobal(QPoint(0, chip.height() + theme.GRID // 2))
        edge = theme.GRID // 2
        room = chip.screen().availableGeometry().adjusted(edge, edge, -edge, -edge)
        below.setX(max(room.left(), min(below.x(), room.right() - self.width())))
        if below.y() + self.height() > room.bottom():
            below.setY(chip.mapToGlobal(QPoint(0, -theme.GRID // 2)).y() - self.height())
        return below

    def _edit(self, value: float) -> None:
        self.reset.setEnabled(True)
        self.edited.emit(self._word, value)

    def _clear(self) -> None:
        self.close()
        self.cleared.emit(self._word)
