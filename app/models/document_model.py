"""The open document as the window sees it: Document and History behind Qt signals.

Every edit goes through here, so that whoever shows the document hears of it. The edits themselves
are made by ``editing``; this class only passes on what they report.
"""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.models.history_walk import HistoryWalk
from app.models.occupancy import Occupancies, Occupancy
from app.models.slices import Slices
from editing.document import Document, Target
from editing.geometry import EMPTY
from editing.gesture import MOUSE, Gesture, Pen
from editing.history import DEFAULT_BUDGET_BYTES, Change, Command, History, Touched
from editing.plane import Plane

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from editing.steps import Steps

_STRUCTURAL = ("layers", "regions", "document")


class DocumentModel(QObject):
    """The document, its history and the stroke under way; empty until ``set_document``.

    Signals:
        changed: an editing ``Change`` without parts; repaint what it covers. With the kind
            "document" the planes are other objects than before and the size may differ.
        history_changed: names, index or the modified flag differ.
        document_replaced: another document, or none, is open.
        active_changed: another layer or region is the active one, or the brush paints on another
            target.
        committed: an edit was made, taken back or made again; its ``Touched``.
        saved: the present state is the one in the file.
        failed: a step of the history cannot be read back; one sentence.
        lock_changed: whether the document must not be edited, because a large edit reads it, or
            is being put in place.

    Attributes:
        history_budget_bytes: memory for the history of documents opened from now on.
        history_folder: where histories put what is beyond that; None: with temporary files.
    """

    changed = Signal(object)
    history_changed = Signal()
    document_replaced = Signal()
    active_changed = Signal()
    committed = Signal(object)
    saved = Signal()
    failed = Signal(str)
    lock_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document: Document | None = None
        self._history: History | None = None
        self._stroke: Gesture | None = None
        self._locks: set[str] = set()
        self._slices: Slices[Command | None] = Slices(self, partial(self._lock, "edit"))
        self._masked = Occupancies()
        self.history_budget_bytes = DEFAULT_BUDGET_BYTES
        self.history_folder: Path | None = None
        self._walk = HistoryWalk(self, partial(self._lock, "walk"))
        self._walk.stepped.connect(self._on_stepped)
        self._walk.paused.connect(self.history_changed)
        self._walk.failed.connect(self.failed)

    @property
    def document(self) -> Document | None:
        """The open document."""
        return self._document

    @property
    def history(self) -> History | None:
        """Its history."""
        return self._history

    @property
    def modified(self) -> bool:
        """Whether the document differs from its file."""
        return self._document is not None and self._document.modified

    @property
    def is_painting(self) -> bool:
        """Whether a stroke is under way."""
        return self._stroke is not None

    @property
    def is_locked(self) -> bool:
        """Whether the document must not be edited now; no stroke begins."""
        return bool(self._locks)

    @property
    def is_locked_by_history(self) -> bool:
        """Whether only undo or redo is why: they may be asked for again meanwhile."""
        return self._locks == {"walk"}

    def set_locked(self, locked: bool) -> None:
        """Keep edits away while a large one is worked out; a stroke under way ends."""
        if locked != ("work" in self._locks):
            self.end_stroke()
            self._walk.stop()
            self._lock("work", locked)

    def occupancy(self, plane: Plane) -> Occupancy:
        """Which tiles of a plane of the document hold anything but zeros."""
        return self._masked.of(plane)

    def has_mask(self) -> bool:
        """Whether any pixel of the active region is masked."""
        return self._document is not None and self.occupancy(self._document.mask).any()

    def has_selection(self) -> bool:
        """Whether any pixel is selected."""
        return self._document is not None and self.occupancy(self._document.selection).any()

    def choose_layer(self, layer_id: int) -> None:
        """Edit this layer from now on."""
        if self._document is not None and self._document.active_layer.id != layer_id:
            self.end_stroke()
            self._document.choose_layer(layer_id)
            self.active_changed.emit()

    def choose_region(self, region_id: int) -> None:
        """Edit this region from now on."""
        if self._document is not None and self._document.active_region.id != region_id:
            self.end_stroke()
            self._document.choose_region(region_id)
            self.active_changed.emit()

    def set_target(self, target: Target) -> None:
        """Paint on the active region, the active layer, or its mask."""
        if self._document is not None and self._document.target != target:
            self.end_stroke()
            self._document.target = target
            self.active_changed.emit()

    def set_document(self, document: Document | None) -> None:
        """Open another document, or none; a stroke under way is given up with the old one."""
        self._stroke = None
        self._slices.drop()
        self._walk.drop()
        if self._history is not None:
            # Another document need not wait for the files of the last one.
            self._history.close(wait=document is None)
        self._document = document
        self._history = None
        if document is not None:
            self._history = History(document, self.history_budget_bytes, self.history_folder)
        self._masked = Occupancies()
        self.document_replaced.emit()
        self.active_changed.emit()
        self.history_changed.emit()

    def close(self) -> None:
        """Close the document and stop its background thread."""
        self.set_document(None)

    def begin_stroke(self, gesture: Gesture) -> None:
        """Start a stroke on this document; one that is still under way ends first."""
        if self.is_locked:
            return
        self.end_stroke()
        self._walk.stop()
        if self._document is not None:
            self._stroke = gesture

    def stroke_to(self, x: float, y: float, pen: Pen = MOUSE) -> None:
        """Go on to (x, y) in document pixels; nothing happens without a stroke."""
        if self._stroke is not None:
            self._report(self._stroke.move_to(x, y, pen))

    def end_stroke(self) -> None:
        """Finish the stroke; it becomes one step of the history if a pixel changed.

        An edit, undo or redo that is half done is finished too: the document is in a state to keep.
        """
        self._slices.finish()
        self._walk.finish_step()
        stroke, self._stroke = self._stroke, None
        command = None if stroke is None else stroke.finish()
        if command is not None and self._history is not None:
            self._history.push(command)
            self.committed.emit(command.touched)
            self.history_changed.emit()

    def abort_stroke(self) -> None:
        """Take the stroke back as if it had not been begun."""
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            self._report(stroke.abort())

    def push(self, command: Command | None) -> None:
        """Add an edit that was already made to the history and report it; None is no edit."""
        if command is None or self._history is None:
            return
        self.end_stroke()
        self._walk.stop()
        self._history.push(command)
        self.committed.emit(command.touched)
        self._report(command.change)
        self.history_changed.emit()

    def make(
        self,
        steps: "Steps[Command | None]",
        made: "Callable[[Command | None], None]" = lambda _: None,
    ) -> None:
        """Make an edit in small steps and push it; it may be done by the time this returns.

        Otherwise the document is locked, and the window goes on, until it is.

        Args:
            steps: they give the command, or None if the edit changes nothing.
            made: told the command after it was pushed.
        """

        def push(command: Command | None) -> None:
            self.push(command)
            made(command)

        self.end_stroke()
        self._walk.stop()
        self._slices.run(steps, push)

    def undo(self) -> None:
        """Take back the stroke under way, else the newest edit, if there is any."""
        self._slices.finish()
        if self._stroke is not None:
            self.abort_stroke()
        elif self._history is not None:
            self._walk.by(self._history, -1)

    def redo(self) -> None:
        """Make the edit again that was undone last, if there is any."""
        self._slices.finish()
        if self._stroke is None and self._history is not None:
            self._walk.by(self._history, 1)

    def jump(self, index: int) -> None:
        """Undo or redo until ``index`` steps of the history are in effect."""
        self.end_stroke()
        if self._history is not None:
            self._walk.to(self._history, index)

    def mark_saved(self, state: object | None = None) -> None:
        """Take a state of the history, or the present one, as the one in the file."""
        if self._history is not None:
            self._history.mark_saved(state)
            if not self.modified:
                self.saved.emit()
            self.history_changed.emit()

    def mark_unsaved(self) -> None:
        """Say that the file does not hold any state of the document any more."""
        if self._history is not None:
            self._history.mark_unsaved()
            self.history_changed.emit()

    def _lock(self, holder: str, locked: bool) -> None:
        """Let one more, or one less, keep edits away."""
        was_locked = self.is_locked
        if locked:
            self._locks.add(holder)
        else:
            self._locks.discard(holder)
        if self.is_locked != was_locked:
            self.lock_changed.emit(self.is_locked)

    def _on_stepped(self, change: Change, touched: Touched) -> None:
        self.committed.emit(touched)
        self._report(change)

    def _report(self, change: Change) -> None:
        """Pass a change on, also one of names, properties or metadata that changes no pixel."""
        if self._document is None:
            return
        parts = [
            part
            for part in change.parts or (change,)
            if part.rect != EMPTY or part.kind in _STRUCTURAL
        ]
        for part in parts:
            self._masked.forget(part, self._document.structure)
        for part in parts:
            self.changed.emit(part)
        if any(part.kind in _STRUCTURAL for part in parts):
            self.active_changed.emit()
