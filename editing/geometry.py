"""Rectangles on the pixel grid.

A rectangle covers the pixels x <= i < x + width and y <= j < y + height. Coordinates grow to the
right and down, units are pixels. A rectangle of no width or no height is empty; all empty
rectangles are treated alike by ``union`` and ``intersect``.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle of whole pixels."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def from_edges(cls, left: int, top: int, right: int, bottom: int) -> Rect:
        """Build from edges (right and bottom excluded); crossed edges give an empty rectangle."""
        return cls(left, top, max(0, right - left), max(0, bottom - top))

    @classmethod
    def of_shape(cls, shape: tuple[int, ...]) -> Rect:
        """Return the rectangle at the origin that covers an array of this (H, W, ...) shape."""
        return cls(0, 0, shape[1], shape[0])

    @property
    def right(self) -> int:
        """First column to the right of the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below the rectangle."""
        return self.y + self.height

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    @property
    def area(self) -> int:
        """Number of pixels covered."""
        return 0 if self.is_empty else self.width * self.height

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is covered."""
        return self.width <= 0 or self.height <= 0

    def pad(self, pixels: int) -> Rect:
        """Grow by ``pixels`` on every side; a negative number shrinks, at most to nothing."""
        return Rect.from_edges(
            self.x - pixels, self.y - pixels, self.right + pixels, self.bottom + pixels
        )

    def clamp(self, bounds: Rect) -> Rect:
        """Move into ``bounds``, keeping the size; what is larger than ``bounds`` is cut to it."""
        width = min(self.width, bounds.width)
        height = min(self.height, bounds.height)
        x = min(max(self.x, bounds.x), bounds.right - width)
        y = min(max(self.y, bounds.y), bounds.bottom - height)
        return Rect(x, y, width, height)

    def intersect(self, other: Rect) -> Rect:
        """Return the common part, empty if there is none."""
        return Rect.from_edges(
            max(self.x, other.x),
            max(self.y, other.y),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def union(self, other: Rect) -> Rect:
        """Return the smallest rectangle around both; an empty one adds nothing."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Rect.from_edges(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def translate(self, dx: int, dy: int) -> Rect:
        """Move by (dx, dy)."""
        return Rect(self.x + dx, self.y + dy, self.width, self.height)

    def scale(self, factor: float) -> Rect:
        """Scale about the origin, rounded outward, so that every touched pixel is covered."""
        if self.is_empty:
            return Rect(math.floor(self.x * factor), math.floor(self.y * factor), 0, 0)
        return Rect.from_edges(
            math.floor(self.x * factor),
            math.floor(self.y * factor),
            math.ceil(self.right * factor),
            math.ceil(self.bottom * factor),
        )

    def contains(self, other: Rect) -> bool:
        """Whether every pixel of ``other`` lies inside; true for an empty ``other``."""
        return other.is_empty or self.intersect(other) == other

    def slices(self) -> tuple[slice, slice]:
        """Return (rows, columns) to index an (H, W, ...) array.

        Raises:
            ValueError: The rectangle starts left of or above the origin, where a slice would
                silently count from the other end.
        """
        if self.x < 0 or self.y < 0:
            raise ValueError(f"{self} starts outside the array")
        return slice(self.y, self.bottom), slice(self.x, self.right)


EMPTY = Rect(0, 0, 0, 0)
