"""Edits of the selection by shapes; all of it is edited by ``editing.mask_edits``.

Where shapes meet, the selection follows the rules of fuzzy sets: the larger value is added, the
smaller of both stays in an intersection. Adding the same shape twice changes nothing, and soft
edges stay as soft as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import cv2
import numpy as np

from editing import mask_edits
from editing.shapes import NOTHING, Shape
from editing.tile_plan import TilePlan, content_bounds, planned

if TYPE_CHECKING:
    from editing.geometry import Rect
    from editing.history import Command
    from editing.plane import Pixels, Plane

CombineMode = Literal["replace", "add", "subtract", "intersect"]
COMBINE_MODES: tuple[CombineMode, ...] = get_args(CombineMode)


def combine(
    selection: Plane, mask: Pixels, rect: Rect, mode: CombineMode, name: str = "Select"
) -> Command | None:
    """Combine the selection with a shape.

    Args:
        selection: Plane to edit.
        mask: (rect.height, rect.width) uint8; the shape is zero outside.
        rect: Where, inside the plane.
        mode: How.
        name: Name in the history list.
    """
    return plan_combine(selection, Shape(rect, mask), mode).commit(name)


def plan_combine(selection: Plane, shape: Shape, mode: CombineMode) -> TilePlan:
    """Plan to combine the selection with a shape (``editing.tile_plan``)."""
    rect, mask = shape
    if mode == "replace":
        return mask_edits.replace("selection", selection, rect, mask)
    area = content_bounds(selection) if mode == "intersect" else rect

    def new_tile(tile: Rect, old: Pixels) -> Pixels:
        new = np.zeros_like(old) if mode == "intersect" else old.copy()
        common = rect.intersect(tile)
        if not common.is_empty:
            place = common.translate(-tile.x, -tile.y).slices()
            part = mask[common.translate(-rect.x, -rect.y).slices()]
            new[place] = combined(old[place], part, mode)
        return new

    return planned("selection", selection, area, new_tile)


def laid_over(selection: Plane, base: Shape | None, shape: Shape, mode: CombineMode) -> TilePlan:
    """Plan to set the selection to ``base`` combined with a shape, whatever it is now.

    Args:
        selection: Plane to edit.
        base: What was selected at first; None for nothing.
        shape: Combined with it.
        mode: How.
    """
    if base is None or mode == "replace":
        base = NOTHING
    rect = base.rect if mode in ("subtract", "intersect") else base.rect.union(shape.rect)
    old = _within(rect, base)
    return mask_edits.replace(
        "selection", selection, rect, combined(old, _within(rect, shape), mode)
    )


def _within(rect: Rect, shape: Shape) -> Pixels:
    """Return the part of a shape that lies in a rectangle, (h, w), zero where there is none."""
    values = np.zeros((rect.height, rect.width), np.uint8)
    common = rect.intersect(shape.rect)
    if not common.is_empty:
        part = shape.mask[common.translate(-shape.rect.x, -shape.rect.y).slices()]
        values[common.translate(-rect.x, -rect.y).slices()] = part
    return values


def combined(old: Pixels, shape: Pixels, mode: CombineMode) -> Pixels:
    """Combine two masks of the same size."""
    if mode == "add":
        return np.asarray(cv2.max(old, shape), np.uint8)
    if mode == "subtract":
        return np.asarray(cv2.min(old, cv2.bitwise_not(shape)), np.uint8)
    if mode == "intersect":
        return np.asarray(cv2.min(old, shape), np.uint8)
    return shape


def lifted(selection: Plane) -> Shape:
    """Return what is selected as a shape, a copy."""
    rect = content_bounds(selection)
    return Shape(rect, selection.pixels[rect.slices()].copy())


def moved(shape: Shape, dx: int, dy: int, bounds: Rect) -> Shape:
    """Return a shape at another place; what leaves the document is cut off."""
    whole = shape.rect.translate(dx, dy)
    rect = whole.intersect(bounds)
    if rect.is_empty:
        return NOTHING
    return Shape(rect, shape.mask[rect.translate(-whole.x, -whole.y).slices()])
