"""A procedural photograph: sky, ground and objects with soft light, texture and sensor noise.

It has what matters for tests of crops, seams and files: smooth gradients, hard edges, fine detail,
and noise that no filter predicts. The same size and seed give the same picture.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def fractal_noise(
    height: int, width: int, rng: np.random.Generator, octaves: int = 6
) -> npt.NDArray[np.float32]:
    """Return smooth noise (H, W) in about [-1, 1], detail halving in size and strength."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = 3 * 2**octave
        grid = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
        smooth = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += np.asarray(smooth, np.float32) * np.float32(0.55**octave)
    return total / np.float32(2)


def photograph(width: int, height: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return a picture (H, W, 3), uint8 RGB."""
    rng = np.random.default_rng(seed)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    clouds = fractal_noise(height, width, rng)
    rough = fractal_noise(height, width, rng, octaves=8)
    horizon = np.float32(0.55) + np.float32(0.06) * fractal_noise(1, width, rng, octaves=4)
    ground = (y > horizon).astype(np.float32)
    sky = np.stack(
        [0.35 + 0.4 * y + 0.18 * clouds, 0.5 + 0.3 * y + 0.15 * clouds, 0.8 + 0 * clouds]
    )
    soil = np.stack([0.38 + 0.2 * rough, 0.33 + 0.22 * rough, 0.2 + 0.12 * rough]) * (1.3 - 0.5 * y)
    scene = (sky * (1 - ground) + soil * ground).transpose(1, 2, 0).copy()
    side = min(width, height)
    for _ in range(6):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0.4, 0.95) * height))
        colour = tuple(float(c) for c in rng.uniform(0.1, 0.9, 3))
        cv2.circle(scene, centre, max(1, int(rng.uniform(0.03, 0.1) * side)), colour, -1)
    noise = rng.normal(0, 0.015, scene.shape).astype(np.float32)
    return np.asarray(np.rint(np.clip(scene + noise, 0, 1) * 255), np.uint8)


def photograph_rgba(width: int, height: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return the picture as (H, W, 4), opaque."""
    opaque = np.full((height, width, 1), 255, np.uint8)
    return np.concatenate([photograph(width, height, seed), opaque], axis=2)
