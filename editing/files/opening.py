"""Opening of pictures with Pillow, by a named decoder and never by guessing."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from editing.errors import FileError
from editing.files.limits import DamagedError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from editing.loaded import PictureFormat


class Opener(Protocol):
    """A decoder of Pillow: it reads the header; ``load`` decodes the pixels."""

    def __call__(self, source: BytesIO, /) -> ImageFile:
        """Read the header of a file."""


_OPENERS: dict[PictureFormat, Opener] = {
    "png": PngImagePlugin.PngImageFile,
    "jpeg": JpegImagePlugin.JpegImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
}


def opener(kind: PictureFormat, name: str) -> Opener:
    """Return the decoder of a format; ``name`` is for messages.

    Raises:
        FileError: The decoder is an extra that is not installed.
    """
    if kind != "heic":
        return _OPENERS[kind]
    try:
        from pillow_heif.as_plugin import HeifImageFile
    except ImportError:
        raise FileError(
            f"{name} is an HEIC file: install pillow-heif to open it, or convert it to JPEG."
        ) from None
    return HeifImageFile


def header_of(data: bytes, kind: PictureFormat, name: str) -> ImageFile:
    """Return a file whose header was read; no pixel is decoded.

    Raises:
        DamagedError: The header cannot be read.
        FileError: The decoder is not installed.
    """
    opened = opener(kind, name)
    try:
        return opened(BytesIO(data))
    except MemoryError:
        raise
    except Exception as error:  # Whatever broken data makes the library raise.
        raise DamagedError from error


def decoded(data: bytes, kind: PictureFormat, name: str) -> ImageFile:
    """Return the first picture of a file, decoded.

    Limits were checked before, so Pillow's own check is passed by.

    Raises:
        DamagedError: The file is damaged.
        FileError: The decoder is not installed.
    """
    picture = header_of(data, kind, name)
    try:
        picture.load()
    except MemoryError:
        raise
    except Exception as error:  # Whatever broken data makes the library raise.
        raise DamagedError from error
    return picture
