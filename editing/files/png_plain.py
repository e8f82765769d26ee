"""Decoding of PNGs to just the pixels that they hold, fast for those of this program.

Pictures whose rows all have the filter SUB, as ``png_bands`` writes them, are unpacked here; the
others go through OpenCV. Both leave the interpreter to others while they work.

Source: W3C PNG, third edition, sections 9.2 and 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from isal import isal_zlib

from editing.files import png
from editing.files.deep import decode_deep
from editing.files.limits import DamagedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.plane import Pixels

_CHANNELS = {0: 1, 6: 4}
"""Of the colour types grey and RGBA."""
_SUB = 1
_STEP_BYTES = 1 << 22
_BAND_ROWS = 256


def decode_plain(data: bytes) -> Pixels:
    """Decode an 8-bit PNG: (H, W) if it is grey, (H, W, 4) if it is RGBA.

    The size in its header must have been checked before.

    Raises:
        DamagedError: It is damaged, or no grey or RGBA picture of 8 bits.
        DamagedPngError: It is damaged.
    """
    header = png.read_header(data)
    channels = _CHANNELS.get(header.colour_type)
    if header.bit_depth != 8 or channels is None:
        raise DamagedError
    chunks = list(png.walk(data))
    if not header.interlace:
        rows = _inflated(chunks, header.height, 1 + header.width * channels)
        if (rows[:, 0] == _SUB).all():
            return _without_sub(rows, channels)
    elif not png.has_all_rows(chunks, header):
        raise DamagedError
    pixels = decode_deep(png.pixels_only(chunks))
    if channels == 4:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA), np.uint8)
    if pixels.shape[:2] != (header.height, header.width):
        raise DamagedError
    return pixels


def _inflated(chunks: Sequence[png.Chunk], height: int, width: int) -> Pixels:
    """Return the filtered rows (height, width); never unpacks more than they have."""
    rows = np.empty(height * width, np.uint8)
    place = 0
    inflater = isal_zlib.decompressobj()
    try:
        for chunk in chunks:
            pending: bytes | memoryview = chunk.data if chunk.kind == b"IDAT" else b""
            while len(pending) and place < rows.size and not inflater.eof:
                part = inflater.decompress(pending, min(_STEP_BYTES, rows.size - place))
                rows[place : place + len(part)] = np.frombuffer(part, np.uint8)
                place += len(part)
                pending = inflater.unconsumed_tail
    except Exception as error:  # The type of the library's own error is not told to mypy.
        raise DamagedError from error
    if place < rows.size:
        raise DamagedError
    return rows.reshape(height, width)


def _without_sub(rows: Pixels, channels: int) -> Pixels:
    height = len(rows)
    pixels = np.empty((height, (rows.shape[1] - 1) // channels, channels), np.uint8)
    for top in range(0, height, _BAND_ROWS):
        band = rows[top : top + _BAND_ROWS, 1:].reshape(-1, *pixels.shape[1:])
        np.add.accumulate(band, axis=1, dtype=np.uint8, out=pixels[top : top + _BAND_ROWS])
    return pixels[..., 0] if channels == 1 else pixels
