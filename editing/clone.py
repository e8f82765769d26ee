"""The clone stamp: strokes that paint with another part of the picture as it was before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.brush import PaintStroke
from editing.confinement import Confinement, confined, scaled
from editing.layer_commands import require_unlocked, require_visible
from editing.paint import lay_over
from editing.plane import tile_rect, tiles_in
from editing.sampling import Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.brush_settings import Brush
    from editing.document import Document
    from editing.geometry import Rect
    from editing.paint import Opacity
    from editing.plane import Pixels, TileIndex


class ClonePaint:
    """Lays pixels from elsewhere over straight RGBA."""

    def __init__(self, read: Callable[[Rect], Pixels], bounds: Rect, dx: int, dy: int) -> None:
        """Paint with what is (dx, dy) away.

        Args:
            read: Gives source pixels (h, w, 4), a copy, of a rectangle inside ``bounds``.
            bounds: Where there are source pixels.
            dx: Columns from a painted pixel to its source.
            dy: Rows from a painted pixel to its source.
        """
        self._read, self._bounds, self._dx, self._dy = read, bounds, dx, dy

    def lay(
        self,
        view: Pixels,
        before: Pixels,
        coverage: Pixels,
        weights: Pixels | None,
        place: Rect,
        opacity: Opacity,
    ) -> None:
        """Write pixels (h, w, 4); without a source pixel nothing changes."""
        source = place.translate(self._dx, self._dy)
        inside = source.intersect(self._bounds)
        if inside.is_empty:
            return
        part = inside.translate(-source.x, -source.y).slices()
        paint = self._read(inside)
        alpha = np.asarray(cv2.extractChannel(paint, 3), np.uint8)
        cv2.insertChannel(np.full_like(alpha, 255), paint, 3)
        lent = None if weights is None else weights[part]
        effect = scaled(confined(coverage[part], lent), alpha)
        lay_over(view[part], before[part], paint, effect, opacity)


class CloneStroke(PaintStroke):
    """A stroke on the active layer, whatever the document's target is."""

    def __init__(
        self, document: Document, brush: Brush, dx: int, dy: int, *, all_layers: bool = False
    ) -> None:
        """Begin.

        Args:
            document: Document to paint on.
            brush: How it looks; it never erases.
            dx: Columns from a painted pixel to its source.
            dy: Rows from a painted pixel to its source.
            all_layers: Paint with the picture as it is seen, not with this layer alone.

        Raises:
            EditingError: The layer is locked or hidden.
        """
        layer = document.active_layer
        require_unlocked(layer)
        require_visible(layer)
        self._sample = Sample(document, all_layers=True) if all_layers else None
        self._seen: dict[TileIndex, Pixels] = {}
        paint = ClonePaint(self._source, document.bounds, dx, dy)
        super().__init__(layer.plane, "picture", brush, paint, Confinement.of(document), "Clone")

    def _open(self, tile: TileIndex, area: Rect) -> Pixels:
        self._seen_tile(tile)  # Once it is painted on it is too late.
        return super()._open(tile, area)

    def _seen_tile(self, tile: TileIndex) -> Pixels:
        """Return a tile of the source as it was before the stroke."""
        if self._sample is None:
            return self.before(tile)
        seen = self._seen.get(tile)
        if seen is None:
            rect = tile_rect(tile, self._plane.width, self._plane.height)
            seen = self._seen[tile] = self._sample.pixels(rect).copy()
        return seen

    def _source(self, rect: Rect) -> Pixels:
        pixels = np.empty((rect.height, rect.width, 4), np.uint8)
        for tile in tiles_in(rect):
            area = tile_rect(tile, self._plane.width, self._plane.height)
            part = area.intersect(rect)
            seen = self._seen_tile(tile)[part.translate(-area.x, -area.y).slices()]
            pixels[part.translate(-rect.x, -rect.y).slices()] = seen
        return pixels
