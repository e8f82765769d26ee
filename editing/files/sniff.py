"""What kind of file bytes are, told by their first bytes and never by the name."""

from __future__ import annotations

import struct
from typing import Literal

from editing.errors import FileError
from editing.files.png import SIGNATURE

PictureFormat = Literal["png", "jpeg", "webp", "gif"]

_OTHERS = (
    (0, b"II*\0", "a TIFF or raw camera file"),
    (0, b"MM\0*", "a TIFF or raw camera file"),
    (0, b"BM", "a BMP file"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF file"),
    (0, b"PK\3\4", "a ZIP-based file"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL file"),
    (0, b"\xff\x0a", "a JPEG XL file"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 file"),
    (4, b"ftypavif", "an AVIF file"),
    (4, b"ftypheic", "an HEIC file"),
    (4, b"ftypmif1", "an HEIC or AVIF file"),
)


def picture_format(data: bytes, name: str) -> PictureFormat:
    """Return the format of a file that can be opened.

    Raises:
        FileError: The file is empty, is no picture, or is of a format that is not opened here.
    """
    if not data:
        raise FileError(f"{name} is empty (0 bytes): choose another file.")
    if data.startswith(SIGNATURE):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    for position, magic, what in _OTHERS:
        if data[position : position + len(magic)] == magic:
            raise FileError(f"{name} is {what}: convert it to PNG, JPEG or WebP first.")
    raise FileError(f"{name} is not a picture: open a PNG, JPEG, WebP or GIF file.")


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Return (width, height) from the header of a WebP file; None if it is cut off or unknown."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    return None


def gif_size(data: bytes) -> tuple[int, int] | None:
    """Return (width, height) of a GIF's screen; None if the header is cut off."""
    if len(data) < 10:
        return None
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height
