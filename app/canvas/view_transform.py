"""Where the document lies on the screen: one zoom and one origin, in device pixels.

*Device pixels* are the screen's own; a widget's coordinates are device pixels divided by the
device pixel ratio. At zoom 1 a document pixel is one device pixel, whatever the ratio.

The origin is shown at whole device pixels. Moving the view then moves pixels without changing
them, and what is drawn at a place never depends on which part of it is drawn. The exact origin is
kept beside it, so that zooming in and out again ends where it began.
"""

import math
from dataclasses import dataclass

from editing.geometry import Rect

SMALLEST_ZOOM = 0.01
LARGEST_ZOOM = 64.0
FIT_MARGIN = 0.025
"""Free part of the view on each side after ``fitted``."""


def clamp_zoom(zoom: float) -> float:
    """The nearest zoom that the view allows."""
    return min(LARGEST_ZOOM, max(SMALLEST_ZOOM, zoom))


@dataclass(frozen=True)
class ViewTransform:
    """Device pixels per document pixel, and the exact place of the document's corner.

    Attributes:
        zoom: device pixels per document pixel.
        exact_x: device x of the document's left edge, not rounded.
        exact_y: device y of its top edge.
    """

    zoom: float = 1.0
    exact_x: float = 0.0
    exact_y: float = 0.0

    @property
    def origin_x(self) -> int:
        """Device column at which the document's left edge is shown."""
        return math.floor(self.exact_x + 0.5)

    @property
    def origin_y(self) -> int:
        """Device row at which the document's top edge is shown."""
        return math.floor(self.exact_y + 0.5)

    def to_document(self, x: float, y: float) -> tuple[float, float]:
        """Document coordinates of a device point."""
        return (x - self.origin_x) / self.zoom, (y - self.origin_y) / self.zoom

    def to_device(self, x: float, y: float) -> tuple[float, float]:
        """Device coordinates of a document point."""
        return self.origin_x + x * self.zoom, self.origin_y + y * self.zoom

    def device_rect(self, rect: Rect) -> Rect:
        """Device pixels that show any part of the document pixels in ``rect``."""
        return Rect.from_edges(
            math.floor(self.origin_x + rect.x * self.zoom),
            math.floor(self.origin_y + rect.y * self.zoom),
            math.ceil(self.origin_x + rect.right * self.zoom),
            math.ceil(self.origin_y + rect.bottom * self.zoom),
        )

    def moved(self, dx: float, dy: float) -> "ViewTransform":
        """The document moved by (dx, dy) device pixels."""
        return ViewTransform(self.zoom, self.exact_x + dx, self.exact_y + dy)

    def zoomed(self, zoom: float, x: float, y: float) -> "ViewTransform":
        """Another zoom that keeps the document point under the device point (x, y)."""
        zoom = clamp_zoom(zoom)
        factor = zoom / self.zoom
        return ViewTransform(zoom, x - (x - self.exact_x) * factor, y - (y - self.exact_y) * factor)

    def centred(self, size: tuple[int, int], view: tuple[int, int]) -> "ViewTransform":
        """The same zoom with the document (width, height) in the middle of the view."""
        return ViewTransform(
            self.zoom,
            (view[0] - size[0] * self.zoom) / 2,
            (view[1] - size[1] * self.zoom) / 2,
        )


def fitted(size: tuple[int, int], view: tuple[int, int]) -> ViewTransform:
    """The whole document (width, height) in a view (width, height) of device pixels.

    Small pictures are enlarged by a whole number from 2 on, so that their pixels stay square.
    """
    room = 1 - 2 * FIT_MARGIN
    zoom = min(view[0] * room / size[0], view[1] * room / size[1])
    if zoom >= 2:
        zoom = math.floor(zoom)
    return ViewTransform(clamp_zoom(zoom)).centred(size, view)
