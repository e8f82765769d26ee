"""PNGs that no library writes: any bit depth and colour type, any chunk, any fault."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def make_png(
    width: int,
    height: int,
    rows: list[bytes],
    *,
    depth: int = 8,
    colour_type: int = 2,
    extra: bytes = b"",
    interlace: int = 0,
) -> bytes:
    """Return a PNG of unfiltered rows; ``extra`` holds whole chunks to stand before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlace)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"".join(
        (SIGNATURE, chunk(b"IHDR", header), extra, chunk(b"IDAT", pixels), chunk(b"IEND"))
    )
