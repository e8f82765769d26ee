"""Small pictures laid over a part of the document: the live preview and the timestep map.

They are scaled as they are drawn, over the screen buffer, so that a new one for each step of a run
costs a conversion of a few thousand pixels and never touches the cached tiles.
"""

from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.canvas.colour_maps import level_colours
from app.canvas.frame import shown_rect
from app.canvas.resample import Filter, channels, filter_for, resample
from app.qt_images import wrap_argb
from editing.geometry import Rect

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtGui import QPainter

    from app.canvas.view_transform import ViewTransform


class Overlay:
    """A picture stretched over a rectangle of the document.

    Attributes:
        rect: where, in document pixels.
        opacity: in [0, 1].
    """

    def __init__(self, rgb: "npt.NDArray[np.uint8]", rect: Rect, opacity: float = 1.0) -> None:
        """Convert a picture (h, w, 3)."""
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
            raise ValueError(f"an overlay needs an RGB picture, not {rgb.dtype} {rgb.shape}")
        self.rect = rect
        self.opacity = opacity
        self._pixels = np.empty(rgb.shape[:2], np.uint32)
        cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGRA, dst=channels(self._pixels))

    @classmethod
    def of_levels(cls, levels: "npt.NDArray[np.float32]", rect: Rect, opacity: float) -> "Overlay":
        """Show noise levels (h, w) in [0, 1] in colours."""
        entries = np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8)
        return cls(level_colours()[entries], rect, opacity)

    def draw(self, painter: "QPainter", transform: "ViewTransform", part: Rect) -> None:
        """Draw what lies within ``part``; painter and part are in device pixels."""
        cell = shown_rect(transform, self.rect).intersect(part)
        if cell.is_empty or self.opacity <= 0:
            return
        size = Rect.of_shape(self._pixels.shape)
        film = np.empty((cell.height, cell.width), np.uint32)
        scale = (
            self.rect.width * transform.zoom / size.width,
            self.rect.height * transform.zoom / size.height,
        )
        resample(
            self._pixels,
            transform.to_device(self.rect.x, self.rect.y),
            scale,
            film,
            cell,
            self._filter(transform.zoom),
        )
        painter.setOpacity(self.opacity)
        painter.drawImage(cell.x, cell.y, wrap_argb(film, opaque=True))
        painter.setOpacity(1.0)

    def _filter(self, zoom: float) -> Filter:
        """A picture with a pixel for each of the document has to look as it will in it."""
        size = Rect.of_shape(self._pixels.shape)
        same_size = (size.width, size.height) == (self.rect.width, self.rect.height)
        return "nearest" if same_size and filter_for(zoom) == "nearest" else "bilinear"
