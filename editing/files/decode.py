"""Decoding of picture bytes to upright RGBA, 8 bits per channel.

Order matters for safety: format by content, then size from the header, then the pixel limit, and
only then the pixels. A file that ends early is refused as a whole.

Sixteen-bit PNGs go through OpenCV, since Pillow clips 16-bit grey and cuts the low byte of colours
off; here they are rounded.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from editing.color import open_profile, picture_to_srgb
from editing.errors import FileError
from editing.files import exif, png
from editing.files.attachments import Attachments, from_png_chunks, read_attachments
from editing.files.loaded import LoadedPicture
from editing.files.metadata import generation_from
from editing.files.sniff import PictureFormat, gif_size, picture_format, webp_size

if TYPE_CHECKING:
    from editing.plane import Pixels

MAX_PIXELS = 100_000_000
"""Largest picture: 100 megapixels is 400 MB of RGBA, and mask, previews and decoding as much."""

_ANIMATED = "The file is animated; its first frame was opened."
_DEPTH = "The file has 16 bits per channel; it was opened with 8."
_CMYK_PROFILE = "The picture was converted from CMYK to sRGB through its own profile."
_CMYK_PLAIN = "The picture was converted from CMYK without a profile, so colours may be off."
_GREY = "The picture was converted from its grey profile to sRGB."


class _Damaged(Exception):
    """The pixels cannot be decoded to the end."""


def decode(data: bytes, name: str) -> LoadedPicture:
    """Decode the bytes of a file; ``name`` is for messages.

    Raises:
        FileError: One sentence: empty, no picture, damaged, unsupported or too large.
    """
    kind = picture_format(data, name)
    try:
        _check_size(_header_size(data, kind), name)
        return _decode_png(data) if kind == "png" else _decode_other(data, kind)
    except (_Damaged, png.DamagedPngError):
        raise FileError(f"{name} is incomplete or damaged: get another copy of it.") from None
    except MemoryError:
        raise FileError(f"{name} needs more memory than is free: close something else.") from None


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise _Damaged
    if width * height > MAX_PIXELS:
        raise FileError(
            f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} megapixels) and the "
            f"limit is {MAX_PIXELS // 1_000_000} megapixels: make it smaller first."
        )


def _header_size(data: bytes, kind: PictureFormat) -> tuple[int, int]:
    if kind == "png":
        header = png.read_header(data)
        return header.width, header.height
    if kind == "jpeg":
        try:
            with JpegImagePlugin.JpegImageFile(BytesIO(data)) as picture:
                return picture.size
        except Exception as error:  # Whatever broken data makes the library raise.
            raise _Damaged from error
    size = webp_size(data) if kind == "webp" else gif_size(data)
    if size is None:
        raise _Damaged
    return size


def _decode_png(data: bytes) -> LoadedPicture:
    header = png.read_header(data)
    chunks = list(png.walk(data))
    attachments = from_png_chunks(chunks)
    notes = [_ANIMATED] if any(chunk.kind == b"acTL" for chunk in chunks) else []
    if not png.has_all_rows(chunks, header):
        raise _Damaged
    plain = png.pixels_only(chunks)
    if header.bit_depth == 16:
        pixels, icc = _decode_deep(plain), attachments.icc
        if icc is not None and header.colour_type in (0, 4):
            icc = None
        return _finish(pixels, attachments._replace(icc=icc), "png", [*notes, _DEPTH], depth=16)
    picture = _opened(PngImagePlugin.PngImageFile, plain)
    return _from_picture(picture, attachments, "png", notes)


def _decode_deep(data: bytes) -> Pixels:
    """Decode a 16-bit PNG to RGBA of 8 bits, rounded."""
    try:
        deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise _Damaged from error
    if deep is None:
        raise _Damaged
    pixels = np.asarray(cv2.convertScaleAbs(deep, alpha=1 / 257), np.uint8)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    code = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}[channels]
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def _decode_other(data: bytes, kind: PictureFormat) -> LoadedPicture:
    attachments = read_attachments(data, kind)
    if kind == "jpeg":
        picture: Image.Image = _opened(JpegImagePlugin.JpegImageFile, data)
        return _from_picture(picture, attachments, kind, [])
    factory = GifImagePlugin.GifImageFile if kind == "gif" else WebPImagePlugin.WebPImageFile
    picture = _opened(factory, data)
    animated = bool(getattr(picture, "is_animated", False)) if kind == "webp" else _moves(data)
    return _from_picture(picture, attachments, kind, [_ANIMATED] if animated else [])


def _opened(
    factory: type[PngImagePlugin.PngImageFile]
    | type[JpegImagePlugin.JpegImageFile]
    | type[GifImagePlugin.GifImageFile]
    | type[WebPImagePlugin.WebPImageFile],
    data: bytes,
) -> Image.Image:
    """Decode the first frame. Limits were checked, so Pillow's own check is passed by."""
    try:
        picture = factory(BytesIO(data))
        picture.load()
    except MemoryError:
        raise
    except Exception as error:  # Whatever broken data makes the library raise.
        raise _Damaged from error
    return picture


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
