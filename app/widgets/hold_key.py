"""A key that does something while it is held down, anywhere but in a text field."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit


class HoldKey(QObject):
    """Watches the application's key events.

    Args:
        key: which one.

    Signals:
        held: whether the key is down now.
    """

    held = Signal(bool)

    def __init__(self, key: Qt.Key, parent: QObject) -> None:
        super().__init__(parent)
        self._key = key
        self._down = False
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Qt: tell of press and release, and let the event pass."""
        kind = event.type()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if not isinstance(event, QKeyEvent) or event.key() != self._key or event.isAutoRepeat():
            return False
        down = kind == QEvent.Type.KeyPress
        if down and (event.modifiers() or _is_typing()):
            return False
        # One press reaches several receivers on its way up; it counts once.
        if down != self._down:
            self._down = down
            self.held.emit(down)
        return False


def _is_typing() -> bool:
    return isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit | QAbstractSpinBox)
