"""Layers as films: premultiplied pixels that QPainter lays over one another.

Every blend mode of a layer is a composition mode of QPainter, which knows the formulas of the W3C
("Compositing and Blending Level 1") for premultiplied pixels. How strongly a film counts is the
painter's opacity; a layer's mask is multiplied into its film first.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter

from app.canvas.resample import channels
from app.qt_images import wrap_argb
from editing.geometry import Rect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from editing.layer import BlendMode, Layer
    from editing.plane import Plane

    Pixels = npt.NDArray[np.uint32]
    Bytes = npt.NDArray[np.uint8]
    Indices = npt.NDArray[np.intp]

OPAQUE = 0xFF000000
"""Pixels from this value on are opaque: alpha is the highest byte."""

STRIP = 90
"""Rows of a film that are laid over at once. From 96 on, Qt shares the work out between threads and
waits for all of them, which on a busy machine takes far longer than the work."""
_Mode = QPainter.CompositionMode
NORMAL = _Mode.CompositionMode_SourceOver
MODES: "dict[BlendMode, QPainter.CompositionMode]" = {
    "normal": NORMAL,
    "multiply": _Mode.CompositionMode_Multiply,
    "screen": _Mode.CompositionMode_Screen,
    "overlay": _Mode.CompositionMode_Overlay,
    "soft_light": _Mode.CompositionMode_SoftLight,
    "color_dodge": _Mode.CompositionMode_ColorDodge,
    "difference": _Mode.CompositionMode_Difference,
}


class Film(NamedTuple):
    """Something to lay over.

    Attributes:
        pixels: premultiplied 0xAARRGGBB, contiguous (h, w).
        mode: how its colours meet those below.
        opacity: in [0, 1].
    """

    pixels: "Pixels"
    mode: QPainter.CompositionMode = NORMAL
    opacity: float = 1.0


@dataclass(frozen=True)
class Patch:
    """A part of a mip level, the same one of every plane.

    Attributes:
        level: mip level; what it needs must be built, or is built now.
        rect: part in pixels of that level.
    """

    level: int
    rect: Rect

    @property
    def is_straight(self) -> bool:
        """Whether RGBA pixels are straight; from level 1 on they are premultiplied."""
        return self.level == 0

    def of(self, plane: "Plane") -> "Bytes | None":
        """The pixels of a plane, or None if all are zero."""
        level, rect = self.level, self.rect
        side = 1 << level
        if plane.is_untouched(
            Rect(rect.x * side, rect.y * side, rect.width * side, rect.height * side)
        ):
            return None
        part = plane.level(level, rect)
        return part if part[0, 0].any() or part.any() else None


@dataclass(frozen=True)
class Picked:
    """Single pixels of the full size, the same ones of every plane: rows (h,), columns (w,)."""

    rows: "Indices"
    columns: "Indices"
    is_straight = True

    def of(self, plane: "Plane") -> "Bytes":
        """The pixels of a plane."""
        places = (self.rows[:, None], self.columns)
        if plane.pixels.ndim == 2:
            return plane.pixels[places]
        # Four bytes in one read.
        four = plane.pixels.view(np.uint32)[..., 0][places]
        return four.view(np.uint8).reshape(self.rows.size, -1, 4)


def films(layers: "Iterable[Layer]", patch: Patch | Picked) -> list[Film]:
    """What the visible ones of these layers show of a patch, the lowest first.

    Layers without a pixel there are left out, and so is all below an opaque one.
    """
    found: list[Film] = []
    for layer in reversed([layer for layer in layers if layer.visible and layer.opacity > 0]):
        pixels = patch.of(layer.plane)
        mask = None if layer.mask is None else patch.of(layer.mask)
        if pixels is None or (mask is None and layer.mask is not None):
            continue
        is_opaque = _is_opaque(pixels)
        film = _film(pixels, premultiply=patch.is_straight and not is_opaque)
        if mask is not None:
            _confine(film, mask)
        found.append(Film(film, MODES[layer.blend], layer.opacity))
        if is_opaque and layer.is_plain:
            break
    return found[::-1]


def tint_film(mask: "Bytes", colour: tuple[int, int, int], opacity: float) -> Film:
    """A region: its mask (h, w) in a colour."""
    red, green, blue = (cv2.convertScaleAbs(mask, alpha=opacity * value / 255) for value in colour)
    alpha = cv2.convertScaleAbs(mask, alpha=opacity)
    merged = np.asarray(cv2.merge([blue, green, red, alpha]), np.uint8)
    return Film(merged.view(np.uint32)[..., 0])


def merged(parts: "Sequence[Film]", width: int, height: int) -> Film:
    """One film that looks like several, the lowest first, on nothing."""
    whole = np.zeros((height, width), np.uint32)
    lay_over(whole, 0, 0, parts)
    return Film(whole)


def lay_over(
    target: "Pixels", x: int, y: int, parts: "Iterable[Film]", source: Rect | None = None
) -> None:
    """Lay films over premultiplied pixels.

    Args:
        target: contiguous (h, w).
        x: column of the target where the films' left edge goes.
        y: row of the target for their top edge.
        parts: the lowest first.
        source: part of the films to take; all of them if None.
    """
    # The painter does not keep its image alive.
    image = wrap_argb(target)
    painter = QPainter(image)
    for film in parts:
        painter.setCompositionMode(film.mode)
        painter.setOpacity(film.opacity)
        shown = Rect.of_shape(film.pixels.shape) if source is None else source
        step = shown.height if film.mode == NORMAL else STRIP
        for top in range(0, shown.height, step):
            strip = QRect(shown.x, shown.y + top, shown.width, min(step, shown.height - top))
            painter.drawImage(QPoint(x, y + top), wrap_argb(film.pixels), strip)
    painter.end()


def _is_opaque(rgba: "Bytes") -> bool:
    # A corner tells most parts that are not.
    return bool(rgba[0, 0, 3] == 255) and bool(rgba.view(np.uint32).min() >= OPAQUE)


def _film(rgba: "Bytes", *, premultiply: bool) -> "Pixels":
    film = np.empty(rgba.shape[:2], np.uint32)
    if premultiply:
        rgba = np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA), np.uint8)
    cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA, dst=channels(film))
    return film


def _confine(film: "Pixels", mask: "Bytes") -> None:
    """Multiply a film by a mask (h, w): where it is 0 nothing is left."""
    stencil = np.asarray(cv2.merge([mask] * 4), np.uint8).view(np.uint32)[..., 0]
    lay_over(film, 0, 0, [Film(stencil, _Mode.CompositionMode_DestinationIn)])
