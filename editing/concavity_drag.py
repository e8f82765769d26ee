"""How late a region is decided, changed by a slider: one step of the history per drag."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from editing.commands import restructure
from editing.geometry import EMPTY
from editing.gesture import MOUSE, Pen
from editing.history import Change
from editing.region import LARGEST_CONCAVITY

if TYPE_CHECKING:
    from editing.document import Document
    from editing.history import Command

_NO_PIXEL = Change("regions", EMPTY)


class ConcavityDrag:
    """A gesture whose place is the concavity: the document follows at once, the history later.

    Attributes:
        is_over: Whether it was finished or taken back.
    """

    def __init__(self, document: Document, region_id: int) -> None:
        """Begin; nothing changes before the first ``move_to``."""
        self.is_over = False
        self._document, self._region_id = document, region_id
        self._before = document.structure.region(region_id).concavity

    def move_to(self, x: float, y: float, pen: Pen = MOUSE) -> Change:  # noqa: ARG002
        """Set the concavity to ``x``, cut to what a schedule takes."""
        self._set(min(LARGEST_CONCAVITY, max(0.0, x)))
        return _NO_PIXEL

    def finish(self) -> Command | None:
        """End the drag; returns the command to push, or None if the value is the old one."""
        self.is_over = True
        after = self._document.structure
        self._set(self._before)
        return restructure(self._document, after, "Decide later")

    def abort(self) -> Change:
        """Put the old value back."""
        self.is_over = True
        self._set(self._before)
        return _NO_PIXEL

    def _set(self, concavity: float) -> None:
        structure = self._document.structure
        if all(region.id != self._region_id for region in structure.regions):
            return
        region = replace(structure.region(self._region_id), concavity=concavity)
        self._document.structure = structure.with_region(region)
