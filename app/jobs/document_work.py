"""Edits of the whole document that may take long: worked out off the UI thread, pushed as one step.

While one is worked out the document is locked. If it was changed nevertheless, the result does not
fit it any more and is dropped, with a sentence about that.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from app.jobs.background import Background
from app.models.document_model import DocumentModel
from app.models.run_model import RunModel
from editing.document import Document
from editing.errors import EditingError
from editing.history import Command
from editing.steps import Steps
from editing.structure import Structure

AT_ONCE_PIXELS = 1 << 19
"""Work on so many pixels is done before the next frame."""

T = TypeVar("T")
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Edit(Generic[T]):
    """An edit in two steps.

    Attributes:
        text: what is going on, such as "Rotating the picture…".
        work: the long step; in another thread, it only reads. It is given whom to tell how far
            it is, in (0, 1].
        commit: the short step, on the UI thread; gives the command to push, or the small steps
            that lead to it.
        pixels: about how many the long step looks at.
    """

    text: str
    work: Callable[[Progress], T]
    commit: Callable[[T], Command | Steps[Command | None] | None]
    pixels: float = float("inf")


class DocumentWork(QObject):
    """One edit at a time on the document of a model.

    Signals:
        failed: a sentence on what went wrong.
    """

    failed = Signal(str)
    _progressed = Signal(float)

    def __init__(self, model: DocumentModel, run: RunModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._run = model, run
        self._background = Background(self)
        self._text = ""
        self._progressed.connect(self._show_progress)

    @property
    def is_busy(self) -> bool:
        """Whether an edit is being worked out."""
        return bool(self._text)

    def run(self, edit: Edit[T], ended: Callable[[bool], None] | None = None) -> bool:
        """Make an edit.

        Args:
            edit: what to do.
            ended: told whether it was made, before its command is pushed; also if it failed.

        Returns:
            False if another one is under way, or no document is open; then nothing happens.
        """
        document = self._model.document
        if document is None or self.is_busy:
            return False
        tell = ended or _tell_nobody
        self._model.end_stroke()
        state = _State(document)
        if edit.pixels <= AT_ONCE_PIXELS:
            try:
                result = edit.work(lambda _: None)
            except EditingError as error:
                self._fail(error, tell)
            else:
                self._push(edit, result, tell)
            return True
        self._text = self._run.activity = edit.text
        self._model.set_locked(True)
        self._background.run(
            lambda: edit.work(self._progressed.emit),
            lambda result: self._finish(edit, state, result, tell),
            lambda error: self._fail(error, tell),
        )
        return True

    def close(self) -> None:
        """Wait for the edit under way; it is not made any more."""
        self._background.wait()

    def _finish(
        self, edit: Edit[T], state: "_State", result: T, tell: Callable[[bool], None]
    ) -> None:
        self._unlock()
        if state.is_that_of(self._model.document):
            self._push(edit, result, tell)
            return
        tell(False)
        if self._model.document is state.document:
            self.failed.emit(
                self.tr("The picture was changed meanwhile, so nothing was done: please try again.")
            )

    def _push(self, edit: Edit[T], result: T, tell: Callable[[bool], None]) -> None:
        tell(True)
        made = edit.commit(result)
        if isinstance(made, Generator):
            self._model.make(made)
        else:
            self._model.push(made)

    def _fail(self, error: Exception, tell: Callable[[bool], None]) -> None:
        self._unlock()
        tell(False)
        if isinstance(error, EditingError):
            self.failed.emit(error.sentence)
        elif isinstance(error, MemoryError):
            self.failed.emit(
                self.tr("There is not enough memory for this edit: close other programs first.")
            )
        else:
            raise error

    def _unlock(self) -> None:
        if self._text:
            self._text = self._run.activity = ""
            self._run.activity_progress = None
            self._model.set_locked(False)

    def _show_progress(self, share: float) -> None:
        if self._text:
            self._run.activity = self.tr("{0} {1} %").format(self._text, int(100 * share))
            self._run.activity_progress = share


def _tell_nobody(_made: bool) -> None:
    pass


@dataclass
class _State:
    """What the document was like when an edit began."""

    document: Document
    _structure: Structure = field(init=False)
    _writes: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self._structure = self.document.structure
        self._writes = [list(plane.writes) for plane in self._structure.planes()]

    def is_that_of(self, document: Document | None) -> bool:
        return (
            document is self.document
            and document.structure is self._structure
            and self._writes == [plane.writes for plane in self._structure.planes()]
        )
