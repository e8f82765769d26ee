"""A part of a panel that opens and closes under its heading."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app import theme


class Section(QWidget):
    """A heading with an arrow over some content.

    Signals:
        opened: whether the content is shown, after a click.
    """

    opened = Signal(bool)

    def __init__(
        self, text: str, help_text: str, content: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.content = content
        self.button = QPushButton(self)
        self.button.setText(text)
        self.button.setToolTip(help_text)
        self.button.setAccessibleName(text)
        self.button.setCheckable(True)
        self.button.setProperty("section", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.button)
        layout.addWidget(content)
        self.set_open(False)
        self.button.clicked.connect(self._on_clicked)

    def set_open(self, is_open: bool) -> None:
        """Show or hide the content."""
        self.button.setChecked(is_open)
        self.button.setIcon(theme.icon("chevron-down" if is_open else "chevron-right"))
        self.content.setVisible(is_open)

    def _on_clicked(self, is_open: bool) -> None:
        self.set_open(is_open)
        self.opened.emit(is_open)
