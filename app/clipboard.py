"""Copy, cut and paste, inside the program and with others.

Nothing is copied on the UI thread: the document is held as it is, a thread reads it, and the
clipboard waits for the thread only if another program asks at once.
"""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QGuiApplication

from app.clipboard_data import PictureMime, Transfer
from app.document_files import DocumentFiles
from app.document_writing import composed
from app.jobs.background import Background
from app.jobs.tile_work import TileWork
from app.models.document_model import DocumentModel
from app.models.run_model import Message, RunModel
from app.picture_intake import Arrival
from app.picture_paste import PicturePaste
from editing.color import to_srgb
from editing.document import Document
from editing.errors import EditingError
from editing.files.png_bands import encode_png
from editing.layer_commands import require_unlocked
from editing.pixel_plan import plan_clear
from editing.pixel_transfer import Lifted, lift
from editing.plane import Pixels
from editing.snapshot import Snapshot, take_snapshot


class ClipboardLink(QObject):
    """Connects the actions of the Edit menu with the clipboard."""

    def __init__(
        self,
        document: DocumentModel,
        run: RunModel,
        files: DocumentFiles,
        paste: PicturePaste,
        background: Background,
        work: TileWork,
        actions: Mapping[str, QAction],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._run, self._files = document, run, files
        self._paste, self._background, self._work = paste, background, work
        for name, slot in (
            ("copy", self.copy),
            ("cut", self.cut),
            ("copy_merged", self.copy_merged),
            ("paste", self.paste),
            ("paste_new", self.paste_new),
        ):
            actions[name].triggered.connect(lambda _=False, slot=slot: slot())

    def copy(self) -> None:
        """Copy what is selected of the active layer."""
        document = self._document.document
        if document is not None:
            self._copy(document, merged=False)

    def copy_merged(self) -> None:
        """Copy what is selected of the picture that all layers give together."""
        document = self._document.document
        if document is not None:
            self._copy(document, merged=True)

    def cut(self) -> None:
        """Copy what is selected of the active layer, and take it away there."""
        document = self._document.document
        if document is None:
            return
        try:
            require_unlocked(document.active_layer)
        except EditingError as error:
            self._run.message = Message(str(error))
            return
        self._copy(document, merged=False)
        plane = document.active_layer.plane
        self._work.run(self.tr("Cut"), lambda now: plan_clear(now, plane), 4 * document.bounds.area)

    def paste(self) -> None:
        """Paste as a layer, or as a document if none is open."""
        if self._document.document is None:
            self.paste_new()
            return
        own = self._own()
        if own is not None:
            self._paste_own(own)
            return
        arrival = self._arrival()
        if arrival is None:
            return
        if arrival.paths:
            self._files.add_as_layers(arrival.paths, self._paste)
        else:
            self._paste.add(arrival.pixels, self.tr("Pasted"))

    def paste_new(self) -> None:
        """Paste as a document of its own."""
        own = self._own()
        if own is not None:
            self._show_own(own)
            return
        arrival = self._arrival()
        if arrival is None:
            return
        if arrival.paths:
            self._files.open(arrival.paths[0])
        else:
            self.show_new(arrival.pixels)

    def show_new(self, read: Callable[[], Pixels]) -> None:
        """Open a picture that is no file; `read` is called on another thread."""

        def show(document: Document) -> None:
            self._files.unless_cancelled(lambda: self._files.show_untitled(document))

        self._background.run(lambda: Document(read()), show, self._paste.complain)

    def _copy(self, document: Document, *, merged: bool) -> None:
        self._document.end_stroke()
        snapshot = take_snapshot(document)
        has_selection = self._document.has_selection()
        transfer = Transfer(document.metadata.icc, document.size)

        def read() -> None:
            try:
                with snapshot:
                    lifted = _lifted(snapshot, merged=merged, has_selection=has_selection)
                transfer.lifted.set_result(lifted)
                transfer.encoded.set_result(_encoded(lifted, transfer.profile))
            finally:
                # Whoever waits must not wait for ever.
                transfer.end()

        self._background.run(read, lambda _: None, self._paste.complain)
        QGuiApplication.clipboard().setMimeData(PictureMime(transfer))

    def _own(self) -> Transfer | None:
        data = QGuiApplication.clipboard().mimeData()
        return data.transfer if isinstance(data, PictureMime) else None

    def _paste_own(self, transfer: Transfer) -> None:
        """At its place, if the document is of the size of the one it was copied from."""

        def add(lifted: Lifted | None) -> None:
            document = self._document.document
            if lifted is None or document is None:
                self._say_empty()
                return
            place = lifted.rect if transfer.size == document.size else None
            same = transfer.profile == document.metadata.icc
            self._paste.add(
                lambda: lifted.pixels if same else to_srgb(lifted.pixels, transfer.profile),
                self.tr("Pasted"),
                place,
                profile=transfer.profile if same else None,
            )

        self._background.run(transfer.lifted.result, add, self._paste.complain)

    def _show_own(self, transfer: Transfer) -> None:
        def show(lifted: Lifted | None) -> None:
            if lifted is None:
                self._say_empty()
            else:
                self.show_new(lambda: to_srgb(lifted.pixels, transfer.profile).copy())

        self._background.run(transfer.lifted.result, show, self._paste.complain)

    def _arrival(self) -> Arrival | None:
        arrival = Arrival.of(QGuiApplication.clipboard().mimeData())
        if arrival is None:
            self._say_empty()
        return arrival

    def _say_empty(self) -> None:
        self._files.say(self.tr("The clipboard holds no picture."))


def _lifted(snapshot: Snapshot, *, merged: bool, has_selection: bool) -> Lifted | None:
    selection = snapshot.selection if has_selection else None
    if merged:
        return lift(lambda rect: composed(snapshot, rect=rect), snapshot.bounds, selection)
    held = snapshot.layers[snapshot.active_layer].plane
    return lift(held.read, held.box if selection is None else held.bounds, selection)


def _encoded(lifted: Lifted | None, profile: bytes | None) -> bytes:
    if lifted is None:
        return b""
    return encode_png(to_srgb(lifted.pixels, profile))
