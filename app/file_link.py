"""Connects files, clipboard and drops with the actions and the window."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication

from app.canvas.canvas_view import CanvasView
from app.clipboard import ClipboardLink
from app.dialogs.file_dialogs import FileDialogs
from app.document_files import DocumentFiles
from app.file_watch import FileWatch
from app.jobs.background import Background
from app.jobs.tile_work import TileWork
from app.main_window import MainWindow
from app.models.document_model import DocumentModel
from app.models.run_model import Choice, Message, RunModel
from app.picture_intake import Arrival
from app.picture_paste import PicturePaste
from app.recent_pictures import RecentPictures
from app.settings import Settings

_SAVED_SHOWN_MS = 5000


class FileLink(QObject):
    """Owns the watch on the document's file, the clipboard and what comes by drop.

    Attributes:
        watch: on the file of the open document. paste: pictures that become layers.
        clipboard: copy, cut and paste.
    """

    def __init__(
        self,
        window: MainWindow,
        canvas: CanvasView,
        document: DocumentModel,
        run: RunModel,
        files: DocumentFiles,
        dialogs: FileDialogs,
        settings: Settings,
        actions: Mapping[str, QAction],
        tile_work: TileWork,
    ) -> None:
        super().__init__(window)
        self._window, self._document, self._run = window, document, run
        self._files, self._dialogs, self._settings = files, dialogs, settings
        self._work = Background(self)
        self.watch = FileWatch(self)
        self.paste = PicturePaste(document, canvas, run, self._work, self)
        self.clipboard = ClipboardLink(
            document, run, files, self.paste, self._work, tile_work, actions, self
        )
        for name, slot in (
            ("open", files.ask_open),
            ("save", files.save),
            ("save_as", files.save_as),
            ("export", files.export),
            ("revert", files.revert),
        ):
            # A lambda keeps the "checked" argument away from slots with optional arguments.
            actions[name].triggered.connect(lambda _=False, slot=slot: slot())
        self._recent = RecentPictures(window.start_page, self)
        self._connect_window()
        self._connect_watch()
        self._show_recent()

    def close(self) -> None:
        """End the watch and the background work."""
        self.watch.close()
        self._recent.close()
        self._work.wait()

    def _connect_window(self) -> None:
        window, files = self._window, self._files
        window.dropped.connect(self._take_drop)
        window.start_page.open_clicked.connect(files.ask_open)
        for picked in (window.start_page.recent_clicked, window.recent_menu.picked):
            picked.connect(lambda path: files.open(Path(path)))
        files.recent_changed.connect(self._show_recent)
        files.saved.connect(self._tell_saved)
        files.close_wanted.connect(window.close)
        window.may_close = files.may_close

    def _connect_watch(self) -> None:
        files, watch = self._files, self.watch
        watch.changed.connect(self._tell_changed)
        watch.vanished.connect(self._tell_vanished)
        self._document.document_replaced.connect(self._follow_document)
        files.followed.connect(self._follow)
        files.saving.began.connect(self._pause_for)
        files.saving.failed.connect(lambda *_: watch.resume())
        files.saving.ended.connect(lambda _: watch.resume())
        # Not every file system tells of changes; a look costs nothing.
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._look_again)

    def _take_drop(self, data: QMimeData, modifiers: Qt.KeyboardModifier) -> None:
        arrival = Arrival.of(data)
        if arrival is None:
            self._files.say(self.tr("That holds no picture that can be opened."))
            return
        # The other program waits for the end of the drop: ask afterwards.
        QTimer.singleShot(0, self, lambda: self._place(arrival, modifiers))

    def _place(self, arrival: Arrival, modifiers: Qt.KeyboardModifier) -> None:
        answer = self._wanted(arrival, modifiers)
        if answer == "layer" and arrival.paths:
            self._files.add_as_layers(arrival.paths, self.paste)
        elif answer == "layer":
            self.paste.add(arrival.pixels, self.tr("Dropped"), step=self.tr("Add layer"))
        elif answer == "open" and arrival.paths:
            self._files.open(arrival.paths[0])
        elif answer == "open":
            self.clipboard.show_new(arrival.pixels)

    def _wanted(self, arrival: Arrival, modifiers: Qt.KeyboardModifier) -> str:
        if self._document.document is None or modifiers & Qt.KeyboardModifier.ControlModifier:
            return "open"
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            return "layer"
        name = arrival.paths[0].name if arrival.paths else self.tr("the picture")
        return self._dialogs.ask_dropped(name)

    def _follow(self, path: Path) -> None:
        self._run.file_message = None
        self.watch.follow(path)

    def _pause_for(self, path: Path) -> None:
        document = self._document.document
        if document is not None and document.path == path:
            self.watch.pause()

    def _follow_document(self) -> None:
        document = self._document.document
        self._run.file_message = None
        self.watch.follow(None if document is None else document.path)

    def _look_again(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.watch.check()

    def _tell_changed(self) -> None:
        document = self._document.document
        if document is None or document.path is None:
            return
        path = document.path
        if self._document.modified:
            text = self.tr("{0} was changed by another program; loading it drops your changes.")
        else:
            text = self.tr("{0} was changed by another program.")
        reload_it = Choice(
            self.tr("Reload"),
            self.tr("Show the file as it is now."),
            lambda: self._reload(path),
        )
        keep = Choice(
            self.tr("Keep mine"),
            self.tr("Go on with the picture as it is here; saving replaces the file."),
            self._keep,
        )
        self._run.file_message = Message(
            text.format(path.name), error=False, choices=(reload_it, keep)
        )

    def _tell_vanished(self) -> None:
        document = self._document.document
        if document is None or document.path is None:
            return
        text = self.tr("{0} was deleted or moved: save to write it again.")
        self._document.mark_unsaved()
        self._run.file_message = Message(text.format(document.path.name), error=False)

    def _reload(self, path: Path) -> None:
        self._run.file_message = None
        self._files.load(path)

    def _keep(self) -> None:
        self._run.file_message = None
        self._document.mark_unsaved()

    def _show_recent(self) -> None:
        paths = self._settings.get("recent_files")
        self._window.set_recent(paths)
        if not self._window.shows_canvas:
            self._recent.look(paths)

    def _tell_saved(self, name: str) -> None:
        self._window.statusBar().showMessage(self.tr("Saved {0}").format(name), _SAVED_SHOWN_MS)
