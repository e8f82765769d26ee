"""The part of the models dialog that downloads: what it would bring, then how far it is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.models.model_library import ModelLibrary
from asyndm.hub import DownloadProgress, RepoInfo, size_text

_GRAIN = 1000


class DownloadBox(QWidget):
    """A field for the name on the hub; below it the offer and the progress.

    Signals:
        look_up_wanted: name on the hub and token, either may be "".
        download_wanted: token, or "".
        cancel_wanted: stop what goes on.
    """

    look_up_wanted = Signal(str, str)
    download_wanted = Signal(str)
    cancel_wanted = Signal()

    def __init__(self, library: ModelLibrary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.reference = self._field(
            self.tr("Name on the hub"),
            self.tr(
                "OWNER/NAME, or OWNER/NAME:FILE.safetensors; the address of its page works too."
            ),
        )
        self.reference.setPlaceholderText(self.tr("OWNER/NAME, or the address of its page"))
        self.token = self._field(
            self.tr("Access token"),
            self.tr("Of your account on the hub, for models whose licence must be accepted there. "
                    "It is used for this download and stored nowhere."),
        )  # fmt: skip
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText(self.tr("Token of the account that accepted the licence"))
        self.look_up = self._button(
            self.tr("Look up"), self.tr("Ask the hub how large it is and what its licence is.")
        )
        self.download = self._button(
            self.tr("Download"), self.tr("Fetch all files and compare their checksums.")
        )
        self.download.setProperty("primary", True)
        self.cancel = self._button(
            self.tr("Cancel"), self.tr("Stop; what has arrived is kept, and it can go on later.")
        )
        self.offer = QLabel(self)
        self.offer.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName(self.tr("Progress of the download"))
        self.progress.setTextVisible(False)
        self.state = QLabel(self)
        self.state.setProperty("dim", True)
        self._lay_out()
        self._connect()
        self._show()

    def prefer(self, reference: str) -> None:
        """Put a name into the field."""
        self.reference.setText(reference)
        self.reference.setFocus()

    def _connect(self) -> None:
        self.reference.returnPressed.connect(self._ask)
        self.token.returnPressed.connect(self._ask)
        self.look_up.clicked.connect(self._ask)
        self.reference.textChanged.connect(self._on_text)
        self.download.clicked.connect(lambda: self.download_wanted.emit(self.token.text().strip()))
        self.cancel.clicked.connect(self.cancel_wanted)
        library = self._library
        for signal in (
            library.transfer_changed,
            library.offer_changed,
            library.wants_token_changed,
        ):
            signal.connect(self._show)
        library.progress_changed.connect(self._show_progress)

    def _ask(self) -> None:
        if self.look_up.isEnabled():
            self.look_up_wanted.emit(self.reference.text(), self.token.text().strip())

    def _on_text(self) -> None:
        """What was offered was offered under another name."""
        if self._library.transfer == "idle":
            self._library.offer = None
        self._show()

    def _show(self) -> None:
        transfer, info = self._library.transfer, self._library.offer
        idle = transfer == "idle"
        self.reference.setEnabled(idle)
        self.look_up.setEnabled(idle and bool(self.reference.text().strip()))
        self.token.setVisible(self._library.wants_token)
        self.token.setEnabled(idle)
        self.offer.setVisible(info is not None)
        self.download.setVisible(info is not None and idle)
        self.cancel.setVisible(not idle)
        self.cancel.setEnabled(transfer != "stopping")
        if info is not None:
            self.offer.setText(self._offer_text(info))
            goes_on = info.present_bytes > 0
            self.download.setText(self.tr("Go on") if goes_on else self.tr("Download"))
            self.download.setAccessibleName(self.download.text())
        self._show_progress()

    def _offer_text(self, info: RepoInfo) -> str:
        """Size, licence, gate, place and room, a line each."""
        size = self.tr("{0}, {1} files").format(size_text(info.total_bytes), len(info.files))
        if info.present_bytes:
            size = self.tr("{0}; {1} of it are here already").format(
                size, size_text(info.present_bytes)
            )
        gate = self.tr("must be accepted on the hub first") if info.gated else ""
        licence = ", ".join(text for text in (info.licence, gate) if text)
        place = self.tr("{0} ({1} free)").format(info.target, size_text(info.free_bytes))
        return "\n".join(
            (
                self.tr("{0}: {1}.").format(info.name, size),
                self.tr("Licence: {0}.").format(licence),
                self.tr("It goes to {0}.").format(place),
            )
        )

    def _show_progress(self) -> None:
        at, transfer = self._library.progress, self._library.transfer
        for part in (self.progress, self.state):
            part.setVisible(transfer != "idle")
        if transfer == "fetching" and at is not None and at.total:
            self.progress.setRange(0, _GRAIN)
            self.progress.setValue(at.done * _GRAIN // at.total)
        else:
            self.progress.setRange(0, 0)
        self.state.setText(self._state_text(at))

    def _state_text(self, at: DownloadProgress | None) -> str:
        transfer = self._library.transfer
        if transfer == "asking":
            return self.tr("Asking the hub…")
        if transfer == "stopping":
            return self.tr("Stopping…")
        if at is None or not at.total:
            return ""
        share = f"{at.done / at.total:.0%}"
        text = self.tr("{0} of {1} ({2})").format(size_text(at.done), size_text(at.total), share)
        return f"{text}  {at.file}"

    def _field(self, name: str, help_text: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(name)
        field.setToolTip(help_text)
        return field

    def _button(self, text: str, help_text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(help_text)
        button.setAccessibleName(text)
        button.setAutoDefault(False)  # Return in a field asks the hub
        return button

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Download"), self)
        heading.setProperty("heading", True)
        ask = QHBoxLayout()
        ask.setSpacing(theme.GRID)
        ask.addWidget(self.reference, 1)
        ask.addWidget(self.look_up)
        fetch = QHBoxLayout()
        fetch.setSpacing(theme.GRID)
        fetch.addWidget(self.offer, 1)
        fetch.addWidget(self.download)
        fetch.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(heading)
        layout.addLayout(ask)
        layout.addWidget(self.token)
        layout.addLayout(fetch)
        layout.addWidget(self.progress)
        layout.addWidget(self.state)
