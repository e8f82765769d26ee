"""Edits that follow the pointer: what a press begins, moves go on with, and a release ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from editing.history import Change, Command


class Pen(NamedTuple):
    """How the pen is held.

    Attributes:
        pressure: In [0, 1].
        tilt_x: Degrees from upright to the right, in [-90, 90].
        tilt_y: Degrees from upright towards the person, in [-90, 90].
    """

    pressure: float = 1.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0


MOUSE = Pen()
"""A mouse presses fully or not at all."""


class Gesture(Protocol):
    """An edit under way. It ends in at most one step of the history."""

    def move_to(self, x: float, y: float, pen: Pen = MOUSE) -> Change:
        """Go on to (x, y) in document pixels; returns what changed on the way."""

    def finish(self) -> Command | None:
        """End the edit; returns the command to push, or None if nothing changed."""

    def abort(self) -> Change:
        """End the edit and take it back; returns what changed by that."""
