"""Pictures without layers in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from editing.errors import FileError
from editing.files.atomic import write_atomically
from editing.files.decode import MAX_PIXELS, decode
from editing.files.encode import Extras, SaveOptions, encode
from editing.files.formats import SaveFormat, format_to_write
from editing.files.loaded import LoadedPicture
from editing.files.reading import read_file
from editing.files.xmp import DigitalSource

if TYPE_CHECKING:
    from pathlib import Path

    from editing.plane import Pixels

__all__ = [
    "MAX_PIXELS",
    "DigitalSource",
    "LoadedPicture",
    "SaveFormat",
    "SaveOptions",
    "decode_picture",
    "load_picture",
    "save_picture",
]


def load_picture(path: Path | str) -> LoadedPicture:
    """Read a picture file.

    Raises:
        FileError: One sentence: empty, no picture, damaged, unsupported, too large, unreadable.
    """
    return decode(read_file(path), str(path))


def decode_picture(data: bytes, name: str = "The picture") -> LoadedPicture:
    """Like ``load_picture``, from bytes in memory (clipboard, drop); ``name`` is for messages."""
    return decode(data, name)


def save_picture(
    path: Path | str,
    pixels: Pixels,
    options: SaveOptions | None = None,
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
    generation: dict[str, Any] | None = None,
    digital_source: DigitalSource | None = None,
) -> list[str]:
    """Write a picture file atomically: the old file or the new one, never a part.

    Args:
        path: Target; its folder must exist. Its suffix tells the format unless
            ``options.format`` does.
        pixels: uint8 (H, W, 3 or 4), straight alpha, upright.
        options: How to encode.
        icc: Profile to embed, which is the space of the pixels.
        exif: EXIF block to embed, without prefix, as in ``LoadedPicture``.
        xmp: XMP packet to embed; the provenance mark is added to it.
        generation: Request to store; it gets a "version" if it has none.
        digital_source: Provenance mark (IPTC DigitalSourceType): "generated" for pictures made
            by a model, "edited" for others with parts made by one. None derives it from
            ``generation["task"]``, and leaves the packet as it is without a generation.

    Returns:
        Sentences for the person about what the format could not hold.

    Raises:
        FileError: One sentence; the old file is untouched.
    """
    options = options or SaveOptions()
    kind = options.format or format_to_write(path)
    if kind is None or kind == "ora":
        raise FileError(f"{path} has no known suffix: use .png, .jpg or .webp.")
    extras = Extras(icc, exif, xmp, generation, digital_source)
    encoded = encode(pixels, kind, options, extras)
    write_atomically(path, encoded.parts)
    return encoded.notes
