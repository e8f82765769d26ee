"""Opening, saving, reverting and dropping pictures, and the question about unsaved changes.

Files are read and written off the UI thread, on copies. A file that cannot be read or written is
one sentence, and the open document stays as it is.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from app import qt_images
from app.dialogs.file_dialogs import FileDialogs
from app.jobs.background import Background
from app.models.document_model import DocumentModel
from app.models.run_model import Message, RunModel
from app.settings import Settings
from editing.document import Document
from editing.errors import EditingError
from editing.files.raster import load_picture, save_picture
from editing.flatten import flattened

_WRITABLE = (".png", ".jpg", ".jpeg", ".webp")


class DocumentFiles(QObject):
    """The way between the document and the disk.

    Signals:
        recent_changed: the list of recent files is another one.
        saved: the name of the file that was written.
        close_wanted: the document was saved on the way out; the window may close now.
    """

    recent_changed = Signal()
    saved = Signal(str)
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

    def ask_open(self) -> None:
        """Let the user choose a picture, and open it."""
        path = self._dialogs.ask_open(self._settings.get("last_folder"))
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open a picture, after the question about unsaved changes."""
        self._unless_cancelled(lambda: self._load(path))

    def open_dropped(self, data: QMimeData) -> None:
        """Open what was dropped or pasted: the first file, or a picture from another program."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.open(files[0])
            return
        image = data.imageData()
        if isinstance(image, QImage) and not image.isNull():
            pixels = qt_images.to_array(image)
            self._unless_cancelled(lambda: self._show_untitled(Document(pixels)))
        else:
            self._say(self.tr("That holds no picture that can be opened."))

    def revert(self) -> None:
        """Go back to the file, after a question if something would be lost."""
        document = self._document.document
        if document is not None and document.path is not None:
            path = document.path
            self._unless_cancelled(lambda: self._load(path))

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save to the document's file, or ask where if it has none that can be written."""
        document = self._document.document
        if document is None:
            return
        if document.path is None or document.path.suffix.lower() not in _WRITABLE:
            self.save_as(then)
        else:
            self._write(document, document.path, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask where, and save there."""
        document = self._document.document
        if document is None:
            return
        folder = Path(self._settings.get("last_folder") or Path.home())
        proposal = document.path or folder / self.tr("Untitled.png")
        path = self._dialogs.ask_save(proposal)
        if path is not None:
            self._write(document, path, then)

    def may_close(self) -> bool:
        """Whether the window may close now; if it is to be saved first, `close_wanted` follows."""
        if not self._document.modified:
            return True
        answer = self._dialogs.ask_unsaved(self._name())
        if answer == "save":
            self.save(self.close_wanted.emit)
        return answer == "discard"

    def _unless_cancelled(self, action: Callable[[], None]) -> None:
        """Do something that replaces the document, unless unsaved changes speak against it."""
        answer = self._dialogs.ask_unsaved(self._name()) if self._document.modified else "discard"
        if answer == "save":
            self.save(action)
        elif answer == "discard":
            action()

    def _load(self, path: Path) -> None:
        def load() -> tuple[Document, list[str]]:
            picture = load_picture(path)
            return Document.from_picture(picture, path), picture.notes

        self._run.activity = self.tr("Opening {0}…").format(path.name)
        self._background.run(load, self._opened, self._failed(path))

    def _opened(self, loaded: tuple[Document, list[str]]) -> None:
        document, notes = loaded
        self._run.activity = ""
        self._run.message = None
        self._document.set_document(document)
        if document.path is not None:
            self._remember(document.path)
        if notes:
            self._say(" ".join(notes))

    def _show_untitled(self, document: Document) -> None:
        document.modified = True
        self._run.message = None
        self._document.set_document(document)

    def _write(self, document: Document, path: Path, then: Callable[[], None] | None) -> None:
        pixels, metadata = flattened(document.layers), document.metadata
        history = self._document.history
        place = None if history is None else (history, history.index)

        def write() -> list[str]:
            return save_picture(
                path,
                pixels,
                icc=metadata.icc,
                exif=metadata.exif,
                xmp=metadata.xmp,
                generation=metadata.generation,
            )

        def written(notes: list[str]) -> None:
            self._run.activity = ""
            document.path = path
            now = self._document.history
            # An edit made during the writing is not in the file.
            if place is not None and now is place[0] and now.index == place[1]:
                self._document.mark_saved()
            self._remember(path)
            self.saved.emit(path.name)
            if notes:
                self._say(" ".join(notes))
            if then is not None:
                then()

        self._run.activity = self.tr("Saving {0}…").format(path.name)
        self._background.run(write, written, self._failed(path))

    def _name(self) -> str:
        document = self._document.document
        if document is None or document.path is None:
            return self.tr("Untitled")
        return document.path.name

    def _remember(self, path: Path) -> None:
        self._settings.add_recent(path)
        self.recent_changed.emit()

    def _failed(self, path: Path) -> Callable[[Exception], None]:
        def say(error: Exception) -> None:
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

        return say

    def _say(self, text: str) -> None:
        self._run.message = Message(text, error=False)
