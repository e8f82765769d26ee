"""Scaling of pictures to the screen such that a pixel never depends on what is drawn around it.

For a device pixel X the sampled place in the source is s = (X + 1/2 - origin) / scale - 1/2, worked
out from X itself. Painting a part of the screen therefore gives the same pixels as painting all of
it: exactly for tiles, and within one level (rounding of floats) for larger sources.
QPainter's scaled ``drawImage`` starts fixed-point sums at the clip edge instead, which shows as
broken pixels at the edges of repainted parts.
"""

import math
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from editing.geometry import Rect

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint32]

Filter = Literal["copy", "nearest", "bilinear"]

CRISP_FROM = 2.0
"""From this scale on single pixels are what one wants to see; below, smooth edges are."""

_GRID = 8192
_LARGEST_EXACT = 512
"""Sources up to this many pixels on a side are sampled on the grid of 1 / _GRID pixels."""


def filter_for(scale: float) -> Filter:
    """The filter for device pixels per source pixel."""
    if scale == 1:
        return "copy"
    return "nearest" if scale >= CRISP_FROM else "bilinear"


def first_device_pixel(origin: float, scale: float, source: float) -> int:
    """First device pixel whose centre lies at or beyond a source coordinate.

    Pixels of neighbouring source ranges neither overlap nor leave a gap.
    """
    return math.ceil(origin + source * scale - 0.5)


def resample(
    source: "Pixels",
    corner: tuple[float, float],
    scale: tuple[float, float],
    target: "Pixels",
    rect: Rect,
    kind: Filter,
) -> None:
    """Fill ``target`` with what the device pixels of ``rect`` show of ``source``.

    Beyond its edges the source goes on with its edge pixels.

    Args:
        source: 0xAARRGGBB pixels (h, w), contiguous.
        corner: device coordinates of the source's left and top edge.
        scale: device pixels per source pixel, across and down.
        target: (rect.height, rect.width), may be a part of a larger array.
        rect: device pixels wanted.
        kind: "copy" needs a scale of 1 and whole corners.
    """
    if kind == "bilinear":
        _bilinear(source, corner, scale, target, rect)
        return
    if kind == "copy":
        x, y = round(rect.x - corner[0]), round(rect.y - corner[1])
        part = source[max(0, y) : y + rect.height, max(0, x) : x + rect.width]
        if x >= 0 and y >= 0 and part.shape == target.shape:
            target[...] = part
            return
    columns = _nearest_indices(rect.x, rect.width, corner[0], scale[0], source.shape[1])
    rows = _nearest_indices(rect.y, rect.height, corner[1], scale[1], source.shape[0])
    # Columns first, and only of the rows that are needed: the second step then copies whole rows.
    wide = np.take(source[rows[0] : rows[-1] + 1], columns, axis=1)
    target[...] = np.take(wide, rows - rows[0], axis=0)


def _nearest_indices(
    start: int, count: int, corner: float, scale: float, limit: int
) -> "npt.NDArray[np.intp]":
    centres = np.arange(start, start + count) + 0.5
    indices = np.floor((centres - corner) / scale).clip(0, limit - 1)
    return np.asarray(indices, np.intp)


def _bilinear(
    source: "Pixels",
    corner: tuple[float, float],
    scale: tuple[float, float],
    target: "Pixels",
    rect: Rect,
) -> None:
    across, start_x = _steps(rect.x, corner[0], scale[0], source.shape[1])
    down, start_y = _steps(rect.y, corner[1], scale[1], source.shape[0])
    inverse = np.array([[across, 0, start_x], [0, down, start_y]])
    cv2.warpAffine(
        channels(source),
        inverse,
        (rect.width, rect.height),
        dst=channels(target),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _steps(start: int, corner: float, scale: float, length: int) -> tuple[float, float]:
    """The source step of one device pixel, and the source place of pixel ``start``, on one axis.

    For tiles both are whole multiples of 1/8192. OpenCV's sums in 32-bit floats are exact then, and
    the result does not depend on where the drawn part starts, not even by rounding. Over a tile
    that moves a place by at most 1/32 of a pixel.
    """
    step = 1 / scale
    if length > _LARGEST_EXACT or not 0.5 <= scale <= CRISP_FROM:
        return step, (start + 0.5 - corner) * step - 0.5
    anchor = math.ceil(corner)
    step = round(step * _GRID) / _GRID
    first = round(((anchor + 0.5 - corner) / scale - 0.5) * _GRID) / _GRID
    return step, first + step * (start - anchor)


def channels(pixels: "Pixels") -> "npt.NDArray[np.uint8]":
    """The four bytes of each pixel (blue, green, red, alpha in memory), without a copy."""
    return pixels.view(np.uint8).reshape(*pixels.shape, 4)
