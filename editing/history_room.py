"""The room that a history takes: what stays unpacked, what is packed, what goes to disk.

Next to the present step things stay as they are, for an undo without any waiting. Farther away
tiles are packed and planes that are not shown are parked. What is beyond the budget goes to disk,
the farthest first. All of it happens in the background thread of the history.
"""

from __future__ import annotations

import itertools
import math
import threading
from typing import TYPE_CHECKING

from editing.packed_tiles import ParkedPlane
from editing.spill import SpillFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from editing.change import Command
    from editing.document import Document
    from editing.plane import Plane

WARM_BYTES = 64 * 1024 * 1024
"""As much of the steps next to the present one is left unpacked, if the budget has room for it."""
WARM_SHARE = 8
"""The warm part is at most the budget divided by this."""
NEAR_STEPS = 3
"""So many steps in each direction are unpacked ahead, within the warm part."""
_WITH_LEVELS = 4 / 3
"""What a plane takes together with its levels."""
NEAR_SHARE = 0.75
"""Planes of the next undo and redo stay as they are within this part of the budget."""


class HistoryRoom:
    """Packs, parks and spills for one history.

    Attributes:
        file: Where packed things go beyond the budget.
        disk_is_full: Whether the disk took nothing more when it was asked last.
    """

    def __init__(self, document: Document, folder: Path | None) -> None:
        """Begin with nothing."""
        self.file = SpillFile(folder)
        self.disk_is_full = False
        self._document = document
        self._parked: dict[int, ParkedPlane] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the work in hand soon."""
        self._stopped.set()

    def size_bytes(self, commands: Sequence[Command]) -> int:
        """Memory held by commands and by planes that only they hold on to."""
        planes = hidden_planes(self._document, commands)
        return sum(command.size_bytes for command in commands) + sum(
            plane.size_bytes for plane in planes.values()
        )

    def tidy(self, commands: Sequence[Command], index: int, budget_bytes: int) -> None:
        """Bring the commands into the form that their distance from ``index`` asks for."""
        # Read before it is looked at what is shown: a plane claimed later than that stays.
        claims = {plane.key: plane.claims for command in commands for plane in command.planes}
        hidden = hidden_planes(self._document, commands)
        near = self._near(commands, index, hidden, NEAR_SHARE * budget_bytes)
        for key, plane in hidden.items():
            if key in near:
                plane.keep()
            else:
                self._park(plane, claims[key])
        self._parked = {key: kept for key, kept in self._parked.items() if key in hidden}
        self._pack(commands, index, min(WARM_BYTES, budget_bytes // WARM_SHARE))
        self._spill(commands, index, budget_bytes)

    def _near(
        self, commands: Sequence[Command], index: int, hidden: dict[int, Plane], room: float
    ) -> set[int]:
        """Keys of the hidden planes that the next undo and redo bring back, if there is room."""
        keys = {
            plane.key
            for command in commands[max(index - 1, 0) : index + 1]
            for plane in command.planes
            if plane.key in hidden
        }
        unpacked = sum(math.prod(hidden[key].shape) * _WITH_LEVELS for key in keys)
        return keys if unpacked <= room else set()

    def _park(self, plane: Plane, claims: int) -> None:
        if plane.is_parked or self._stopped.is_set():
            return
        parked = ParkedPlane(plane)
        if plane.park(parked, claims):
            self._parked[plane.key] = parked

    def _pack(self, commands: Sequence[Command], index: int, warm_bytes: int) -> None:
        left = warm_bytes
        for steps, command in enumerate(_by_distance(commands, index)):
            if self._stopped.is_set():
                return
            if left > 0 and steps < 2 * NEAR_STEPS and command.is_ready:
                command.prepare()
            if left <= 0 or command.size_bytes > left:
                command.compress()
            left -= command.size_bytes

    def _spill(self, commands: Sequence[Command], index: int, budget_bytes: int) -> None:
        """Move to disk what is beyond the budget, the farthest from the present step first."""
        excess = self.size_bytes(commands) - budget_bytes
        if excess <= 0:
            return
        try:
            for parked in self._parked.values():
                if excess > 0 and not self._stopped.is_set():
                    excess -= parked.size_bytes
                    parked.tiles.spill(self.file)
            for command in reversed(list(_by_distance(commands, index))):
                if excess > 0 and not self._stopped.is_set():
                    before = command.size_bytes
                    command.spill(self.file)
                    excess -= before - command.size_bytes
            self.disk_is_full = False
        except OSError:
            self.disk_is_full = True


def hidden_planes(document: Document, commands: Sequence[Command]) -> dict[int, Plane]:
    """The planes that commands hold on to and that are not part of the document, by key."""
    shown = {plane.key for plane in document.structure.planes()}
    return {
        plane.key: plane
        for command in commands
        for plane in command.planes
        if plane.key not in shown
    }


def _by_distance(commands: Sequence[Command], index: int) -> Iterator[Command]:
    """Yield the next undo, the next redo, the undo after that, and so on."""
    for undo, redo in itertools.zip_longest(reversed(commands[:index]), commands[index:]):
        if undo is not None:
            yield undo
        if redo is not None:
            yield redo
