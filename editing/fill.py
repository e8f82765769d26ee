"""What the region is filled with before denoising starts (it matters below full strength).

Source of the border fill: A. Telea, "An image inpainting technique based on the fast marching
method", Journal of Graphics Tools 9 (2004), as in OpenCV; run on a small copy, because only its
colours matter and its time grows with the area.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from editing.masks import Mask
    from editing.plane import Pixels

FillMethod = Literal["original", "blurred", "neutral", "border"]

NEUTRAL = 128
INPAINT_SIDE_PX = 192
BLUR_SHARE = 1 / 24
"""Standard deviation of the blur, as a share of the picture's longer side."""


def fill_region(picture: Pixels, mask: Mask, method: FillMethod) -> Pixels:
    """Return the picture (h, w, 3) with its masked pixels filled; all others stay identical.

    Args:
        picture: The model's crop, not written to.
        mask: (h, w), masked where above zero.
        method: "original" keeps what is there; "blurred" keeps its colours and loses its shapes;
            "neutral" is mid grey; "border" continues the surroundings inward.
    """
    masked = np.greater(mask, 0)
    filled = picture.copy()
    if method == "blurred":
        filled[masked] = _blurred(picture)[masked]
    elif method == "neutral" or (method == "border" and masked.all()):
        filled[masked] = NEUTRAL
    elif method == "border":
        filled[masked] = _continued(picture, masked)[masked]
    return filled


def _blurred(picture: Pixels) -> Pixels:
    sigma = max(1.0, max(picture.shape[:2]) * BLUR_SHARE)
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)


def _continued(picture: Pixels, masked: npt.NDArray[np.bool_]) -> Pixels:
    """Return the whole picture, smooth, its masked part continued from its surroundings."""
    height, width = masked.shape
    scale = min(1.0, INPAINT_SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Shares of known pixels weigh the colours, so that nothing masked leaks into the small copy.
    known = (~masked).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(picture * known[..., None], size, interpolation=cv2.INTER_AREA)
    colour = np.asarray(colour, np.float32) / np.maximum(share, 1e-6)[..., None]
    small = np.asarray(np.rint(np.clip(colour, 0, 255)), np.uint8)
    unknown = np.less(share, 1e-3).astype(np.uint8)
    if unknown.any() and not unknown.all():
        small = np.asarray(cv2.inpaint(small, unknown, 3, cv2.INPAINT_TELEA), np.uint8)
    grown = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown, np.uint8)
