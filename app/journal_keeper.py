"""Keeps a journal of the document that is open in a window."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.models.document_model import DocumentModel
from editing.history import Touched
from editing.journal import Journal


class JournalKeeper(QObject):
    """Passes the edits of a model on to a journal, and begins another one with each document.

    Signals:
        acknowledged: number of an edit of the open document that would survive a crash now.
        failed: the journal cannot be written: one sentence, once.
    """

    acknowledged = Signal(int)
    failed = Signal(str)

    _told = Signal(int, int)

    def __init__(self, model: DocumentModel, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._folder = model, folder
        self._journal: Journal | None = None
        self._ending: list[Journal] = []
        self._turn = 0
        self._has_failed = False
        # Emitted by the thread of a journal, delivered in this one.
        self._told.connect(self._on_told)
        model.document_replaced.connect(self._begin)
        model.committed.connect(self._on_committed)
        model.saved.connect(self._on_saved)

    @property
    def journal(self) -> Journal | None:
        """The journal of the open document."""
        return self._journal

    def secure_base(self) -> None:
        """Wait until the document's file may be written over; for the thread that writes files."""
        journal = self._journal
        if journal is not None:
            journal.secure_base()

    def close(self) -> None:
        """End the journal: the document was saved, or is not wanted. Waits until it is gone."""
        self._end()
        for journal in self._ending:
            journal.close()
        self._ending = []

    def _end(self) -> None:
        self._turn += 1
        journal, self._journal = self._journal, None
        self._ending = [other for other in self._ending if not other.is_closed]
        if journal is not None:
            journal.close(wait=False)
            self._ending.append(journal)

    def _begin(self) -> None:
        self._end()
        document = self._model.document
        if document is None:
            return
        turn = self._turn

        def tell(number: int) -> None:
            self._told.emit(turn, number)

        self._journal = Journal(self._folder, document, tell, self._on_failure)
        if document.modified:
            # It has no file that holds it.
            self._journal.commit(Touched(structure=True))

    def _on_committed(self, touched: Touched) -> None:
        if self._journal is not None:
            self._journal.commit(touched)

    def _on_saved(self) -> None:
        if self._journal is not None:
            self._journal.mark_clean()

    def _on_told(self, turn: int, number: int) -> None:
        """What the journal of an earlier document tells late is about that one."""
        if turn == self._turn:
            self.acknowledged.emit(number)

    def _on_failure(self, sentence: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            self.failed.emit(sentence)
