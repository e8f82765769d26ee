"""At the start: offers the work that a crash has left, and opens it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.recovery_dialog import RecoveryDialog
from app.jobs.background import Background
from app.journal_keeper import JournalKeeper
from app.models.document_model import DocumentModel
from app.models.run_model import Message, RunModel
from editing.document import Document
from editing.recovery import Recoverable, find_journals


class RecoveryOffer(QObject):
    """Looks for journals in the background and asks what to do with them.

    Args:
        folder: of all journals.
        expiry_days: age at which journals are removed.
        replace: does something that replaces the document, after the question about changes.

    Signals:
        offered: the dialog is shown.
        finished: nothing is left to be asked.
    """

    offered = Signal()
    finished = Signal()

    def __init__(
        self,
        model: DocumentModel,
        keeper: JournalKeeper,
        run: RunModel,
        folder: Path,
        expiry_days: float,
        replace: Callable[[Callable[[], None]], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._model, self._keeper, self._run = model, keeper, run
        self._folder, self._expiry_days = folder, expiry_days
        self._replace, self._window = replace, window
        self._background = Background(self)
        self._found: list[Recoverable] = []
        self._replaced: Recoverable | None = None
        self.dialog: RecoveryDialog | None = None
        keeper.acknowledged.connect(self._on_acknowledged)

    def start(self) -> None:
        """Look for journals; nothing is shown if there are none."""
        self._background.run(
            lambda: find_journals(self._folder, self._expiry_days), self._offer, self._failed
        )

    def close(self) -> None:
        """Leave for another time what was not decided."""
        self._background.wait()
        self._later()
        if self._replaced is not None:
            self._replaced.release()

    def _offer(self, found: list[Recoverable]) -> None:
        self._found = found
        if not found:
            self.finished.emit()
            return
        self.dialog = RecoveryDialog([journal.summary for journal in found], self._window)
        self.dialog.recover_clicked.connect(self._recover)
        self.dialog.discard_clicked.connect(self._discard)
        self.dialog.rejected.connect(self._later)
        self.dialog.open()
        self.offered.emit()

    def _recover(self, place: int) -> None:
        journal = self._found.pop(place)
        self._later()
        self._replace(lambda: self._load(journal))

    def _load(self, journal: Recoverable) -> None:
        before = self._state()

        def show(document: Document) -> None:
            self._run.message = None
            # The old journal goes once the new one holds everything.
            self._replaced = journal
            self._model.set_document(document)

        def opened(document: Document) -> None:
            self._run.activity = ""
            if self._state() == before:
                show(document)
            else:
                # What was edited meanwhile has not been asked about.
                self._replace(lambda: show(document))

        def failed(error: Exception) -> None:
            journal.release()
            self._failed(error)

        self._run.activity = self.tr("Recovering…")
        self._background.run(journal.load, opened, failed)

    def _state(self) -> tuple[object, object]:
        """Stands for the open document and the place in its history; a stroke under way ends."""
        self._model.end_stroke()
        history = self._model.history
        return self._model.document, None if history is None else history.state

    def _on_acknowledged(self, _number: int) -> None:
        journal, self._replaced = self._replaced, None
        if journal is not None:
            self._background.run(journal.discard, lambda _: None, self._failed)

    def _discard(self, place: int) -> None:
        journal = self._found.pop(place)
        self._background.run(journal.discard, lambda _: None, self._failed)
        if self.dialog is not None:
            self.dialog.remove(place)
        if not self._found:
            self._later()

    def _later(self) -> None:
        for journal in self._found:
            journal.release()
        self._found = []
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.close()
            dialog.deleteLater()
            self.finished.emit()

    def _failed(self, error: Exception) -> None:
        self._run.activity = ""
        self._run.message = Message(str(error))
