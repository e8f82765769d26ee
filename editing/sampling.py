"""The colours that a selection by colour looks at: of all layers together, or of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from editing.flatten import flattened
from editing.geometry import Rect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from editing.document import Document
    from editing.layer import Layer
    from editing.plane import Pixels

_STRIP_ROWS = 256


class Sample:
    """The picture as it is seen, or one layer of it; read in parts, in any thread.

    Attributes:
        bounds: All of it.
    """

    def __init__(self, document: Document, *, all_layers: bool) -> None:
        """Keep which layers there are now; pixels are read when asked for."""
        self.bounds: Rect = document.bounds
        shown = [layer for layer in document.layers if layer.visible]
        self._layers: tuple[Layer, ...] = document.layers
        self._single: Layer | None = None if all_layers else document.active_layer
        if all_layers and len(shown) == 1 and shown[0].is_plain:
            self._single = shown[0]

    def pixels(self, rect: Rect) -> Pixels:
        """Return (h, w, 4) RGBA, straight alpha; perhaps a view, not to be written to."""
        if self._single is not None:
            return self._single.plane.pixels[rect.slices()]
        return flattened(self._layers, rect)

    def strips(self, rect: Rect | None = None) -> Iterator[tuple[Rect, Pixels]]:
        """Yield the picture in strips of few rows, from top to bottom."""
        area = self.bounds if rect is None else rect
        for top in range(area.y, area.bottom, _STRIP_ROWS):
            strip = Rect.from_edges(area.x, top, area.right, min(area.bottom, top + _STRIP_ROWS))
            yield strip, self.pixels(strip)

    def colour(self, x: int, y: int) -> tuple[int, int, int, int]:
        """Return the colour of one pixel, RGBA."""
        red, green, blue, alpha = (int(value) for value in self.pixels(Rect(x, y, 1, 1))[0, 0])
        return red, green, blue, alpha
