"""A field for a text of some lines that leaves pictures to the window."""

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QPlainTextEdit, QWidget


class PromptEdit(QPlainTextEdit):
    """Plain text; Tab goes on to the next control, and a dropped file is not pasted as its name.

    Args:
        name: accessible name. help_text: tooltip. height: in pixels.
    """

    def __init__(
        self, name: str, help_text: str, height: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFixedHeight(height)
        self.setTabChangesFocus(True)
        self.setToolTip(help_text)
        self.setAccessibleName(name)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Qt: files and pictures go up to the window, which opens them."""
        if source.hasUrls() or source.hasImage():
            return False
        return super().canInsertFromMimeData(source)

    def set_text(self, text: str) -> None:
        """Show a text; the same text leaves the cursor where it is."""
        if self.toPlainText() != text:
            self.setPlainText(text)
