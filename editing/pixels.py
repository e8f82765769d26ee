"""Pixel formats: what a straight-alpha picture looks like without its alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from editing.plane import Pixels

_BAND_ROWS = 256


def on_white(pixels: Pixels) -> Pixels:
    """Return (H, W, 3) of (H, W, 3 or 4); transparent pixels show white."""
    if pixels.shape[2] == 3 or pixels[..., 3].min() == 255:
        return np.ascontiguousarray(pixels[..., :3])
    shown = np.empty((*pixels.shape[:2], 3), np.uint8)
    for top in range(0, len(pixels), _BAND_ROWS):  # Floats of a whole picture would be large.
        band = pixels[top : top + _BAND_ROWS].astype(np.float32)
        share = band[..., 3:] / 255
        shown[top : top + _BAND_ROWS] = np.rint(band[..., :3] * share + 255 * (1 - share))
    return shown
