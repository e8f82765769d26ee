"""Notices that other programs change, replace or delete the file of the open document.

The system tells of events in the file and in its folder: programs that save safely put a new file
in the place of the old one, which ends the watch on the old one. Whether anything really differs is
told by time and size, and where only the time does by a digest of the content.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.jobs.background import Background

_SETTLE_MS = 300
"""Files are written in several steps; some programs delete them first."""


class _Stamp(NamedTuple):
    modified_ns: int
    size: int


class FileWatch(QObject):
    """Watches one file at a time.

    Signals:
        changed: the file has another content. vanished: it was deleted or moved away.
    """

    changed = Signal()
    vanished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._stamp: _Stamp | None = None
        self._digest = ""
        self._turn = 0
        self._is_paused = False
        self._background = Background(self)
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self.check)
        for signal in (self._watcher.fileChanged, self._watcher.directoryChanged):
            signal.connect(self._timer.start)

    @property
    def knows_content(self) -> bool:
        """Whether the file was read, so that a new time alone is known to be no change."""
        return bool(self._digest)

    def follow(self, path: Path | None) -> None:
        """Watch this file, as it is now, from now on; None watches nothing."""
        self._turn += 1
        self._is_paused = False
        self._timer.stop()
        watched = [*self._watcher.files(), *self._watcher.directories()]
        if watched:
            self._watcher.removePaths(watched)
        self._path = path
        self._digest = ""
        self._stamp = None if path is None else _stamp_of(path)
        if path is not None and self._stamp is not None:
            self._watch(path)
            self._take_digest(path, self._stamp)

    def pause(self) -> None:
        """Look away until ``follow`` or ``resume``: this program writes the file itself."""
        self._is_paused = True
        self._timer.stop()

    def resume(self) -> None:
        """Look again; what happened meanwhile counts."""
        if self._is_paused:
            self._is_paused = False
            self.check()

    def check(self) -> None:
        """Look at the file now."""
        path = self._path
        if path is None or self._is_paused:
            return
        stamp = _stamp_of(path)
        if stamp is None:
            if self._stamp is not None:
                self._stamp = None
                self.vanished.emit()
            return
        self._watch(path)
        before, self._stamp = self._stamp, stamp
        if before == stamp:
            return
        if before is not None and before.size != stamp.size:
            self._take_digest(path, stamp)
            self.changed.emit()
        else:
            self._compare(path)

    def close(self) -> None:
        """Watch nothing, and end the background work."""
        self.follow(None)
        self._background.wait()

    def _watch(self, path: Path) -> None:
        missing = {str(path), str(path.parent)}
        missing -= {*self._watcher.files(), *self._watcher.directories()}
        if missing:
            self._watcher.addPaths(sorted(missing))

    def _take_digest(self, path: Path, stamp: _Stamp) -> None:
        self._turn += 1
        turn = self._turn

        def keep(digest: str) -> None:
            # A file that changed while it was read is told of by its stamp.
            if turn == self._turn and _stamp_of(path) == stamp:
                self._digest = digest

        self._background.run(lambda: _digest_of(path), keep, _ignore)

    def _compare(self, path: Path) -> None:
        self._turn += 1
        turn = self._turn

        def tell(digest: str) -> None:
            if turn != self._turn or self._is_paused:
                return
            is_new, self._digest = digest != self._digest, digest
            if is_new:
                self.changed.emit()

        self._background.run(lambda: _digest_of(path), tell, _ignore)


def _stamp_of(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_mtime_ns, found.st_size)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _ignore(_: Exception) -> None:
    """A file that cannot be read now is looked at again at its next event."""
