"""What kind of file bytes are, told by their first bytes and never by the name."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

from editing.errors import FileError
from editing.files.png import SIGNATURE

if TYPE_CHECKING:
    from editing.loaded import PictureFormat

LayeredFormat = Literal["ora", "psd"]

_STARTS: tuple[tuple[bytes, PictureFormat], ...] = (
    (SIGNATURE, "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_OTHERS = (
    (b"BM", "a BMP file"),
    (b"%PDF", "a PDF file"),
    (b"II+\0", "a BigTIFF file"),
    (b"MM\0+", "a BigTIFF file"),
    (b"gimp xcf", "a GIMP file"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL file"),
    (b"\xff\x0a", "a JPEG XL file"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 file"),
)


def layered_format(data: bytes) -> LayeredFormat | None:
    """Return the format of a file that may hold layers, told by its first bytes, or None."""
    if data.startswith(b"PK\3\4"):
        return "ora"
    return "psd" if data.startswith(b"8BPS") else None


def picture_format(data: bytes, name: str) -> PictureFormat:
    """Return the format of a file of one picture that can be opened.

    Raises:
        FileError: The file is empty, is no picture, or is of a format that is not opened here.
    """
    if not data:
        raise FileError(f"{name} is empty (0 bytes): choose another file.")
    for magic, kind in _STARTS:
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and (brands := _brands(data)) & (_AVIF_BRANDS | _HEIC_BRANDS):
        return "avif" if brands & _AVIF_BRANDS else "heic"
    if layered_format(data) is not None:
        raise FileError(f"{name} holds layers, and one picture is wanted: save it as PNG first.")
    for magic, what in _OTHERS:
        if data.startswith(magic):
            raise FileError(f"{name} is {what}: convert it to PNG, JPEG or WebP first.")
    raise FileError(f"{name} is not a picture: open a PNG, JPEG, WebP, TIFF or OpenRaster file.")


def _brands(data: bytes) -> set[bytes]:
    """Return the brands of a file made of boxes: what its first box says it can be read as."""
    length = min(int.from_bytes(data[:4]), 256, len(data))
    return {data[8:12], *(data[place : place + 4] for place in range(16, length - 3, 4))}


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
