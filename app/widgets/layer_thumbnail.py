"""Small pictures of layers and their masks, from the smallest mip level of their planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtGui import QImage

from editing.color import is_srgb, to_srgb
from editing.geometry import Rect
from editing.tiles import tile_rect, tiles_in

if TYPE_CHECKING:
    from editing.plane import Plane

SIDE = 72
"""Longer side in pixels: twice what a list shows, for screens of high density."""


def layer_thumbnail(plane: Plane, profile: bytes | None = None) -> QImage:
    """Draw a plane, (H, W, 4) or (H, W), at most ``SIDE`` wide and high; on any thread.

    It builds the levels that are not valid, so the first one of a large plane takes a while. If
    somebody writes to the plane meanwhile, the picture is of in between.

    Args:
        plane: Of the layer or its mask.
        profile: Colour space of the document, None for sRGB; a mask has none.
    """
    last = len(plane.levels) - 1
    for n in range(1, last + 1):
        # A tile at a time, because whoever draws the canvas waits while one is built.
        for tile in tiles_in(Rect.of_shape(plane.levels[n].shape)):
            plane.level(n, tile_rect(tile, *plane.levels[n].shape[1::-1]))
    pixels = plane.level(last, Rect.of_shape(plane.levels[last].shape))
    if last == 0 and pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2mRGBA), np.uint8)
    height, width = pixels.shape[:2]
    scale = SIDE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
    if small.ndim == 3 and not is_srgb(profile):
        straight = np.asarray(cv2.cvtColor(small, cv2.COLOR_mRGBA2RGBA), np.uint8)
        small = np.asarray(cv2.cvtColor(to_srgb(straight, profile), cv2.COLOR_RGBA2mRGBA), np.uint8)
    formats = QImage.Format
    kind = formats.Format_RGBA8888_Premultiplied if small.ndim == 3 else formats.Format_Grayscale8
    return QImage(small.data, size[0], size[1], small.strides[0], kind).copy()
