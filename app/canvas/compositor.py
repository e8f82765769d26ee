"""Composition of the document's planes into what one sees: the layers under tinted regions.

Works on parts of any mip level and gives premultiplied 0xAARRGGBB pixels. Layers are composed by
themselves, so that a region can be painted on without composing them again.

Mip levels of a large document take long to build. Whoever paints asks ``prepare`` first, which
builds little and at once and leaves much to a thread, and shows something coarse until then.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.canvas.layer_films import Film, Patch, Picked, films, lay_over, tint_film
from editing.geometry import Rect
from editing.region import REGION_COLOURS, Colour

if TYPE_CHECKING:
    import numpy.typing as npt

    from editing.layer import Layer
    from editing.plane import Plane

    Pixels = npt.NDArray[np.uint32]
    Indices = npt.NDArray[np.intp]

BUILT_AT_ONCE_PX = 2_000_000
"""Pixels of the full size from which mip levels are built while a frame waits: a millisecond."""


@dataclass(frozen=True)
class Tint:
    """How one region is shown: its mask in a colour.

    Attributes:
        mask: plane (H, W).
        colour: red, green, blue.
        opacity: of the colour where the mask is full, in [0, 1].
    """

    mask: "Plane"
    colour: "Colour" = REGION_COLOURS[0]
    opacity: float = 0.5


class Compositor:
    """Composes parts of mip levels.

    Attributes:
        bounds: the whole document.
        layers: the visible ones, the lowest first.
        tints: regions to lay over them, the lowest first.
    """

    def __init__(self, layers: "tuple[Layer, ...]", tints: tuple[Tint, ...] = ()) -> None:
        """Start with a document's layers, at least one, visible or not."""
        self._any_plane = layers[0].plane
        self.bounds = self._any_plane.bounds
        self.layers: tuple[Layer, ...] = ()
        self.tints = tints
        self.set_layers(layers)

    def set_layers(self, layers: "tuple[Layer, ...]") -> None:
        """Show other layers of the same size, or the same ones differently."""
        self.layers = tuple(layer for layer in layers if layer.visible and layer.opacity > 0)

    def planes(self) -> "list[Plane]":
        """All that is shown."""
        found = [plane for layer in self.layers for plane in layer.planes()]
        return [*found, *(tint.mask for tint in self.tints)]

    @property
    def top_level(self) -> int:
        """The smallest mip level."""
        return self._any_plane.level_count - 1

    def level_bounds(self, level: int) -> Rect:
        """The whole of a mip level in its own pixels."""
        return self._any_plane.level_bounds(level)

    def level_for(self, zoom: float) -> int:
        """The smallest mip level that still has to be shrunk, or shown as it is, at this zoom."""
        level = 0
        while level + 1 < self._any_plane.level_count and zoom * (2 << level) <= 1:
            level += 1
        return level

    def prepare(self, level: int, rect: Rect, deadline: float) -> bool:
        """Make the mip levels under ``rect`` (pixels of that level) valid if that is quick.

        Args:
            level: mip level.
            rect: wanted part.
            deadline: seconds on the clock of ``time.perf_counter``.

        Returns:
            Whether all of it is valid now.
        """
        if level == 0:
            return True
        for plane in self.planes():
            unbuilt = plane.unbuilt(level, rect)
            if unbuilt > BUILT_AT_ONCE_PX or (unbuilt and time.perf_counter() > deadline):
                return False
            if unbuilt:
                plane.level(level, rect)
        return True

    def compose_layers(self, level: int, rect: Rect, target: "Pixels", x: int, y: int) -> None:
        """Compose the layers on a prepared part of a level.

        Args:
            level: mip level.
            rect: part in pixels of that level.
            target: contiguous.
            x: column of ``target`` where the part begins.
            y: row of ``target`` where it begins.
        """
        target[y : y + rect.height, x : x + rect.width] = 0
        lay_over(target, x, y, films(self.layers, Patch(level, rect)))

    def tint_films(self, level: int, rect: Rect) -> list[Film]:
        """The regions on a prepared part of a level; those without a pixel there are left out."""
        patch = Patch(level, rect)
        parts = ((tint, patch.of(tint.mask)) for tint in self.tints)
        return [
            tint_film(mask, tint.colour, tint.opacity) for tint, mask in parts if mask is not None
        ]

    def compose_picked(self, rows: "Indices", columns: "Indices") -> "Pixels":
        """Compose single pixels of the full size, without any mip level.

        Args:
            rows: of the pixels wanted, (h,).
            columns: of the pixels wanted, (w,).

        Returns:
            (h, w).
        """
        picked = Picked(rows, columns)
        target = np.zeros((rows.size, columns.size), np.uint32)
        lay_over(target, 0, 0, films(self.layers, picked))
        tints = [tint_film(picked.of(t.mask), t.colour, t.opacity) for t in self.tints]
        lay_over(target, 0, 0, tints)
        return target
