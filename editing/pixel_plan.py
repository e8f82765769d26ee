"""Plans of edits that go everywhere the selection lets them: fill, clear, gradient.

What they are planned for is what the document's target is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.brush import lightness
from editing.confinement import Confinement, scaled
from editing.layer_commands import editable_plane
from editing.paint import lay_over, mixed
from editing.plane import TILE, TileIndex
from editing.tile_plan import TilePlan, content_bounds, planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.change import ChangeKind
    from editing.document import Document
    from editing.geometry import Rect
    from editing.paint import Colour
    from editing.plane import Pixels, Plane
    from editing.shapes import Shape


def plan_pixels(
    document: Document,
    plane: Plane,
    new_tile: Callable[[Rect, Pixels, Pixels], Pixels],
    area: Rect | None = None,
) -> TilePlan:
    """Plan an edit of what is selected, or of everything.

    Args:
        document: Document of the selection.
        plane: Plane to edit.
        new_tile: Gives new pixels of (rectangle, old pixels, weights (h, w) 0 to 255).
        area: Part to look at; None for all of it.
    """
    confinement = Confinement.of(document)
    where = plane.bounds if area is None else area
    if confinement.is_active:
        where = where.intersect(content_bounds(document.selection))

    def weighed(rect: Rect, old: Pixels) -> Pixels:
        weights = confinement.tile(TileIndex(rect.x // TILE, rect.y // TILE))
        if isinstance(weights, str):
            weights = np.full(old.shape[:2], 255 if weights == "all" else 0, np.uint8)
        return new_tile(rect, old, weights) if weights.any() else old

    kind: ChangeKind = "mask" if plane is document.mask else "picture"
    return planned(kind, plane, where, weighed)


def plan_fill(document: Document, colour: Colour, shape: Shape | None = None) -> TilePlan:
    """Plan to fill what is selected, or everything: a region fully, a layer with a colour.

    Args:
        document: Document to edit.
        colour: For layers; its lightness is the grey for a layer's mask.
        shape: Fill only this, as far as it is selected.

    Raises:
        EditingError: The layer is locked, hidden or has no mask.
    """
    plane = editable_plane(document)
    grey = 255 if document.target == "region" else lightness(colour)

    def filled(rect: Rect, old: Pixels, weights: Pixels) -> Pixels:
        if shape is not None:
            weights = scaled(weights, _of_shape(shape, rect))
        new = old.copy()
        if old.ndim == 2:
            mixed(old, np.full_like(old, grey), weights, new)
        else:
            paint = np.empty_like(old)
            paint[...] = (*colour, 255)
            lay_over(new, old, paint, weights, "mixed")
        return new

    return plan_pixels(document, plane, filled, None if shape is None else shape.rect)


def plan_clear(document: Document, plane: Plane | None = None) -> TilePlan:
    """Plan to take away what is selected, or everything.

    Args:
        document: Document to edit.
        plane: Plane to edit; None for what the document's target is.

    Raises:
        EditingError: The layer is locked, hidden or has no mask; a given plane is never refused.
    """

    def cleared(_: Rect, old: Pixels, weights: Pixels) -> Pixels:
        rest = np.asarray(cv2.bitwise_not(weights), np.uint8)
        if old.ndim == 2:
            return scaled(old, rest)
        new = old.copy()
        new[..., 3] = scaled(np.ascontiguousarray(old[..., 3]), rest)
        # What was taken away whole should not travel on in files, unseen.
        new[(new[..., 3] == 0) & (weights > 0)] = 0
        return new

    return plan_pixels(document, editable_plane(document) if plane is None else plane, cleared)


def _of_shape(shape: Shape, rect: Rect) -> Pixels:
    """Return the values of a shape in a tile, (h, w)."""
    values = np.zeros((rect.height, rect.width), np.uint8)
    common = shape.rect.intersect(rect)
    if not common.is_empty:
        part = shape.mask[common.translate(-shape.rect.x, -shape.rect.y).slices()]
        values[common.translate(-rect.x, -rect.y).slices()] = part
    return values
