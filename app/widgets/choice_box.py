"""A box to choose one of several things by their identifiers."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget


class ChoiceBox(QComboBox):
    """A combo box whose entries are an identifier, a text and a help text each.

    Signals:
        picked: identifier of what the user chose.
    """

    picked = Signal(str)

    def __init__(
        self,
        choices: Sequence[tuple[str, str, str]],
        help_text: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setToolTip(help_text)
        self.setAccessibleDescription(help_text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(8)
        self.set_choices(choices)
        self.activated.connect(lambda index: self.picked.emit(self.itemData(index)))

    def set_choices(self, choices: Sequence[tuple[str, str, str]]) -> None:
        """Offer these; what was chosen stays chosen if it is still there."""
        chosen = self.currentData()
        with QSignalBlocker(self):
            self.clear()
            for index, (name, text, help_text) in enumerate(choices):
                self.addItem(text, name)
                if help_text:
                    self.setItemData(index, help_text, Qt.ItemDataRole.ToolTipRole)
        self.set_choice(chosen)

    def set_choice(self, name: str | None) -> None:
        """Show a choice without telling anyone; one that is not offered shows the first."""
        with QSignalBlocker(self):
            self.setCurrentIndex(max(0, self.findData(name)))
