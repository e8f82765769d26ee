"""Straight RGBA and back from 16-bit numbers in which each colour counts by its alpha.

Means and filters must weight colours by alpha, or the colour of clear pixels, mostly black, leaks
out as a dark fringe. Colour times alpha, and alpha times 255, are kept as three quarters of their
value, which leaves room above: a Lanczos filter overshoots, and colour and alpha must do so alike,
or edges would change their colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from editing.plane import Pixels

Weighted = npt.NDArray[np.uint16]

_BAND_ROWS = 256
_FULL = 255 * 255 - (255 * 255 >> 2)
"""What stands for an alpha of 255."""


def is_opaque(pixels: Pixels) -> bool:
    """Whether (H, W, 4) is opaque everywhere."""
    if pixels[0, 0, 3] != 255:
        return False
    return all(
        cv2.minMaxLoc(np.asarray(cv2.extractChannel(pixels[top : top + _BAND_ROWS], 3)))[0] == 255
        for top in range(0, len(pixels), _BAND_ROWS)
    )


def weighted(pixels: Pixels) -> Weighted:
    """Return (H, W, 4) with colours times alpha and alpha times 255, both times 3/4."""
    result = np.empty(pixels.shape, np.uint16)
    for top in range(0, len(pixels), _BAND_ROWS):
        band = pixels[top : top + _BAND_ROWS]
        out = result[top : top + _BAND_ROWS]
        np.multiply(band[..., :3], band[..., 3:], out=out[..., :3], dtype=np.uint16)
        np.multiply(band[..., 3], np.uint16(255), out=out[..., 3], dtype=np.uint16)
        out -= out >> 2
    return result


def straight(values: Weighted, coverage: Pixels | None = None) -> Pixels:
    """Return straight RGBA (H, W, 4), rounded once.

    Args:
        values: As made by ``weighted``, then filtered.
        coverage: (H, W) that multiplies the alpha, or None.
    """
    result = np.zeros(values.shape, np.uint8)
    for top in range(0, len(values), _BAND_ROWS):
        band = values[top : top + _BAND_ROWS]
        share = None if coverage is None else coverage[top : top + _BAND_ROWS]
        result[top : top + _BAND_ROWS] = _straight(band, share)
    return result


def _straight(values: Weighted, coverage: Pixels | None) -> Pixels:
    alpha = values[..., 3].astype(np.float32)
    colours = values[..., :3].astype(np.float32)
    colours *= (255 / np.maximum(alpha, 1))[..., None]
    np.rint(colours, out=colours)
    np.minimum(colours, 255, out=colours)
    shown = np.minimum(alpha, _FULL) * np.float32(255 / _FULL)
    if coverage is not None:
        shown *= coverage / np.float32(255)
    result = np.empty(values.shape, np.uint8)
    result[..., :3] = colours
    result[..., 3] = np.rint(shown)
    result[result[..., 3] == 0] = 0
    return result
