"""What the engine reported, to be read and copied."""

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme


class DetailsDialog(QDialog):
    """A sentence over a text that can be copied."""

    def __init__(self, sentence: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Details"))
        self.resize(720, 400)
        label = QLabel(sentence, self)
        label.setWordWrap(True)
        self.text = QPlainTextEdit(details, self)
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("Details"))
        self.copy_button = QPushButton(theme.icon("copy"), self.tr("Copy"), self)
        self.copy_button.setToolTip(self.tr("Copy the sentence and the details."))
        self.copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(f"{sentence}\n\n{details}")
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.GRID)
        for part in (label, self.text, buttons):
            layout.addWidget(part)
