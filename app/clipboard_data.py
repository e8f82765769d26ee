"""A copied picture on the clipboard, for this program and for others.

The pixels are copied, and then encoded as PNG, on a thread; whoever asks earlier waits for it.
"""

from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QImage

from app.picture_intake import PNG
from app.qt_images import Format, wrap

if TYPE_CHECKING:
    from editing.pixel_transfer import Lifted

OWN = "application/x-asyndm-picture"
IMAGE = "application/x-qt-image"


class Transfer:
    """What was copied, once the thread is done.

    Attributes:
        lifted: the pixels and their place; None if nothing was selected.
        profile: their colour space.
        encoded: the same as a PNG file in sRGB, empty if there is nothing.
        size: of the document it came from.
    """

    def __init__(self, profile: bytes | None, size: tuple[int, int]) -> None:
        self.lifted: Future[Lifted | None] = Future()
        self.encoded: Future[bytes] = Future()
        self.profile, self.size = profile, size

    def end(self) -> None:
        """There is nothing more to come; who waits for it gets nothing."""
        if not self.lifted.done():
            self.lifted.set_result(None)
        if not self.encoded.done():
            self.encoded.set_result(b"")


class PictureMime(QMimeData):
    """What the clipboard holds; other programs get it as PNG with its alpha."""

    def __init__(self, transfer: Transfer) -> None:
        super().__init__()
        self.transfer = transfer

    def formats(self) -> list[str]:
        """Qt: the names of the forms it can be had in."""
        return [OWN, PNG, IMAGE]

    def hasFormat(self, mimetype: str) -> bool:
        """Qt: whether it can be had in a form."""
        return mimetype in self.formats()

    def retrieveData(self, mimetype: str, preferred: object) -> object:  # noqa: ARG002
        """Qt: give it in a form."""
        if mimetype == PNG:
            return QByteArray(self.transfer.encoded.result())
        if mimetype == IMAGE:
            lifted = self.transfer.lifted.result()
            return None if lifted is None else _image(lifted.pixels)
        return QByteArray(b"1") if mimetype == OWN else None


def _image(pixels: NDArray[np.uint8]) -> QImage:
    return wrap(np.ascontiguousarray(pixels), Format.Format_RGBA8888).copy()
