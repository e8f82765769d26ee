"""Results of a run as layers: what they look like over the picture, and their place in the stack.

``overlay_of`` takes long on a large picture and only reads; ``place_result`` puts what it made into
the document at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2

from editing.blend import blend
from editing.commands import restructure
from editing.layer import Layer
from editing.layer_between import layer_between
from editing.layer_names import unused_name
from editing.plane import Plane, tile_rect, tiles_in

if TYPE_CHECKING:
    from editing.document import Document
    from editing.geometry import Rect
    from editing.history import Command
    from editing.plane import Pixels


class Overlay(NamedTuple):
    """A layer that shows a result.

    Attributes:
        plane: Its pixels, of the document's size; None if there is nothing to show.
        is_alone: Whether the layers below must be hidden for the result to be seen as it is.
    """

    plane: Plane | None
    is_alone: bool = False


def overlay_of(picture: Pixels, patch: Pixels, box: Rect) -> Overlay:
    """Return the layer that, laid over a picture, shows a patch in it.

    Where the patch equals the picture the layer is clear, so that there the picture stays what it
    is, to the byte. A patch that takes away alpha cannot be laid over anything: then the layer is
    the whole picture, to be shown alone.

    Args:
        picture: (H, W, 4), not written to.
        patch: (box.height, box.width, 4), what the picture is to look like there.
        box: Where, inside the picture.
    """
    plane = Plane.zeros(picture.shape)
    shows = False
    for tile in tiles_in(box):
        rect = tile_rect(tile, plane.width, plane.height).intersect(box)
        below = picture[rect.slices()]
        wanted = patch[rect.translate(-box.x, -box.y).slices()]
        pixels = layer_between(below, wanted)
        if not _is_seen_as(wanted, blend(below, pixels)):
            whole = picture.copy()
            whole[box.slices()] = patch
            return Overlay(Plane(whole), is_alone=True)
        if pixels[..., 3].any():
            plane.pixels[rect.slices()] = pixels
            plane.mark_dirty(rect)
            shows = True
    return Overlay(plane if shows else None)


def _is_seen_as(wanted: Pixels, shown: Pixels) -> bool:
    """Whether no visible pixel is more than a level off."""
    off = cv2.absdiff(wanted, shown).max(axis=2)
    return bool(off[wanted[..., 3] > 0].max(initial=0) <= 1)


def place_result(
    document: Document, overlay: Overlay, name: str, generation: dict[str, Any] | None = None
) -> Command | None:
    """Lay a result over all layers of a document, as the active layer.

    Args:
        document: Document to change.
        overlay: The result; its plane is taken over.
        name: Name of the layer (with a number if it is taken) and in the history list.
        generation: Request to store with the picture from now on; None leaves the present one.
    """
    structure = document.structure
    layers = structure.layers
    if overlay.plane is not None:
        if overlay.is_alone:
            layers = tuple(replace(layer, visible=False) for layer in layers)
        layers = (*layers, Layer(overlay.plane, unused_name(structure, name)))
    metadata = structure.metadata
    if generation is not None:
        metadata = replace(metadata, generation=generation)
    command = restructure(document, replace(structure, layers=layers, metadata=metadata), name)
    document.choose_layer(document.layers[-1].id)
    return command
