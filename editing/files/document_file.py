"""Documents in and out, in every format.

Opening tells the format by content. OpenRaster keeps everything; the flat formats get the picture
that the layers give together.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from editing.document import Document
from editing.errors import FileError
from editing.files.decode import decode
from editing.files.encode import SaveOptions
from editing.files.formats import READABLE, WRITABLE, format_to_write
from editing.files.loaded import LoadedDocument
from editing.files.openraster_reading import read_openraster
from editing.files.openraster_writing import write_openraster
from editing.files.psd import read_psd
from editing.files.raster import save_picture
from editing.files.reading import opened, read_file
from editing.files.sheets import bands_of, composed_band
from editing.files.sniff import layered_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.plane import Pixels
    from editing.snapshot import Snapshot

__all__ = [
    "READABLE",
    "WRITABLE",
    "LoadedDocument",
    "SaveOptions",
    "decode_document",
    "load_document",
    "save_document",
    "snapshot_picture",
]

_HEAD_BYTES = 32


def load_document(path: Path | str) -> LoadedDocument:
    """Open a file as a document; its ``path`` is set, and it is not modified.

    Raises:
        FileError: One sentence: empty, no picture, damaged, unsupported, too large, unreadable.
    """
    with opened(path) as file:
        if layered_format(file.read(_HEAD_BYTES)) == "ora":
            loaded = read_openraster(file, str(path))
            loaded.document.path = Path(path)
            return loaded
    loaded = decode_document(read_file(path), str(path))
    loaded.document.path = Path(path)
    return loaded


def decode_document(data: bytes, name: str = "The picture") -> LoadedDocument:
    """Like ``load_document``, from bytes in memory; ``name`` is for messages."""
    layered = layered_format(data)
    if layered == "ora":
        return read_openraster(BytesIO(data), name)
    if layered == "psd":
        return read_psd(data, name)
    picture = decode(data, name)
    return LoadedDocument(Document.from_picture(picture), picture.format, picture.notes)


def save_document(
    snapshot: Snapshot,
    path: Path | str,
    options: SaveOptions | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[str]:
    """Write a document atomically: the old file or the new one, never a part.

    Call it on a background thread; the snapshot stays open.

    Args:
        snapshot: The document as it is to be saved.
        path: Target; its folder must exist. Its suffix chooses the format, unless the options do.
        options: How to encode a flat format.
        progress: Told the share that is done, in (0, 1], on the calling thread. What it raises
            ends the save, and an existing file is as it was.

    Returns:
        Sentences for the person about what the format could not hold.

    Raises:
        FileError: One sentence; the old file is untouched.
    """
    options = options or SaveOptions()
    kind = options.format or format_to_write(path)
    if kind is None:
        raise FileError(f"{path} has no known suffix: use {', '.join(WRITABLE)}.")
    if kind == "ora":
        write_openraster(snapshot, path, progress)
        return []
    metadata = snapshot.metadata
    picture = snapshot_picture(snapshot, progress)
    return save_picture(
        path,
        picture,
        options,
        icc=metadata.icc,
        exif=metadata.exif,
        xmp=metadata.xmp,
        generation=metadata.generation,
    )


def snapshot_picture(snapshot: Snapshot, progress: Callable[[float], None] | None = None) -> Pixels:
    """Return the picture (H, W, 4) that the layers of a snapshot give together."""
    width, height = snapshot.bounds.size
    picture = np.empty((height, width, 4), np.uint8)
    for band in bands_of(snapshot.bounds):
        picture[band.slices()] = composed_band(snapshot, band)
        if progress is not None:
            progress(band.bottom / height)
    return picture
