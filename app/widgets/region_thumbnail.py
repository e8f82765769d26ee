"""A small picture of a mask: white is redone, black stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtGui import QImage, QPixmap

if TYPE_CHECKING:
    from editing.plane import Plane

SIDE = 56
_SAMPLES = 4
"""Samples per pixel and direction: enough for a stroke to be seen, few enough for any size."""


def region_thumbnail(mask: Plane) -> QPixmap:
    """Draw a mask at most ``SIDE`` pixels wide and high, whatever its size, without delay."""
    step = max(1, max(mask.bounds.size) // (SIDE * _SAMPLES))
    sampled = mask.pixels[::step, ::step]
    scale = SIDE / max(sampled.shape)
    size = (max(1, round(sampled.shape[1] * scale)), max(1, round(sampled.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = np.ascontiguousarray(cv2.resize(sampled, size, interpolation=way), np.uint8)
    image = QImage(small.data, size[0], size[1], size[0], QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(image.copy())
