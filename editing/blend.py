"""Laying one picture over another: blend modes, opacity and masks, with straight alpha.

Formulas: W3C, Compositing and Blending Level 1, https://www.w3.org/TR/compositing-1/, sections 5.1
(source over) and 9.1 (blend modes); OpenRaster names them ``svg:src-over``, ``svg:multiply`` and so
on. With backdrop colour Cb and alpha ab, source colour Cs and alpha as, and the mode's function B:

    co = as (1 - ab) Cs  +  as ab B(Cb, Cs)  +  (1 - as) ab Cb        (times alpha)
    ao = as + ab - as ab

Each mode is a table of B for all pairs of bytes, rounded to bytes. The weights are floats, so that
opacity and mask cost no precision; the colour is rounded once more at the end. A result is within
one level of the formula. Krita 5.1 rounds in about the same places (``docs/formats.md`` has the
differences); its sources of later versions turn black that is dodged by full white to white, while
it stays black here, as W3C and Qt have it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from editing.layer import BlendMode
    from editing.plane import Pixels

Weights = npt.NDArray[np.float32]

_Levels = npt.NDArray[np.float64]
_PIXEL = np.dtype("<u4")
_OPAQUE = np.uint32(0xFF000000)


def blend(
    below: Pixels,
    above: Pixels,
    mode: BlendMode = "normal",
    opacity: float = 1.0,
    mask: Pixels | None = None,
) -> Pixels:
    """Return (h, w, 4) straight RGBA of one picture laid over another, a new array.

    Where nothing of ``above`` shows, ``below`` keeps its bytes, those of clear pixels too.

    Args:
        below: (h, w, 4), the backdrop.
        above: (h, w, 4), the source.
        mode: How the colours meet.
        opacity: In [0, 1]; multiplies the alpha of ``above``.
        mask: (h, w); multiplies it as well.
    """
    weight = coverage(above, opacity, mask)
    least, most = cv2.minMaxLoc(weight)[:2]
    if most <= 0:
        return below.copy()
    backdrop = _channel(below, 3)
    if cv2.minMaxLoc(backdrop)[0] == 255:
        return _over_opaque(below, above, mode, weight, is_full=least == 255)
    return _over_any(below, backdrop, above, mode, weight)


def blended_colours(below: Pixels, above: Pixels, mode: BlendMode) -> Pixels:
    """Return B(Cb, Cs) of every pair of bytes of two arrays of one shape (h, w, c).

    The alpha channel is treated like a colour; the caller puts its own in its place.
    """
    if mode == "normal":
        return above
    height, width, channels = below.shape
    flat = (height, width * channels)
    # Two bytes, the backdrop's above the source's, are the place in the table (little endian).
    pairs = cv2.merge([above.reshape(flat), below.reshape(flat)]).reshape(height, -1).view("<u2")
    return np.take(_table(mode), pairs).reshape(below.shape)


def coverage(above: Pixels, opacity: float = 1.0, mask: Pixels | None = None) -> Weights:
    """Return the source's alpha with opacity and mask in it: float32 (h, w) in [0, 255]."""
    weight = _channel(above, 3).astype(np.float32)
    if mask is not None:
        weight *= mask * np.float32(opacity / 255)
    elif opacity != 1:
        weight *= np.float32(opacity)
    return weight


def _over_opaque(
    below: Pixels, above: Pixels, mode: BlendMode, weight: Weights, *, is_full: bool
) -> Pixels:
    """The usual case: the backdrop shows through nowhere, so the colours are simply mixed."""
    source = blended_colours(below, above, mode)
    mixed = source.copy() if is_full else _mixed(below, source, 255 - weight, weight)
    mixed.view(_PIXEL)[...] |= _OPAQUE  # Several times faster than a write to every fourth byte.
    return mixed


def _over_any(
    below: Pixels, backdrop: Pixels, above: Pixels, mode: BlendMode, weight: Weights
) -> Pixels:
    alpha = backdrop.astype(np.float32)
    kept, new = alpha * (255 - weight), 255 * weight
    if mode == "normal":
        mixed = _mixed(below, above, kept, new)
    else:
        # Over nothing there is nothing to blend with: there the source shows as it is.
        blended = blended_colours(below, above, mode)
        mixed = _mean((below, above, blended), (kept, weight * (255 - alpha), weight * alpha))
    mixed[..., 3] = np.rint((kept + new) / np.float32(255))
    cv2.copyTo(below, np.equal(weight, 0).view(np.uint8), mixed)
    return mixed


def _mixed(first: Pixels, second: Pixels, share: Weights, other_share: Weights) -> Pixels:
    """Return the weighted mean of two pictures, rounded; zero where both weights are zero."""
    return np.asarray(cv2.blendLinear(first, second, share, other_share), np.uint8)


def _mean(pictures: Sequence[Pixels], shares: Sequence[Weights]) -> Pixels:
    """Return the weighted mean of several pictures, rounded once; zero where all weights are."""
    total = sum(share[..., None] * picture for picture, share in zip(pictures, shares, strict=True))
    whole = np.maximum(sum(shares), np.float32(1e-6))
    return np.asarray(np.rint(total / whole[..., None]), np.uint8)


def _channel(pixels: Pixels, index: int) -> Pixels:
    return np.asarray(cv2.extractChannel(pixels, index), np.uint8)


@cache
def _table(mode: BlendMode) -> Pixels:
    """Return B as 65536 bytes, the backdrop's byte times 256 plus the source's is the place."""
    below, above = np.meshgrid(np.arange(256) / 255, np.arange(256) / 255, indexing="ij")
    return np.rint(_FORMULAS[mode](below, above) * 255).astype(np.uint8).reshape(-1)


def _hard_light(below: _Levels, above: _Levels) -> _Levels:
    return np.where(above <= 0.5, 2 * below * above, _screen(below, 2 * above - 1))


def _screen(below: _Levels, above: _Levels) -> _Levels:
    return below + above - below * above


def _soft_light(below: _Levels, above: _Levels) -> _Levels:
    dark = ((16 * below - 12) * below + 4) * below
    lighter = np.where(below <= 0.25, dark, np.sqrt(below)) - below
    darker = below * (1 - below)
    return below + (2 * above - 1) * np.where(above <= 0.5, darker, lighter)


def _color_dodge(below: _Levels, above: _Levels) -> _Levels:
    quotient = below / np.maximum(1 - above, 1e-9)
    return np.where(below == 0, 0.0, np.minimum(quotient, 1))


_FORMULAS: dict[BlendMode, Callable[[_Levels, _Levels], _Levels]] = {
    "multiply": lambda below, above: below * above,
    "screen": _screen,
    "overlay": lambda below, above: _hard_light(above, below),
    "soft_light": _soft_light,
    "color_dodge": _color_dodge,
    "difference": lambda below, above: np.abs(below - above),
}
