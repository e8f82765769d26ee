"""Edits of the layers: which there are, their order and their properties.

Each function makes its change and returns the command to push, or None if nothing differs. What
takes long on a large document (copies, merges) is in ``editing.layer_merge``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from editing.change import Change
from editing.commands import restructure
from editing.errors import EditingError
from editing.gesture import MOUSE
from editing.layer import Layer
from editing.layer_names import new_name
from editing.plane import Plane
from editing.structure_change import changed_rect, layer_extent

if TYPE_CHECKING:
    from editing.document import Document
    from editing.gesture import Pen
    from editing.history import Command
    from editing.layer import BlendMode


def editable_plane(document: Document) -> Plane:
    """Return the plane that the tools paint on: what the document's target says.

    Raises:
        EditingError: The layer is locked or hidden, or has no mask to paint on.
    """
    if document.target == "region":
        return document.mask
    layer = document.active_layer
    require_unlocked(layer)
    require_visible(layer)
    if document.target == "layer":
        return layer.plane
    if layer.mask is None:
        raise EditingError(f"The layer {layer.name} has no mask: add one first.")
    return layer.mask


def require_unlocked(layer: Layer) -> None:
    """Refuse a layer whose pixels must stay (EditingError)."""
    if layer.locked:
        raise EditingError(f"The layer {layer.name} is locked: unlock it first.")


def require_visible(layer: Layer) -> None:
    """Refuse a layer that cannot be seen (EditingError)."""
    if not layer.visible:
        raise EditingError(f"The layer {layer.name} is hidden: show it first.")


def add_layer(document: Document, name: str | None = None) -> Command | None:
    """Add a clear layer above the active one and make it the active one."""
    structure = document.structure
    plane = Plane.zeros((*structure.selection.shape, 4))
    layer = Layer(plane, name or new_name(structure))
    return insert_layer(document, layer, "Add layer")


def insert_layer(document: Document, layer: Layer, name: str) -> Command | None:
    """Put a layer above the active one and make it the active one."""
    layers = list(document.layers)
    layers.insert(layers.index(document.active_layer) + 1, layer)
    command = restructure(document, replace(document.structure, layers=tuple(layers)), name)
    document.choose_layer(layer.id)
    return command


def delete_layer(document: Document, layer_id: int) -> Command | None:
    """Take a layer away; the one below it becomes the active one.

    Raises:
        EditingError: It is the only one, or locked.
    """
    layers = list(document.layers)
    layer = document.structure.layer(layer_id)
    if len(layers) == 1:
        raise EditingError("The only layer cannot be deleted: add another one first.")
    require_unlocked(layer)
    index = layers.index(layer)
    del layers[index]
    was_active = document.active_layer.id == layer_id
    structure = replace(document.structure, layers=tuple(layers))
    command = restructure(document, structure, "Delete layer")
    if was_active:
        document.choose_layer(layers[max(0, index - 1)].id)
    return command


def move_layer(document: Document, layer_id: int, index: int) -> Command | None:
    """Move a layer so that it is at place ``index`` of the stack, 0 being the lowest."""
    layers = [layer for layer in document.layers if layer.id != layer_id]
    layers.insert(max(0, index), document.structure.layer(layer_id))
    return restructure(document, replace(document.structure, layers=tuple(layers)), "Move layer")


def rename(document: Document, layer_id: int, name: str) -> Command | None:
    """Give a layer another name; a blank one is ignored."""
    name = " ".join(name.split())
    if not name:
        return None
    layer = replace(document.structure.layer(layer_id), name=name)
    return _exchange(document, layer, "Rename layer")


def set_visible(document: Document, layer_id: int, visible: bool) -> Command | None:
    """Show or hide a layer."""
    layer = replace(document.structure.layer(layer_id), visible=visible)
    return _exchange(document, layer, "Show layer" if visible else "Hide layer")


def set_locked(document: Document, layer_id: int, locked: bool) -> Command | None:
    """Protect a layer's pixels, or free them."""
    layer = replace(document.structure.layer(layer_id), locked=locked)
    return _exchange(document, layer, "Lock layer" if locked else "Unlock layer")


def set_blend(document: Document, layer_id: int, blend: BlendMode) -> Command | None:
    """Change how a layer's colours meet those below."""
    layer = replace(document.structure.layer(layer_id), blend=blend)
    return _exchange(document, layer, "Blend mode")


def set_opacity(document: Document, layer_id: int, opacity: float) -> Command | None:
    """Change how much of a layer shows; the number is brought into [0, 1]."""
    opacity = min(1.0, max(0.0, opacity))
    layer = replace(document.structure.layer(layer_id), opacity=opacity)
    return _exchange(document, layer, "Opacity")


def _exchange(document: Document, layer: Layer, name: str) -> Command | None:
    """Put another version of a layer in its place."""
    return restructure(document, document.structure.with_layer(layer), name)


class OpacityDrag:
    """A slider that drags a layer's opacity: shown at each move, one step of the history.

    Attributes:
        is_over: Whether it was finished or taken back.
    """

    def __init__(self, document: Document, layer_id: int) -> None:
        """Start from the opacity that the layer has."""
        self.is_over = False
        self._document = document
        self._layer_id = layer_id
        self._before = document.structure

    def move_to(self, x: float, y: float = 0.0, pen: Pen = MOUSE) -> Change:
        """Show the layer with the opacity ``x`` in [0, 1]."""
        del y, pen  # A slider has one coordinate, and no pressure.
        layer = self._document.structure.layer(self._layer_id)
        layer = replace(layer, opacity=min(1.0, max(0.0, x)))
        self._document.structure = self._document.structure.with_layer(layer)
        return Change("layers", layer_extent(layer))

    def finish(self) -> Command | None:
        """End the drag; returns the command, or None if the opacity is what it was."""
        self.is_over = True
        now, self._document.structure = self._document.structure, self._before
        return restructure(self._document, now, "Opacity")

    def abort(self) -> Change:
        """Show the layer as it was."""
        self.is_over = True
        now, self._document.structure = self._document.structure, self._before
        return Change("layers", changed_rect(now, self._before))
