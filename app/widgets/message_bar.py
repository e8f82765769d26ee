"""A sentence over the canvas that blocks nothing, with details, a retry and a close button."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app import theme


class MessageBar(QFrame):
    """One sentence with its buttons; hidden while there is nothing to say.

    Signals:
        retry_clicked, details_clicked, closed: the button of that name.
    """

    retry_clicked = Signal()
    details_clicked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._icon = QLabel(self)
        self.label = QLabel(self)
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.retry = self._button(self.tr("Retry"), self.tr("Run the same request again."))
        self.retry.clicked.connect(self.retry_clicked)
        self.details = self._button(self.tr("Details"), self.tr("Show what the engine reported."))
        self.details.clicked.connect(self.details_clicked)
        self.close_button = QToolButton(self)
        self.close_button.setIcon(theme.icon("close"))
        self.close_button.setToolTip(self.tr("Put this message away."))
        self.close_button.setAccessibleName(self.tr("Close message"))
        self.close_button.clicked.connect(self.closed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        layout.setSpacing(theme.GRID)
        self.choices: list[QPushButton] = []
        self._choices = QHBoxLayout()
        self._choices.setSpacing(theme.GRID)
        layout.addWidget(self._icon)
        layout.addWidget(self.label)
        layout.addLayout(self._choices)
        for part in (self.retry, self.details, self.close_button):
            layout.addWidget(part)
        self.hide()

    def show_message(
        self,
        text: str,
        *,
        error: bool,
        details: bool,
        retry: bool,
        choices: Sequence[tuple[str, str, Callable[[], None]]] = (),
    ) -> None:
        """Say something, with the buttons that make sense.

        Args:
            text: one sentence.
            error: whether something went wrong.
            details: whether this button is there.
            retry: whether this button is there.
            choices: text, tooltip and action of other buttons.
        """
        for button in self.choices:
            self._choices.removeWidget(button)
            button.deleteLater()
        self.choices = [self._choice(*choice) for choice in choices]
        self.label.setText(text)
        self.setAccessibleName(text)
        self.setProperty("kind", "error" if error else "notice")
        self._icon.setPixmap(theme.icon("warning" if error else "info").pixmap(theme.ICON_SIZE))
        self.details.setVisible(details)
        self.retry.setVisible(retry)
        # A style sheet looks at a property only when it is applied.
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()

    def _choice(self, text: str, help_text: str, do: Callable[[], None]) -> QPushButton:
        button = self._button(text, help_text)
        button.clicked.connect(lambda _=False: do())
        self._choices.addWidget(button)
        return button

    def _button(self, text: str, help_text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(help_text)
        button.setAccessibleName(text)
        return button
