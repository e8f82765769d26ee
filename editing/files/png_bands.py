"""PNG written in bands that are encoded apart from each other.

Each band of rows becomes one IDAT chunk: a deflate stream that refers to nothing outside and ends
at a whole byte. The chunks of all bands one after the other are one zlib stream, and its checksum
comes from those of the bands. So bands can be encoded by several threads, and those of an earlier
file can be copied into the next one.

The filter is SUB, which looks only to the left; the compressor is igzip at its fastest. Both leave
the interpreter to others while they work.

Source: W3C PNG, third edition, sections 9.2 and 10; RFC 1950 (zlib), RFC 1951 (deflate).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from isal import isal_zlib

from editing.files import png

if TYPE_CHECKING:
    from collections.abc import Iterable

    from editing.plane import Pixels

_SUB = 1
_ZLIB_START = b"\x78\x01"
_EMPTY_LAST_BLOCK = b"\x03\x00"
_ADLER_BASE = 65521
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}


class Band(NamedTuple):
    """One encoded band.

    Attributes:
        parts: The whole IDAT chunk in parts: joining megabytes would make other threads wait.
        adler: Adler-32 of the filtered rows.
        unpacked: Length of the filtered rows in bytes.
    """

    parts: tuple[bytes, ...]
    adler: int
    unpacked: int


def encode_band(pixels: Pixels) -> Band:
    """Encode rows (h, w) or (h, w, 1, 3 or 4)."""
    rows = _filtered(pixels)
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    data = packer.compress(rows), packer.flush(isal_zlib.Z_SYNC_FLUSH)
    return Band(_chunk_parts(b"IDAT", *data), isal_zlib.adler32(rows), rows.nbytes)


def start(width: int, height: int, channels: int, chunks: Iterable[bytes] = ()) -> bytes:
    """Return the file up to its first band: 8 bits per channel, not interlaced.

    Args:
        width: In pixels.
        height: In pixels.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        chunks: Whole chunks to put before the pixels.
    """
    facts = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    header = png.SIGNATURE + _chunk(b"IHDR", facts)
    return b"".join((header, *chunks, _chunk(b"IDAT", _ZLIB_START)))


def end(checksums: Iterable[tuple[int, int]]) -> bytes:
    """Return the file after its last band.

    Args:
        checksums: Adler-32 and unpacked length of each band in order.
    """
    whole = 1
    for adler, length in checksums:
        whole = _joined(whole, adler, length)
    last = _chunk(b"IDAT", _EMPTY_LAST_BLOCK + struct.pack(">I", whole))
    return last + _chunk(b"IEND", b"")


def encode_png(pixels: Pixels, chunks: Iterable[bytes] = (), rows: int = 256) -> bytes:
    """Encode a whole picture (h, w) or (h, w, 1, 3 or 4) with ``rows`` in a band."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    bands = [encode_band(pixels[top : top + rows]) for top in range(0, len(pixels), rows)]
    head = start(pixels.shape[1], pixels.shape[0], channels, chunks)
    tail = end((band.adler, band.unpacked) for band in bands)
    return b"".join((head, *(part for band in bands for part in band.parts), tail))


def _filtered(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    flat = np.ascontiguousarray(pixels).reshape(height, width * channels)
    rows = np.empty((height, 1 + flat.shape[1]), np.uint8)
    rows[:, 0] = _SUB
    rows[:, 1 : 1 + channels] = flat[:, :channels]
    np.subtract(flat[:, channels:], flat[:, :-channels], out=rows[:, 1 + channels :])
    return rows


def _chunk(kind: bytes, data: bytes) -> bytes:
    return b"".join(_chunk_parts(kind, data))


def _chunk_parts(kind: bytes, *data: bytes) -> tuple[bytes, ...]:
    crc = isal_zlib.crc32(kind)
    for part in data:
        crc = isal_zlib.crc32(part, crc)
    length = sum(len(part) for part in data)
    return struct.pack(">I", length) + kind, *data, struct.pack(">I", crc)


def _joined(first: int, second: int, length: int) -> int:
    """Return the Adler-32 of two stretches from those of each; ``length`` is the second's."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % _ADLER_BASE
    times = length % _ADLER_BASE
    high = (times * ((first & 0xFFFF) - 1) + (first >> 16) + (second >> 16)) % _ADLER_BASE
    return high << 16 | low
