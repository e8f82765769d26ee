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
_ROOM = 0.75
_FULL = round(_ROOM * 255 * 255)
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
        alpha = np.asarray(cv2.extractChannel(band, 3), np.uint8)
        weights = cv2.merge([alpha, alpha, alpha, np.full_like(alpha, 255)])
        product = cv2.multiply(band, weights, scale=_ROOM, dtype=cv2.CV_16U)
        result[top : top + _BAND_ROWS] = product
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
    alpha = np.asarray(cv2.extractChannel(values, 3), np.uint16)
    shares = cv2.merge([alpha, alpha, alpha, np.full_like(alpha, _FULL)])
    # OpenCV rounds, cuts at 255, and gives 0 where the divisor is 0.
    result = np.asarray(cv2.divide(values, shares, scale=255, dtype=cv2.CV_8U), np.uint8)
    if coverage is not None:
        alpha = np.asarray(cv2.min(alpha, np.full_like(alpha, _FULL)), np.uint16)
        shown = cv2.multiply(alpha, coverage.astype(np.uint16), scale=1 / _FULL, dtype=cv2.CV_8U)
        cv2.insertChannel(np.asarray(shown, np.uint8), result, 3)
    # Four bytes are taken as one number: what is clear has no colour.
    result.view(np.uint32)[...] *= result[..., 3:] != 0
    return result
