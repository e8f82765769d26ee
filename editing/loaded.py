"""What reading a picture file gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from editing.plane import Pixels

PictureFormat = Literal["png", "jpeg", "webp", "gif", "tiff", "avif", "heic"]
"""Formats of one picture without layers."""


@dataclass(frozen=True)
class LoadedPicture:
    """A decoded file.

    Attributes:
        pixels: uint8 (H, W, 4), RGBA, straight alpha, upright, in the space of ``icc``.
        icc: RGB profile to keep, or None for sRGB.
        exif: EXIF block, its orientation reset, or None.
        xmp: XMP packet, or None.
        generation: Stored request, or None.
        parameters: Text of other tools about how the picture was made, or None.
        format: Format of the file.
        source_depth: Bits per channel in the file, 8 or 16.
        notes: Sentences for the person: what was reduced, converted or ignored.
    """

    pixels: Pixels
    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None
    generation: dict[str, Any] | None
    parameters: str | None
    format: PictureFormat
    source_depth: int = 8
    notes: list[str] = field(default_factory=list)
