"""What a run leaves behind, and whether a picture is the one that a recorded run made."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

_BLOCK_PX = 8
_MOST_DIFFERENCE = 30.0
"""Mean difference of a block, in levels of 255, that lossy files stay far below and that another
drawing of the same place exceeds."""


@dataclass
class Recording:
    """A run, step by step.

    Attributes:
        latents: before the first network call and after each one, (1, C, h, w).
        levels: (h, w) noise levels before the first call and after each one.
        attention: sum of the attention maps (K, h, w), or None.
    """

    latents: list[Tensor] = field(default_factory=list)
    levels: list[Tensor] = field(default_factory=list)
    attention: Tensor | None = None


def reproduces(
    again: NDArray[np.uint8], picture: NDArray[np.uint8], masked: NDArray[np.bool_]
) -> bool:
    """Whether a run made again gives the picture, outside what is masked.

    Compared by blocks, so that a small part that was redone since is noticed, and a file that was
    stored with loss is not.

    Args:
        again: decoded from the recorded run, uint8 (H, W, 3).
        picture: as it is now, same shape.
        masked: (H, W), the pixels that are to be redone anyway.
    """
    difference = np.abs(again.astype(np.float32) - picture).mean(axis=2)
    difference[masked] = 0
    height, width = difference.shape
    blocks = (max(1, width // _BLOCK_PX), max(1, height // _BLOCK_PX))
    means = cv2.resize(difference, blocks, interpolation=cv2.INTER_AREA)
    return bool(means.max() <= _MOST_DIFFERENCE)
