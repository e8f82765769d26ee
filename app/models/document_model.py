"""The open document as the window sees it: Document and History behind Qt signals.

Every edit goes through here, so that whoever shows the document hears of it. The edits themselves
are made by ``editing``; this class only passes on what they report.
"""

from PySide6.QtCore import QObject, Signal

from app.models.occupancy import Occupancy
from editing.brush import Brush, Stroke
from editing.document import Document
from editing.geometry import EMPTY
from editing.history import Change, Command, History


class DocumentModel(QObject):
    """The document, its history and the stroke under way; empty until ``set_document``.

    Signals:
        changed: an editing ``Change``; repaint that part. With the kind "document" the planes are
            other objects than before and the size may differ.
        history_changed: names, index or the modified flag differ.
        document_replaced: another document, or none, is open.
    """

    changed = Signal(object)
    history_changed = Signal()
    document_replaced = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document: Document | None = None
        self._history: History | None = None
        self._stroke: Stroke | None = None
        self._masked: Occupancy | None = None

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
    def masked(self) -> Occupancy | None:
        """Which tiles of the mask hold masked pixels."""
        return self._masked

    def has_mask(self) -> bool:
        """Whether any pixel is masked; asks again only for tiles that changed."""
        return self._masked is not None and self._masked.any()

    def set_document(self, document: Document | None) -> None:
        """Open another document, or none; a stroke under way is given up with the old one."""
        self._stroke = None
        if self._history is not None:
            self._history.close()
        self._document = document
        self._history = None if document is None else History(document)
        self._masked = None if document is None else Occupancy(document.mask)
        self.document_replaced.emit()
        self.history_changed.emit()

    def close(self) -> None:
        """Close the document and stop its background thread."""
        self.set_document(None)

    def begin_stroke(self, brush: Brush) -> None:
        """Start a stroke; one that is still under way ends first."""
        self.end_stroke()
        if self._document is not None:
            self._stroke = Stroke(self._document, brush)

    def stroke_to(self, x: float, y: float) -> None:
        """Paint to (x, y) in document pixels; nothing happens without a stroke."""
        if self._stroke is not None:
            self._report(Change("mask", self._stroke.move_to(x, y)))

    def end_stroke(self) -> None:
        """Finish the stroke; it becomes one step of the history if a pixel changed."""
        stroke, self._stroke = self._stroke, None
        command = None if stroke is None else stroke.finish()
        if command is not None and self._history is not None:
            self._history.push(command)
            self.history_changed.emit()

    def abort_stroke(self) -> None:
        """Take the stroke back as if it had not been begun."""
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            self._report(Change("mask", stroke.abort()))

    def push(self, command: Command | None) -> None:
        """Add an edit that was already made to the history and report it; None is no edit."""
        if command is None or self._history is None:
            return
        self.end_stroke()
        self._history.push(command)
        self._report(command.change)
        self.history_changed.emit()

    def undo(self) -> None:
        """Take back the stroke under way, else the newest edit, if there is any."""
        if self._stroke is not None:
            self.abort_stroke()
        elif self._history is not None and self._history.can_undo:
            self._report(self._history.undo())
            self.history_changed.emit()

    def redo(self) -> None:
        """Make the edit again that was undone last, if there is any."""
        if self._stroke is None and self._history is not None and self._history.can_redo:
            self._report(self._history.redo())
            self.history_changed.emit()

    def mark_saved(self) -> None:
        """Take the present state as the one in the file."""
        if self._history is not None:
            self._history.mark_saved()
            self.history_changed.emit()

    def _report(self, change: Change) -> None:
        """Pass a change on; a change of metadata only ("document", no pixel) is passed on too."""
        if self._document is None or self._masked is None:
            return
        if change.rect == EMPTY and change.kind != "document":
            return
        if self._masked.plane is not self._document.mask:
            self._masked = Occupancy(self._document.mask)
        elif change.kind != "picture":
            self._masked.mark_dirty(change.rect)
        self.changed.emit(change)
