"""What comes by clipboard or drop: files, or a picture that another program gives."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from app import qt_images
from editing.files.raster import decode_picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PNG = "image/png"


@dataclass(frozen=True, eq=False)
class Arrival:
    """What arrived; it does not depend on the data it came with, which end with the drop.

    Attributes:
        paths: files, or empty. encoded: a picture file in memory, or empty.
        image: a picture, or None.
    """

    paths: tuple[Path, ...] = ()
    encoded: bytes = b""
    image: QImage | None = None

    @classmethod
    def of(cls, data: QMimeData) -> "Arrival | None":
        """Take what there is, the best first; None if it is no picture and no file."""
        paths = tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
        if paths:
            return cls(paths)
        # The bytes keep alpha and profile, which an image may have lost on its way.
        encoded = bytes(data.data(PNG).data()) if data.hasFormat(PNG) else b""
        if encoded:
            return cls(encoded=encoded)
        image = data.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return cls(image=image)
        return None

    def pixels(self) -> "NDArray[np.uint8]":
        """The picture as RGBA (H, W, 4); on any thread, for what is no file.

        Raises:
            FileError: the bytes are no picture.
        """
        if self.encoded:
            return decode_picture(self.encoded, "The content of the clipboard").pixels
        if self.image is None:
            raise ValueError("files are opened and not taken in")
        return qt_images.to_array(self.image)
