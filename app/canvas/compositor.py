"""Composition of the document's planes into what one sees: the picture under tinted regions.

Works on parts of any mip level, in straight numpy, and gives premultiplied 0xAARRGGBB pixels. The
picture comes first and every visible region is laid over it in its colour, in order; blended
layers would take the place of the single picture in ``_picture``.

Mip levels are built as they are looked at. That can take long on a large document, so whoever
paints asks ``prepare`` first, which stops at a deadline, and shows something coarse until then.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtGui import QPainter

from app.canvas.mip_builder import MipBuilder
from app.canvas.resample import channels
from app.qt_images import wrap_argb
from editing.geometry import Rect
from editing.region import REGION_COLOURS, Colour

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.models.occupancy import Occupancy
    from editing.plane import Plane

    Pixels = npt.NDArray[np.uint32]
    Bytes = npt.NDArray[np.uint8]
    Indices = npt.NDArray[np.intp]


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
        picture: plane (H, W, 4), RGBA, straight alpha.
        tints: regions to lay over it, the first one lowest.
    """

    def __init__(self, picture: "Plane", tints: tuple[Tint, ...] = ()) -> None:
        self.picture = picture
        self.tints = tints
        self._builders = {id(plane): MipBuilder(plane) for plane in self._planes()}

    def set_tints(self, tints: tuple[Tint, ...]) -> None:
        """Show other regions, or the same ones differently."""
        self.tints = tints
        for plane in self._planes():
            self._builders.setdefault(id(plane), MipBuilder(plane))

    def mark_dirty(self, rect: Rect, *, picture: bool = True) -> None:
        """Say that pixels of the full size have changed, in the picture too or in regions only."""
        for builder in self._builders.values():
            if picture or builder.plane is not self.picture:
                builder.mark_dirty(rect)

    def level_bounds(self, level: int) -> Rect:
        """The whole of a mip level in its own pixels."""
        return Rect.of_shape(self.picture.levels[level].shape)

    def level_for(self, zoom: float) -> int:
        """The smallest mip level that still has to be shrunk, or shown as it is, at this zoom."""
        level = 0
        while level + 1 < len(self.picture.levels) and zoom * (2 << level) <= 1:
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
        planes = [tint.occupancy.plane for tint in self._tints_on(level, rect)]
        return all(
            self._builders[id(plane)].build(level, rect, deadline)
            for plane in (self.picture, *planes)
        )

    def is_opaque(self, level: int, rect: Rect) -> bool:
        """Whether no picture pixel of a prepared part is transparent."""
        return bool(_part(self.picture, level, rect)[..., 3].min() == 255)

    def compose(self, level: int, rect: Rect, target: "Pixels", *, opaque: bool) -> None:
        """Compose a prepared part of a level into contiguous ``target`` (height, width)."""
        _picture(_part(self.picture, level, rect), target, opaque=opaque)
        for tint in self._tints_on(level, rect):
            _lay_over(target, tint, _part(tint.occupancy.plane, level, rect))

    def compose_picked(self, rows: "Indices", columns: "Indices", target: "Pixels") -> None:
        """Compose single pixels of the full size, without any mip level.

        Args:
            rows: of the pixels wanted, (h,).
            columns: of the pixels wanted, (w,).
            target: contiguous, (h, w).
        """
        _picture(_picked(self.picture, rows, columns), target, opaque=False)
        for tint in self.tints:
            _lay_over(target, tint, _picked(tint.occupancy.plane, rows, columns))

    def _planes(self) -> "list[Plane]":
        return [self.picture, *(tint.occupancy.plane for tint in self.tints)]

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


def _part(plane: "Plane", level: int, rect: Rect) -> "Bytes":
    """A prepared part of a level."""
    return plane.pixels[rect.slices()] if level == 0 else plane.level(level, rect)


def _picked(plane: "Plane", rows: "Indices", columns: "Indices") -> "Bytes":
    """Single pixels of the full size."""
    pixels, places = plane.pixels, (rows[:, None], columns)
    if pixels.ndim == 2:
        return pixels[places]
    # Four bytes in one read.
    return pixels.view(np.uint32)[..., 0][places].view(np.uint8).reshape(rows.size, -1, 4)


def _picture(rgba: "Bytes", target: "Pixels", *, opaque: bool) -> None:
    """Convert straight RGBA to premultiplied pixels."""
    if opaque:
        cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA, dst=channels(target))
    else:
        premultiplied = cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA)
        cv2.cvtColor(premultiplied, cv2.COLOR_RGBA2BGRA, dst=channels(target))


def _lay_over(target: "Pixels", tint: Tint, mask: "Bytes") -> None:
    """Blend a region's colour over composed pixels, as strongly as its mask says."""
    if not mask.any():
        return
    red, green, blue = (
        cv2.convertScaleAbs(mask, alpha=tint.opacity * value / 255) for value in tint.colour
    )
    alpha = cv2.convertScaleAbs(mask, alpha=tint.opacity)
    film = np.asarray(cv2.merge([blue, green, red, alpha]), np.uint8).view(np.uint32)[..., 0]
    # The painter does not keep its image alive.
    image = wrap_argb(target)
    painter = QPainter(image)
    painter.drawImage(0, 0, wrap_argb(film))
    painter.end()
