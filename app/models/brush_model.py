"""The brush and its colours: the one place that tools, strip and options bar look at."""

from dataclasses import fields

from PySide6.QtCore import QObject, Signal

from app.models.colour_model import ColourModel
from app.models.paint_model import PaintModel
from app.models.properties import Property
from editing.brush_settings import DEFAULT_SPACING, LARGEST_RADIUS_PX, SMALLEST_RADIUS_PX, Brush

_SIZE_FACTOR = 1.2
_HARDNESS_STEP = 0.1


class BrushModel(QObject):
    """Observable brush; the attributes are those of ``editing.brush_settings.Brush``.

    Attributes:
        radius: in pixels of the document. erase: the eraser is the tool in use.
        colours: what is painted with. paint: options of the other tools that paint.

    Signals:
        changed: any of them differs.
    """

    radius = Property(12.0)
    radius_changed = Signal(float)
    hardness = Property(0.8)
    hardness_changed = Signal(float)
    opacity = Property(1.0)
    opacity_changed = Signal(float)
    flow = Property(1.0)
    flow_changed = Signal(float)
    spacing = Property(DEFAULT_SPACING)
    spacing_changed = Signal(float)
    smoothing = Property(0.0)
    smoothing_changed = Signal(float)
    pressure_size = Property(True)
    pressure_size_changed = Signal(bool)
    pressure_opacity = Property(False)
    pressure_opacity_changed = Signal(bool)
    pressure_flow = Property(False)
    pressure_flow_changed = Signal(bool)
    pressure_curve = Property(1.0)
    pressure_curve_changed = Signal(float)
    tilt = Property(False)
    tilt_changed = Signal(bool)
    erase = Property(False)
    erase_changed = Signal(bool)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.colours = ColourModel(self)
        self.paint = PaintModel(self)
        for field in fields(Brush):
            name = _property(field.name)
            getattr(self, f"{name}_changed").connect(self.changed)

    @property
    def brush(self) -> Brush:
        """The brush of the next stroke."""
        return Brush(**{f.name: getattr(self, _property(f.name)) for f in fields(Brush)})

    @brush.setter
    def brush(self, brush: Brush) -> None:
        for field in fields(Brush):
            setattr(self, _property(field.name), getattr(brush, field.name))

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


def _property(field: str) -> str:
    return "radius" if field == "radius_px" else field
