"""Decoding of picture bytes to upright RGBA, 8 bits per channel.

Order matters for safety: format by content, then size from the header, then the pixel limit, and
only then the pixels. A file that ends early is refused as a whole.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import GifImagePlugin, Image

from editing.color import open_profile, picture_to_srgb
from editing.errors import FileError
from editing.files import exif, png
from editing.files.attachments import (
    Attachments,
    from_info,
    from_png_chunks,
    read_attachments,
)
from editing.files.deep import decode_deep, rounded
from editing.files.limits import MAX_PIXELS, DamagedError, check_size
from editing.files.loaded import LoadedPicture
from editing.files.metadata import generation_from
from editing.files.opening import decoded, header_of
from editing.files.sniff import gif_size, picture_format, webp_size
from editing.files.tiff import read_tiff

if TYPE_CHECKING:
    from editing.loaded import PictureFormat
    from editing.plane import Pixels

__all__ = ["MAX_PIXELS", "decode", "to_rgba"]

_ANIMATED = "The file is animated; its first frame was opened."
_PAGES = "The file has several pages; the first one was opened."
_DEPTH = "The file has 16 bits per channel; it was opened with 8."
_CMYK_PROFILE = "The picture was converted from CMYK to sRGB through its own profile."
_CMYK_PLAIN = "The picture was converted from CMYK without a profile, so colours may be off."
_GREY = "The picture was converted from its grey profile to sRGB."


def decode(data: bytes, name: str) -> LoadedPicture:
    """Decode the bytes of a file; ``name`` is for messages.

    Raises:
        FileError: One sentence: empty, no picture, damaged, unsupported or too large.
    """
    kind = picture_format(data, name)
    try:
        check_size(_header_size(data, kind, name), name)
        if kind == "png":
            return _decode_png(data)
        return _decode_tiff(data, name) if kind == "tiff" else _decode_other(data, kind, name)
    except (DamagedError, png.DamagedPngError):
        raise FileError(f"{name} is incomplete or damaged: get another copy of it.") from None
    except MemoryError:
        raise FileError(f"{name} needs more memory than is free: close something else.") from None


def _header_size(data: bytes, kind: PictureFormat, name: str) -> tuple[int, int]:
    if kind == "png":
        header = png.read_header(data)
        return header.width, header.height
    if kind in ("webp", "gif"):
        size = webp_size(data) if kind == "webp" else gif_size(data)
        if size is None:
            raise DamagedError
        return size
    with header_of(data, kind, name) as picture:
        return picture.size


def _decode_png(data: bytes) -> LoadedPicture:
    header = png.read_header(data)
    chunks = list(png.walk(data))
    attachments = from_png_chunks(chunks)
    notes = [_ANIMATED] if any(chunk.kind == b"acTL" for chunk in chunks) else []
    if not png.has_all_rows(chunks, header):
        raise DamagedError
    plain = png.pixels_only(chunks)
    if header.bit_depth == 16:
        pixels, icc = rounded(decode_deep(plain)), attachments.icc
        if icc is not None and header.colour_type in (0, 4):
            icc = None
        return _finish(pixels, attachments._replace(icc=icc), "png", [*notes, _DEPTH], depth=16)
    return _from_picture(decoded(plain, "png", "The picture"), attachments, "png", notes)


def _decode_tiff(data: bytes, name: str) -> LoadedPicture:
    tiff = read_tiff(data, name)
    notes = [_PAGES] if tiff.more else []
    if tiff.picture is not None:
        return _from_picture(tiff.picture, tiff.attachments, "tiff", notes)
    if tiff.deep is None:
        raise DamagedError
    return _finish(tiff.deep, tiff.attachments, "tiff", [*notes, _DEPTH], depth=16)


def _decode_other(data: bytes, kind: PictureFormat, name: str) -> LoadedPicture:
    picture = decoded(data, kind, name)
    if kind in ("avif", "heic"):
        attachments = from_info(picture.info)
    else:
        attachments = read_attachments(data, kind)
    if kind == "gif":
        animated = _moves(data)
    else:
        animated = kind != "heic" and bool(getattr(picture, "is_animated", False))
    return _from_picture(picture, attachments, kind, [_ANIMATED] if animated else [])


def _moves(data: bytes) -> bool:
    """Whether a GIF has a second frame that can be found."""
    try:
        with GifImagePlugin.GifImageFile(BytesIO(data)) as picture:
            return picture.is_animated
    except Exception:  # A broken second frame does not matter.
        return False


def _from_picture(
    picture: Image.Image, attachments: Attachments, kind: PictureFormat, notes: list[str]
) -> LoadedPicture:
    picture, icc, note = _to_rgb_family(picture, attachments.icc)
    pixels = _to_rgba(picture)
    picture.close()
    notes = notes if note is None else [*notes, note]
    return _finish(pixels, attachments._replace(icc=icc), kind, notes)


def to_rgba(picture: Image.Image, icc: bytes | None) -> tuple[Pixels, bytes | None]:
    """Return a decoded picture as RGBA, and the profile that is still true of it."""
    converted, kept, _ = _to_rgb_family(picture, icc)
    return _to_rgba(converted), kept


def _to_rgb_family(
    picture: Image.Image, icc: bytes | None
) -> tuple[Image.Image, bytes | None, str | None]:
    """Bring CMYK and profiled grey to sRGB; others keep their RGB profile.

    Returns:
        The picture, the profile that is still true of it, and a sentence or None.
    """
    if picture.mode == "CMYK":
        converted = None if icc is None else picture_to_srgb(picture, icc)
        if converted is None:
            return picture.convert("RGB"), None, _CMYK_PLAIN
        return converted, None, _CMYK_PROFILE
    if icc is None:
        return picture, None, None
    profile = open_profile(icc)
    space = None if profile is None else profile.profile.xcolor_space
    if picture.mode == "L" and space == "GRAY" and "transparency" not in picture.info:
        converted = picture_to_srgb(picture, icc)
        return (converted or picture), None, _GREY
    return picture, icc if space == "RGB " else None, None


def _to_rgba(picture: Image.Image) -> Pixels:
    """Return a writable array; the two commonest modes are spared a conversion in Pillow."""
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return np.asarray(cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2RGBA), np.uint8)
    if picture.mode == "L" and "transparency" not in picture.info:
        return np.asarray(cv2.cvtColor(np.asarray(picture), cv2.COLOR_GRAY2RGBA), np.uint8)
    return np.array(picture.convert("RGBA"))


def _finish(
    pixels: Pixels, attachments: Attachments, kind: PictureFormat, notes: list[str], depth: int = 8
) -> LoadedPicture:
    block = attachments.exif
    generation = generation_from(attachments)
    return LoadedPicture(
        pixels=pixels if block is None else _upright(pixels, exif.orientation(block)),
        icc=attachments.icc,
        exif=None if block is None else exif.upright(block),
        xmp=attachments.xmp,
        generation=generation.record,
        parameters=generation.parameters,
        format=kind,
        source_depth=depth,
        notes=[*notes, *generation.notes],
    )


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the stored orientation: 2 to 4 mirror or turn by 180 degrees, 5 to 8 swap the axes."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
