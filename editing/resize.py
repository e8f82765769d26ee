"""Scaling: by Lanczos where it enlarges, by area where it shrinks, each direction by itself.

Colours are weighted by alpha (``editing.alpha_weights``). "Nearest" repeats or drops whole pixels
and makes up none, for pixel art.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from editing.alpha_weights import is_opaque, straight, weighted
from editing.geometry import Rect
from editing.plane import Plane
from editing.reshape import blank_plane, plane_shape
from editing.structure_change import extent

if TYPE_CHECKING:
    from editing.plane import Pixels

ScaleMethod = Literal["smooth", "nearest"]
SCALE_METHODS: tuple[ScaleMethod, ...] = get_args(ScaleMethod)

_REACH_PX = 5
"""Pixels around its middle that a Lanczos filter looks at, rounded up."""

Values = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Scale:
    """A change of the document's size with its content (``editing.reshape.Reshape``).

    Attributes:
        new_size: Width and height wanted.
        method: How.
    """

    new_size: tuple[int, int]
    method: ScaleMethod = "smooth"

    @property
    def name(self) -> str:
        """Name in the history list."""
        return "Scale image"

    def size(self, old: tuple[int, int]) -> tuple[int, int]:  # noqa: ARG002  (of the protocol)
        """The wanted one, whatever the document's was."""
        return self.new_size

    def plane(self, old: Plane, outside: int = 0) -> Plane:
        """Return the plane scaled; what lies far from all that was written to stays unwritten."""
        del outside  # Nothing comes from beyond the edges.
        shape = plane_shape(old, self.new_size)
        held = extent(old)
        if held.is_empty:
            return blank_plane(shape, 0)
        pixels = scaled(old.pixels, self.new_size, self.method)
        if held == old.bounds:
            return Plane(pixels)
        place = _scaled_rect(held, old.bounds.size, self.new_size)
        new = blank_plane(shape, 0)
        new.pixels[place.slices()] = pixels[place.slices()]
        new.mark_dirty(place)
        return new


def scaled(pixels: Pixels, size: tuple[int, int], method: ScaleMethod = "smooth") -> Pixels:
    """Return (H, W) or (H, W, 4) at another (width, height), a copy."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels.copy()
    if method == "nearest":
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
    if pixels.ndim == 2 or is_opaque(pixels):
        return np.asarray(resampled(pixels, size), np.uint8)
    return straight(np.asarray(resampled(weighted(pixels), size), np.uint16))


def resampled(values: Values, size: tuple[int, int]) -> Values:
    """Scale numbers: first by area where that shrinks them, then by Lanczos."""
    height, width = values.shape[:2]
    smaller = (min(width, size[0]), min(height, size[1]))
    result: Values = values
    if smaller != (width, height):
        result = _resize(result, smaller, cv2.INTER_AREA)
    if smaller != size:
        result = _resize(result, size, cv2.INTER_LANCZOS4)
    return result


def _resize(values: Values, size: tuple[int, int], method: int) -> Values:
    return as_values(cv2.resize(values, size, interpolation=method))


def as_values(pixels: npt.ArrayLike) -> Values:
    """Return what OpenCV gave, which has the type that it was given."""
    values = np.asarray(pixels)
    if values.dtype == np.uint16:
        return np.asarray(values, np.uint16)
    return np.asarray(values, np.uint8)


def _scaled_rect(rect: Rect, old: tuple[int, int], new: tuple[int, int]) -> Rect:
    """Return all pixels that a rectangle has a part in after scaling."""
    reach = rect.pad(_REACH_PX)
    across, down = new[0] / old[0], new[1] / old[1]
    return Rect.from_edges(
        int(np.floor(reach.x * across)) - 1,
        int(np.floor(reach.y * down)) - 1,
        int(np.ceil(reach.right * across)) + 1,
        int(np.ceil(reach.bottom * down)) + 1,
    ).intersect(Rect(0, 0, *new))
