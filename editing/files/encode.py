"""Encoding of pictures to flat formats with all that travels with them."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

from editing.errors import FileError
from editing.files import exif as exif_block
from editing.files import metadata, png, xmp
from editing.files.png_bands import encode_png
from editing.files.tiff import tags_to_write
from editing.pixels import on_white

if TYPE_CHECKING:
    from editing.files.formats import SaveFormat
    from editing.plane import Pixels

MAX_SIDE: dict[SaveFormat, int] = {
    "png": 2**31 - 1,
    "jpeg": 65_500,
    "webp": 16_383,
    "tiff": 2**31 - 1,
    "avif": 16_384,
}
MAX_JPEG_BLOCK = 65_000
"""EXIF and XMP of a JPEG are one segment each, whose length is a 16-bit number."""

MOST_AT_ONCE = 32 * 1024 * 1024
"""Bytes of pixels. OpenCV packs flat pictures tighter, but all threads wait while it hands a large
file over (270 ms at 8192 x 8192); beyond this, PNGs are written in bands."""

_FLATTENED = "JPEG has no transparency: the picture was put on white."
_RECORD_LEFT_OUT = (
    "The settings do not fit into a JPEG file and were left out: save as PNG or WebP to keep them."
)
_RECORD_TOO_LARGE = "The settings are too large to be stored in the file and were left out."
_EXIF_LEFT_OUT = "The EXIF data does not fit into a JPEG file and was left out."
_CAMERA_LEFT_OUT = "The camera's settings do not fit into the TIFF file and were left out."
_XMP_REPLACED = "The XMP data of the file could not be added to and was replaced."


@dataclass(frozen=True)
class SaveOptions:
    """How to write a picture.

    Attributes:
        format: None takes it from the file's suffix.
        quality: 1 to 100, for JPEG, AVIF and lossy WebP.
        lossless: Lossless WebP (PNG always is, JPEG never).
    """

    format: SaveFormat | None = None
    quality: int = 95
    lossless: bool = False

    def __post_init__(self) -> None:
        """Reject a quality that no encoder knows."""
        if not 1 <= self.quality <= 100:
            raise ValueError(f"quality is {self.quality}, not in 1 to 100")


class Extras(NamedTuple):
    """What is stored beside the pixels; see ``save_picture``."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    generation: dict[str, Any] | None = None
    digital_source: xmp.DigitalSource | None = None


class Encoded(NamedTuple):
    """Parts of the file in order, and sentences about what the format could not hold."""

    parts: list[bytes | memoryview]
    notes: list[str]


def encode(pixels: Pixels, kind: SaveFormat, options: SaveOptions, extras: Extras) -> Encoded:
    """Encode uint8 (H, W, 3 or 4).

    Raises:
        FileError: The picture is too large for the format.
    """
    longest = max(pixels.shape[:2])
    if longest > MAX_SIDE[kind]:
        raise FileError(
            f"The picture is {longest} pixels long and {kind.upper()} holds at most "
            f"{MAX_SIDE[kind]}: save it as PNG."
        )
    if pixels.shape[2] == 4 and pixels[..., 3].min() == 255:
        # An opaque picture is smaller without its alpha. OpenCV lets other threads work meanwhile,
        # as it would not while it copies a view of three channels out of four.
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8)
    if kind == "png":
        return _encode_png(pixels, extras)
    if kind == "tiff":
        return _encode_tiff(pixels, extras)
    encoders = {"jpeg": _encode_jpeg, "webp": _encode_webp, "avif": _encode_avif}
    return encoders[kind](pixels, options, extras)


def _encode_png(pixels: Pixels, extras: Extras) -> Encoded:
    whole = _png_of(pixels)
    packet, notes = _xmp_packet(extras, record=None)
    chunks: list[bytes] = []
    if extras.icc is not None:
        chunks.append(png.profile_chunk(extras.icc))
    if extras.exif is not None:
        chunks.append(png.build_chunk(b"eXIf", extras.exif))
    if packet is not None:
        chunks.append(png.text_chunk("XML:com.adobe.xmp", packet.decode()))
    if extras.generation is not None:
        size = (pixels.shape[1], pixels.shape[0])
        text = metadata.parameters_text(extras.generation, size)
        chunks.append(png.latin_text_chunk(metadata.PARAMETERS_KEYWORD, text))
        record = metadata.record_text(extras.generation)
        if len(record) <= metadata.MAX_RECORD_BYTES:
            chunks.append(png.text_chunk(metadata.KEYWORD, record))
        else:
            notes.append(_RECORD_TOO_LARGE)
    return Encoded([whole[: png.HEADER_BYTES], *chunks, whole[png.HEADER_BYTES :]], notes)


