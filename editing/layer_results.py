"""Results of a run as layers: what they look like over the picture, and their place in the stack.

``overlay_of`` takes long on a large picture and only reads; ``place_result`` puts what it made into
the document at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from editing.blend import blend
from editing.commands import restructure
from editing.geometry import Rect
from editing.layer import Layer
from editing.layer_between import layer_between
from editing.layer_names import unused_name
from editing.plane import Pixels, Plane

if TYPE_CHECKING:
    from editing.document import Document
    from editing.history import Command


class Overlay(NamedTuple):
    """A layer that shows a result.

    Attributes:
        pixels: (box.height, box.width, 4), RGBA.
        box: Where they lie.
        is_alone: Whether the layers below must be hidden for the result to be seen as it is.
    """

    pixels: Pixels
    box: Rect
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
    below = picture[box.slices()]
    pixels = layer_between(below, patch)
    off = np.abs(blend(below, pixels).astype(np.int16) - patch).max(axis=2)
    if off[patch[..., 3] > 0].max(initial=0) <= 1:
        return Overlay(pixels, box)
    whole = picture.copy()
    whole[box.slices()] = patch
    return Overlay(whole, Rect.of_shape(whole.shape), is_alone=True)


def place_result(
    document: Document, overlay: Overlay, name: str, generation: dict[str, Any] | None = None
) -> Command | None:
    """Lay a result over all layers of a document, as the active layer.

    Args:
        document: Document to change.
        overlay: The result; pixels of the document's size are taken over without a copy.
        name: Name of the layer (with a number if it is taken) and in the history list.
        generation: Request to store with the picture from now on; None leaves the present one.
    """
    structure = document.structure
    layers = structure.layers
    if overlay.pixels[..., 3].any():
        if overlay.is_alone:
            layers = tuple(replace(layer, visible=False) for layer in layers)
        layer = Layer(_plane(overlay, document.bounds), unused_name(structure, name))
        layers = (*layers, layer)
    metadata = structure.metadata
    if generation is not None:
        metadata = replace(metadata, generation=generation)
    command = restructure(document, replace(structure, layers=layers, metadata=metadata), name)
    document.choose_layer(document.layers[-1].id)
    return command


def _plane(overlay: Overlay, bounds: Rect) -> Plane:
    if overlay.box == bounds:
        return Plane(overlay.pixels)
    plane = Plane.zeros((bounds.height, bounds.width, 4))
    plane.pixels[overlay.box.slices()] = overlay.pixels
    plane.mark_dirty(overlay.box)
    return plane
