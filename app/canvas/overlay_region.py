"""The part of the canvas that what a tool draws over the picture lies on."""

from collections.abc import Iterable

from PySide6.QtCore import QMarginsF, QRect, QRectF
from PySide6.QtGui import QRegion

from app.tools.overlay_parts import Part
from app.tools.tool import Sight

RIM = 16
"""Handles, knobs and pens of tools reach so far beyond the places they mark, in widget pixels."""


def region_of(parts: Iterable[Part], sight: Sight, view: QRect) -> QRegion:
    """Widget pixels of parts of the picture, with a rim, as far as they are in view."""
    rim = QMarginsF(RIM, RIM, RIM, RIM)
    region = QRegion()
    for left, top, right, bottom in parts:
        part = QRectF(sight.to_widget(left, top), sight.to_widget(right, bottom))
        # What lies far outside would not fit into whole numbers.
        region += (part.marginsAdded(rim) & QRectF(view)).toAlignedRect()
    return region
