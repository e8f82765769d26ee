"""The panels with their models, and what holds for every control of the window."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.models.generation_model import MODES, GenerationModel, Mode
from app.models.run_model import RunModel
from app.panels.brush_options import BrushOptions
from app.widgets.tab_order import controls
from editing.document import Document
from tests.app.studio import Bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    bench.window.show_canvas(bench.workspace.canvas)
    bench.window.column.section.set_open(True)
    bench.window.show()
    yield bench
    bench.close()


def test_every_control_has_a_name_and_a_tooltip(bench: Bench) -> None:
    bench.generation.prompt = "a red house"
    bench.words.activate()
    found = 0
    for mode in MODES:
        bench.generation.mode = mode
        for control in controls(bench.window.centre):
            where = f"{type(control).__name__} {control.objectName()}"
            assert control.accessibleName(), where
            if control not in (bench.workspace.canvas, bench.window.column.prompt.tabs):
                assert control.toolTip(), where
            found += 1
    assert found > 60


def test_tab_goes_down_the_strip_over_the_canvas_and_down_the_column(bench: Bench) -> None:
    bench.generation.mode = "inpaint"
    bench.generation.prompt = "a red house"
    bench.words.activate()
    first = next(controls(bench.window.tool_strip))
    order: list[QWidget] = []
    widget: QWidget | None = first
    while widget is not None and widget not in order:
        order.append(widget)
        widget = widget.nextInFocusChain()

    def place(part: QWidget) -> int:
        return order.index(part)

    column, strip = bench.window.column, bench.window.tool_strip
    options = bench.window.tool_options.options
    assert isinstance(options, BrushOptions)
    expected = [
        first,
        strip.swatch.foreground,
        options.size_slider.slider,
        options.size_slider.field,
        options.hardness_slider.field,
        bench.workspace.canvas,
        column.prompt.tabs,
        column.prompt.prompt,
        *column.prompt.words.chips,
        column.prompt.model_line.box,
        column.prompt.model_line.manage,
        column.timing.slider.field,
        column.timing.slider.slider,
        column.sampling.strength.field,
        column.sampling.steps.field,
        column.sampling.guidance.field,
        column.sampling.seed.field,
        column.sampling.seed.dice,
        column.section.button,
        column.advanced.negative,
        column.advanced.method,
        column.run.run,
        column.run.cancel,
    ]
    assert [place(part) for part in expected] == sorted(place(part) for part in expected)


@pytest.mark.parametrize(
    ("mode", "shown", "hidden"),
    [
        ("generate", {"words", "method"}, {"strength", "whole_picture", "match_colour"}),
        ("repair", {"whole_picture", "strict_border"}, {"strength", "words", "method"}),
        ("inpaint", {"strength", "method", "strict_border"}, {"words", "correct_shift"}),
        ("edit", {"method", "correct_shift", "match_colour"}, {"words", "strength"}),
    ],
)
def test_only_what_a_mode_uses_is_shown(
    bench: Bench, mode: Mode, shown: set[str], hidden: set[str]
) -> None:
    bench.generation.prompt = "a red house"
    bench.words.activate()
    bench.generation.mode = mode
    column = bench.window.column
    widgets: dict[str, QWidget] = {
        "words": column.prompt.words,
        "strength": column.sampling.strength,
        "method": column.advanced.method,
        "whole_picture": column.advanced.whole_picture,
        "strict_border": column.advanced.strict_border,
        "match_colour": column.advanced.match_colour,
        "correct_shift": column.advanced.correct_shift,
    }
    assert {name for name in shown | hidden if widgets[name].isVisible()} == shown
    assert {name for name in widgets if bench.generation.uses(name)} >= shown


def test_the_panels_change_the_model(bench: Bench) -> None:
    column, model = bench.window.column, bench.generation
    column.prompt.tabs.setCurrentIndex(2)
    column.prompt.prompt.setPlainText("a boat")
    column.timing.slider.slider.setValue(4)
    column.sampling.steps.slider.setValue(11)
    column.sampling.guidance.field.setValue(7.5)
    column.sampling.strength.slider.setValue(0)
    column.advanced.negative.setPlainText("fog")
    column.advanced.family.activated.emit(1)
    column.advanced.strict_border.click()
    assert (model.mode, model.prompt, model.negative_prompt) == ("inpaint", "a boat", "fog")
    assert (model.steps, model.guidance) == (12, 7.5)
    assert model.concavity == pytest.approx(0.2)
    assert model.strength == pytest.approx(0.05)
    assert (model.family, model.strict_border) == ("exponential", True)


def test_the_order_is_checked_while_it_is_typed(bench: Bench) -> None:
    panel, model = bench.window.column.advanced, bench.generation
    model.prompt = "a person on a bike"
    assert not panel.order_label.isVisible()
    QTest.keyClicks(panel.order, "person > boat")
    assert model.order == "person > boat"
    assert panel.order_label.isVisible()
    assert "“boat”" in panel.order_label.text()
    assert panel.order.accessibleDescription() == panel.order_label.text()
    model.prompt = "a person in a boat"
    assert not panel.order_label.isVisible()
    model.order = ""
    assert panel.order.text() == ""


def test_an_order_may_name_regions_of_the_document(bench: Bench) -> None:
    panel, model = bench.window.column.advanced, bench.generation
    bench.document.set_document(Document(np.full((64, 64, 4), 255, np.uint8)))
    document = bench.document.document
    assert document is not None
    model.prompt = "a boat"
    model.order = f"boat > {document.active_region.name}"
    assert not panel.order_label.isVisible()
    model.order = "boat > Region 99"
    assert panel.order_label.isVisible()


def test_smoothing_and_area_change_the_model(bench: Bench) -> None:
    panel, model = bench.window.column.advanced, bench.generation
    panel.smoothing.slider.setValue(10)
    panel.area.slider.setValue(3)
    assert (model.mask_smoothing, model.minimum_area) == pytest.approx((0.5, 0.015))
    model.minimum_area = 0.04
    assert panel.area.value == 4.0
    model.mode = "inpaint"
    assert not panel.smoothing.isVisible()
    assert not panel.area.isVisible()


@pytest.mark.qt_log_ignore("^This plugin does not support")  # Offscreen has no popups.
def test_a_lit_word_gets_its_own_time_and_curve(bench: Bench) -> None:
    bench.words._find = lambda _: ["person", "bike"]
    bench.generation.prompt = "a person on a bike"
    bench.words.activate()
    prompt, plot = bench.window.column.prompt, bench.window.column.timing.plot
    assert len(plot.lines) == 1
    chip = prompt.words.chip_of("bike")
    assert chip is not None
    chip.customContextMenuRequested.emit(QPoint(2, 2))
    assert prompt.popover.isVisible()
    assert prompt.popover.slider.value == pytest.approx(0.7)
    prompt.popover.slider.slider.setValue(4)
    assert dict(bench.generation.word_concavity) == pytest.approx({"bike": 0.2})
    assert chip.text() == "bike  0.20"
    assert {line.name: round(line.concavity, 6) for line in plot.lines} == {
        "person": 0.7,
        "bike": 0.2,
    }
    prompt.popover.reset.click()
    assert bench.generation.word_concavity == ()
    assert chip.text() == "bike"
    assert len(plot.lines) == 1


def test_a_panel_lets_go_of_its_old_model(bench: Bench) -> None:
    column, old, new = bench.window.column, bench.generation, GenerationModel()
    column.set_models(new, bench.words, RunModel())
    column.sampling.steps.slider.setValue(20)
    assert (old.steps, new.steps) == (3, 21)
    old.prompt = "old"
    assert column.prompt.prompt.toPlainText() == ""


def test_standard_sampling_has_no_region_curve(bench: Bench) -> None:
    bench.generation.method = "standard"
    assert not bench.window.column.timing.slider.isEnabled()
    bench.generation.mode = "repair"  # where the method does not count
    assert bench.window.column.timing.slider.isEnabled()


def test_the_wheel_scrolls_past_a_value(bench: Bench) -> None:
    slider = bench.window.column.sampling.guidance.slider
    before = slider.value()
    slider.clearFocus()
    event = QWheelEvent(
        QPointF(5, 5),
        slider.mapToGlobal(QPointF(5, 5)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)
    assert slider.value() == before


def test_brush_keys_move_the_strip_and_the_canvas(bench: Bench) -> None:
    bench.brush.set_radius(10)
    bench.actions["larger"].trigger()
    assert bench.workspace.brushes.brush_tool.brush.radius_px == bench.brush.radius == 12
    options = bench.window.tool_options.options
    assert isinstance(options, BrushOptions)
    assert options.size_slider.field.value() == 24
    bench.actions["eraser"].trigger()
    assert bench.workspace.brushes.brush_tool.brush.erase
    bench.actions["brush"].trigger()
    assert not bench.workspace.brushes.brush_tool.brush.erase
    options.hardness_slider.field.setValue(30)
    assert bench.workspace.brushes.brush_tool.brush.hardness == pytest.approx(0.3)


def test_run_panel_tells_what_goes_on(bench: Bench) -> None:
    run, status = bench.run, bench.window.column.run.status
    run.engine = "ready"
    assert status.text() == "Ready"
    run.phase, run.seconds_left, run.state = "Step 3/30", 75.0, "running"
    assert status.text() == "Step 3/30 · 1 min 15 s left"
    run.seconds_left = 8.2
    assert status.text() == "Step 3/30 · 8 s left"
    run.state = "idle"
    run.engine = "dead"
    assert "does not start" in status.text()


def test_panels_can_be_hidden(bench: Bench) -> None:
    bench.actions["hide_panels"].trigger()
    assert not bench.window.column.isVisible()
    assert not bench.window.tool_strip.isVisible()
    bench.actions["hide_panels"].trigger()
    assert bench.window.column.isVisible()


def test_start_page_offers_the_ways_to_begin(bench: Bench) -> None:
    page = bench.window.start_page
    page.set_recent(["/a/one.png", "/b/two.png"])
    page.set_recent(["/a/one.png"])
    chosen: list[str] = []
    page.recent_clicked.disconnect()
    page.recent_clicked.connect(chosen.append)
    (button,) = page.recent_buttons()
    button.click()
    assert chosen == ["/a/one.png"]
    menu = bench.window.recent_menu
    menu.set_recent(["/c/a & b.png"])
    menu.picked.disconnect()
    menu.picked.connect(chosen.append)
    menu.actions()[0].trigger()
    assert chosen[-1] == "/c/a & b.png"
    menu.set_recent([])
    assert not menu.isEnabled()
    bench.generation.mode = "inpaint"
    modes: list[str] = []
    bench.generation.mode_changed.connect(modes.append)
    page.generate.click()
    assert modes == ["generate"]


def test_a_dropped_file_is_opened_and_not_pasted_into_the_prompt(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "drop.png"
    Image.new("RGB", (30, 20), (9, 8, 7)).save(path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(bench.window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(bench.window, drop)
    bench.wait_for(lambda: bench.document.document is not None)
    prompt = bench.window.column.prompt.prompt
    assert not prompt.canInsertFromMimeData(data)


def test_a_pasted_picture_is_opened(bench: Bench) -> None:
    image = QImage(24, 12, QImage.Format.Format_RGB32)
    image.fill(0xFF102030)
    QGuiApplication.clipboard().setImage(image)
    bench.actions["paste"].trigger()
    bench.wait_for(lambda: bench.document.document is not None)
    assert bench.document.document is not None
    assert bench.document.document.size == (24, 12)
    assert bench.document.modified
    assert bench.window.windowTitle().startswith("Untitled")
