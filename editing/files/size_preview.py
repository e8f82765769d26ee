"""How large a flat file will be, before it is written.

A small picture is encoded for that. Of a large one some strips are, put together to one picture,
and its size is scaled up. Strips are as wide as the picture, since some formats pack whole rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from editing.files.encode import Extras, SaveOptions, encode

if TYPE_CHECKING:
    from editing.plane import Pixels

EXACT_PIXELS = 4_000_000
"""A picture of up to this many pixels is encoded whole."""
_STRIP_ROWS = 64
_LEAST_STRIPS = 4


class SizePreview(NamedTuple):
    """Size of a file in bytes, and whether that is exact or an estimate."""

    size_bytes: int
    exact: bool


def encode_preview(pixels: Pixels, options: SaveOptions, extras: Extras) -> SizePreview:
    """Return how large a file will be; takes at most about a second.

    Args:
        pixels: uint8 (H, W, 3 or 4), as for ``encode``.
        options: As for the save; ``format`` must be given.
        extras: What goes into the file beside the pixels.

    Raises:
        FileError: The picture is too large for the format.
    """
    if pixels.shape[0] * pixels.shape[1] <= EXACT_PIXELS:
        return SizePreview(_size(pixels, options, extras), exact=True)
    sample = _strips(pixels)
    share = len(sample) / len(pixels)
    # A dot and what travels with the picture are about what does not grow with it.
    around = _size(np.zeros((1, 1, 3), np.uint8), options, extras)
    return SizePreview(round(_size(sample, options, Extras()) / share) + around, exact=False)


def _strips(pixels: Pixels) -> Pixels:
    """Return strips of the picture, one below the other, in its order."""
    most = max(1, len(pixels) // _STRIP_ROWS)
    count = min(most, max(_LEAST_STRIPS, EXACT_PIXELS // (pixels.shape[1] * _STRIP_ROWS)))
    tops = [number * most // count * _STRIP_ROWS for number in range(count)]
    return np.concatenate([pixels[top : top + _STRIP_ROWS] for top in tops])


def _size(pixels: Pixels, options: SaveOptions, extras: Extras) -> int:
    kind = options.format
    if kind is None:
        raise ValueError("a preview needs a format")
    encoded = encode(pixels, kind, options, extras)
    return sum(memoryview(part).nbytes for part in encoded.parts)
