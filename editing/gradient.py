"""Gradients from one place to another, over a mask or over a layer, confined by the selection."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from editing.brush import lightness
from editing.layer_commands import editable_plane
from editing.paint import lay_over, mixed
from editing.pixel_plan import plan_pixels

if TYPE_CHECKING:
    from editing.document import Document
    from editing.geometry import Rect
    from editing.paint import Colour
    from editing.plane import Pixels
    from editing.tile_plan import TilePlan

GradientShape = Literal["linear", "radial"]
GRADIENT_SHAPES: tuple[GradientShape, ...] = get_args(GradientShape)


@dataclass(frozen=True)
class Gradient:
    """Where a gradient lies.

    Attributes:
        start: Where it begins, in document pixels; of a radial one the centre.
        end: Where it ends; of a radial one a point of the rim.
        shape: "linear" or "radial".
        opacity: The most it does, in [0, 1].
    """

    start: tuple[float, float]
    end: tuple[float, float]
    shape: GradientShape = "linear"
    opacity: float = 1.0

    def shares(self, rect: Rect) -> npt.NDArray[np.float32]:
        """Return how far along the gradient each pixel is, (h, w), 0 to 1."""
        dx, dy = self.end[0] - self.start[0], self.end[1] - self.start[1]
        length = math.hypot(dx, dy)
        if length == 0:
            raise ValueError("a gradient needs a length")
        across = np.arange(rect.x, rect.right, dtype=np.float32)[None, :] + 0.5 - self.start[0]
        down = np.arange(rect.y, rect.bottom, dtype=np.float32)[:, None] + 0.5 - self.start[1]
        if self.shape == "radial":
            share = np.hypot(across, down) / length
        else:
            share = across * (dx / length**2) + down * (dy / length**2)
        return np.asarray(np.clip(share, 0, 1), np.float32)


def plan_gradient(
    document: Document, gradient: Gradient, first: Colour, last: Colour | None
) -> TilePlan | None:
    """Plan to lay a gradient over what the document's target is.

    A region goes from full to nothing; a layer's mask takes the greys of the colours.

    Args:
        document: Document to paint on.
        gradient: Where; one without a length does nothing.
        first: Colour at its start.
        last: Colour at its end, None for clear.

    Raises:
        EditingError: The layer is locked, hidden or has no mask.
    """
    plane = editable_plane(document)
    if gradient.start == gradient.end:
        return None
    full = round(255 * gradient.opacity)

    def grey(rect: Rect, old: Pixels, weights: Pixels) -> Pixels:
        new = np.empty_like(old)
        ends = (255, 0) if document.target == "region" else _greys(first, last)
        values = ends[0] + (ends[1] - ends[0]) * gradient.shares(rect)
        mixed(old, np.asarray(np.rint(values), np.uint8), _faded(weights, full), new)
        return new

    def colours(rect: Rect, old: Pixels, weights: Pixels) -> Pixels:
        new = old.copy()
        share = gradient.shares(rect)
        if last is None:
            paint = np.broadcast_to(np.array((*first, 255), np.uint8), old.shape).copy()
            weights = np.asarray(np.rint(weights * (1 - share)), np.uint8)
        else:
            paint = np.empty_like(old)
            for channel in range(3):
                step = last[channel] - first[channel]
                paint[..., channel] = np.rint(first[channel] + step * share)
            paint[..., 3] = 255
        lay_over(new, old, paint, _faded(weights, full), "mixed")
        return new

    is_layer = document.target == "layer"
    return plan_pixels(document, plane, colours if is_layer else grey)


def _greys(first: Colour, last: Colour | None) -> tuple[int, int]:
    return lightness(first), 0 if last is None else lightness(last)


def _faded(weights: Pixels, full: int) -> Pixels:
    if full == 255:
        return weights
    return np.asarray(np.rint(weights * (full / 255)), np.uint8)
