"""Opening, saving, exporting and reverting, and the questions that go with them.

Files are read and written off the UI thread. A file that cannot be read or written is one sentence,
and the open document stays as it is.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.dialogs.file_dialogs import FileDialogs
from app.file_saving import FileSaving, Save
from app.jobs.background import Background
from app.models.document_model import DocumentModel
from app.models.properties import Bindings
from app.models.run_model import Message, RunModel
from app.picture_paste import PicturePaste
from app.settings import Settings
from editing.color import to_srgb
from editing.document import Document
from editing.errors import EditingError
from editing.files.document_file import load_document
from editing.files.formats import FORMATS, OPENRASTER_SUFFIX, WRITABLE
from editing.flatten import flattened

LAYERED = frozenset(end for each in FORMATS if each.keeps_layers for end in each.suffixes)


class DocumentFiles(QObject):
    """The way between the document and the disk.

    Signals:
        recent_changed: the list of recent files is another one.
        saved: the name of the file that was written.
        followed: path of the open document's file, which this program has just written.
        close_wanted: the document was saved on the way out; the window may close now.
    """

    recent_changed = Signal()
    saved = Signal(str)
    followed = Signal(object)
    close_wanted = Signal()

    def __init__(
        self,
        document: DocumentModel,
        run: RunModel,
        settings: Settings,
        background: Background,
        dialogs: FileDialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._run, self._settings = document, run, settings
        self._background, self._dialogs = background, dialogs
        self._estimates = Background(self)
        # For these documents it was said that one flat picture is what is wanted.
        self._flat: tuple[Document, Path] | None = None
        self._leaves_unsaved = False
        self.saving = FileSaving(document, run, background, self)
        self.saving.saved.connect(self._on_saved)
        self.saving.failed.connect(self._on_failed)

    def ask_open(self) -> None:
        """Let the user choose a picture, and open it."""
        path = self._dialogs.ask_open(self._settings.get("last_folder"))
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open a picture, after the question about unsaved changes."""
        self.unless_cancelled(lambda: self.load(path))

    def revert(self) -> None:
        """Go back to the file, after a question if something would be lost."""
        document = self._document.document
        if document is not None and document.path is not None:
            path = document.path
            self.unless_cancelled(lambda: self.load(path))

    def show_untitled(self, document: Document) -> None:
        """Open a document that has no file yet."""
        document.modified = True
        self._run.message = None
        self._document.set_document(document)

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save to the document's file, or ask where if it has none that can be written."""
        document = self._document.document
        if document is None:
            return
        path = document.path
        if path is None or path.suffix.lower() not in WRITABLE:
            self.save_as(then)
        elif self._may_be_flat(document, path):
            self._write(document, path, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask where, and save there."""
        document = self._document.document
        if document is None:
            return
        path = self._dialogs.ask_save(self._proposal(document))
        if path is not None:
            if path.suffix.lower() not in LAYERED:
                # The format was chosen by hand; that is an answer.
                self._flat = (document, path)
            self._write(document, path, then)

    def export(self) -> None:
        """Write a copy in another format, with the choices that it has."""
        document = self._document.document
        if document is None:
            return
        folder = Path(self._settings.get("last_folder") or Path.home())
        path = document.path or folder / self.tr("Untitled.png")
        self._document.end_stroke()
        wanted = self._dialogs.ask_export(document, path, self._estimates)
        if wanted is not None:
            path, choice = wanted
            self.saving.request(Save(document, path, choice))

    def close(self) -> None:
        """Wait for the work in hand."""
        self._estimates.wait()
        self._background.wait()

    def may_close(self) -> bool:
        """Whether the window may close now; if something comes first, `close_wanted` follows."""
        if self._leaves_unsaved:
            return True
        self._document.end_stroke()
        if self.saving.is_busy:
            self._wait_for_save()
            return False
        if not self._document.modified:
            return True
        answer = self._dialogs.ask_unsaved(self._name())
        if answer == "save":
            self.save(self.close_wanted.emit)
        return answer == "discard"

    def unless_cancelled(self, action: Callable[[], None]) -> None:
        """Do something that replaces the document, unless unsaved changes speak against it."""
        self._document.end_stroke()
        if self.saving.holds_present_state:
            self.saving.then(action)
            return
        answer = self._dialogs.ask_unsaved(self._name()) if self._document.modified else "discard"
        if answer == "save":
            self.save(action)
        elif answer == "discard":
            action()

    def load(self, path: Path) -> None:
        """Open a picture in place of the document, whatever becomes of that one as it is now."""
        before = self._state()

        def load() -> tuple[Document, list[str]]:
            loaded = load_document(path)
            return loaded.document, loaded.notes

        self._run.activity = self.tr("Opening {0}…").format(path.name)
        self._background.run(
            load,
            lambda loaded: self._opened(loaded, before),
            lambda error: self._on_failed(path, error),
        )

    def add_as_layers(self, paths: Sequence[Path], paste: PicturePaste) -> None:
        """Put pictures from files into the open document, each as a layer."""
        for path in paths:

            def read(path: Path = path) -> NDArray[np.uint8]:
                document = load_document(path).document
                return to_srgb(flattened(document.layers), document.metadata.icc)

            paste.add(read, path.stem, step=self.tr("Add layer"))

    def say(self, text: str) -> None:
        """Show a sentence that is no error."""
        self._run.message = Message(text, error=False)

    def _opened(self, loaded: tuple[Document, list[str]], before: tuple[object, object]) -> None:
        self._run.activity = ""
        if self._state() == before:
            self._show(*loaded)
        else:
            # What was edited while the file was read has not been asked about.
            self.unless_cancelled(lambda: self._show(*loaded))

    def _state(self) -> tuple[object, object]:
        """Stands for the document and the place in its history; a stroke under way ends."""
        self._document.end_stroke()
        history = self._document.history
        return self._document.document, None if history is None else history.state

    def _show(self, document: Document, notes: list[str]) -> None:
        self._run.message = None
        self._document.set_document(document)
        if document.path is not None:
            self._remember(document.path)
        if notes:
            self.say(" ".join(notes))

    def _write(self, document: Document, path: Path, then: Callable[[], None] | None) -> None:
        self.saving.request(Save(document, path, then=[] if then is None else [then]))

    def _on_saved(self, save: Save, notes: list[str]) -> None:
        self._remember(save.path)
        self.saved.emit(save.path.name)
        if save.document is self._document.document and save.path == save.document.path:
            if save.export is not None:
                # A copy in its own place: the file holds less than the document now.
                self._document.mark_unsaved()
            self.followed.emit(save.path)
        if notes:
            self.say(" ".join(notes))

    def _wait_for_save(self) -> None:
        path = self.saving.path
        dialog = self._dialogs.show_saving("" if path is None else path.name)
        links = Bindings()
        links.connect(self.saving.advanced, dialog.set_progress)

        def end(well: bool) -> None:
            dialog.accept()
            if well:
                self.close_wanted.emit()

        links.connect(self.saving.ended, end)
        # Whatever ends the dialog ends the waiting.
        dialog.finished.connect(lambda _: links.clear())
        dialog.abandoned.connect(self._leave_unsaved)

    def _leave_unsaved(self) -> None:
        self.saving.stop()
        self._leaves_unsaved = True
        self.close_wanted.emit()

    def _may_be_flat(self, document: Document, path: Path) -> bool:
        """Whether to save to the document's own file; asked once where layers would be lost."""
        if path.suffix.lower() in LAYERED or not needs_layers(self._document):
            return True
        if self._flat == (document, path):
            return True
        answer = self._dialogs.ask_layers(path.name)
        if answer == "flat":
            self._flat = (document, path)
            return True
        if answer == "layers":
            self.save_as()
        return False

    def _proposal(self, document: Document) -> Path:
        """Name to begin with: layers and regions want the format that keeps them."""
        folder = Path(self._settings.get("last_folder") or Path.home())
        path = document.path or folder / self.tr("Untitled.png")
        if path.suffix.lower() not in WRITABLE or needs_layers(self._document):
            return path.with_suffix(OPENRASTER_SUFFIX)
        return path

    def _name(self) -> str:
        document = self._document.document
        if document is None or document.path is None:
            return self.tr("Untitled")
        return document.path.name

    def _remember(self, path: Path) -> None:
        self._settings.add_recent(path)
        self.recent_changed.emit()

    def _on_failed(self, path: Path, error: Exception) -> None:
        self._run.activity = ""
        if isinstance(error, EditingError):
            self._run.message = Message(str(error))
        else:
            text = self.tr("{0} could not be read or written; the details say why.")
            details = f"{type(error).__name__}: {error}"
            self._run.message = Message(text.format(path), details=details)
        if not path.exists():
            self._settings.forget_recent(path)
            self.recent_changed.emit()


def needs_layers(model: DocumentModel) -> bool:
    """Whether a document holds more than one flat picture can: layers, masks, painted regions."""
    document = model.document
    if document is None:
        return False
    several = len(document.layers) > 1 or len(document.regions) > 1
    return several or not document.layers[0].is_plain or model.has_mask()
