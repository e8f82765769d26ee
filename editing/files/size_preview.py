"""How large a file will be, before it is written.

A small picture is encoded for that. Of a large one some strips are, put together to one picture,
and its size is scaled up: encoders treat all places alike, and the strips are spread evenly.
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
_STRIPS = 16
_STRIP_WIDTH = 4 * TILE
_GOLDEN = 0.6180339887498949
"""Multiples of it, cut to their fraction, spread evenly over columns, however many there are."""


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
    """Return strips of the picture, one below the other."""
    width, height = snapshot.bounds.size
    across = min(_STRIP_WIDTH, width)
    rows = max(1, height // TILE)
    strips = []
    for number in range(_STRIPS):
        row = number * rows // _STRIPS
        left = int((number + 0.5) * _GOLDEN % 1 * (width - across + 1))
        top = row * TILE
        strips.append(composed_band(snapshot, Rect(left, top, across, min(TILE, height - top))))
    return np.concatenate(strips)


def _size(parts: list[bytes | memoryview]) -> int:
    return sum(memoryview(part).nbytes for part in parts)
