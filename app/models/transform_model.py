"""The frame of the free transform, between the tool that drags it and the fields that show it."""

import numpy as np
from PySide6.QtCore import QObject, Signal

from editing.geometry import Rect
from editing.quad import (
    angle_of,
    centre,
    is_usable,
    moved,
    rotated,
    sides_of,
    stretched,
    turned_exactly,
)
from editing.warp import Points, corners_of

NO_PLACE = Rect(0, 0, 0, 0)
_LEAST_PERCENT = 0.01


class TransformModel(QObject):
    """Four corners, or nothing.

    Signals:
        changed: the corners are others, or something is transformed now, or no more.
        apply_asked, cancel_asked: by a button.
    """

    changed = Signal()
    apply_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place = NO_PLACE
        self._corners: Points = corners_of(NO_PLACE)

    @property
    def is_active(self) -> bool:
        """Whether something is being transformed."""
        return not self._place.is_empty

    @property
    def place(self) -> Rect:
        """Where it was picked up."""
        return self._place

    @property
    def corners(self) -> Points:
        """Where its corners are now."""
        return self._corners

    @property
    def is_changed(self) -> bool:
        """Whether it lies otherwise than it lay."""
        return not np.allclose(self._corners, corners_of(self._place), atol=1e-6)

    @property
    def x(self) -> float:
        """Of the middle."""
        return float(centre(self._corners)[0])

    @property
    def y(self) -> float:
        """Of the middle."""
        return float(centre(self._corners)[1])

    @property
    def width_percent(self) -> float:
        """Of the width that it had; negative if it is mirrored."""
        return 100 * sides_of(self._corners)[0] / max(1, self._place.width)

    @property
    def height_percent(self) -> float:
        """Of the height that it had."""
        return 100 * sides_of(self._corners)[1] / max(1, self._place.height)

    @property
    def angle(self) -> float:
        """Degrees with the clock."""
        return angle_of(self._corners)

    def begin(self, place: Rect) -> None:
        """Transform what lies there."""
        self._place, self._corners = place, corners_of(place)
        self.changed.emit()

    def end(self) -> None:
        """Nothing is transformed any more."""
        self.begin(NO_PLACE)

    def set_corners(self, corners: Points) -> None:
        """Move the corners; those between which nothing could be shown are ignored."""
        if self.is_active and is_usable(corners):
            self._corners = corners
            self.changed.emit()

    def move_to(self, x: float, y: float) -> None:
        """Bring the middle to a point."""
        self.set_corners(moved(self._corners, x - self.x, y - self.y))

    def set_angle(self, degrees: float) -> None:
        """Turn about the middle."""
        self.set_corners(rotated(self._corners, degrees - self.angle))

    def set_size(self, width_percent: float, height_percent: float) -> None:
        """Scale about the middle."""
        width, height = self.width_percent, self.height_percent
        if min(abs(width), abs(height), abs(width_percent), abs(height_percent)) < _LEAST_PERCENT:
            return
        self.set_corners(stretched(self._corners, width_percent / width, height_percent / height))

    def turn(self, degrees: float) -> None:
        """Turn by a multiple of 90 degrees."""
        self.set_corners(turned_exactly(self._corners, degrees))

    def flip(self, *, across: bool) -> None:
        """Mirror about the middle."""
        self.set_corners(stretched(self._corners, *((-1, 1) if across else (1, -1))))
