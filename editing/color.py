"""Conversion between a document's own colour profile and sRGB, which the models know.

A document keeps its profile and its numbers; only the crop that goes to a model is converted, and
its result is converted back. An sRGB profile, told by what it does and not by its name, costs
nothing. A profile that is broken or is not for RGB is treated as absent.

Source of the conversion: ICC.1, relative colorimetric with black point compensation (littleCMS).
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from editing.plane import Pixels

_GRID = np.arange(0, 256, 15, dtype=np.uint8)


def is_srgb(profile: bytes | None) -> bool:
    """Whether the profile is absent, acts like sRGB (within one level), or cannot be used."""
    return profile is None or _transform(profile, to_srgb=True) is None


def to_srgb(pixels: Pixels, profile: bytes | None) -> Pixels:
    """Convert (H, W, 3 or 4) from the profile to sRGB; alpha stays; no copy if there is no need."""
    return _convert(pixels, profile, to_srgb=True)


def from_srgb(pixels: Pixels, profile: bytes | None) -> Pixels:
    """Convert (H, W, 3 or 4) from sRGB to the profile; alpha stays; no copy if there is no need."""
    return _convert(pixels, profile, to_srgb=False)


def picture_to_srgb(picture: Image.Image, profile: bytes) -> Image.Image | None:
    """Convert a decoded picture of mode L or CMYK through its own profile to RGB.

    Returns:
        The RGB picture, or None if the profile does not fit the picture or is broken.
    """
    source = open_profile(profile)
    if source is None or source.profile.xcolor_space != {"L": "GRAY", "CMYK": "CMYK"}.get(
        picture.mode
    ):
        return None
    try:
        return ImageCms.profileToProfile(
            picture,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:
        return None


def open_profile(profile: bytes) -> ImageCms.ImageCmsProfile | None:
    """Parse ICC bytes; None if they are broken."""
    try:
        return ImageCms.ImageCmsProfile(BytesIO(profile))
    except (OSError, ImageCms.PyCMSError):
        return None


def _convert(pixels: Pixels, profile: bytes | None, *, to_srgb: bool) -> Pixels:
    if profile is None or is_srgb(profile):
        return pixels
    transform = _transform(profile, to_srgb=to_srgb)
    if transform is None:
        return pixels
    converted = _apply(pixels[..., :3], transform)
    if pixels.shape[2] == 3:
        return converted
    return np.concatenate([converted, pixels[..., 3:]], axis=2)


def _apply(pixels: Pixels, transform: ImageCms.ImageCmsTransform) -> Pixels:
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    converted = ImageCms.applyTransform(picture, transform)
    if converted is None:  # Only in-place calls return nothing.
        raise RuntimeError("the colour conversion returned no picture")
    return np.asarray(converted, np.uint8)


@lru_cache(maxsize=8)
def _transform(profile: bytes, *, to_srgb: bool) -> ImageCms.ImageCmsTransform | None:
    """Build the conversion; None if it would change nothing or cannot be built."""
    own = open_profile(profile)
    if own is None or own.profile.xcolor_space != "RGB ":
        return None
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    try:
        transform = ImageCms.buildTransform(
            own if to_srgb else srgb,
            srgb if to_srgb else own,
            "RGB",
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:
        return None
    grid = np.stack(np.meshgrid(_GRID, _GRID, _GRID), axis=-1).reshape(-1, _GRID.size, 3)
    change = np.abs(_apply(grid, transform).astype(np.int16) - grid)
    return None if change.max() <= 1 else transform
