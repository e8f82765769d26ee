"""Keeps the wheel from changing values that the pointer merely passes while a panel scrolls."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget


class WheelGuard(QObject):
    """A number or a choice takes the wheel only while it has the focus.

    Args:
        panel: its present descendants are guarded; the wheel goes on to what they lie in.
    """

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        for kind in (QAbstractSlider, QAbstractSpinBox, QComboBox):
            for part in panel.findChildren(kind):
                if not isinstance(part, QScrollBar):
                    # The usual policy would give it the focus by the wheel itself.
                    part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                    part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: pass a wheel event by, unless the widget has the focus."""
        if (
            event.type() == QEvent.Type.Wheel
            and isinstance(watched, QWidget)
            and not watched.hasFocus()
        ):
            event.ignore()
            return True
        return False
