"""Selection by colour: how far each pixel's colour is from those pointed at.

Distances are taken in CIE L*a*b* (D65), where equal distances look about equally different; a
distance of 2 is just seen, black and white are 100 apart. Pixels within the tolerance are full,
those beyond fade over the softness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from editing.masks import mask_bounds
from editing.shapes import NOTHING, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.plane import Pixels
    from editing.sampling import Sample

Colour = tuple[int, int, int]
Floats = npt.NDArray[np.float32]


def colour_range(
    sample: Sample, colours: Sequence[Colour], tolerance: float, softness: float
) -> Shape:
    """Return the pixels whose colour is near one of several, as a shape.

    Args:
        sample: What to look at. Transparent pixels count by their alpha.
        colours: sRGB, at least one.
        tolerance: Distance up to which a pixel is full.
        softness: Distance beyond it over which the value falls to 0; 0 for a crisp edge.
    """
    wanted = to_lab(np.asarray([colours], np.uint8))[0]
    values = np.empty((sample.bounds.height, sample.bounds.width), np.uint8)
    for rect, pixels in sample.strips():
        values[rect.slices()] = _nearness(pixels, wanted, tolerance, softness)
    rect = mask_bounds(values)
    return NOTHING if rect.is_empty else Shape(rect, values[rect.slices()])


def to_lab(rgb: Pixels) -> Floats:
    """Return sRGB (h, w, 3) uint8 as L*a*b* (h, w, 3), L in [0, 100]."""
    scaled = np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2Lab), np.float32)


def _nearness(pixels: Pixels, wanted: Floats, tolerance: float, softness: float) -> Pixels:
    lab = to_lab(pixels[..., :3])
    square = np.full(lab.shape[:2], np.inf, np.float32)
    for colour in wanted:
        difference = lab - colour
        np.minimum(square, np.einsum("ijk,ijk->ij", difference, difference), out=square)
    beyond = np.sqrt(square) - np.float32(tolerance)
    if softness > 0:
        share = np.clip(1 - beyond / np.float32(softness), 0, 1)
    else:
        share = np.less_equal(beyond, 0).astype(np.float32)
    return np.asarray(np.rint(share * pixels[..., 3]), np.uint8)
