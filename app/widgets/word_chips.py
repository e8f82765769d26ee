"""Words as chips that can be switched on and off; each may show a time of its own."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton, QWidget

from app.widgets.flow_layout import FlowLayout

_DOT, _GAP = 8, 4


class Chip(NamedTuple):
    """What a chip shows.

    Attributes:
        text: the word.
        lit: whether it is decided late.
        value: how late, if that is to be shown.
        colour: of its dot, that of its curve; "" for none.
    """

    text: str
    lit: bool
    value: float | None = None
    colour: str = ""


class WordChips(QWidget):
    """A row of words; a lit word is one that is decided late.

    Signals:
        toggled: the word, and whether it is lit now.
        time_wanted: the word whose own time is asked for, by a right click or the menu key.
    """

    toggled = Signal(str, bool)
    time_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = FlowLayout(self)
        self._chips: list[QPushButton] = []
        self._texts: list[str] = []

    @property
    def chips(self) -> Sequence[QPushButton]:
        """The chips in their order."""
        return tuple(self._chips)

    def chip_of(self, text: str) -> QPushButton | None:
        """The chip of a word."""
        return self._chips[self._texts.index(text)] if text in self._texts else None

    def set_words(self, words: Sequence[Chip]) -> None:
        """Show these words; chips of the same place are kept."""
        while len(self._chips) > len(words):
            chip = self._chips.pop()
            self._layout.removeWidget(chip)
            chip.deleteLater()
        while len(self._chips) < len(words):
            self._chips.append(self._new_chip())
        self._texts = [word.text for word in words]
        for chip, word in zip(self._chips, words, strict=True):
            self._show(chip, word)
        self.updateGeometry()

    def _show(self, chip: QPushButton, word: Chip) -> None:
        value = "" if word.value is None else f"{word.value:.2f}"
        with QSignalBlocker(chip):
            chip.setText(f"{word.text}  {value}".rstrip())
            chip.setChecked(word.lit)
        chip.setIcon(_dot(word.colour) if word.colour else QIcon())
        chip.setAccessibleName(word.text)
        described = self.tr("Decide later: {0}").format(value)
        chip.setAccessibleDescription(described if value else "")

    def _new_chip(self) -> QPushButton:
        chip = QPushButton(self)
        chip.setProperty("chip", True)
        chip.setCheckable(True)
        chip.setIconSize(QSize(_DOT + _GAP, _DOT))
        chip.setToolTip(
            self.tr(
                "Lit words are objects, and are decided later. Click to switch; right-click a lit "
                "word to say how late."
            )
        )
        chip.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        chip.customContextMenuRequested.connect(lambda _: self._want_time(chip))
        chip.toggled.connect(lambda lit: self.toggled.emit(self._text_of(chip), lit))
        self._layout.addWidget(chip)
        chip.show()
        return chip

    def _want_time(self, chip: QPushButton) -> None:
        if chip.isChecked():
            self.time_wanted.emit(self._text_of(chip))

    def _text_of(self, chip: QPushButton) -> str:
        return self._texts[self._chips.index(chip)]


def _dot(colour: str) -> QIcon:
    """A disc in a colour, sharp on screens of twice the density too."""
    picture = QPixmap(2 * (_DOT + _GAP), 2 * _DOT)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(0, 0, _DOT, _DOT)
    painter.end()
    return QIcon(picture)
