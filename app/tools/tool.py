"""The protocol of tools: a gesture is a press, drags, and a release or a cancel.

The canvas hands every pointer event on as a ``Pointer`` in document pixels, in order and without
leaving any out. A gesture ends in at most one step of the history.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is, and what is held.

    Attributes:
        x: document pixels from the left edge; may lie outside the document.
        y: document pixels from the top edge.
        shift: Shift is held.
        alt: Alt is held.
        pressure: of the pen, in [0, 1]; 1 for a mouse.
    """

    x: float
    y: float
    shift: bool = False
    alt: bool = False
    pressure: float = 1.0


class Tool(Protocol):
    """Something the pointer does to the document."""

    @property
    def is_active(self) -> bool:
        """Whether a gesture is under way."""

    def press(self, pointer: Pointer) -> None:
        """The gesture begins."""

    def drag(self, pointer: Pointer) -> None:
        """The pointer moved during the gesture."""

    def release(self, pointer: Pointer) -> None:
        """The gesture ends here."""

    def cancel(self) -> None:
        """The gesture is given up; the document is as it was before."""
