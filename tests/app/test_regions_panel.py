"""The tab Regions and the menus Region and Select in a whole window."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.dialogs.region_dialogs import RegionDialogs
from app.widgets.region_list import chip_rect, eye_rect
from app.widgets.selection_options import SelectionOptions
from editing.document import Document
from editing.geometry import Rect
from editing.mask_pictures import save_mask
from editing.selection import combine
from editing.tile_plan import content_bounds
from tests.app.studio import Bench


class Answers(RegionDialogs):
    """Gives the answers that a test has laid out."""

    def __init__(self) -> None:
        self.amount: int | None = 5
        self.colour: tuple[int, int, int] | None = (10, 20, 30)
        self.path: Path | None = None
        self.titles: list[str] = []

    def ask_amount(self, title: str, proposal: int, most: int) -> int | None:
        self.titles.append(f"{title} {proposal}/{most}")
        return self.amount

    def ask_colour(self, colour: tuple[int, int, int]) -> tuple[int, int, int] | None:  # noqa: ARG002
        return self.colour

    def ask_load(self, folder: str) -> Path | None:  # noqa: ARG002
        return self.path

    def ask_save(self, proposal: Path) -> Path | None:
        self.titles.append(proposal.name)
        return self.path


class Room:
    """A window with a document, and answers instead of dialogs."""

    def __init__(self, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers = Answers()
        for name in ("ask_amount", "ask_colour", "ask_load", "ask_save"):
            answer = getattr(self.answers, name)
            monkeypatch.setattr(
                RegionDialogs, name, lambda _self, *given, answer=answer: answer(*given)
            )
        self.bench = Bench(qtbot, folder)
        self.bench.document.set_document(Document.blank(320, 240))
        self.actions = self.bench.actions
        self.panel = self.bench.workspace.regions.panel
        self.timing = self.bench.workspace.regions.timing

    @property
    def document(self) -> Document:
        assert self.bench.document.document is not None
        return self.bench.document.document

    @property
    def steps(self) -> list[str]:
        assert self.bench.document.history is not None
        return list(self.bench.document.history.names)

    def select(self, rect: Rect) -> None:
        mask = np.full((rect.height, rect.width), 255, np.uint8)
        self.bench.document.push(combine(self.document.selection, mask, rect, "replace"))

    def click(self, row: int, place: QPoint) -> None:
        """Click at a place of a row, as the view tells the delegate of it."""
        view = self.panel.list
        QTest.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=self.row_rect(row).topLeft() + place
        )

    def row_rect(self, row: int) -> QRect:
        return self.panel.list.visualRect(self.panel.list.rows.index(row))


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    made = Room(qtbot, tmp_path, monkeypatch)
    yield made
    made.timing.finish()
    made.bench.close()
    made.__dict__.clear()


def test_the_list_follows_the_document(room: Room) -> None:
    rows = room.panel.list.rows
    assert [region.name for region in rows.items] == ["Region 1"]
    room.actions["region_add"].trigger()
    room.actions["region_duplicate"].trigger()
    assert [region.name for region in rows.items] == ["Region 1", "Region 2", "Region 2 copy"]
    assert room.panel.list.currentIndex().row() == 2
    room.bench.document.undo()
    assert rows.rowCount() == 2
    room.actions["region_delete"].trigger()
    assert [region.name for region in rows.items] == ["Region 1"]
    room.bench.document.set_document(None)
    assert rows.rowCount() == 0
    assert not room.panel.isEnabled()


def test_a_chosen_region_is_painted_on(room: Room) -> None:
    room.actions["region_add"].trigger()
    room.bench.document.set_target("layer")
    room.panel.list.setCurrentIndex(room.panel.list.rows.index(0))
    assert room.document.active_region.name == "Region 1"
    assert room.document.target == "region"
    room.bench.paint(50, 50)
    assert room.document.regions[0].mask.pixels[50, 50] > 0
    room.bench.document.set_target("layer")
    room.click(0, eye_rect(room.row_rect(0)).center() - room.row_rect(0).topLeft())
    assert str(room.document.target) == "layer"
    room.click(0, QPoint(120, 10))
    assert str(room.document.target) == "region"
    assert not room.document.regions[1].mask.pixels.any()


def test_names_eyes_colours_and_the_order(room: Room) -> None:
    room.actions["region_add"].trigger()
    view, rows = room.panel.list, room.panel.list.rows
    rows.setData(rows.index(0), "Hand")
    view.resize(300, 160)
    room.click(0, eye_rect(room.row_rect(0)).center() - room.row_rect(0).topLeft())
    assert (room.document.regions[0].name, room.document.regions[0].visible) == ("Hand", False)
    room.click(1, chip_rect(room.row_rect(1)).center() - room.row_rect(1).topLeft())
    assert room.document.regions[1].colour == (10, 20, 30)
    data = rows.mimeData([rows.index(0)])
    assert isinstance(data, QMimeData)
    assert not rows.dropMimeData(data, Qt.DropAction.MoveAction, 2, 0, rows.index(-1))
    assert [region.name for region in room.document.regions] == ["Region 2", "Hand"]
    view.setCurrentIndex(rows.index(1))
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert room.document.regions[1].visible
    assert room.steps[-4:] == ["Hide region", "Colour of region", "Move region", "Show region"]


def test_a_row_is_drawn(room: Room) -> None:
    room.bench.paint(100, 60, 40)
    room.bench.wait_for(lambda: room.panel.list.rows.has_thumbnail(room.document.regions[0].id))
    room.panel.list.resize(300, 120)
    shot = room.panel.list.grab().toImage()
    chip = chip_rect(room.row_rect(0)).center() + QPoint(1, 1)
    colour = shot.pixelColor(chip)
    expected = room.document.regions[0].colour
    assert (colour.red(), colour.green(), colour.blue()) == expected


def test_both_sliders_are_one_value_and_a_drag_is_one_step(room: Room) -> None:
    room.bench.generation.mode = "inpaint"
    upper, lower = room.bench.window.column.timing.slider, room.panel.slider
    lower.slider.setSliderDown(True)
    for position in (3, 6, 9):
        lower.slider.setValue(position)
        assert room.document.active_region.concavity == pytest.approx(position * 0.05)
        assert upper.value == lower.value == pytest.approx(position * 0.05)
    assert room.steps == []
    lower.slider.setSliderDown(False)  # the mouse button goes up
    assert room.steps == ["Decide later"]
    upper.slider.setValue(2)
    assert lower.value == pytest.approx(0.1)
    room.timing.finish()
    assert room.steps == ["Decide later", "Decide later"]
    room.bench.document.undo()
    assert upper.value == lower.value == pytest.approx(0.45)


def test_undo_takes_back_what_the_slider_has_just_done(room: Room) -> None:
    room.bench.paint(50, 50)
    room.panel.slider.slider.setValue(4)
    room.actions["undo"].trigger()
    assert room.document.active_region.concavity == pytest.approx(0.7)
    assert room.panel.slider.value == pytest.approx(0.7)
    assert room.document.mask.pixels[50, 50] > 0
    room.panel.slider.slider.setValue(4)
    room.bench.document.abort_stroke()
    room.timing.finish()
    assert room.panel.slider.value == pytest.approx(0.7)


def test_generate_has_a_value_of_its_own(room: Room) -> None:
    upper, lower = room.bench.window.column.timing.slider, room.panel.slider
    assert room.bench.generation.mode == "generate"
    upper.slider.setValue(4)
    assert room.bench.generation.concavity == pytest.approx(0.2)
    assert lower.value == pytest.approx(0.7)
    lower.slider.setValue(10)
    assert upper.value == pytest.approx(0.2)
    assert room.document.active_region.concavity == pytest.approx(0.5)
    room.bench.generation.mode = "repair"
    assert upper.value == pytest.approx(0.5)


def test_the_plot_shows_each_region_in_its_colour(room: Room) -> None:
    room.bench.generation.mode = "inpaint"
    room.actions["region_add"].trigger()
    room.panel.slider.slider.setValue(4)
    room.timing.finish()
    plot = room.bench.window.column.timing.plot
    assert [line.name for line in plot.lines] == ["Region 1", "Region 2"]
    assert [line.is_active for line in plot.lines] == [False, True]
    assert plot.lines[0].colour == "#e0115f"
    assert plot.lines[0].levels[48] > plot.lines[1].levels[48]
    assert "Region 2" in plot.accessibleDescription()
    assert not plot.grab().isNull()
    room.panel.list.rows.visible_wanted.emit(room.document.regions[0].id, False)
    assert [line.name for line in plot.lines] == ["Region 2"]
    room.bench.generation.mode = "generate"
    assert len(plot.lines) == 1


def test_a_prompt_of_its_own(room: Room) -> None:
    prompt = room.panel.prompt
    prompt.setText("a hand")
    prompt.editingFinished.emit()
    assert room.document.active_region.prompt == "a hand"
    room.actions["region_add"].trigger()
    assert prompt.text() == ""
    room.panel.list.setCurrentIndex(room.panel.list.rows.index(0))
    assert prompt.text() == "a hand"


def test_the_selection_becomes_a_region_by_one_button(room: Room) -> None:
    room.bench.workspace.tools.choose("select_lasso")
    options = room.bench.window.tool_options.options
    assert isinstance(options, SelectionOptions)
    assert not options.region_button.isEnabled()
    room.select(Rect(30, 40, 50, 60))
    room.actions["show_mask"].setChecked(True)
    room.bench.workspace.canvas.set_mask_visible(False)
    assert options.region_button.isEnabled()
    options.region_button.click()
    assert content_bounds(room.document.mask) == (30, 40, 50, 60)
    assert room.bench.workspace.canvas.mask_visible
    assert not options.region_button.isEnabled()
    room.actions["selection_from_region"].trigger()
    assert content_bounds(room.document.selection) == (30, 40, 50, 60)


def test_the_options_are_those_of_the_model(room: Room) -> None:
    tools, bar = room.bench.workspace.tools, room.bench.window.tool_options
    model = room.bench.workspace.selection.options
    tools.choose("select_wand")
    options = bar.options
    assert isinstance(options, SelectionOptions)
    options.sliders["tolerance"].field.setValue(60)
    options.switches["contiguous"].click()
    options.modes.buttons["subtract"].click()
    assert (model.tolerance, model.contiguous, model.mode) == (60, False, "subtract")
    model.feather = 9
    assert options.sliders["feather"].value == 9
    tools.choose("select_colour")
    other = bar.options
    assert isinstance(other, SelectionOptions)
    assert set(other.sliders) == {"distance", "softness", "feather"}
    other.sliders["distance"].field.setValue(7)
    assert model.distance == 7.0
    assert other.modes.buttons["subtract"].isChecked()


def test_the_menu_select(room: Room) -> None:
    for name in ("select_none", "select_grow", "region_from_selection"):
        assert not room.actions[name].isEnabled()
    room.actions["select_all"].trigger()
    assert room.document.selection.pixels.min() == 255
    room.actions["select_none"].trigger()
    room.select(Rect(100, 100, 20, 20))
    room.actions["select_grow"].trigger()
    assert content_bounds(room.document.selection) == (95, 95, 30, 30)
    room.actions["select_shrink"].trigger()
    assert room.document.selection.pixels[100:120, 100:120].min() == 255
    room.actions["select_feather"].trigger()
    room.answers.amount = None
    room.actions["select_grow"].trigger()
    room.actions["select_invert"].trigger()
    assert room.document.selection.pixels[0, 0] == 255
    assert room.answers.titles == [
        "Grow selection 8/500",
        "Shrink selection 8/500",
        "Feather selection 12/500",
        "Grow selection 5/500",
    ]
    assert room.steps[-4:] == [
        "Grow selection by 5 px",
        "Shrink selection by 5 px",
        "Feather selection by 5 px",
        "Invert selection",
    ]


def test_the_menu_region_edits_the_mask(room: Room) -> None:
    assert not room.actions["clear_mask"].isEnabled()
    assert not room.actions["region_grow"].isEnabled()
    room.actions["fill_mask"].trigger()
    assert room.document.mask.pixels.min() == 255
    room.actions["invert_mask"].trigger()
    assert not room.document.mask.pixels.any()
    room.bench.paint(100, 100, 20)
    room.actions["region_grow"].trigger()
    assert content_bounds(room.document.mask).width >= 48
    room.actions["clear_mask"].trigger()
    assert not room.document.mask.pixels.any()


def test_a_region_is_saved_and_loaded(room: Room, tmp_path: Path) -> None:
    room.bench.paint(100, 100, 20)
    painted = room.document.mask.pixels.copy()
    room.answers.path = tmp_path / "Hand.png"
    room.actions["region_save"].trigger()
    room.bench.wait_for(lambda: (tmp_path / "Hand.png").exists())
    room.actions["region_load"].trigger()
    room.bench.wait_for(lambda: len(room.document.regions) == 2)
    assert room.document.active_region.name == "Hand"
    np.testing.assert_array_equal(room.document.mask.pixels, painted)


def test_a_file_that_does_not_fit_is_told_of(room: Room, tmp_path: Path) -> None:
    room.answers.path = tmp_path / "small.png"
    save_mask(room.answers.path, np.zeros((3, 4), np.uint8))
    room.actions["region_load"].trigger()
    room.bench.wait_for(lambda: room.bench.run.message is not None)
    assert room.bench.run.message is not None
    assert "same size" in room.bench.run.message.text
    assert len(room.document.regions) == 1
