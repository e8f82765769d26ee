"""Looks at, adds, checks, removes and downloads models, on threads, and tells the library.

Two threads: one for the disk, one for the network, so that a download of hours does not keep the
list from being read. What goes wrong becomes one sentence in ``ModelLibrary.message``.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.jobs.background import Background
from app.jobs.hub_reference import hub_reference
from app.jobs.library_entries import read_entries
from app.jobs.library_removal import take_away
from app.jobs.mode_models import ModeModels, mode_models
from app.models.model_library import Entry, ModelLibrary
from app.models.run_model import Message
from asyndm.adding import add_source
from asyndm.catalogue import Catalogue
from asyndm.errors import AsynDMError
from asyndm.header_cache import FoundFile
from asyndm.hub import (
    AccessError,
    DownloadCancelledError,
    DownloadProgress,
    RepoInfo,
    describe,
    download,
)
from asyndm.request import Task

_TELL_EVERY_S = 0.1


class _ClosingError(AsynDMError):
    """The window closes, so nobody waits for the answer any more."""


class LibraryWork(QObject):
    """Works for a library.

    Args:
        library: is told what happens.
        catalogue: of its own: it is used on another thread.
        tasks: of the modes.

    Signals:
        refreshed: models, defaults and what is missing were looked up, as far as it went.
        failed: a sentence on why they could not be.
    """

    refreshed = Signal()
    failed = Signal(str)
    _arrived = Signal(object)
    _checked = Signal(float)

    def __init__(
        self,
        library: ModelLibrary,
        catalogue: Catalogue,
        tasks: Sequence[Task],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library, self._catalogue, self._tasks = library, catalogue, tuple(tasks)
        self._disk, self._network = Background(self), Background(self)
        self._cancel, self._closing = threading.Event(), threading.Event()
        # Emitted on a working thread, delivered on that of the window.
        self._arrived.connect(self._on_arrived)
        self._checked.connect(lambda share: setattr(library, "share", share))

    @property
    def home(self) -> Path:
        """The folder of the installed models."""
        return self._catalogue.folders[-1]

    def refresh(self) -> None:
        """Look up the models of the modes."""

        def look() -> tuple[ModeModels, list[FoundFile]]:
            return mode_models(self._catalogue, self._tasks), self._catalogue.scan().files

        self._disk.run(look, self._show_models, self._no_models)

    def look(self) -> None:
        """Look up everything for the list."""
        self._disk.run(lambda: read_entries(self._catalogue), self._show_entries, self._refuse)

    def add(self, path: Path, taken_as: str = "") -> None:
        """Add a file or a folder where it is.

        Args:
            path: of it.
            taken_as: of a model file: what the person says it is, or "".
        """

        def done(names: list[str]) -> None:
            if taken_as:
                self._end(self.tr("{0} is taken as {1} from now on.").format(path.name, taken_as))
            elif names:
                self._end(self.tr("Added: {0}.").format(", ".join(names)))
            else:
                self._end(self.tr("The models of {0} were known already.").format(path))
            self._changed()

        self._begin(self.tr("Looking at {0}…").format(path.name))
        self._disk.run(lambda: add_source(self._catalogue, path, taken_as), done, self._refuse)

    def verify(self, entry: Entry) -> None:
        """Read all of a model's files and compare their checksums."""
        told = _Pace()

        def progress(share: float) -> None:
            if self._closing.is_set():
                raise _ClosingError
            if told.is_due():
                self._checked.emit(share)

        def done(problems: list[str]) -> None:
            if problems:
                self._library.message = Message(f"{entry.title}: {' '.join(problems)}")
            self._end("" if problems else self.tr("{0}: all files are right.").format(entry.title))

        self._begin(self.tr("Verifying {0}…").format(entry.title))
        self._disk.run(lambda: self._catalogue.verify(entry.path, progress), done, self._refuse)

    def remove(self, entry: Entry) -> None:
        """Forget what was added, or delete what is installed."""

        def done(_: None) -> None:
            self._end(self.tr("Removed: {0}.").format(entry.title))
            self._changed()

        self._begin(self.tr("Removing {0}…").format(entry.title))
        self._disk.run(lambda: take_away(self._catalogue, entry), done, self._refuse)

    def describe(self, text: str, token: str = "") -> None:
        """Ask the hub what a download would bring.

        Args:
            text: names a repository or a file of one; an address will do.
            token: of the person; "" = the one that is stored, if any.
        """
        library = self._library
        if library.transfer != "idle":
            return
        library.message, library.offer, library.progress = None, None, None
        library.transfer = "asking"
        self._cancel.clear()

        def done(info: RepoInfo) -> None:
            library.transfer = "idle"
            library.wants_token = library.wants_token or info.gated
            library.offer = info

        self._network.run(
            lambda: describe(
                hub_reference(text), token=token or None, folder=self.home, cancel=self._cancel
            ),
            done,
            self._on_hub_error,
        )

    def download(self, token: str = "") -> None:
        """Download what is on offer, or go on with it.

        Args:
            token: of the person; "" = the one that is stored, if any.
        """
        library, info = self._library, self._library.offer
        if info is None or library.transfer != "idle":
            return
        library.message = None
        library.progress = DownloadProgress(info.present_bytes, info.total_bytes, "")
        library.transfer = "fetching"
        self._cancel.clear()
        told = _Pace()

        def progress(at: DownloadProgress) -> None:
            if told.is_due() or at.done == at.total:
                self._arrived.emit(at)

        def done(_: Path) -> None:
            library.offer, library.progress, library.transfer = None, None, "idle"
            text = self.tr("Downloaded and checked: {0}.").format(info.name)
            library.message = Message(text, error=False)
            self._changed()

        reference = info.repository if info.file is None else f"{info.repository}:{info.file}"
        self._network.run(
            lambda: download(
                reference,
                revision=info.revision,
                token=token or None,
                folder=self.home,
                cancel=self._cancel,
                progress=progress,
            ),
            done,
            self._on_hub_error,
        )

    def cancel(self) -> None:
        """Stop what goes on with the hub; what has arrived is kept."""
        if self._library.transfer != "idle":
            self._library.transfer = "stopping"
            self._cancel.set()

    def close(self) -> None:
        """End all; a download goes on at the next start where it was."""
        self._closing.set()
        self._cancel.set()
        self._disk.wait()
        self._network.wait()

    def _begin(self, activity: str) -> None:
        library = self._library
        library.message, library.share, library.activity = None, None, activity

    def _end(self, sentence: str) -> None:
        self._library.activity, self._library.share = "", None
        if sentence:
            self._library.message = Message(sentence, error=False)

    def _changed(self) -> None:
        self.refresh()
        self.look()

    def _show_models(self, found: tuple[ModeModels, list[FoundFile]]) -> None:
        library, (modes, files) = self._library, found
        library.models = tuple(modes.models)
        library.loras = tuple(file for file in files if file.identity.kind == "lora")
        library.embeddings = tuple(file for file in files if file.identity.kind == "embedding")
        library.defaults, library.missing = modes.defaults, modes.missing
        self.refreshed.emit()

    def _no_models(self, error: Exception) -> None:
        self.refreshed.emit()
        self.failed.emit(str(error))
        if not isinstance(error, AsynDMError | OSError):
            raise error

    def _show_entries(self, found: tuple[tuple[Entry, ...], tuple[str, ...]]) -> None:
        self._library.entries, self._library.remarks = found

    def _refuse(self, error: Exception) -> None:
        self._end("")
        self._say(error)

    def _say(self, error: Exception) -> None:
        if isinstance(error, AsynDMError | OSError):
            self._library.message = Message(str(error))
        else:
            raise error

    def _on_arrived(self, at: DownloadProgress) -> None:
        if self._library.transfer == "fetching":
            self._library.progress = at

    def _on_hub_error(self, error: Exception) -> None:
        library, at = self._library, self._library.progress
        library.transfer, library.progress = "idle", None
        if library.offer is not None and at is not None:
            library.offer = replace(library.offer, present_bytes=at.done)
        library.wants_token = library.wants_token or isinstance(error, AccessError)
        if isinstance(error, DownloadCancelledError):
            library.message = Message(str(error), error=False)
        else:
            self._say(error)


class _Pace:
    """Says when it is time to tell again how far something is."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def is_due(self) -> bool:
        """Whether the last time is long enough ago."""
        now = time.monotonic()
        if now - self._last < _TELL_EVERY_S:
            return False
        self._last = now
        return True
