"""Where no model can do what a mode is for: what to install, and the buttons that do it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme


class MissingModel(QFrame):
    """A sentence with buttons; hidden while nothing is missing.

    Signals:
        download_clicked: the person wants the proposed model from a hub.
        add_clicked: the person has a model already.
    """

    download_clicked = Signal()
    add_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self.setProperty("kind", "notice")
        self.label, self.meanwhile = QLabel(self), QLabel(self)
        for label in (self.label, self.meanwhile):
            label.setWordWrap(True)
        self.meanwhile.setProperty("dim", True)
        self.download = self._button(
            self.tr("Download…"), self.tr("See size and licence, then download the model.")
        )
        self.add = self._button(
            self.tr("Add…"), self.tr("Use a model that is on this machine already.")
        )
        self.download.clicked.connect(self.download_clicked)
        self.add.clicked.connect(self.add_clicked)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        for button in (self.download, self.add):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        margin = theme.GRID * 3 // 2
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.label)
        layout.addLayout(buttons)
        layout.addWidget(self.meanwhile)
        self.hide()

    def text(self) -> str:
        """The sentence."""
        return self.label.text()

    def show_missing(self, sentence: str, meanwhile: str, *, can_download: bool) -> None:
        """Say what to install, or hide if the sentence is empty.

        Args:
            sentence: what to install, how large it is and where it goes.
            meanwhile: what can be used at once.
            can_download: whether a model is proposed that a hub has.
        """
        self.label.setText(sentence)
        self.meanwhile.setText(meanwhile)
        self.meanwhile.setVisible(bool(meanwhile))
        self.download.setVisible(can_download)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))

    def _button(self, text: str, help_text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(help_text)
        button.setAccessibleName(text)
        return button
