"""The strip of tools and the bar of their options, as parts of their own."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app import menus
from app.models.brush_model import BrushModel
from app.panels.brush_options import BrushOptions
from app.panels.tool_options_bar import ToolOptionsBar
from app.panels.tool_strip import TOOL_GROUPS, ToolStrip


@pytest.fixture
def actions(qtbot: QtBot) -> Iterator[dict[str, QAction]]:  # noqa: ARG001  (needs the application)
    owner = QObject()
    yield menus.build(owner)
    owner.deleteLater()


def buttons(strip: ToolStrip) -> list[QAction]:
    return [button.defaultAction() for button in strip.findChildren(QToolButton)]


def test_the_strip_has_a_button_for_each_tool_there_is(
    qtbot: QtBot, actions: dict[str, QAction]
) -> None:
    strip = ToolStrip(actions)
    qtbot.addWidget(strip)
    wanted = {name for names in TOOL_GROUPS for name in names}
    assert {"brush", "eraser", "clone", "gradient", "bucket", "eyedropper"} <= wanted
    for name in wanted & set(actions):
        assert actions[name] in buttons(strip), name
        assert not actions[name].icon().isNull(), name


def test_a_tool_without_an_action_is_left_out(qtbot: QtBot, actions: dict[str, QAction]) -> None:
    without = {name: action for name, action in actions.items() if name != "clone"}
    strip = ToolStrip(without)
    qtbot.addWidget(strip)
    assert actions["clone"] not in buttons(strip)
    assert actions["gradient"] in buttons(strip)


def test_a_low_strip_scrolls(qtbot: QtBot, actions: dict[str, QAction]) -> None:
    strip = ToolStrip(actions)
    qtbot.addWidget(strip)
    strip.resize(strip.width(), 160)
    strip.show()
    assert strip.verticalScrollBar().maximum() > 0
    first = strip.findChildren(QToolButton)[0]
    assert first.height() == first.width()


def test_the_bar_shows_the_options_of_the_tool_in_use(qtbot: QtBot) -> None:
    bar = ToolOptionsBar()
    qtbot.addWidget(bar)
    made: list[str] = []

    def factory(parent: QWidget) -> QWidget:
        made.append("made")
        return QLabel("options", parent)

    bar.show()
    bar.show_tool("brush")
    assert bar.options is None
    for name in ("brush", "eraser"):
        bar.register(name, factory)
    assert bar.options is not None
    assert bar.options.isVisible()
    shared = bar.options
    bar.show_tool("eraser")
    assert bar.options is shared
    bar.show_tool("crop")
    assert not shared.isVisible()
    assert made == ["made"]


def test_a_narrow_bar_scrolls_sideways_by_the_wheel(qtbot: QtBot) -> None:
    brush = BrushModel()
    bar = ToolOptionsBar()
    qtbot.addWidget(bar)
    bar.register("brush", lambda parent: BrushOptions(brush, parent))
    bar.show_tool("brush")
    bar.resize(300, bar.height())
    bar.show()
    assert bar.minimumSizeHint().width() == 0
    QApplication.sendEvent(
        bar.viewport(),
        QWheelEvent(
            QPointF(5, 5),
            QPointF(5, 5),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )
    assert bar.horizontalScrollBar().value() > 0


def test_the_options_follow_the_brush_and_change_it(qtbot: QtBot) -> None:
    brush = BrushModel()
    options = BrushOptions(brush)
    qtbot.addWidget(options)
    brush.opacity, brush.tilt, brush.spacing = 0.4, True, 0.5
    assert options.opacity_slider.value == 40
    assert options.more.switches["tilt"].isChecked()
    assert options.more.spacing.value == 25
    options.flow_slider.field.setValue(15)
    options.more.smoothing.field.setValue(80)
    options.more.switches["pressure_opacity"].setChecked(True)
    options.more.curve.field.setValue(2)
    found = brush.brush
    assert (found.flow, found.smoothing, found.pressure_curve) == (0.15, 80, 2)
    assert found.pressure_opacity
