"""How large a file will be, before it is written.

A small picture is encoded for that. Of a large one some strips are, put together to one picture,
and its size is scaled up. Strips are as wide as the picture, since some formats pack whole rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from editing.files.document_file import snapshot_picture
from editing.files.encode import Extras, encode
from editing.files.sheets import composed_band
from editing.geometry import Rect
from editing.plane import TILE

if TYPE_CHECKING:
    from editing.files.encode import SaveOptions
    from editing.plane import Pixels
    from editing.snapshot import Snapshot

EXACT_PIXELS = 4_000_000
"""A picture of up to this many pixels is encoded whole."""
_STRIP_ROWS = TILE // 4
_LEAST_STRIPS = 4


class SizePreview(NamedTuple):
    """Size of a file in bytes, and whether that is exact or an estimate."""

    size_bytes: int
    exact: bool


def encode_preview(snapshot: Snapshot, options: SaveOptions) -> SizePreview:
    """Return how large a flat file will be; call it on a background thread.

    Args:
        snapshot: The document as it is to be saved.
        options: As for the save; ``format`` must be given.

    Raises:
        FileError: The picture is too large for the format.
    """
    if options.format is None:
        raise ValueError("a preview needs a format")
    metadata = snapshot.metadata
    extras = Extras(metadata.icc, metadata.exif, metadata.xmp, metadata.generation)
    width, height = snapshot.bounds.size
    if width * height <= EXACT_PIXELS:
        encoded = encode(snapshot_picture(snapshot), options.format, options, extras)
        return SizePreview(_size(encoded.parts), exact=True)
    sample = _strips(snapshot)
    pixels = _size(encode(sample, options.format, options, Extras()).parts)
    around = np.zeros((1, 1, 3), np.uint8)
    whole = _size(encode(around, options.format, options, extras).parts)
    share = sample.shape[0] * sample.shape[1] / (width * height)
    return SizePreview(round(pixels / share) + whole, exact=False)


def _strips(snapshot: Snapshot) -> Pixels:
    """Return strips of the picture, one below the other, in the order of the picture."""
    width, height = snapshot.bounds.size
    most = max(1, height // _STRIP_ROWS)
    count = min(most, max(_LEAST_STRIPS, EXACT_PIXELS // (width * _STRIP_ROWS)))
    strips = []
    for number in range(count):
        # Strips lie inside one row of tiles, because a tile is a whole number of them.
        top = number * most // count * _STRIP_ROWS
        rect = Rect(0, top, width, min(_STRIP_ROWS, height - top))
        strips.append(composed_band(snapshot, rect))
    return np.concatenate(strips)


def _size(parts: list[bytes | memoryview]) -> int:
    return sum(memoryview(part).nbytes for part in parts)
