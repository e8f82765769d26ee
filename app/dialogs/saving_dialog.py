"""What is shown when the window is to close while a file is being written."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme

_WIDTH = 440


class SavingDialog(QDialog):
    """Waits, and offers to leave without the save or to stay.

    Args:
        name: of the file.

    Signals:
        abandoned: the person leaves without the save.
    """

    abandoned = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Saving"))
        self.setMinimumWidth(_WIDTH)
        heading = QLabel(self.tr("{0} is being saved.").format(name), self)
        heading.setProperty("heading", True)
        text = QLabel(
            self.tr("The window closes when that is done. Without it, the file stays as it was."),
            self,
        )
        text.setProperty("dim", True)
        for label in (heading, text):
            label.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName(self.tr("Progress of the save"))
        self.quit_button = QPushButton(self.tr("Quit without it"), self)
        self.quit_button.setToolTip(self.tr("Close at once; the changes are lost."))
        self.quit_button.setAutoDefault(False)
        self.stay_button = QPushButton(self.tr("Stay here"), self)
        self.stay_button.setToolTip(self.tr("Go on working; the save goes on too."))
        self.stay_button.setDefault(True)
        self.quit_button.clicked.connect(self._abandon)
        self.stay_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addStretch(1)
        buttons.addWidget(self.quit_button)
        buttons.addWidget(self.stay_button)
        layout = QVBoxLayout(self)
        margin = 2 * theme.GRID
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.GRID)
        for part in (heading, text, self.progress):
            layout.addWidget(part)
        layout.addSpacing(theme.GRID)
        layout.addLayout(buttons)

    def set_progress(self, share: float) -> None:
        """Show how much is written, 0 to 1."""
        self.progress.setRange(0, 100)
        self.progress.setValue(round(100 * share))

    def _abandon(self) -> None:
        self.accept()
        self.abandoned.emit()
