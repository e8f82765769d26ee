"""Edits of pixels that may take long: worked out off the UI thread, put in place on it in slices.

What is worked out belongs to the pixels that were read. If the plane was written to meanwhile, by a
brush or by undo, the work is done once more; after a few times the person is told to try again. An
edit never goes to another layer or region than the one that was chosen when it was asked for.
While the document is locked the edit waits.
"""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.jobs.background import Background
from app.models.document_model import DocumentModel
from editing.document import Document
from editing.errors import EditingError
from editing.history import Command
from editing.plane import Plane
from editing.steps import Steps

AT_ONCE_PIXELS = 1 << 20
"""Work on so many pixels is done before the next frame."""
_ATTEMPTS = 3


class Plan(Protocol):
    """New tiles of a plane, such as ``editing.tile_plan.TilePlan``."""

    @property
    def plane(self) -> Plane:
        """The plane to edit."""

    def commit_steps(self, name: str) -> Steps[Command | None]:
        """Put the tiles in place, in small steps; the result is the command to push."""


Work = Callable[[Document], Plan | None]
Pushed = Callable[[Command | None], None]


class TileWork(QObject):
    """One edit after another on the document of a model.

    Signals:
        busy_changed: whether something is being worked out.
        failed: a sentence on what went wrong.
    """

    busy_changed = Signal(bool)
    failed = Signal(str)

    def __init__(
        self, model: DocumentModel, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._background = model, background
        self._waiting = 0
        self._held: list[_Job] = []
        model.lock_changed.connect(self._go_on)

    @property
    def is_busy(self) -> bool:
        """Whether something is being worked out."""
        return self._waiting > 0

    def run(self, name: str, work: Work, pixels: float, pushed: Pushed | None = None) -> None:
        """Work an edit out and push it.

        Args:
            name: of the edit in the history.
            work: gives the plan; called in another thread if there is much to do, and again if the
                plane has changed meanwhile. It must not write to the document.
            pixels: about how many it will look at.
            pushed: told the command, or None if the edit changes nothing.
        """
        document = self._model.document
        if document is None:
            return
        job = _Job(name, work, document, pushed)
        if pixels <= AT_ONCE_PIXELS and not self.is_busy and not self._model.is_locked:
            try:
                self._push(job, work(document))
            except EditingError as error:
                self.failed.emit(error.sentence)
            return
        self._wait_for(1)
        self._start(job)

    def _start(self, job: "_Job") -> None:
        self._background.run(job.do, lambda plan: self._finish(job, plan), self._fail)

    def _finish(self, job: "_Job", plan: Plan | None) -> None:
        if self._model.document is not job.document:
            self._wait_for(-1)
        elif self._model.is_locked:
            self._held.append(job)
        elif plan is None or (job.is_fresh(plan.plane) and job.is_meant_for(plan.plane)):
            self._wait_for(-1)
            self._push(job, plan)
        elif job.attempts < _ATTEMPTS and job.is_meant_for(plan.plane):
            self._start(job)
        else:
            self._wait_for(-1)
            self.failed.emit(
                self.tr("{0}: the picture changed meanwhile; please try again.").format(job.name)
            )

    def _go_on(self, is_locked: bool) -> None:
        """Work out anew what had to wait for an edit of the whole document."""
        if not is_locked:
            held, self._held = self._held, []
            for job in held:
                job.attempts = 0
                self._start(job)

    def _push(self, job: "_Job", plan: Plan | None) -> None:
        pushed = job.pushed or _tell_nobody
        if plan is None:
            pushed(None)
        else:
            self._model.make(plan.commit_steps(job.name), pushed)

    def _fail(self, error: Exception) -> None:
        self._wait_for(-1)
        if isinstance(error, EditingError):
            self.failed.emit(error.sentence)
        elif isinstance(error, MemoryError):
            self.failed.emit(
                self.tr("There is not enough memory for this edit: close other programs first.")
            )
        else:
            raise error

    def _wait_for(self, change: int) -> None:
        self._waiting += change
        if self._waiting == max(0, change):
            self.busy_changed.emit(self.is_busy)


def _tell_nobody(_command: Command | None) -> None:
    pass


class _Job:
    """A piece of work, and what the planes were like when it was begun."""

    def __init__(self, name: str, work: Work, document: Document, pushed: Pushed | None) -> None:
        self.name, self.work, self.document, self.pushed = name, work, document, pushed
        self.attempts = 0
        self._writes: dict[int, list[int]] = {}
        self._choice = _choice(document)
        self._meant = (document.selection, _target(document))

    def do(self) -> Plan | None:
        """Work it out, in the thread of the background."""
        self.attempts += 1
        planes = list(self.document.structure.planes())
        self._writes = {plane.key: list(plane.writes) for plane in planes}
        return self.work(self.document)

    def is_fresh(self, plane: Plane) -> bool:
        """Whether a plane of the document, and the selection, are as they were at the start."""
        planes = {other.key for other in self.document.structure.planes()}
        looked_at = (plane, self.document.selection)
        return plane.key in planes and all(
            self._writes.get(each.key) == each.writes for each in looked_at
        )

    def is_meant_for(self, plane: Plane) -> bool:
        """Whether the edit was asked for while this plane was the one to be edited."""
        return self._choice == _choice(self.document) or plane in self._meant


def _choice(document: Document) -> tuple[str, int, int]:
    return document.target, document.active_layer.id, document.active_region.id


def _target(document: Document) -> Plane | None:
    if document.target == "region":
        return document.mask
    layer = document.active_layer
    return layer.plane if document.target == "layer" else layer.mask
