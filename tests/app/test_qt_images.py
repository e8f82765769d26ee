"""Arrays and QImages: no copies where none are promised, no colours mixed up."""

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage

from app.qt_images import to_array, to_qimage, to_qrect, to_rect, wrap, wrap_argb
from editing.geometry import Rect


@pytest.mark.parametrize("width", [1, 3, 16, 17])
def test_pictures_come_back_as_they_were(width: int) -> None:
    random = np.random.default_rng(width)
    rgba = random.integers(0, 256, (5, width, 4), dtype=np.uint8)
    assert np.array_equal(to_array(to_qimage(rgba)), rgba)
    rgb = rgba[..., :3]
    assert np.array_equal(to_array(to_qimage(rgb))[..., :3], rgb)
    grey = np.ascontiguousarray(rgba[..., 0])
    assert np.array_equal(to_array(to_qimage(grey))[..., 1], grey)


def test_a_copy_does_not_follow_the_array() -> None:
    pixels = np.full((2, 2, 3), 10, np.uint8)
    image = to_qimage(pixels)
    pixels[:] = 99
    assert image.pixelColor(0, 0) == QColor(10, 10, 10)


def test_a_wrapped_array_is_seen_and_painted_without_a_copy() -> None:
    pixels = np.zeros((4, 6), np.uint32)
    image = wrap_argb(pixels)
    pixels[1, 2] = 0xFF0A141E
    assert image.pixelColor(2, 1) == QColor(10, 20, 30)
    image.setPixelColor(5, 3, QColor(1, 2, 3))
    assert pixels[3, 5] == 0xFF010203


def test_a_wrapper_keeps_its_array_alive() -> None:
    image = wrap(np.full((64, 64), 77, np.uint8), QImage.Format.Format_Grayscale8)
    others = [np.zeros((64, 64), np.uint8) for _ in range(50)]
    assert image.pixelColor(33, 44) == QColor(77, 77, 77)
    assert len(others) == 50


def test_what_cannot_be_wrapped_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot show"):
        wrap(np.zeros((4, 8), np.uint8)[:, ::2], QImage.Format.Format_Grayscale8)
    with pytest.raises(ValueError, match="cannot show"):
        wrap_argb(np.zeros((4, 8), np.uint32)[:, :4])
    with pytest.raises(ValueError, match="empty"):
        to_array(QImage())


def test_rectangles_cover_the_same_pixels() -> None:
    assert to_qrect(Rect(3, -4, 5, 6)) == QRect(3, -4, 5, 6)
    assert to_rect(QRect(3, -4, 5, 6)) == Rect(3, -4, 5, 6)
