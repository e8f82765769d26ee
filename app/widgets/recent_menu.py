"""A menu of the recent files."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget


class RecentMenu(QMenu):
    """One entry per file; disabled while there are none.

    Signals:
        picked: path of the file that was chosen.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Open &recent"))
        self.setToolTipsVisible(True)
        self.setEnabled(False)

    def set_recent(self, paths: Sequence[str]) -> None:
        """List these files; the names are shown, the folders are in the tooltips."""
        self.clear()
        for path in paths:
            # A single & would underline a letter of the name.
            action = self.addAction(Path(path).name.replace("&", "&&"))
            action.setToolTip(path)
            action.triggered.connect(lambda _=False, path=path: self.picked.emit(path))
        self.setEnabled(bool(paths))
