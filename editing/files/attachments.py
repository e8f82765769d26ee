"""What a file carries besides pixels: profile, EXIF, XMP and texts. No pixel is decoded."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from PIL import JpegImagePlugin

from editing.files import png
from editing.files.exif import without_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from editing.loaded import PictureFormat

XMP_KEYWORD = "XML:com.adobe.xmp"


class Attachments(NamedTuple):
    """Raw blocks as found; None or empty where the file has none or it is corrupt."""

    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None
    texts: dict[str, str]


NOTHING = Attachments(None, None, None, {})


def read_attachments(data: bytes, kind: PictureFormat) -> Attachments:
    """Return what the file carries; what is broken is left out. Never raises for broken data."""
    if kind == "png":
        return from_png_chunks(_readable_chunks(data))
    if kind == "jpeg":
        return _from_jpeg(data)
    if kind == "webp":
        return _from_webp(data)
    return NOTHING


def from_png_chunks(chunks: Iterable[png.Chunk]) -> Attachments:
    """Return what the chunks of a PNG carry."""
    icc: bytes | None = None
    exif: bytes | None = None
    texts: dict[str, str] = {}
    for chunk in chunks:
        if chunk.kind == b"iCCP":
            icc = png.read_profile(chunk)
        elif chunk.kind == b"eXIf":
            exif = without_prefix(bytes(chunk.data))
        elif chunk.kind in (b"tEXt", b"zTXt", b"iTXt"):
            text = png.read_text(chunk)
            if text is not None:
                texts.setdefault(*text)
    xmp = texts.pop(XMP_KEYWORD, None)
    return Attachments(icc, exif, None if xmp is None else xmp.encode(), texts)


def _readable_chunks(data: bytes) -> list[png.Chunk]:
    chunks: list[png.Chunk] = []
    try:
        chunks.extend(png.walk(data))
    except png.DamagedPngError:
        return chunks
    return chunks


def _from_jpeg(data: bytes) -> Attachments:
    try:
        with JpegImagePlugin.JpegImageFile(BytesIO(data)) as picture:
            info = picture.info
    except Exception:  # Whatever broken data makes the library raise.
        return NOTHING
    return from_info(info)


def from_info(info: Mapping[str | tuple[int, int], object]) -> Attachments:
    """Return what Pillow says that a picture carries."""
    exif = info.get("exif")
    return Attachments(
        _bytes_or_none(info.get("icc_profile")),
        without_prefix(exif) if isinstance(exif, bytes) and exif else None,
        _bytes_or_none(info.get("xmp")),
        {},
    )


def _bytes_or_none(value: object) -> bytes | None:
    return value if isinstance(value, bytes) and value else None


def _from_webp(data: bytes) -> Attachments:
    blocks: dict[bytes, bytes] = {}
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        if position + 8 + length > len(data):
            break
        if kind in (b"ICCP", b"EXIF", b"XMP "):
            blocks.setdefault(kind, data[position + 8 : position + 8 + length])
        position += 8 + length + length % 2
    exif = blocks.get(b"EXIF")
    return Attachments(
        blocks.get(b"ICCP"),
        None if exif is None else without_prefix(exif),
        blocks.get(b"XMP "),
        {},
    )
