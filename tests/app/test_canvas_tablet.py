"""Pens on the real canvas: pressure, tilt, the eraser's end, and no event counted twice."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QPointingDeviceUniqueId, QTabletEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.models.document_model import DocumentModel
from app.tools.tool import Pointer, Tool
from editing.brush import Brush
from tests.app.canvas_parts import (
    LEFT,
    NO_KEY,
    NONE,
    grey_document,
    mouse,
    press,
    release,
    shown_canvas,
    use_brush,
)

PEN = QPointingDevice.PointerType.Pen
ERASER = QPointingDevice.PointerType.Eraser


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[tuple[CanvasView, DocumentModel]]:
    canvas, model = shown_canvas(qtbot, grey_document(400, 300))
    canvas.set_zoom(1.0)
    yield canvas, model
    model.close()


def device(end: QPointingDevice.PointerType) -> QPointingDevice:
    capabilities = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    return QPointingDevice(
        "stylus", 7, QInputDevice.DeviceType.Stylus, end, capabilities, 1, 3, "",
        QPointingDeviceUniqueId(),
    )  # fmt: skip


PENS = {end: device(end) for end in (PEN, ERASER)}


def tablet(
    canvas: CanvasView,
    kind: QEvent.Type,
    x: float,
    y: float,
    *,
    pressure: float = 1.0,
    tilt: tuple[float, float] = (0.0, 0.0),
    end: QPointingDevice.PointerType = PEN,
    keys: Qt.KeyboardModifier = NO_KEY,
    after_ms: int = 0,
) -> bool:
    """Send a pen event at document pixels; whether it was accepted."""
    place = canvas.to_widget(x, y)
    is_down = kind != QEvent.Type.TabletRelease and pressure > 0
    button = NONE if kind == QEvent.Type.TabletMove else LEFT
    event = QTabletEvent(
        kind, PENS[end], place, QPointF(canvas.mapToGlobal(place)), pressure, tilt[0], tilt[1],
        0.0, 0.0, 0.0, keys, button, LEFT if is_down else NONE,
    )  # fmt: skip
    event.setTimestamp(after_ms)
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def mask(model: DocumentModel) -> np.ndarray:
    assert model.document is not None
    return model.document.mask.pixels


@contextmanager
def down(canvas: CanvasView, x: float, y: float, pressure: float = 1.0) -> Iterator[None]:
    assert tablet(canvas, QEvent.Type.TabletPress, x, y, pressure=pressure)
    yield
    assert tablet(canvas, QEvent.Type.TabletRelease, x, y, pressure=0.0)


def test_pressure_changes_the_width_along_a_stroke(
    bench: tuple[CanvasView, DocumentModel],
) -> None:
    canvas, model = bench
    use_brush(canvas, Brush(radius_px=20, hardness=1, pressure_size=True))
    tablet(canvas, QEvent.Type.TabletPress, 100, 150, pressure=0.25)
    tablet(canvas, QEvent.Type.TabletMove, 300, 150, pressure=1.0)
    tablet(canvas, QEvent.Type.TabletRelease, 300, 150, pressure=0.0)
    widths = [int(np.count_nonzero(mask(model)[:, x] > 127)) for x in (105, 150, 200, 250, 299)]
    assert widths == sorted(widths)
    assert widths[0] == pytest.approx(11, abs=3)
    assert widths[-1] == pytest.approx(40, abs=2)
    assert model.history is not None
    assert len(model.history.names) == 1


def test_tilt_turns_the_dab(bench: tuple[CanvasView, DocumentModel]) -> None:
    canvas, model = bench
    use_brush(canvas, Brush(radius_px=20, hardness=1, tilt=True))
    tablet(canvas, QEvent.Type.TabletPress, 150, 150, tilt=(60, 0))
    tablet(canvas, QEvent.Type.TabletRelease, 150, 150, pressure=0.0, tilt=(60, 0))
    covered = mask(model) > 127
    assert np.count_nonzero(covered[150]) > 3 * np.count_nonzero(covered[:, 150])


def test_the_far_end_erases(bench: tuple[CanvasView, DocumentModel]) -> None:
    canvas, model = bench
    with down(canvas, 150, 150):
        pass
    assert mask(model).any()
    tablet(canvas, QEvent.Type.TabletPress, 150, 150, end=ERASER)
    tablet(canvas, QEvent.Type.TabletRelease, 150, 150, pressure=0.0, end=ERASER)
    assert not mask(model).any()


def test_mouse_events_that_repeat_the_pen_are_ignored(
    bench: tuple[CanvasView, DocumentModel],
) -> None:
    canvas, model = bench
    with down(canvas, 150, 150, 0.5):
        press(canvas, 20, 20)
        mouse(canvas, QEvent.Type.MouseMove, 60, 20, NONE, LEFT)
        release(canvas, 60, 20)
        assert model.is_painting
    assert not model.is_painting
    assert not mask(model)[:60].any()
    assert model.history is not None
    assert len(model.history.names) == 1
    place = canvas.to_widget(60, 60)
    press(canvas, place.x(), place.y())
    release(canvas, place.x(), place.y())
    assert len(model.history.names) == 2


def test_a_pen_in_the_air_moves_the_ring_and_paints_nothing(
    bench: tuple[CanvasView, DocumentModel], qtbot: QtBot
) -> None:
    canvas, model = bench
    with qtbot.waitSignal(canvas.cursor_moved) as moved:
        assert tablet(canvas, QEvent.Type.TabletMove, 120, 80, pressure=0.0)
    assert moved.args == pytest.approx([120, 80])
    assert not mask(model).any()


def test_alt_with_the_pen_erases_the_region(bench: tuple[CanvasView, DocumentModel]) -> None:
    canvas, model = bench
    with down(canvas, 150, 150):
        pass
    alt = Qt.KeyboardModifier.AltModifier
    tablet(canvas, QEvent.Type.TabletPress, 150, 150, keys=alt)
    tablet(canvas, QEvent.Type.TabletRelease, 150, 150, pressure=0.0, keys=alt)
    assert not mask(model).any()


def test_two_quick_taps_are_a_double_click(bench: tuple[CanvasView, DocumentModel]) -> None:
    canvas, _ = bench

    class Recorder(Tool):
        def __init__(self) -> None:
            super().__init__(canvas)
            self.heard: list[str] = []

        def press(self, pointer: Pointer) -> None:  # noqa: ARG002
            self.heard.append("press")

        def double_click(self, pointer: Pointer) -> None:  # noqa: ARG002
            self.heard.append("double")

    tool = Recorder()
    canvas.set_tool(tool)
    for x, wait in ((100, 0), (102, 100), (102, 200), (102, 5000), (300, 5100)):
        tablet(canvas, QEvent.Type.TabletPress, x, 100, after_ms=10_000 + wait)
        tablet(canvas, QEvent.Type.TabletRelease, x, 100, pressure=0.0)
    assert tool.heard == ["press", "double", "press", "press", "press"]
