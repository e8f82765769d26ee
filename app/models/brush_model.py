"""The brush as the tool strip shows it; the application hands it on to the canvas."""

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property

SMALLEST_RADIUS_PX = 0.5
LARGEST_RADIUS_PX = 1000.0
_SIZE_FACTOR = 1.2
_HARDNESS_STEP = 0.1


class BrushModel(QObject):
    """Observable brush.

    Attributes:
        radius: in pixels of the document. hardness: 0 soft to 1 crisp. erase: the eraser is on.
    """

    radius = Property(12.0)
    radius_changed = Signal(float)
    hardness = Property(0.8)
    hardness_changed = Signal(float)
    erase = Property(False)
    erase_changed = Signal(bool)

    def set_radius(self, radius: float) -> None:
        """Set the radius within its bounds."""
        self.radius = min(LARGEST_RADIUS_PX, max(SMALLEST_RADIUS_PX, radius))

    def resize(self, steps: int) -> None:
        """Make the brush larger by so many steps, smaller if negative; at least half a pixel."""
        radius = self.radius * _SIZE_FACTOR**steps
        if abs(radius - self.radius) < 0.5:
            radius = self.radius + 0.5 * steps
        self.set_radius(round(2 * radius) / 2)

    def harden(self, steps: int) -> None:
        """Make the edge harder by so many steps, softer if negative."""
        self.hardness = min(1.0, max(0.0, round(self.hardness + _HARDNESS_STEP * steps, 2)))
