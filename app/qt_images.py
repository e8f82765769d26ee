"""The one place where numpy arrays become QImages and rectangles become QRects.

Wrapping is free of copies: the QImage shows the array's own memory and keeps the array alive.
A QImage that is copied and then painted on detaches, which would copy the whole picture; so a
wrapper is used where it is made and not kept.
"""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from editing.geometry import Rect

if TYPE_CHECKING:
    import numpy.typing as npt

Format = QImage.Format


def wrap(pixels: "npt.NDArray[np.uint8]", image_format: Format) -> QImage:
    """Show contiguous uint8 pixels (H, W) or (H, W, C) as a QImage, without a copy.

    Raises:
        ValueError: the array is no uint8 picture or is not contiguous.
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or not pixels.flags.c_contiguous:
        raise ValueError(f"cannot show a {pixels.dtype} array of shape {pixels.shape}")
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], image_format)


def wrap_argb(pixels: "npt.NDArray[np.uint32]", *, opaque: bool = False) -> QImage:
    """Show premultiplied 0xAARRGGBB pixels (H, W), without a copy.

    Args:
        pixels: contiguous uint32.
        opaque: ignore the alpha byte, for a target that never is transparent.
    """
    if pixels.dtype != np.uint32 or pixels.ndim != 2 or not pixels.flags.c_contiguous:
        raise ValueError(f"cannot show a {pixels.dtype} array of shape {pixels.shape}")
    kind = Format.Format_RGB32 if opaque else Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], kind)


def to_qimage(pixels: "npt.NDArray[np.uint8]") -> QImage:
    """Copy a picture, (H, W) grey, (H, W, 3) RGB or straight (H, W, 4) RGBA, into a QImage."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    kinds = {
        1: Format.Format_Grayscale8,
        3: Format.Format_RGB888,
        4: Format.Format_RGBA8888,
    }
    return wrap(np.ascontiguousarray(pixels), kinds[channels]).copy()


def to_array(image: QImage) -> "npt.NDArray[np.uint8]":
    """Copy a QImage of any format into straight RGBA pixels (H, W, 4)."""
    if image.isNull():
        raise ValueError("the image is empty")
    rgba = image.convertToFormat(Format.Format_RGBA8888)
    rows = np.frombuffer(rgba.constBits(), np.uint8).reshape(rgba.height(), rgba.bytesPerLine())
    return rows[:, : 4 * rgba.width()].reshape(rgba.height(), rgba.width(), 4).copy()


def to_qrect(rect: Rect) -> QRect:
    """The same pixels as a QRect."""
    return QRect(rect.x, rect.y, rect.width, rect.height)


def to_rect(rect: QRect) -> Rect:
    """The same pixels as an editing rectangle."""
    return Rect(rect.x(), rect.y(), rect.width(), rect.height())
