"""The formulas of W3C Compositing and Blending, pixel by pixel in float64: slow and plain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.geometry import Rect
    from editing.layer import BlendMode, Layer
    from editing.plane import Pixels

Levels = npt.NDArray[np.float64]


def blended(mode: BlendMode, cb: float, cs: float) -> float:
    """B(Cb, Cs) of one pair of levels in [0, 1]."""
    if mode == "normal":
        return cs
    if mode == "multiply":
        return cb * cs
    if mode == "screen":
        return 1 - (1 - cb) * (1 - cs)
    if mode == "overlay":
        return 2 * cb * cs if cb <= 0.5 else 1 - 2 * (1 - cb) * (1 - cs)
    if mode == "difference":
        return abs(cb - cs)
    if mode == "color_dodge":
        if cb == 0:
            return 0.0
        return 1.0 if cs == 1 else min(1.0, cb / (1 - cs))
    if cs <= 0.5:
        return cb - (1 - 2 * cs) * cb * (1 - cb)
    d = ((16 * cb - 12) * cb + 4) * cb if cb <= 0.25 else math.sqrt(cb)
    return cb + (2 * cs - 1) * (d - cb)


def composed(below: Levels, above: Levels, mode: BlendMode, share: Levels) -> Levels:
    """One layer over a backdrop: straight RGBA (h, w, 4) in [0, 1]; `share` multiplies alpha."""
    shown = np.zeros_like(below)
    for place in np.ndindex(*below.shape[:2]):
        ab, alpha = below[place][3], above[place][3] * share[place]
        out = alpha + ab - alpha * ab
        shown[place][3] = out
        if out == 0:
            continue
        for c in range(3):
            cb, cs = below[place][c], above[place][c]
            mixture = (1 - ab) * cs + ab * blended(mode, cb, cs)
            shown[place][c] = ((1 - alpha) * ab * cb + alpha * mixture) / out
    return shown


def picture_of(layers: Sequence[Layer], rect: Rect) -> Levels:
    """What the layers give together, never rounded on the way: (h, w, 4) in [0, 1]."""
    shown = np.zeros((rect.height, rect.width, 4))
    for layer in layers:
        if layer.visible:
            share = np.full(shown.shape[:2], layer.opacity)
            if layer.mask is not None:
                share = share * layer.mask.pixels[rect.slices()] / 255
            shown = composed(shown, layer.plane.pixels[rect.slices()] / 255, layer.blend, share)
    return shown


def distance(shown: Pixels, expected: Levels) -> float:
    """Largest difference as it is seen, in levels: of alpha, and of colours times alpha."""
    given = shown / 255
    alpha = np.abs(given[..., 3] - expected[..., 3])
    colour = np.abs(given[..., :3] - expected[..., :3]) * expected[..., 3:]
    return float(max(alpha.max(), colour.max())) * 255
