"""Pixels at another place: moved by whole pixels, mirrored, or warped.

A *placer* takes pixels and the rectangle they lie in, and gives something that can be asked for the
pixels of any rectangle of the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from editing.turn import TurnKind, turned
from editing.warp import Matrix, Warp

if TYPE_CHECKING:
    from editing.geometry import Rect
    from editing.plane import Pixels


class Placed(Protocol):
    """Pixels that lie somewhere in the document, or beyond its edges."""

    @property
    def bounds(self) -> Rect:
        """A rectangle outside which all is zero."""

    def pixels(self, rect: Rect) -> Pixels:
        """Return what lies in a rectangle, a new array."""


class Placer(Protocol):
    """A change of place or form."""

    def place(self, pixels: Pixels, rect: Rect) -> Placed:
        """Place pixels that lay in a rectangle."""


@dataclass(frozen=True)
class Still:
    """Pixels in a rectangle of their size."""

    source: Pixels
    bounds: Rect

    def pixels(self, rect: Rect) -> Pixels:
        """Return what lies in a rectangle; zero where there is nothing."""
        result = np.zeros((rect.height, rect.width, *self.source.shape[2:]), np.uint8)
        part = rect.intersect(self.bounds)
        if not part.is_empty:
            inside = part.translate(-self.bounds.x, -self.bounds.y)
            result[part.translate(-rect.x, -rect.y).slices()] = self.source[inside.slices()]
        return result


@dataclass(frozen=True)
class Shift:
    """A move by whole pixels."""

    dx: int
    dy: int

    def place(self, pixels: Pixels, rect: Rect) -> Placed:
        """Place pixels without changing any."""
        return Still(pixels, rect.translate(self.dx, self.dy))


@dataclass(frozen=True)
class Mirror:
    """A flip or half turn about the middle of what is flipped: exact."""

    kind: TurnKind

    def place(self, pixels: Pixels, rect: Rect) -> Placed:
        """Place pixels without changing any."""
        return Still(turned(pixels, self.kind), rect)


class Transform:
    """A perspective transform."""

    def __init__(self, matrix: Matrix) -> None:
        """Keep the matrix, from document pixels to document pixels."""
        self._matrix = matrix

    def place(self, pixels: Pixels, rect: Rect) -> Placed:
        """Place pixels, filtered (``editing.warp``)."""
        return Warp(pixels, rect, self._matrix)
