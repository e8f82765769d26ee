"""Layers as films: premultiplied pixels that QPainter lays over one another.

Every blend mode of a layer is a composition mode of QPainter, which knows the formulas of the W3C
("Compositing and Blending Level 1") for premultiplied pixels. A mode's strength is the painter's
opacity; a layer's mask is multiplied into its film first.
"""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtGui import QPainter

from app.canvas.resample import channels
from app.qt_images import wrap_argb

if TYPE_CHECKING:
    import numpy.typing as npt

    from editing.layer import BlendMode

    Pixels = npt.NDArray[np.uint32]
    Bytes = npt.NDArray[np.uint8]

_Mode = QPainter.CompositionMode
MODES: "dict[BlendMode, QPainter.CompositionMode]" = {
    "normal": _Mode.CompositionMode_SourceOver,
    "multiply": _Mode.CompositionMode_Multiply,
    "screen": _Mode.CompositionMode_Screen,
    "overlay": _Mode.CompositionMode_Overlay,
    "soft_light": _Mode.CompositionMode_SoftLight,
    "color_dodge": _Mode.CompositionMode_ColorDodge,
    "difference": _Mode.CompositionMode_Difference,
}


def film_of(rgba: "Bytes", target: "Pixels") -> None:
    """Convert straight RGBA (h, w, 4) to premultiplied 0xAARRGGBB, contiguous (h, w)."""
    premultiplied = cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA)
    cv2.cvtColor(premultiplied, cv2.COLOR_RGBA2BGRA, dst=channels(target))


def confine(film: "Pixels", mask: "Bytes") -> None:
    """Multiply a film by a mask (h, w): where it is 0 nothing is left."""
    stencil = np.asarray(cv2.merge([mask] * 4), np.uint8).view(np.uint32)[..., 0]
    lay_over(film, stencil, _Mode.CompositionMode_DestinationIn)


def lay_over(
    target: "Pixels",
    film: "Pixels",
    mode: QPainter.CompositionMode = _Mode.CompositionMode_SourceOver,
    opacity: float = 1.0,
) -> None:
    """Lay a film over premultiplied pixels of the same size."""
    # The painter does not keep its image alive.
    image = wrap_argb(target)
    painter = QPainter(image)
    painter.setCompositionMode(mode)
    painter.setOpacity(opacity)
    painter.drawImage(0, 0, wrap_argb(film))
    painter.end()
