"""Small pictures of the recent files for the start page, and which of them are gone.

Read in the background: a file may lie on a slow disk. What would take long to decode has none.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from app.jobs.background import Background
from app.start_page import THUMBNAIL_SIDE, StartPage
from editing.files.formats import OPENRASTER_SUFFIX

_MOST_BYTES = 16 * 1024 * 1024
_ORA_THUMBNAIL = "Thumbnails/thumbnail.png"


class _Seen(NamedTuple):
    exists: bool
    image: QImage | None = None


class RecentPictures(QObject):
    """Looks at the recent files and tells the start page."""

    def __init__(self, page: StartPage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._background = Background(self)
        self._is_closed = False

    def look(self, paths: Sequence[str]) -> None:
        """Look at these files, one after the other."""
        for path in paths:
            self._look_at(path)

    def close(self) -> None:
        """End the work."""
        self._is_closed = True
        self._background.wait()

    def _look_at(self, path: str) -> None:
        def look() -> _Seen:
            return _Seen(False) if self._is_closed else _look_at(Path(path))

        def tell(seen: _Seen) -> None:
            self._tell(path, seen)

        self._background.run(look, tell, lambda _: None)

    def _tell(self, path: str, seen: _Seen) -> None:
        if self._is_closed:
            return
        if not seen.exists:
            self._page.mark_missing(path)
        elif seen.image is not None:
            self._page.set_thumbnail(path, seen.image)


def _look_at(path: Path) -> _Seen:
    try:
        size = path.stat().st_size
    except OSError:
        return _Seen(False)
    if path.suffix.lower() == OPENRASTER_SUFFIX:
        return _Seen(True, _openraster_thumbnail(path))
    return _Seen(True, _scaled(QImageReader(str(path))) if size <= _MOST_BYTES else None)


def _openraster_thumbnail(path: Path) -> QImage | None:
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(_ORA_THUMBNAIL)
            if member.file_size > _MOST_BYTES:
                return None
            data = archive.read(member)
    except (OSError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return _scaled(QImageReader(buffer))


def _scaled(reader: QImageReader) -> QImage | None:
    """A small picture; JPEG files are decoded at about that size."""
    reader.setAutoTransform(True)
    side = QSize(2 * THUMBNAIL_SIDE, 2 * THUMBNAIL_SIDE)
    size = reader.size()
    if size.isValid():
        if size.width() * size.height() > 4 * _MOST_BYTES:
            return None
        reader.setScaledSize(size.scaled(side, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image
