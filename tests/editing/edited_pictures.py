"""Pictures as an editing model returns them: shifted, with other content in a region, disturbed."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import numpy.typing as npt

from tests.editing.photograph import photograph

Pixels = npt.NDArray[np.uint8]
SIZE = (288, 224)  # with the bleed, lengths of quick transforms
BLEED = 16


@functools.cache
def scene(width: int, height: int, seed: int) -> Pixels:
    return photograph(width, height, seed)


def shifted(picture: Pixels, dx: float, dy: float) -> npt.NDArray[np.float64]:
    """Shift a picture exactly, by the phases of its spectrum; it wraps around."""
    height, width = picture.shape[:2]
    way = np.fft.fftfreq(width) * dx + np.fft.fftfreq(height)[:, None] * dy
    turn = np.exp(-2j * np.pi * way)[..., None]
    moved = np.fft.ifft2(np.fft.fft2(picture, axes=(0, 1)) * turn, axes=(0, 1))
    return np.asarray(moved.real)


def disc(size: tuple[int, int] = SIZE) -> npt.NDArray[np.float32]:
    """A round region somewhat off the middle."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    away = np.hypot(x - 0.45 * width, y - 0.55 * height)
    return np.asarray(away < 0.2 * min(size), np.float32)


def edit(
    dx: float, dy: float, seed: int = 0, disturbed: str = "", size: tuple[int, int] = SIZE
) -> tuple[Pixels, Pixels]:
    """A picture, and its edit: shifted, with something else in the region, and disturbed."""
    width, height = size
    inner = (slice(BLEED, -BLEED), slice(BLEED, -BLEED))
    large = scene(width + 2 * BLEED, height + 2 * BLEED, seed)
    rng = np.random.default_rng(seed)
    values = np.where(
        disc(size)[..., None] > 0,
        scene(width, height, seed + 50),
        shifted(large, dx, dy)[inner],
    )
    if "colour" in disturbed:
        values = values * (0.8, 0.9, 1.05) + (10, -5, 8)
    if "noise" in disturbed:
        values = values + rng.normal(0, 4, values.shape)
    edited = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    if "jpeg" in disturbed:
        coded = cv2.imencode(".jpg", edited, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
        edited = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return large[inner].copy(), edited
