"""Masks of layers: planes that multiply a layer's alpha, and are painted on like regions.

The heavy parts are functions from structure to structure, as in ``editing.layer_merge``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from editing.blend import coverage
from editing.commands import restructure
from editing.errors import EditingError
from editing.layer_commands import require_unlocked
from editing.layer_merge import copied
from editing.plane import Plane, tile_rect

if TYPE_CHECKING:
    from editing.document import Document
    from editing.history import Command
    from editing.layer import Layer
    from editing.structure import Structure

MaskSource = Literal["white", "selection", "region"]
"""What a new mask shows: all of the layer, or what is selected, or the active region."""


def add_layer_mask(
    document: Document, layer_id: int, source: MaskSource = "white"
) -> Command | None:
    """Give a layer a mask, which the brush paints on from now on.

    Args:
        document: Document to change.
        layer_id: The layer.
        source: What the mask shows.

    Raises:
        EditingError: The layer has a mask or is locked, or nothing is selected or painted.
    """
    plane = {"white": None, "selection": document.selection, "region": document.mask}[source]
    new = with_mask(document.structure, layer_id, plane)
    command = restructure(document, new, "Add layer mask")
    document.choose_layer(layer_id)
    document.target = "layer_mask"
    return command


def delete_layer_mask(document: Document, layer_id: int) -> Command | None:
    """Take a layer's mask away; all of the layer shows again.

    Raises:
        EditingError: The layer has no mask or is locked.
    """
    layer = _masked_layer(document.structure, layer_id)
    new = document.structure.with_layer(replace(layer, mask=None))
    return _leave_mask(document, new, "Delete layer mask")


def apply_layer_mask(document: Document, layer_id: int) -> Command | None:
    """Multiply the mask into the layer's alpha for good.

    Raises:
        EditingError: The layer has no mask or is locked.
    """
    new = with_mask_applied(document.structure, layer_id)
    return _leave_mask(document, new, "Apply layer mask")


def with_mask(structure: Structure, layer_id: int, source: Plane | None) -> Structure:
    """Return the structure with a mask for a layer.

    Args:
        structure: The present one.
        layer_id: A layer without a mask.
        source: (H, W), copied; None for a mask that shows all.

    Raises:
        EditingError: The layer has a mask or is locked, or the source is empty.
    """
    layer = structure.layer(layer_id)
    require_unlocked(layer)
    if layer.mask is not None:
        raise EditingError(f"The layer {layer.name} has a mask already.")
    if source is None:
        mask = Plane(np.full(structure.selection.shape, 255, np.uint8))
    else:
        mask = copied(source)
        if not any(_holds(mask)):
            what = "selected" if source is structure.selection else "painted in the region"
            raise EditingError(f"Nothing is {what}, so the mask would hide the whole layer.")
    return structure.with_layer(replace(layer, mask=mask))


def with_mask_applied(structure: Structure, layer_id: int) -> Structure:
    """Return the structure with a layer's mask multiplied into its alpha (EditingError)."""
    layer = _masked_layer(structure, layer_id)
    plane = copied(layer.plane)
    for tile in plane.touched_tiles():
        rect = tile_rect(tile, plane.width, plane.height)
        pixels = plane.pixels[rect.slices()]
        mask = None if layer.mask is None else layer.mask.pixels[rect.slices()]
        pixels[..., 3] = np.rint(coverage(pixels, 1.0, mask))
    return structure.with_layer(replace(layer, plane=plane, mask=None))


def _masked_layer(structure: Structure, layer_id: int) -> Layer:
    layer = structure.layer(layer_id)
    if layer.mask is None:
        raise EditingError(f"The layer {layer.name} has no mask.")
    require_unlocked(layer)
    return layer


def _leave_mask(document: Document, new: Structure, name: str) -> Command | None:
    command = restructure(document, new, name)
    if document.target == "layer_mask" and document.active_layer.mask is None:
        document.target = "layer"
    return command


def _holds(plane: Plane) -> list[bool]:
    rects = (tile_rect(tile, plane.width, plane.height) for tile in plane.touched_tiles())
    return [bool(plane.pixels[rect.slices()].any()) for rect in rects]
