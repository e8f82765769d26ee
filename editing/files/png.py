"""PNG at the level of chunks: walk, check, strip, and build.

A PNG is a signature and a row of chunks: length, type, data, CRC. Pixels are decoded and encoded by
libraries; this module sees to what they leave out: a file that was cut off is noticed before any
pixel is decoded, text of any size is read without trusting its length, and the chunks of our own
are put in before the pixels.

Source: W3C Portable Network Graphics Specification, third edition; eXIf and iTXt as given there.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = len(SIGNATURE) + 25
"""Signature and IHDR chunk, which is always the first."""
MAX_INFLATED_BYTES = 32 * 1024 * 1024
"""Most that one compressed chunk of text or profile may unpack to."""
# First column and row, and steps between columns and rows, of the seven passes.
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


class DamagedPngError(Exception):
    """The row of chunks is cut off or a chunk that matters is corrupt."""


class Chunk(NamedTuple):
    """One chunk: its type, its data, and the whole of it with length and CRC."""

    kind: bytes
    data: memoryview
    whole: memoryview


class Header(NamedTuple):
    """Facts from IHDR."""

    width: int
    height: int
    bit_depth: int
    colour_type: int
    interlace: int


def read_header(data: bytes) -> Header:
    """Return the facts of the first chunk, which must be IHDR."""
    if len(data) < HEADER_BYTES or data[12:16] != b"IHDR":
        raise DamagedPngError
    return Header(*struct.unpack_from(">IIBBxxB", data, 16))


def walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to and with IEND.

    A corrupt chunk that pixels do not need is left out.

    Raises:
        DamagedPngError: The data ends before IEND, or a chunk that pixels need is corrupt.
    """
    view = memoryview(data)
    position = len(SIGNATURE)
    while True:
        if position + 12 > len(data):
            raise DamagedPngError
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise DamagedPngError
        body = view[position + 8 : end - 4]
        intact = zlib.crc32(view[position + 4 : end - 4]) == int.from_bytes(view[end - 4 : end])
        if intact:
            yield Chunk(kind, body, view[position:end])
        elif kind in _PIXEL_CHUNKS:
            raise DamagedPngError
        if kind == b"IEND":
            return
        position = end


def pixels_only(chunks: Iterable[Chunk]) -> bytes:
    """Return a PNG of only what pixels need: no text, profile or animation to stumble over."""
    kept = (chunk.whole for chunk in chunks if chunk.kind in _PIXEL_CHUNKS)
    return b"".join((SIGNATURE, *kept))


def has_all_rows(chunks: Iterable[Chunk], header: Header) -> bool:
    """Whether the compressed pixels unpack to as many bytes as the picture has.

    The decoders return what they got without a word when the stream is complete but short.
    """
    missing = _unpacked_bytes(header)
    inflater = zlib.decompressobj()
    try:
        for chunk in chunks:
            pending: bytes | memoryview = chunk.data if chunk.kind == b"IDAT" else b""
            while pending and missing > 0 and not inflater.eof:
                missing -= len(inflater.decompress(pending, 1 << 20))
                pending = inflater.unconsumed_tail
    except zlib.error:
        return False
    return missing - len(inflater.flush()) <= 0


def _unpacked_bytes(header: Header) -> int:
    """Return the size of all rows with their filter bytes, of all passes if interlaced."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(header.colour_type, 1)
    passes = _ADAM7 if header.interlace else ((0, 0, 1, 1),)
    total = 0
    for x, y, step_x, step_y in passes:
        width = (header.width - x + step_x - 1) // step_x
        height = (header.height - y + step_y - 1) // step_y
        if width > 0 and height > 0:
            total += height * (1 + (width * channels * header.bit_depth + 7) // 8)
    return total


def read_text(chunk: Chunk) -> tuple[str, str] | None:
    """Return (keyword, text) of a tEXt, zTXt or iTXt chunk; None if it is another or corrupt."""
    data = bytes(chunk.data)
    keyword, separator, rest = data.partition(b"\0")
    if not separator:
        return None
    try:
        if chunk.kind == b"tEXt":
            return keyword.decode("latin-1"), rest.decode("latin-1")
        if chunk.kind == b"zTXt":
            return keyword.decode("latin-1"), inflate(rest[1:]).decode("latin-1")
        if chunk.kind == b"iTXt":
            compressed = rest[:1] == b"\1"
            # After flag and method: language, translated keyword, text, each ended by a zero.
            text = rest[2:].split(b"\0", 2)[2]
            return keyword.decode("latin-1"), (inflate(text) if compressed else text).decode()
    except (zlib.error, ValueError, IndexError):
        return None
    return None


def read_profile(chunk: Chunk) -> bytes | None:
    """Return the ICC profile of an iCCP chunk; None if it is another or corrupt."""
    _, separator, rest = bytes(chunk.data).partition(b"\0")
    if chunk.kind != b"iCCP" or not separator:
        return None
    try:
        return inflate(rest[1:])
    except (zlib.error, ValueError):
        return None


def inflate(data: bytes) -> bytes:
    """Unpack a zlib stream.

    Raises:
        ValueError: It is cut off, or unpacks to more than ``MAX_INFLATED_BYTES``.
        zlib.error: It is corrupt.
    """
    inflater = zlib.decompressobj()
    unpacked = inflater.decompress(data, MAX_INFLATED_BYTES)
    if not inflater.eof:
        raise ValueError("the stream is cut off or too large")
    return unpacked


def build_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a whole chunk."""
    crc = zlib.crc32(data, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc)))


def text_chunk(keyword: str, text: str) -> bytes:
    """Return an iTXt chunk, uncompressed.

    Several programs refuse a picture whose compressed text unpacks to more than a megabyte, so a
    large record must not be compressed.
    """
    return build_chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode())


def latin_text_chunk(keyword: str, text: str) -> bytes:
    """Return a tEXt chunk, or an iTXt chunk if the text needs more than Latin-1."""
    try:
        return build_chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return text_chunk(keyword, text)


def profile_chunk(profile: bytes) -> bytes:
    """Return an iCCP chunk."""
    return build_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))
