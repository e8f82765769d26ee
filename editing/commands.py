"""Edits other than strokes. Each function makes its change and returns the command to push.

None means that nothing differs, so that there is nothing to undo.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from editing.document import single_layer
from editing.flatten import flattened
from editing.geometry import EMPTY, Rect
from editing.history import Change, ChangeKind, Command, Touched
from editing.layer import Layer
from editing.layer_between import layer_between
from editing.plane import Pixels, Plane, tile_rect, tiles_in
from editing.recording import TileRecording
from editing.steps import finished
from editing.structure_change import changed_rect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from editing.document import Document
    from editing.spill import SpillFile
    from editing.steps import Steps
    from editing.structure import Metadata, Structure


def paste_pixels(
    document: Document, rect: Rect, pixels: Pixels, name: str = "Paste"
) -> Command | None:
    """Replace the active layer's pixels in a rectangle.

    Args:
        document: Document to change.
        rect: Where, inside the document.
        pixels: (rect.height, rect.width, 3 or 4); with 3 channels the alpha stays.
        name: Name in the history list.
    """
    if pixels.shape[:2] != (rect.height, rect.width) or not document.bounds.contains(rect):
        raise ValueError(f"pixels {pixels.shape} do not fit {rect} of {document.bounds}")
    plane = document.active_layer.plane
    recording = TileRecording("picture", plane)
    recording.touch(rect)
    plane.pixels[rect.slices()][..., : pixels.shape[2]] = pixels
    plane.mark_dirty(rect)
    return recording.finish(name)


def add_result(
    document: Document,
    rect: Rect,
    pixels: Pixels,
    name: str = "Inpaint",
    generation: dict[str, Any] | None = None,
) -> Command | None:
    """Lay new pixels over the picture as a layer of their own, above all others.

    Where they equal the picture the layer stays clear, so that the picture below is what is seen,
    to the byte.

    Args:
        document: Document to change.
        rect: Where, inside the document.
        pixels: (rect.height, rect.width, 3 or 4), the picture as it is to look there.
        name: Name of the layer, and in the history list.
        generation: Request to store with the picture from now on; None leaves the present one.
    """
    if pixels.shape[:2] != (rect.height, rect.width) or not document.bounds.contains(rect):
        raise ValueError(f"pixels {pixels.shape} do not fit {rect} of {document.bounds}")
    shown = flattened(document.layers, rect)
    wanted = shown.copy()
    wanted[..., : pixels.shape[2]] = pixels
    layer = layer_between(shown, wanted)
    structure = document.structure
    if layer[..., 3].any():
        plane = Plane.zeros((*document.selection.shape, 4))
        plane.pixels[rect.slices()] = layer
        plane.mark_dirty(rect)
        structure = replace(structure, layers=(*structure.layers, Layer(plane, name)))
    elif generation is None:
        return None
    if generation is not None:
        metadata = replace(structure.metadata, generation=generation)
        structure = replace(structure, metadata=metadata)
    command = restructure(document, structure, name)
    document.choose_layer(document.layers[-1].id)
    return command


def replace_picture(
    document: Document,
    picture: Pixels,
    metadata: Metadata,
    name: str = "Generate",
) -> Command | None:
    """Replace all layers, size and metadata; regions and selection stay if they fit.

    Args:
        document: Document to change.
        picture: (H, W, 4), taken over without a copy.
        metadata: What travels with the new picture.
        name: Name in the history list.
    """
    new = single_layer(picture, metadata)
    old = document.structure
    if new.bounds == old.bounds:
        new = replace(new, regions=old.regions, selection=old.selection)
    return restructure(document, new, name)


def clear_mask(document: Document) -> Command | None:
    """Take the whole region away."""
    return _edit_mask(document, document.mask_bounds(), lambda _, old: old * 0, "Clear mask")


def fill_mask(document: Document) -> Command | None:
    """Make the whole picture the region."""
    return _edit_mask(document, document.bounds, lambda _, old: old * 0 + 255, "Fill mask")


def invert_mask(document: Document) -> Command | None:
    """Swap region and rest; soft values turn into 255 minus themselves."""
    return _edit_mask(document, document.bounds, lambda _, old: 255 - old, "Invert mask")


def set_mask(
    document: Document, mask: Pixels | npt.NDArray[np.float32], name: str = "Load mask"
) -> Command | None:
    """Replace the region by a mask (H, W), uint8 or float in [0, 1], of the document's size."""
    if mask.shape != document.mask.pixels.shape:
        raise ValueError(f"mask {mask.shape} does not fit {document.mask.pixels.shape}")
    return _edit_mask(
        document, document.bounds, lambda rect, _: _as_bytes(mask[rect.slices()]), name
    )


def _as_bytes(mask: Pixels | npt.NDArray[np.float32]) -> Pixels:
    if mask.dtype == np.uint8:
        return np.asarray(mask, np.uint8)
    # No masked pixel may be lost by rounding, however small its value.
    values = np.asarray(np.clip(mask, 0, 1), np.float32) * 255
    return np.asarray(np.where(values > 0, np.maximum(np.rint(values), 1), 0), np.uint8)


