"""A view with small pictures laid over it: the live preview and the map of noise levels."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.canvas.frame import shown_rect
from app.canvas.overlays import Overlay
from app.canvas.zoom_view import ZoomView
from editing.geometry import Rect

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PySide6.QtGui import QPainter

LEVEL_MAP_OPACITY = 0.6


class OverlayView(ZoomView):
    """Keeps the overlays by name; whoever paints draws them over the rest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._overlays: dict[str, Overlay] = {}

    def set_preview(self, rgb: "npt.NDArray[np.uint8] | None", rect: "Rect | None" = None) -> None:
        """Show a live preview (h, w, 3) over a rectangle of the document (all of it if None).

        A new preview takes the place of one that was not painted yet. None takes it away.
        """
        place = self._place(rect)
        overlay = None if rgb is None or place is None else Overlay(rgb, place)
        self._set_overlay("preview", overlay)

    def set_level_map(
        self,
        levels: "npt.NDArray[np.float32] | None",
        rect: "Rect | None" = None,
        opacity: float = LEVEL_MAP_OPACITY,
    ) -> None:
        """Show noise levels (h, w) in [0, 1] in colours over a rectangle; None takes them away."""
        place = self._place(rect)
        overlay = None
        if levels is not None and place is not None:
            overlay = Overlay.of_levels(levels, place, opacity)
        self._set_overlay("level_map", overlay)

    def draw_overlays(self, painter: "QPainter", part: Rect) -> None:
        """Draw what lies within ``part``; painter and part are in device pixels."""
        for name in ("preview", "level_map"):
            if name in self._overlays:
                self._overlays[name].draw(painter, self._transform, part)

    def forget_overlays(self) -> None:
        """Another document: nothing of the old one is to be seen."""
        self._overlays.clear()

    def _place(self, rect: "Rect | None") -> "Rect | None":
        if rect is not None or self.document_size is None:
            return rect
        return Rect(0, 0, *self.document_size)

    def _set_overlay(self, name: str, overlay: Overlay | None) -> None:
        old = self._overlays.pop(name, None)
        if overlay is not None:
            self._overlays[name] = overlay
        for changed in (old, overlay):
            if changed is not None:
                self._update_device(shown_rect(self._transform, changed.rect))