def _png_of(pixels: Pixels) -> memoryview:
    """Return a PNG file of the pixels alone."""
    if pixels.nbytes > MOST_AT_ONCE:
        return memoryview(encode_png(pixels))
    code = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    done, buffer = cv2.imencode(".png", cv2.cvtColor(pixels, code))
    if not done:
        raise FileError("The picture could not be encoded as PNG: try WebP.")
    return np.asarray(buffer, np.uint8).reshape(-1).data


def _encode_jpeg(pixels: Pixels, options: SaveOptions, extras: Extras) -> Encoded:
    notes: list[str] = []
    if pixels.shape[2] == 4:
        pixels = on_white(pixels)
        notes.append(_FLATTENED)
    packet, exif, more = _blocks(pixels, extras)
    notes += more
    if packet is not None and len(packet) > MAX_JPEG_BLOCK:
        notes.append(_RECORD_LEFT_OUT)
        packet, _ = _xmp_packet(extras, record=None)
        if packet is not None and len(packet) > MAX_JPEG_BLOCK:
            packet, _ = _xmp_packet(extras._replace(xmp=None), record=None)
            notes.append(_XMP_REPLACED)
    if exif is not None and len(exif) > MAX_JPEG_BLOCK:
        notes.append(_EXIF_LEFT_OUT)
        exif = None
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        stream,
        "JPEG",
        quality=options.quality,
        # Full colour resolution where quality matters.
        subsampling=0 if options.quality >= 90 else 2,
        icc_profile=extras.icc,
        **_given(exif=None if exif is None else exif_block.PREFIX + exif, xmp=packet),
    )
    return Encoded([stream.getbuffer()], notes)


def _encode_webp(pixels: Pixels, options: SaveOptions, extras: Extras) -> Encoded:
    packet, exif, notes = _blocks(pixels, extras)
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        stream,
        "WEBP",
        lossless=options.lossless,
        # For lossless pictures this is the effort and not the quality.
        quality=30 if options.lossless else options.quality,
        method=1 if options.lossless else 4,
        exact=True,
        icc_profile=extras.icc,
        **_given(exif=exif, xmp=packet),
    )
    return Encoded([stream.getbuffer()], notes)


def _encode_avif(pixels: Pixels, options: SaveOptions, extras: Extras) -> Encoded:
    packet, exif, notes = _blocks(pixels, extras)
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        stream,
        "AVIF",
        quality=options.quality,
        subsampling="4:4:4" if options.quality >= 90 else "4:2:0",
        # Smaller numbers take minutes for large pictures and save little.
        speed=8,
        icc_profile=extras.icc,
        **_given(exif=exif, xmp=packet),
    )
    return Encoded([stream.getbuffer()], notes)


def _encode_tiff(pixels: Pixels, extras: Extras) -> Encoded:
    record = None if extras.generation is None else metadata.record_text(extras.generation)
    packet, notes = _xmp_packet(extras, record)
    tags, complete = tags_to_write(extras.exif, packet)
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        stream,
        "TIFF",
        compression="tiff_adobe_deflate",
        tiffinfo=tags,
        **_given(icc_profile=extras.icc),
    )
    return Encoded([stream.getbuffer()], notes if complete else [*notes, _CAMERA_LEFT_OUT])


def _blocks(pixels: Pixels, extras: Extras) -> tuple[bytes | None, bytes | None, list[str]]:
    """Return the XMP packet and the EXIF block that hold the request, and notes."""
    if extras.generation is None:
        packet, notes = _xmp_packet(extras, record=None)
        return packet, extras.exif, notes
    packet, notes = _xmp_packet(extras, metadata.record_text(extras.generation))
    text = metadata.parameters_text(extras.generation, (pixels.shape[1], pixels.shape[0]))
    return packet, exif_block.with_user_comment(extras.exif, text) or extras.exif, notes


def _xmp_packet(extras: Extras, record: str | None) -> tuple[bytes | None, list[str]]:
    source = extras.digital_source
    if source is None and extras.generation is not None:
        source = metadata.digital_source_of(extras.generation)
    if source is None and record is None:
        return extras.xmp, []
    replaced = extras.xmp is not None and not xmp.is_kept(extras.xmp)
    return xmp.with_marks(extras.xmp, source, record), [_XMP_REPLACED] if replaced else []


def _given(**blocks: bytes | None) -> dict[str, bytes]:
    return {name: block for name, block in blocks.items() if block is not None}
