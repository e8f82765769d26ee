"""Words as chips that can be switched on and off."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from app.widgets.flow_layout import FlowLayout


class WordChips(QWidget):
    """A row of words; a lit word is one that is decided late.

    Signals:
        toggled: the word, and whether it is lit now.
    """

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = FlowLayout(self)
        self._chips: list[QPushButton] = []

    @property
    def chips(self) -> Sequence[QPushButton]:
        """The chips in their order."""
        return tuple(self._chips)

    def set_words(self, words: Sequence[tuple[str, bool]]) -> None:
        """Show these words, each with whether it is lit; chips of the same place are kept."""
        while len(self._chips) > len(words):
            chip = self._chips.pop()
            self._layout.removeWidget(chip)
            chip.deleteLater()
        while len(self._chips) < len(words):
            self._chips.append(self._new_chip())
        for chip, (text, lit) in zip(self._chips, words, strict=True):
            with QSignalBlocker(chip):
                chip.setText(text)
                chip.setChecked(lit)
            chip.setAccessibleName(text)
        self.updateGeometry()

    def _new_chip(self) -> QPushButton:
        chip = QPushButton(self)
        chip.setProperty("chip", True)
        chip.setCheckable(True)
        chip.setToolTip(self.tr("Lit words are objects, and are decided later. Click to switch."))
        chip.toggled.connect(lambda lit: self.toggled.emit(chip.text(), lit))
        self._layout.addWidget(chip)
        chip.show()
        return chip
