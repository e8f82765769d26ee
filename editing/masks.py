"""Questions about masks. A pixel is masked where the value is above zero, uint8 or float alike."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from editing.geometry import EMPTY, Rect

Mask = npt.NDArray[np.uint8] | npt.NDArray[np.float32]


def mask_bounds(mask: Mask) -> Rect:
    """Return the smallest rectangle around all masked pixels of (H, W), empty if there are none."""
    # The maximum is several times faster than any() on bytes.
    rows = np.flatnonzero(mask.max(axis=1))
    if rows.size == 0:
        return EMPTY
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].max(axis=0))
    return Rect.from_edges(int(columns[0]), top, int(columns[-1]) + 1, bottom)


def distance_to_mask(mask: Mask) -> npt.NDArray[np.float32]:
    """Return for each pixel the exact distance in pixels to the nearest masked one, 0 on it.

    Without any masked pixel all distances are infinite.
    """
    outside = np.equal(mask, 0).astype(np.uint8)
    if outside.all():
        return np.full(mask.shape, np.inf, np.float32)
    # The 3x3 and 5x5 approximations are off by up to 2 %: enough to break "identical beyond".
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)
