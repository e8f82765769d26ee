"""Documents with several layers, small enough to look at each pixel."""

from __future__ import annotations

import numpy as np

from editing.document import Document
from editing.layer import BlendMode, Layer
from editing.plane import Plane
from editing.region import Region
from editing.structure import Structure

SHAPE = (20, 24)


def soft_pixels(seed: int, shape: tuple[int, int] = SHAPE) -> Plane:
    """Random colours, a third of them clear and a third opaque."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (*shape, 4), np.uint8)
    kind = rng.random(shape)
    pixels[kind < 1 / 3, 3] = 0
    pixels[kind > 2 / 3, 3] = 255
    return Plane(pixels)


def opaque_pixels(seed: int, shape: tuple[int, int] = SHAPE) -> Plane:
    """Random colours without holes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*shape, 4), np.uint8)
    pixels[..., 3] = 255
    return Plane(pixels)


def soft_mask(seed: int, shape: tuple[int, int] = SHAPE) -> Plane:
    """Random values, many of them 0 or 255."""
    values = np.random.default_rng(seed).integers(-150, 400, shape)
    return Plane(np.clip(values, 0, 255).astype(np.uint8))


def layered(*layers: Layer) -> Document:
    """A document of these layers, the lowest first."""
    shape = layers[0].plane.shape[:2]
    region = Region(Plane.zeros(shape), "Region 1")
    return Document(structure=Structure(layers, (region,), Plane.zeros(shape)))


def three_layers(blend: BlendMode = "normal") -> Document:
    """An opaque layer and two soft ones; the active one is the highest."""
    return layered(
        Layer(opaque_pixels(1), "Background"),
        Layer(soft_pixels(2), "Trees", opacity=0.7, blend=blend),
        Layer(soft_pixels(3), "Birds", mask=soft_mask(4)),
    )
