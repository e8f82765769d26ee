"""How the selection confines an edit of pixels, tile by tile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from editing.plane import Pixels, Plane, TileIndex, tile_rect

if TYPE_CHECKING:
    from editing.document import Document

Weights = Pixels | Literal["all", "none"]
"""What the effect of an edit is multiplied with: a tile of 0 to 255, or the same everywhere."""


class Confinement:
    """The selection as it is while an edit is made."""

    def __init__(self, selection: Plane) -> None:
        """Look at a selection; if nothing is selected, nothing is confined."""
        self._plane = selection
        self._known: dict[TileIndex, Weights] = {}
        self.is_active = any(
            cv2.countNonZero(self._view(tile)) > 0 for tile in selection.touched_tiles()
        )

    @classmethod
    def of(cls, document: Document) -> Confinement:
        """Return what confines the edits of a document."""
        return cls(document.selection)

    def tile(self, tile: TileIndex) -> Weights:
        """Return the weights of a tile."""
        if not self.is_active:
            return "all"
        weights = self._known.get(tile)
        if weights is None:
            weights = self._known[tile] = self._weights(tile)
        return weights

    def _weights(self, tile: TileIndex) -> Weights:
        view = self._view(tile)
        low, high, _, _ = cv2.minMaxLoc(view)
        if low == 255:
            return "all"
        return "none" if high == 0 else view

    def _view(self, tile: TileIndex) -> Pixels:
        rect = tile_rect(tile, self._plane.width, self._plane.height)
        return np.asarray(self._plane.pixels[rect.slices()])


def confined(effect: Pixels, weights: Pixels | None) -> Pixels:
    """Multiply an effect (h, w) by weights; None is 1 everywhere."""
    return effect if weights is None else scaled(effect, weights)


def scaled(values: Pixels, shares: Pixels) -> Pixels:
    """Return values times shares / 255, rounded; the shapes agree."""
    return np.asarray(cv2.multiply(values, shares, scale=1 / 255), np.uint8)
