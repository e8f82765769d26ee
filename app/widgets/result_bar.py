"""A line under the canvas: what to do next, or what a result changes and what to do with it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app import theme

_CAPTION_WIDTH = 16 * theme.GRID
_FRAME = 2


class HoldButton(QPushButton):
    """A button that does something only while it is held, by mouse or by the space bar.

    Signals:
        held: whether it is held now.
    """

    held = Signal(bool)

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.pressed.connect(lambda: self.held.emit(True))
        self.released.connect(lambda: self.held.emit(False))


class ResultBar(QFrame):
    """A sentence, and while a result waits for a decision the buttons to decide.

    It keeps its height without the buttons, so that the picture does not jump when they come.

    Args:
        accept, discard: the actions behind the buttons.

    Signals:
        before_held: whether the picture as it was should be shown now.
    """

    before_held = Signal(bool)

    def __init__(self, accept: QAction, discard: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("resultBar")
        self.caption = QLabel(self)
        self.caption.setWordWrap(True)
        # A long sentence must not widen the window when the buttons come: it takes two lines.
        self.caption.setMinimumWidth(_CAPTION_WIDTH)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.before = HoldButton(self.tr("Hold to see before"), self)
        self.before.setIcon(theme.icon("before"))
        self.before.setToolTip(self.tr("Show the picture as it was while this is held (C)"))
        self.before.setAccessibleName(self.tr("Hold to see before"))
        self.before.held.connect(self.before_held)
        self.discard = self._button(self.tr("Discard"), discard)
        self.accept = self._button(self.tr("Accept"), accept)
        self.accept.setProperty("primary", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.caption, 1)
        self._buttons = (self.before, self.discard, self.accept)
        for button in self._buttons:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        two_lines = 2 * self.caption.fontMetrics().lineSpacing() + 2 * theme.GRID + _FRAME
        self.setFixedHeight(max(self.sizeHint().height(), two_lines))
        self.show_hint("")

    def show_hint(self, text: str) -> None:
        """Say what to do next, without buttons."""
        self._show(text, decides=False)

    def show_result(self, caption: str, *, has_before: bool = True) -> None:
        """Say what the result changes, with the buttons; a first picture has no before."""
        self._show(caption, decides=True)
        self.before.setVisible(has_before)

    @property
    def has_focus(self) -> bool:
        """Whether one of the buttons has the keyboard."""
        return any(button.hasFocus() for button in self._buttons)

    def _show(self, text: str, *, decides: bool) -> None:
        self.caption.setText(text)
        self.caption.setToolTip(text if decides else "")
        self.caption.setProperty("dim", not decides)
        # A style sheet looks at a property only when it is applied.
        self.caption.style().unpolish(self.caption)
        self.caption.style().polish(self.caption)
        for button in self._buttons:
            button.setVisible(decides)

    def _button(self, text: str, action: QAction) -> QPushButton:
        button = QPushButton(action.icon(), text, self)
        button.setToolTip(action.toolTip())
        # The keys in it can be changed.
        action.changed.connect(lambda: button.setToolTip(action.toolTip()))
        button.setAccessibleName(text)
        button.clicked.connect(action.trigger)
        return button
