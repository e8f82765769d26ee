"""The modes as tabs, each one verb."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QTabBar, QWidget


class ModeTabs(QTabBar):
    """A bar of tabs of equal width that know their identifiers.

    Args:
        modes: identifier, text and help of each.

    Signals:
        picked: identifier of the tab that the user chose.
    """

    picked = Signal(str)

    def __init__(
        self, modes: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("modes")
        self.setExpanding(True)
        self.setDocumentMode(True)
        self.setDrawBase(False)
        self._names = [name for name, _, _ in modes]
        for _, text, help_text in modes:
            index = self.addTab(text)
            self.setTabToolTip(index, help_text)
            self.setAccessibleTabName(index, text)
        self.setAccessibleName(self.tr("Mode"))
        self.currentChanged.connect(self._on_changed)

    def set_mode(self, name: str) -> None:
        """Show a mode as chosen without telling anyone."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self._names.index(name))

    def _on_changed(self, index: int) -> None:
        self.picked.emit(self._names[index])
