"""The options of the selection tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property

if TYPE_CHECKING:
    # The modes are defined next to the arrays, which the first frame does not wait for.
    from editing.selection import CombineMode

LARGEST_FEATHER_PX = 250
LARGEST_DISTANCE = 100.0


class SelectionModel(QObject):
    """Observable options; all selection tools share them.

    Attributes:
        mode: how a new shape meets the selection; Shift and Alt choose another one for once.
        antialias: soft edges of a pixel. feather: pixels over which edges fade, to either side.
        tolerance: of the wand, 0 to 255 per channel. contiguous: only what is joined.
        all_layers: look at the picture as it is seen, not at the active layer alone.
        distance: of the colour range, in L*a*b*. softness: distance over which it fades.
    """

    mode: Property[CombineMode] = Property("replace")
    mode_changed = Signal(str)
    antialias = Property(True)
    antialias_changed = Signal(bool)
    feather = Property(0)
    feather_changed = Signal(int)
    tolerance = Property(32)
    tolerance_changed = Signal(int)
    contiguous = Property(True)
    contiguous_changed = Signal(bool)
    all_layers = Property(True)
    all_layers_changed = Signal(bool)
    distance = Property(16.0)
    distance_changed = Signal(float)
    softness = Property(12.0)
    softness_changed = Signal(float)
