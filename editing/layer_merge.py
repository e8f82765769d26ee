"""Merging and copying of layers. The heavy parts are functions from structure to structure.

They only read, so a window may run them on another thread and put the result into the document
(``commands.restructure``) if nothing was changed meanwhile. The functions on a document do both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from editing.blend import coverage
from editing.commands import restructure
from editing.errors import EditingError
from editing.flatten import compose_tile, flattened, is_clear
from editing.layer import Layer, new_id
from editing.layer_between import layer_between
from editing.layer_commands import require_unlocked, require_visible
from editing.layer_names import copy_name
from editing.plane import Plane, tile_rect, tiles_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.blend import Weights
    from editing.document import Document
    from editing.geometry import Rect
    from editing.history import Command
    from editing.plane import Pixels
    from editing.structure import Structure


def duplicate_layer(document: Document, layer_id: int) -> Command | None:
    """Put a copy of a layer above it and make the copy the active layer."""
    return put(document, with_copy(document.structure, layer_id), "Duplicate layer")


def merge_down(document: Document, layer_id: int) -> Command | None:
    """Make one layer of a layer and the one below it; the picture keeps its look.

    Raises:
        EditingError: There is none below, or one of them is locked or hidden.
    """
    return put(document, with_merged(document.structure, layer_id), "Merge down")


def flatten_document(document: Document) -> Command | None:
    """Make one layer of all; hidden ones are dropped.

    Raises:
        EditingError: No layer is visible.
    """
    return put(document, with_flattened(document.structure), "Flatten picture")


def put(document: Document, new: Structure, name: str) -> Command | None:
    """Give the document a structure from here; a layer that is new in it becomes the active one."""
    known = {layer.id for layer in document.layers}
    command = restructure(document, new, name)
    for layer in new.layers:
        if layer.id not in known:
            document.choose_layer(layer.id)
    return command


def with_copy(structure: Structure, layer_id: int) -> Structure:
    """Return the structure with a copy of a layer above it; its planes are copied."""
    layer = structure.layer(layer_id)
    copy = replace(
        layer,
        plane=copied(layer.plane),
        mask=None if layer.mask is None else copied(layer.mask),
        name=copy_name(structure, layer.name),
        locked=False,
        id=new_id(),
    )
    index = structure.layers.index(layer) + 1
    return replace(structure, layers=(*structure.layers[:index], copy, *structure.layers[index:]))


def copied(plane: Plane) -> Plane:
    """Return a copy of a plane; what was never written to stays so."""
    copy = Plane.zeros(plane.shape)
    for tile in plane.touched_tiles():
        rect = tile_rect(tile, plane.width, plane.height)
        copy.pixels[rect.slices()] = plane.pixels[rect.slices()]
        copy.mark_dirty(rect)
    return copy


def with_flattened(structure: Structure) -> Structure:
    """Return the structure with one layer that shows what all of them showed (EditingError)."""
    if not any(layer.visible for layer in structure.layers):
        raise EditingError("No layer is visible: show one first.")
    if len(structure.layers) == 1 and structure.layers[0].is_plain:
        return structure
    layer = Layer(Plane(flattened(structure.layers)), structure.layers[0].name)
    return replace(structure, layers=(layer,))


def with_merged(structure: Structure, layer_id: int) -> Structure:
    """Return the structure with a layer merged into the one below it.

    The new layer is of normal mode and full opacity. If something is visible below it, what a blend
    mode made of that is kept as colour. Where the picture is opaque, it stays the same to the byte.

    Raises:
        EditingError: There is none below, or one of them is locked or hidden.
    """
    above = structure.layer(layer_id)
    index = structure.layers.index(above)
    if index == 0:
        raise EditingError(f"Below the layer {above.name} there is none to merge it with.")
    below = structure.layers[index - 1]
    for layer in (below, above):
        require_unlocked(layer)
        require_visible(layer)
    beneath = [layer for layer in structure.layers[: index - 1] if layer.visible]
    plane = Plane.zeros(above.plane.shape)
    for tile in tiles_in(plane.bounds):
        rect = tile_rect(tile, plane.width, plane.height)
        if not (is_clear(below, rect) and is_clear(above, rect)):
            plane.pixels[rect.slices()] = _merged_tile(beneath, (below, above), rect)
            plane.mark_dirty(rect)
    merged = Layer(plane, below.name)
    layers = (*structure.layers[: index - 1], merged, *structure.layers[index + 1 :])
    return replace(structure, layers=layers)


def _merged_tile(beneath: Sequence[Layer], pair: tuple[Layer, Layer], rect: Rect) -> Pixels:
    wanted = _composed([*beneath, *pair], rect)
    if all(is_clear(layer, rect) for layer in beneath):
        return wanted
    backdrop = _composed(beneath, rect)
    first, second = (_alpha(layer, rect) for layer in pair)
    # Both together cover what either does; their joint alpha keeps soft edges soft.
    return layer_between(backdrop, wanted, first + second - first * second / np.float32(255))


def _composed(layers: Sequence[Layer], rect: Rect) -> Pixels:
    shown = np.zeros((rect.height, rect.width, 4), np.uint8)
    compose_tile(layers, rect, shown)
    return shown


def _alpha(layer: Layer, rect: Rect) -> Weights:
    mask = None if layer.mask is None else layer.mask.pixels[rect.slices()]
    return coverage(layer.plane.pixels[rect.slices()], layer.opacity, mask)
