"""A field for a text of some lines that leaves pictures to the window."""

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from asyndm.prompt_reweighting import reweighted

_WEIGHT_STEP = 0.1
_WEIGHT_KEYS = {Qt.Key.Key_Up: _WEIGHT_STEP, Qt.Key.Key_Down: -_WEIGHT_STEP}


class PromptEdit(QPlainTextEdit):
    """Plain text; Tab goes on to the next control, and a dropped file is not pasted as its name.

    Ctrl+Up and Ctrl+Down change the weight of the selected words, or of the word at the cursor.

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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: the keys of weights, beside those of every text field."""
        step = _WEIGHT_KEYS.get(Qt.Key(event.key()))
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if step is None or modifiers != Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif not self.isReadOnly():
            self._change_weight(step)

    def set_text(self, text: str) -> None:
        """Show a text; the same text leaves the cursor where it is."""
        if self.toPlainText() != text:
            self.setPlainText(text)

    def _change_weight(self, by: float) -> None:
        """Change the text in one step that can be undone, and select what has the weight."""
        text, cursor = self.toPlainText(), self.textCursor()
        start = _index(text, cursor.selectionStart())
        end = _index(text, cursor.selectionEnd())
        changed, start, end = reweighted(text, start, end, by)
        if changed == text:
            return
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(changed)
        cursor.setPosition(_units(changed[:start]))
        cursor.setPosition(_units(changed[:end]), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)


def _units(text: str) -> int:
    """Length of a text as Qt counts it: a character beyond U+FFFF counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _index(text: str, units: int) -> int:
    """Index of the character at a place that Qt counted."""
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return len(before.decode("utf-16-le", "surrogatepass"))
