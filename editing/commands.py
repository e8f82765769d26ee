"""Edits other than strokes. Each function makes its change and returns the command to push.

None means that nothing differs, so that there is nothing to undo.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from editing.document import single_layer
from editing.geometry import EMPTY
from editing.history import Change, ChangeKind, Command, Touched
from editing.steps import finished
from editing.structure_change import changed_rect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.document import Document
    from editing.plane import Pixels, Plane
    from editing.spill import SpillFile
    from editing.steps import Steps
    from editing.structure import Metadata, Structure


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
