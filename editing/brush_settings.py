"""What a brush is: its size, its edge, how it builds up, and what the pen changes.

Nothing here needs numpy, so that a window can show a brush before it can paint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from editing.gesture import Pen

SMALLEST_RADIUS_PX = 0.5
LARGEST_RADIUS_PX = 1000.0
DEFAULT_SPACING = 0.25
SMALLEST_SPACING = 0.05
LARGEST_SPACING = 4.0
LEAST_PRESSED = 0.05
"""A pen that barely touches paints with this share of what pressure changes."""
FLATTEST = 0.25
"""Width of the dab of a pen laid down, as a share of its length."""
_STEPS = 32
_TURNS = 16


@dataclass(frozen=True)
class Brush:
    """How a stroke looks.

    Attributes:
        radius_px: Distance from the centre to where the dab ends, in document pixels.
        hardness: 1 for a crisp edge, 0 for a dab that falls off from its centre.
        opacity: The most that one stroke does, however often it passes, in [0, 1].
        flow: The share of it that one dab does, in [0, 1]; dabs over each other add up.
        spacing: Distance between dabs, in radii.
        smoothing: Length of the string by which the pointer pulls the brush, in document pixels.
        pressure_size: Whether pressure makes the dab larger.
        pressure_opacity: Whether pressure raises the opacity.
        pressure_flow: Whether pressure raises the flow.
        pressure_curve: Exponent of pressure: below 1 a light touch counts for more.
        tilt: Whether a tilted pen makes a long dab that lies as the pen does.
        erase: Whether the stroke takes away.
    """

    radius_px: float = 40.0
    hardness: float = 0.5
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = DEFAULT_SPACING
    smoothing: float = 0.0
    pressure_size: bool = False
    pressure_opacity: bool = False
    pressure_flow: bool = False
    pressure_curve: float = 1.0
    tilt: bool = False
    erase: bool = False

    def __post_init__(self) -> None:
        """Reject what cannot be painted with."""
        for name, low, high in (
            ("radius_px", SMALLEST_RADIUS_PX, LARGEST_RADIUS_PX),
            ("hardness", 0, 1),
            ("opacity", 0, 1),
            ("flow", 0, 1),
            ("spacing", SMALLEST_SPACING, LARGEST_SPACING),
            ("smoothing", 0, 1000),
            ("pressure_curve", 0.1, 10),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value}, not in [{low}, {high}]")

    @property
    def uses_pen(self) -> bool:
        """Whether the dabs depend on how the pen is held."""
        return self.tilt or self.pressure_size or self.pressure_opacity or self.pressure_flow


class DabShape(NamedTuple):
    """One dab: the brush as the pen is held at this moment.

    Attributes:
        radius_px: Of its longer axis.
        roundness: Shorter by longer axis, in (0, 1].
        turn: Angle of the longer axis from the x axis, in [0, pi), radians; 0 if it is round.
        ceiling: The most it leaves, in [0, 255].
        flow: The share of the way to the ceiling that it goes, in [0, 1].
    """

    radius_px: float
    roundness: float
    turn: float
    ceiling: float
    flow: float


def dab_shape(brush: Brush, pen: Pen) -> DabShape:
    """Return what a brush does with a pen held like this.

    Size and tilt are rounded to a few steps per octave and per turn, which cannot be seen in a
    stroke and lets stamps be kept.
    """
    force = max(LEAST_PRESSED, min(1.0, max(0.0, pen.pressure)) ** brush.pressure_curve)
    radius = brush.radius_px
    if brush.pressure_size and force < 1:
        radius = max(SMALLEST_RADIUS_PX, radius * 2 ** (round(_STEPS * math.log2(force)) / _STEPS))
    roundness, turn = _tilted(pen) if brush.tilt else (1.0, 0.0)
    return DabShape(
        radius,
        roundness,
        turn,
        255 * brush.opacity * (force if brush.pressure_opacity else 1.0),
        brush.flow * (force if brush.pressure_flow else 1.0),
    )


def _tilted(pen: Pen) -> tuple[float, float]:
    """Return roundness and turn of the dab of a tilted pen."""
    lean = min(1.0, math.hypot(pen.tilt_x, pen.tilt_y) / 60)
    roundness = round((1 - (1 - FLATTEST) * lean) * _STEPS) / _STEPS
    if roundness >= 1:
        return 1.0, 0.0
    turn = math.atan2(pen.tilt_y, pen.tilt_x) % math.pi
    return roundness, round(turn / math.pi * _TURNS) % _TURNS * math.pi / _TURNS
