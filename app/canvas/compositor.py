"""Composition of the document's planes into what one sees: the layers under tinted regions.

Works on parts of any mip level and gives premultiplied 0xAARRGGBB pixels. The visible layers are
laid over each other, and every visible region over them in its colour, in order.

Mip levels are built as they are looked at. That can take long on a large document, so whoever
paints asks ``prepare`` first, which stops at a deadline, and shows something coarse until then.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.canvas.layer_films import MODES, confine, film_of, lay_over
from app.canvas.mip_builder import MipBuilder
from editing.geometry import Rect
from editing.region import REGION_COLOURS, Colour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from app.models.occupancy import Occupancy
    from editing.layer import Layer
    from editing.plane import Plane

    Pixels = npt.NDArray[np.uint32]
    Bytes = npt.NDArray[np.uint8]
    Indices = npt.NDArray[np.intp]
    Part = Callable[[Plane], Bytes]


@dataclass(frozen=True)
class Tint:
    """How one region is shown: its mask in a colour.

    Attributes:
        occupancy: the mask's plane, and which of its tiles are empty.
        colour: red, green, blue.
        opacity: of the colour where the mask is full, in [0, 1].
    """

    occupancy: "Occupancy"
    colour: "Colour" = REGION_COLOURS[0]
    opacity: float = 0.5


class Compositor:
    """Composes parts of mip levels.

    Attributes:
        layers: the visible ones, the lowest first.
        tints: regions to lay over them, the lowest first.
        bounds: the whole document.
    """

    def __init__(self, layers: "tuple[Layer, ...]", tints: tuple[Tint, ...] = ()) -> None:
        """Start with a document's layers, at least one, visible or not."""
        self._any_plane = layers[0].plane
        self.bounds = self._any_plane.bounds
        self.layers = tuple(layer for layer in layers if layer.visible and layer.opacity > 0)
        self.tints = tints
        self._builders = {plane.key: MipBuilder(plane) for plane in self._planes()}

    def set_tints(self, tints: tuple[Tint, ...]) -> None:
        """Show other regions, or the same ones differently."""
        self.tints = tints
        for plane in self._planes():
            self._builders.setdefault(plane.key, MipBuilder(plane))

    def mark_dirty(self, rect: Rect, plane: "Plane | None" = None) -> None:
        """Say that pixels of the full size have changed, in one plane or in any."""
        for key, builder in self._builders.items():
            if plane is None or key == plane.key:
                builder.mark_dirty(rect)

    def level_bounds(self, level: int) -> Rect:
        """The whole of a mip level in its own pixels."""
        return Rect.of_shape(self._any_plane.levels[level].shape)

    def level_for(self, zoom: float) -> int:
        """The smallest mip level that still has to be shrunk, or shown as it is, at this zoom."""
        level = 0
        while level + 1 < len(self._any_plane.levels) and zoom * (2 << level) <= 1:
            level += 1
        return level

    def prepare(self, level: int, rect: Rect, deadline: float) -> bool:
        """Make the mip levels under ``rect`` (pixels of that level) valid, as far as time allows.

        Args:
            level: mip level.
            rect: wanted part.
            deadline: seconds on the clock of ``time.perf_counter``.

        Returns:
            Whether all of it is valid now.
        """
        if level == 0:
            return True
        planes = [plane for layer in self.layers for plane in layer.planes()]
        planes += [tint.occupancy.plane for tint in self._tints_on(level, rect)]
        return all(self._builders[plane.key].build(level, rect, deadline) for plane in planes)

    def compose(self, level: int, rect: Rect, target: "Pixels") -> None:
        """Compose a prepared part of a level into contiguous ``target`` (height, width)."""
        _compose(self.layers, self._tints_on(level, rect), _part(level, rect), target)

    def compose_picked(self, rows: "Indices", columns: "Indices", target: "Pixels") -> None:
        """Compose single pixels of the full size, without any mip level.

        Args:
            rows: of the pixels wanted, (h,).
            columns: of the pixels wanted, (w,).
            target: contiguous, (h, w).
        """
        _compose(self.layers, self.tints, _picked(rows, columns), target)

    def _planes(self) -> "list[Plane]":
        planes = [plane for layer in self.layers for plane in layer.planes()]
        return [*planes, *(tint.occupancy.plane for tint in self.tints)]

    def _tints_on(self, level: int, rect: Rect) -> list[Tint]:
        """The regions that may have a pixel under ``rect`` of a level.

        Looking at the mask itself is cheap at the full size. At the other levels empty tiles are
        left out, so that the mip levels of an empty mask are never built.
        """
        if level == 0:
            return list(self.tints)
        size = 1 << level
        full = Rect(rect.x * size, rect.y * size, rect.width * size, rect.height * size)
        return [tint for tint in self.tints if tint.occupancy.any(full)]


def _part(level: int, rect: Rect) -> "Part":
    """A prepared part of a level of any plane."""

    def part(plane: "Plane") -> "Bytes":
        return plane.pixels[rect.slices()] if level == 0 else plane.level(level, rect)

    return part


def _picked(rows: "Indices", columns: "Indices") -> "Part":
    """Single pixels of the full size of any plane."""
    places = (rows[:, None], columns)

    def picked(plane: "Plane") -> "Bytes":
        pixels = plane.pixels
        if pixels.ndim == 2:
            return pixels[places]
        # Four bytes in one read.
        return pixels.view(np.uint32)[..., 0][places].view(np.uint8).reshape(rows.size, -1, 4)

    return picked


def _compose(
    layers: "tuple[Layer, ...]", tints: "Iterable[Tint]", part: "Part", target: "Pixels"
) -> None:
    target.fill(0)
    film = np.empty_like(target)
    for layer in layers:
        film_of(part(layer.plane), film)
        if layer.mask is not None:
            confine(film, part(layer.mask))
        lay_over(target, film, MODES[layer.blend], layer.opacity)
    for tint in tints:
        _tint(target, tint, part(tint.occupancy.plane))


def _tint(target: "Pixels", tint: Tint, mask: "Bytes") -> None:
    """Blend a region's colour over composed pixels, as strongly as its mask says."""
    if not mask.any():
        return
    red, green, blue = (
        cv2.convertScaleAbs(mask, alpha=tint.opacity * value / 255) for value in tint.colour
    )
    alpha = cv2.convertScaleAbs(mask, alpha=tint.opacity)
    film = np.asarray(cv2.merge([blue, green, red, alpha]), np.uint8).view(np.uint32)[..., 0]
    lay_over(target, film)
