"""Saves: one after the other, off the UI thread, while the document goes on being edited.

Each save writes the document as it was when the save began. What is asked for meanwhile waits, and
of several requests for one file only the last is carried out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app import document_writing
from app.document_writing import ExportChoice
from app.jobs.background import Background
from app.models.document_model import DocumentModel
from app.models.run_model import RunModel
from editing.document import Document

Then = Callable[[], None]


class SaveStoppedError(Exception):
    """The save was given up because the person leaves without it."""


@dataclass
class Save:
    """One request.

    Attributes:
        document, path: what goes where.
        export: how a copy is written: the document keeps its file and stays as modified as it
            was. None for a save.
        then: what waits for the end of it.
        edits: changes of the document until the save began, and its place in the history.
        state: of the history when the save began; the one that the file holds.
    """

    document: Document
    path: Path
    export: ExportChoice | None = None
    then: list[Then] = field(default_factory=list)
    edits: tuple[int, int] | None = None
    state: object | None = None


class FileSaving(QObject):
    """Carries out the saves of a window.

    Attributes:
        before_write: called by the thread that writes, before it does; it may wait.

    Signals:
        began: path of the file that is written from now on.
        advanced: the share that is written, 0 to 1.
        saved: a ``Save`` that was carried out, and sentences about what the format could not hold.
        failed: path and error of one that was not.
        ended: all that was asked for is done; whether all of it went well.
    """

    began = Signal(object)
    advanced = Signal(float)
    saved = Signal(object, object)
    failed = Signal(object, object)
    ended = Signal(bool)

    _reported = Signal(float)

    def __init__(
        self,
        document: DocumentModel,
        run: RunModel,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._run, self._background = document, run, background
        self.before_write: Callable[[], None] = lambda: None
        self._now: Save | None = None
        self._waiting: list[Save] = []
        self._changes = 0
        self._all_well = True
        self._is_stopped = False
        document.changed.connect(self._count_change)
        # Emitted in the worker thread, delivered in this one.
        self._reported.connect(self._advance)

    @property
    def is_busy(self) -> bool:
        """Whether a save is under way."""
        return self._now is not None

    @property
    def path(self) -> Path | None:
        """The file that is written now."""
        return None if self._now is None else self._now.path

    @property
    def holds_present_state(self) -> bool:
        """Whether the document as it is now is what is being saved."""
        now = self._now
        return (
            now is not None
            and now.export is None
            and now.document is self._document.document
            and now.edits == self._edits()
        )

    def then(self, action: Then) -> None:
        """Do something once the save under way has gone well."""
        if self._now is not None:
            self._now.then.append(action)

    def request(self, save: Save) -> None:
        """Save now, or after what is being saved."""
        if self._now is None:
            self._begin(save)
            return
        for waiting in self._waiting:
            if (waiting.document, waiting.path) == (save.document, save.path):
                save.then[:0] = waiting.then
                self._waiting.remove(waiting)
                break
        self._waiting.append(save)

    def stop(self) -> None:
        """Give up what is being saved and what waits; the files stay as they were."""
        self._is_stopped = True
        self._waiting.clear()

    def _count_change(self) -> None:
        self._changes += 1

    def _edits(self) -> tuple[int, int]:
        history = self._document.history
        return self._changes, -1 if history is None else history.index

    def _begin(self, save: Save) -> None:
        self._now = save
        if save.document is self._document.document:
            # Half a stroke is no state to keep.
            self._document.end_stroke()
            save.edits = self._edits()
            history = self._document.history
            save.state = None if history is None else history.state
        self._run.activity = self.tr("Saving {0}…").format(save.path.name)
        self._run.activity_progress = 0.0
        self.began.emit(save.path)
        write = document_writing.prepare(save.document, save.path, save.export)
        percent = -1

        def report(share: float) -> None:
            nonlocal percent
            if self._is_stopped:
                raise SaveStoppedError
            if int(100 * share) != percent:
                percent = int(100 * share)
                self._reported.emit(share)

        def work() -> list[str]:
            self.before_write()
            return write(report)

        self._background.run(work, self._on_written, self._on_failed)

    def _advance(self, share: float) -> None:
        if self._now is None:
            return
        name = self._now.path.name
        self._run.activity = self.tr("Saving {0}… {1} %").format(name, int(100 * share))
        self._run.activity_progress = share
        self.advanced.emit(share)

    def _on_written(self, notes: list[str]) -> None:
        save = self._now
        if save is None:
            return
        if save.export is None:
            save.document.path = save.path
            if save.document is self._document.document and save.state is not None:
                # An edit made during the writing is not in the file.
                self._document.mark_saved(save.state)
            else:
                self._document.history_changed.emit()
        self._rest()
        self.saved.emit(save, notes)
        self._go_on(save.then)

    def _on_failed(self, error: Exception) -> None:
        save = self._now
        if save is None:
            return
        self._all_well = False
        self._rest()
        if not isinstance(error, SaveStoppedError):
            self.failed.emit(save.path, error)
        self._go_on([])

    def _rest(self) -> None:
        self._now = None
        self._run.activity = ""
        self._run.activity_progress = None

    def _go_on(self, then: list[Then]) -> None:
        for action in then:
            action()
        if self._now is not None:
            return
        if self._waiting:
            self._begin(self._waiting.pop(0))
        else:
            well, self._all_well = self._all_well, True
            self.ended.emit(well)
