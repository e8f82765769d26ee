"""Frames of a run as they are drawn over the canvas: the model's preview inside the region only.

The engine's preview is a small picture of everything the model sees. Outside the region the person
should go on seeing the picture as it is, so each frame is mixed with it through the mask. Frames
are kept small; the canvas scales them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.jobs.preparation import PreparedRun
from editing.geometry import Rect

LARGEST_FRAME_PX = 640

Frame = NDArray[np.uint8]


class LivePreview:
    """Makes frames for one prepared run.

    Args:
        run: what is running.

    Attributes:
        box: where the frames go, in pixels of the picture.
    """

    def __init__(self, run: PreparedRun) -> None:
        self.box = preview_box(run)
        self._below: NDArray[np.float32] | None = None
        self._share: NDArray[np.float32] | None = None
        if run.source is None or run.mask is None or run.request.whole_picture:
            return
        scale = min(1.0, LARGEST_FRAME_PX / max(self.box.width, self.box.height))
        size = (max(1, round(self.box.width * scale)), max(1, round(self.box.height * scale)))
        part = self.box.slices()
        below = cv2.resize(
            np.ascontiguousarray(run.source.pixels[part][..., :3]),
            size,
            interpolation=cv2.INTER_AREA,
        )
        mask = (run.mask[part] > 0).astype(np.float32)
        share = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        self._below = np.asarray(below, np.float32)
        self._share = np.asarray(share, np.float32)[..., None]

    def frame(self, preview: NDArray[np.uint8]) -> Frame:
        """The frame for a preview (h, w, 3) of the latent grid."""
        if self._below is None or self._share is None:
            return preview
        height, width = self._below.shape[:2]
        above = cv2.resize(preview, (width, height), interpolation=cv2.INTER_LINEAR)
        mixed = self._below + (above.astype(np.float32) - self._below) * self._share
        return mixed.astype(np.uint8)


def preview_box(run: PreparedRun) -> Rect:
    """Where the result of a run goes; for generate the whole of the new picture."""
    if run.plan is not None:
        return run.plan.box
    width, height = run.request.width, run.request.height
    if width is None or height is None:
        raise ValueError("a prepared generation has a size")
    return Rect(0, 0, width, height)
