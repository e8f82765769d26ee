from PySide6.QtCore import QObject, Signal

from app.models.brush_model import BrushModel
from app.models.properties import Bindings, Property
from app.models.run_model import TimeLeft
from editing.brush_settings import LARGEST_RADIUS_PX


class Lamp(QObject):
    brightness = Property(3)
    brightness_changed = Signal(int)


class Knob(QObject):
    turned = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[int] = []

    def show(self, value: int) -> None:
        self.shown.append(value)


def test_only_a_real_change_is_told() -> None:
    lamp = Lamp()
    heard: list[int] = []
    lamp.brightness_changed.connect(heard.append)
    lamp.brightness = 3
    lamp.brightness = 4
    lamp.brightness = 4
    assert heard == [4]
    assert Lamp().brightness == 3


def test_a_binding_works_both_ways_and_can_be_dropped() -> None:
    lamp, knob, bindings = Lamp(), Knob(), Bindings()
    bindings.two_way(lamp, "brightness", knob.show, knob.turned)
    knob.turned.emit(7)
    assert lamp.brightness == 7
    lamp.brightness = 1
    assert knob.shown == [3, 7, 1]
    bindings.clear()
    knob.turned.emit(9)
    lamp.brightness = 2
    assert lamp.brightness == 2
    assert knob.shown == [3, 7, 1]


def test_brush_steps_stay_in_bounds() -> None:
    brush = BrushModel()
    brush.set_radius(12)
    brush.resize(1)
    assert 12 < brush.radius <= 15
    brush.resize(-1)
    assert brush.radius == 12
    for _ in range(100):
        brush.resize(1)
        brush.harden(1)
    assert (brush.radius, brush.hardness) == (LARGEST_RADIUS_PX, 1.0)
    for _ in range(100):
        brush.resize(-1)
        brush.harden(-1)
    assert (brush.radius, brush.hardness) == (0.5, 0.0)
    brush.resize(1)
    assert brush.radius > 0.5


def test_time_left_follows_the_pace_after_the_first_step() -> None:
    left = TimeLeft()
    assert left.after_step(1, 10, now=100.0) is None
    assert left.after_step(2, 10, now=102.0) == 16.0
    assert left.after_step(6, 10, now=110.0) == 8.0
    assert left.after_step(10, 10, now=118.0) == 0.0
