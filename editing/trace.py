"""The outline of a mask, coarse enough to be drawn while it follows the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.mask_filters import HALF
from editing.tile_plan import content_bounds

if TYPE_CHECKING:
    from editing.plane import Plane
    from editing.shapes import Point

_SIDE = 512


def outline_of(mask: Plane) -> list[list[Point]]:
    """Return closed lines around what is masked, in document pixels, to about 1/512 of its size."""
    rect = content_bounds(mask)
    if rect.is_empty:
        return []
    step = -(-max(rect.size) // _SIDE)
    small = mask.pixels[rect.slices()][::step, ::step]
    # A free frame keeps lines along the edge of the picture apart from it.
    solid = np.pad(np.greater_equal(small, HALF).astype(np.uint8), 1)
    found, _ = cv2.findContours(solid, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    lines = []
    for contour in found:
        # Centres of pixels, the frame taken off again.
        places = (contour[:, 0, :] - 0.5) * step + (rect.x, rect.y)
        lines.append([(float(x), float(y)) for x, y in places])
    return lines
