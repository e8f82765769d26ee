"""Double taps of a pen: Qt tells double clicks of the mouse only."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QTabletEvent

NEAR_PX = 8.0
"""A pen lands less exactly than a mouse that is not moved; in widget pixels."""


class Taps:
    """The last press of a pen."""

    def __init__(self) -> None:
        self._last: tuple[int, QPointF] | None = None

    def is_second(self, event: "QTabletEvent") -> bool:
        """Whether a press is the second of two quick ones at the same place."""
        last, self._last = self._last, (event.timestamp(), event.position())
        if last is None:
            return False
        way = event.position() - last[1]
        is_quick = event.timestamp() - last[0] <= QApplication.doubleClickInterval()
        if is_quick and abs(way.x()) <= NEAR_PX and abs(way.y()) <= NEAR_PX:
            self._last = None  # A third one is the first of the next two.
            return True
        return False
