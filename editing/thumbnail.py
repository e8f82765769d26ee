"""A small picture of a document, from samples of its pixels: quick, and good enough to know it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from editing.flatten import flattened
from editing.plane import Pixels, Plane

if TYPE_CHECKING:
    from editing.layer import Layer
    from editing.structure import Structure

SIDE = 256


def thumbnail(structure: Structure) -> Pixels:
    """Return (h, w, 4) RGBA, at most SIDE on a side.

    It may be asked for while somebody writes to the planes; the picture then is of in between.
    """
    step = max(1, -(-max(structure.bounds.size) // SIDE))
    return flattened([_small(layer, step) for layer in structure.layers])


def _small(layer: Layer, step: int) -> Layer:
    mask = None if layer.mask is None else _sampled(layer.mask, step)
    return replace(layer, plane=_sampled(layer.plane, step), mask=mask)


def _sampled(plane: Plane, step: int) -> Plane:
    if plane.is_parked:  # Undone meanwhile: it is not worth unpacking.
        shape = (-(-plane.height // step), -(-plane.width // step), *plane.shape[2:])
        return Plane(np.zeros(shape, np.uint8))
    return Plane(plane.pixels[::step, ::step])