def edit_tiles(
    kind: ChangeKind,
    plane: Plane,
    area: Rect,
    new_tile: Callable[[Rect, Pixels], Pixels],
    name: str,
) -> Command | None:
    """Replace each tile under ``area`` by ``new_tile(its rectangle, its pixels)``.

    Args:
        kind: Of the change: "mask", "selection" or "picture".
        plane: Plane to edit.
        area: Part to look at, in whole tiles.
        new_tile: Gives the new pixels of a tile; it must not write to the old ones.
        name: Name in the history list.
    """
    recording = TileRecording(kind, plane)
    for tile in tiles_in(area):
        rect = tile_rect(tile, plane.width, plane.height)
        view = plane.pixels[rect.slices()]
        new = new_tile(rect, view)
        if not np.array_equal(view, new):
            recording.touch(rect)
            view[...] = new
            plane.mark_dirty(rect)
    return recording.finish(name)


def _edit_mask(
    document: Document, area: Rect, new_tile: Callable[[Rect, Pixels], Pixels], name: str
) -> Command | None:
    return edit_tiles("mask", document.mask, area, new_tile, name)


class CommandGroup:
    """Several commands that are undone and redone as one."""

    def __init__(self, name: str, commands: Sequence[Command]) -> None:
        """Keep commands in the order in which their edits were made."""
        self.name = name
        self._commands = tuple(commands)
        self.change = _combined([command.change for command in commands])
        self.touched = _joined([command.touched for command in commands])

    @property
    def size_bytes(self) -> int:
        """Memory held by all of them, not counting planes."""
        return sum(command.size_bytes for command in self._commands)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The planes that any of them needs."""
        return tuple(plane for command in self._commands for plane in command.planes)

    @property
    def is_ready(self) -> bool:
        """Whether all of them are."""
        return all(command.is_ready for command in self._commands)

    def undo(self) -> Change:
        """Take all edits back, the last one first."""
        return finished(self.steps(undo=True))

    def redo(self) -> Change:
        """Make all edits again, the first one first."""
        return finished(self.steps(undo=False))

    def steps(self, *, undo: bool) -> Steps[Change]:
        """Do either in the steps of each edit."""
        # All is unpacked before anything is written: a disk may fail.
        self.prepare()
        for command in reversed(self._commands) if undo else self._commands:
            yield from command.steps(undo=undo)
        return self.change

    def prepare(self) -> None:
        """Prepare each of them."""
        for command in self._commands:
            command.prepare()

    def compress(self) -> None:
        """Compress each of them."""
        for command in self._commands:
            command.compress()

    def spill(self, file: SpillFile) -> None:
        """Spill each of them (OSError if that fails)."""
        for command in self._commands:
            command.spill(file)


def _combined(changes: Sequence[Change]) -> Change:
    """One change of which all are parts; of several kinds it covers the whole "document"."""
    shown = [change for change in changes if not change.rect.is_empty]
    kinds: set[ChangeKind] = {change.kind for change in shown}
    rect = EMPTY
    for change in shown:
        rect = rect.union(change.rect)
    kind = kinds.pop() if len(kinds) == 1 else "document"
    return Change(kind, rect, None, tuple(changes))


def _joined(parts: Sequence[Touched]) -> Touched:
    tiles = tuple(entry for part in parts for entry in part.tiles)
    return Touched(tiles, any(part.structure for part in parts))


class StructureCommand:
    """Swaps the document's structure with the other one: layers, regions, metadata, size."""

    def __init__(self, name: str, document: Document, old: Structure) -> None:
        """Keep the structure from before a change that was already made."""
        self.name = name
        self.touched = Touched(structure=True)
        self.size_bytes = 0
        self.is_ready = True
        self._document = document
        self._other = old
        self._kind = _structure_kind(old, document.structure)

    @property
    def change(self) -> Change:
        """What the swap changed; the rectangle is empty if only names, metadata and such differ."""
        return Change(self._kind, changed_rect(self._other, self._document.structure))

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The planes of the other structure."""
        return tuple(self._other.planes())

    def undo(self) -> Change:
        """Put the other structure in place."""
        document = self._document
        # In this order: a plane is claimed only after it can be seen that it is shown.
        document.structure, self._other = self._other, document.structure
        _claim(document.structure)
        return self.change

    redo = undo

    def steps(self, *, undo: bool) -> Steps[Change]:  # noqa: ARG002
        """Put the other structure in place, at once."""
        yield from ()
        return self.undo()

    def prepare(self) -> None:
        """Nothing is stored but planes, which the history looks after."""

    compress = prepare

    def spill(self, file: SpillFile) -> None:
        """Nothing is stored but planes, which the history looks after."""


def _claim(structure: Structure) -> None:
    for plane in structure.planes():
        plane.keep()


def restructure(document: Document, new: Structure, name: str) -> StructureCommand | None:
    """Give the document another structure: the way of all edits of layers, regions and size.

    Args:
        document: Document to change.
        new: What it is to be made of; planes may be shared with the present structure.
        name: Name in the history list.
    """
    old = document.structure
    if new == old:
        return None
    document.structure = new
    _claim(new)
    return StructureCommand(name, document, old)


def _structure_kind(old: Structure, new: Structure) -> ChangeKind:
    same = old.bounds == new.bounds and old.metadata == new.metadata
    if same and old.regions == new.regions:
        return "layers"
    if same and old.layers == new.layers:
        return "regions"
    return "document"
