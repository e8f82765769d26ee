"""Edits other than strokes. Each function makes its change and returns the command to push.

None means that nothing differs, so that there is nothing to undo.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from editing.geometry import EMPTY, Rect
from editing.history import Change, ChangeKind, Command
from editing.plane import Pixels, Plane, tile_rect, tiles_in
from editing.recording import TileRecording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from editing.document import Document, Metadata


def paste_result(
    document: Document,
    rect: Rect,
    pixels: Pixels,
    name: str = "Inpaint",
    generation: dict[str, Any] | None = None,
) -> Command | None:
    """Replace the picture's pixels in a rectangle.

    Args:
        document: Document to change.
        rect: Where, inside the document.
        pixels: (rect.height, rect.width, 3 or 4); with 3 channels the alpha stays.
        name: Name in the history list.
        generation: Request to store with the picture from now on; None leaves the present one.
    """
    if pixels.shape[:2] != (rect.height, rect.width) or not document.bounds.contains(rect):
        raise ValueError(f"pixels {pixels.shape} do not fit {rect} of {document.bounds}")
    recording = TileRecording("picture", document.picture)
    recording.touch(rect)
    document.picture.pixels[rect.slices()][..., : pixels.shape[2]] = pixels
    document.picture.mark_dirty(rect)
    command = recording.finish(name)
    if command is None or generation is None:
        return command
    metadata = replace(document.metadata, generation=generation)
    return CommandGroup(name, [command, _set_metadata(document, metadata, name)])


def replace_picture(
    document: Document,
    picture: Pixels,
    metadata: Metadata,
    name: str = "Generate",
) -> Command:
    """Replace picture, size and metadata as a whole; the mask stays if it fits, else it is empty.

    Args:
        document: Document to change.
        picture: (H, W, 4), taken over without a copy.
        metadata: What travels with the new picture.
        name: Name in the history list.
    """
    command = _DocumentCommand(name, document)
    if picture.shape[:2] != document.mask.pixels.shape:
        document.mask = Plane(np.zeros(picture.shape[:2], np.uint8))
    document.picture = Plane(picture)
    document.metadata = metadata
    return command


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


def _edit_mask(
    document: Document, area: Rect, new_tile: Callable[[Rect, Pixels], Pixels], name: str
) -> Command | None:
    """Replace each tile under ``area`` by ``new_tile(its rectangle, its pixels)``."""
    plane = document.mask
    recording = TileRecording("mask", plane)
    for tile in tiles_in(area):
        rect = tile_rect(tile, plane.width, plane.height)
        view = plane.pixels[rect.slices()]
        new = new_tile(rect, view)
        if not np.array_equal(view, new):
            recording.touch(rect)
            view[...] = new
            plane.mark_dirty(rect)
    return recording.finish(name)


class CommandGroup:
    """Several commands that are undone and redone as one."""

    def __init__(self, name: str, commands: Sequence[Command]) -> None:
        """Keep commands in the order in which their edits were made."""
        self.name = name
        self._commands = tuple(commands)
        self.change = _combined([command.change for command in commands])

    @property
    def size_bytes(self) -> int:
        """Memory held by all of them."""
        return sum(command.size_bytes for command in self._commands)

    def undo(self) -> Change:
        """Take all edits back, the last one first."""
        for command in reversed(self._commands):
            command.undo()
        return self.change

    def redo(self) -> Change:
        """Make all edits again, the first one first."""
        for command in self._commands:
            command.redo()
        return self.change

    def compress(self) -> None:
        """Compress each of them."""
        for command in self._commands:
            command.compress()


def _combined(changes: Sequence[Change]) -> Change:
    """One change that covers all; of several kinds it is the whole "document"."""
    shown = [change for change in changes if not change.rect.is_empty]
    kinds: set[ChangeKind] = {change.kind for change in shown}
    rect = EMPTY
    for change in shown:
        rect = rect.union(change.rect)
    return Change(kinds.pop() if len(kinds) == 1 else "document", rect)


class _MetadataCommand:
    """Swaps the document's metadata; changes no pixel."""

    size_bytes = 0

    def __init__(self, name: str, document: Document) -> None:
        self.name = name
        self.change = Change("document", EMPTY)
        self._document = document
        self._other = document.metadata

    def undo(self) -> Change:
        self._document.metadata, self._other = self._other, self._document.metadata
        return self.change

    redo = undo

    def compress(self) -> None:
        """There is nothing to compress."""


def _set_metadata(document: Document, metadata: Metadata, name: str) -> _MetadataCommand:
    command = _MetadataCommand(name, document)
    document.metadata = metadata
    return command


class _DocumentCommand:
    """Swaps both planes and the metadata with the ones kept here."""

    def __init__(self, name: str, document: Document) -> None:
        self.name = name
        self._document = document
        self._other = (document.picture, document.mask, document.metadata)

    @property
    def size_bytes(self) -> int:
        picture, mask, _ = self._other
        own_mask = 0 if mask is self._document.mask else mask.pixels.nbytes
        return picture.pixels.nbytes + own_mask

    @property
    def change(self) -> Change:
        return Change("document", self._document.bounds)

    def undo(self) -> Change:
        document = self._document
        present = (document.picture, document.mask, document.metadata)
        document.picture, document.mask, document.metadata = self._other
        self._other = present
        return self.change

    redo = undo

    def compress(self) -> None:
        """Planes are kept as they are: viewers and older commands hold on to them."""
