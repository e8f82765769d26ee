"""A document as large as the canvas is promised for: layers of several kinds, and two regions."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from editing.document import Document
from editing.layer import Layer
from editing.plane import Plane
from editing.region import REGION_COLOURS, Region

Pixels = npt.NDArray[np.uint8]
_BLOCK = 512


def picture(size: int) -> Pixels:
    """An opaque RGBA picture with some content everywhere."""
    pixels = _repeated(size, 1, 4)
    pixels[..., 3] = 255
    return pixels


def layered_document(size: int) -> Document:
    """Five layers, the middle one active, and two regions: nothing of it is empty or plain.

    From below: an opaque picture; shading (multiply, masked); what is painted on; light (soft
    light, in part transparent everywhere); a normal layer in part transparent everywhere.
    """
    shade = replace(_layer(size, 2, "Shade"), blend="multiply", opacity=0.8)
    shade = replace(shade, mask=Plane(_smooth(size, 3)))
    paint = Plane.zeros((size, size, 4))
    for k in range(1, 8):
        centre = (size * k // 8, size * (k * 3 % 8) // 8)
        cv2.circle(paint.pixels, centre, size // 20, (40 * k % 256, 90, 200, 255), -1)
        side = size // 10
        paint.mark_dirty(
            paint.bounds._replace(
                x=centre[0] - side, y=centre[1] - side, width=2 * side, height=2 * side
            )
        )
    layers = (
        Layer(Plane(picture(size)), "Background"),
        shade,
        Layer(paint, "Paint"),
        replace(_layer(size, 4, "Light"), blend="soft_light", opacity=0.6),
        replace(_layer(size, 5, "Glaze"), opacity=0.5),
    )
    document = Document(picture(8))
    regions = []
    for k, colour in enumerate(REGION_COLOURS[:2]):
        mask = Plane.zeros((size, size))
        side = size // 4
        area = mask.bounds._replace(x=side // 2 + k * side, y=side, width=side, height=2 * side)
        mask.pixels[area.slices()] = 255
        mask.mark_dirty(area)
        regions.append(Region(mask, f"Region {k + 1}", colour))
    structure = replace(
        document.structure,
        layers=layers,
        regions=tuple(regions),
        selection=Plane.zeros((size, size)),
    )
    document = Document(structure=structure)
    document.choose_layer(layers[2].id)
    return document


def _layer(size: int, seed: int, name: str) -> Layer:
    pixels = _repeated(size, seed, 4)
    pixels[..., 3] = _smooth(size, seed)
    return Layer(Plane(pixels), name)


def _repeated(size: int, seed: int, channels: int) -> Pixels:
    block = np.random.default_rng(seed).integers(0, 256, (_BLOCK, _BLOCK, channels), np.uint8)
    count = -(-size // _BLOCK)
    return np.ascontiguousarray(np.tile(block, (count, count, 1))[:size, :size])


def _smooth(size: int, seed: int) -> Pixels:
    """Slowly changing values in 30..229, (size, size)."""
    small = np.random.default_rng(seed).integers(30, 230, (16, 16), np.uint8)
    return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
