"""The menu Image in a whole window, its dialogs, and the lock while a large edit is worked out."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.dialogs.canvas_size_dialog import CanvasSizeDialog
from app.dialogs.image_dialogs import ImageDialogs, NewCanvas
from app.dialogs.rotate_dialog import RotateDialog
from app.dialogs.scale_dialog import ScaleDialog
from app.jobs import document_work
from editing.document import Document
from editing.geometry import Rect
from editing.reshape import RESHAPED_KEY
from editing.resize import Scale
from editing.rotate import Rotation
from editing.structure import Metadata
from tests.app.studio import Bench


class Given(ImageDialogs):
    """Answers laid out by a test."""

    def __init__(self) -> None:
        super().__init__(None)
        self.canvas: NewCanvas | None = None
        self.scale: Scale | None = None
        self.rotation: Rotation | None = None

    def ask_canvas_size(self, size: tuple[int, int]) -> NewCanvas | None:  # noqa: ARG002
        return self.canvas

    def ask_scale(self, size: tuple[int, int]) -> Scale | None:  # noqa: ARG002
        return self.scale

    def ask_rotation(self, size: tuple[int, int]) -> Rotation | None:  # noqa: ARG002
        return self.rotation


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(qtbot, tmp_path)
    made.workspace.image.dialogs = Given()
    random = np.random.default_rng(4)
    pixels = random.integers(0, 256, (60, 90, 4), dtype=np.uint8)
    made.document.set_document(
        Document(pixels, metadata=Metadata(generation={"task": "generate", "version": 1}))
    )
    yield made
    made.close()


def open_document(bench: Bench) -> Document:
    assert bench.document.document is not None
    return bench.document.document


def answers(bench: Bench) -> Given:
    dialogs = bench.workspace.image.dialogs
    assert isinstance(dialogs, Given)
    return dialogs


def test_turns_and_flips_of_the_menu(bench: Bench) -> None:
    before = open_document(bench).layers[0].plane.pixels.copy()
    for name, expected in (
        ("rotate_left", np.rot90(before)),
        ("rotate_right", before),
        ("rotate_half", np.rot90(before, 2)),
        ("flip_horizontally", np.rot90(before, 2)[:, ::-1]),
        ("flip_vertically", before),
    ):
        bench.actions[name].trigger()
        np.testing.assert_array_equal(open_document(bench).layers[0].plane.pixels, expected)
    history = bench.document.history
    assert history is not None
    assert len(history.names) == 5
    assert history.names[0] == "Rotate left"
    record = open_document(bench).metadata.generation
    assert record is not None
    assert record[RESHAPED_KEY] is True


def test_a_repair_hears_that_the_run_cannot_go_on(bench: Bench) -> None:
    bench.generation.mode = "repair"
    bench.actions["flip_vertically"].trigger()
    assert "cropped, turned or scaled" in bench.generation.hint
    bench.document.undo()
    assert "cropped, turned or scaled" not in bench.generation.hint


def test_scaling_rotation_and_canvas_size_ask_first(bench: Bench) -> None:
    for name in ("scale_image", "rotate_angle", "canvas_size"):
        bench.actions[name].trigger()
    assert not bench.document.modified
    answers(bench).scale = Scale((45, 30))
    bench.actions["scale_image"].trigger()
    assert open_document(bench).size == (45, 30)
    answers(bench).rotation = Rotation(90)
    bench.actions["rotate_angle"].trigger()
    assert open_document(bench).size == (30, 45)
    answers(bench).rotation = Rotation(45)
    bench.actions["rotate_angle"].trigger()
    assert open_document(bench).size == Rotation(45).size((30, 45))
    answers(bench).canvas = NewCanvas(Rect(-5, 0, 100, 80))
    bench.actions["canvas_size"].trigger()
    assert open_document(bench).size == (100, 80)
    assert bench.window.picture_size.text().startswith("100")


def test_an_added_border_is_outpainted_by_one_click(bench: Bench) -> None:
    bench.actions["show_mask"].setChecked(True)
    bench.document.set_target("layer")
    answers(bench).canvas = NewCanvas(Rect(0, 0, 140, 60), is_outpainted=True)
    bench.actions["canvas_size"].trigger()
    assert bench.generation.mode == "inpaint"
    assert open_document(bench).target == "region"
    bench.wait_for(lambda: bench.workspace.canvas.mask_visible)
    mask = open_document(bench).mask.pixels
    assert mask[:, 90 - 8 :].min() == 255
    assert mask[:, : 90 - 8].max() == 0
    bench.document.undo()
    assert open_document(bench).size == (90, 60)
    assert not open_document(bench).mask.pixels.any()


def test_the_crop_tool_crops_the_document(bench: Bench) -> None:
    before = open_document(bench).layers[0].plane.pixels.copy()
    bench.workspace.tools.choose("crop")
    bench.workspace.transforms.crop.set_frame(Rect(10, 5, 40, 30))
    assert bench.workspace.canvas.tool.confirm()
    np.testing.assert_array_equal(open_document(bench).layers[0].plane.pixels, before[5:35, 10:50])
    assert bench.workspace.transforms.crop.frame == Rect(0, 0, 40, 30)


def test_crop_to_the_selection(bench: Bench) -> None:
    assert not bench.actions["crop_to_selection"].isEnabled()
    bench.actions["select_all"].trigger()
    bench.wait_for(bench.document.has_selection)
    selection = open_document(bench).selection
    selection.pixels[:20] = 0
    selection.mark_dirty(Rect(0, 0, 90, 20))
    bench.actions["crop_to_selection"].trigger()
    assert open_document(bench).size == (90, 40)


def test_flips_of_the_layer_leave_the_rest(bench: Bench) -> None:
    before = open_document(bench).layers[0].plane.pixels.copy()
    bench.actions["flip_layer_horizontally"].trigger()
    assert bench.run.message is not None
    assert "nothing in the region" in bench.run.message.text
    bench.document.set_target("layer")
    bench.actions["flip_layer_vertically"].trigger()
    shown = before[..., 3] > 0
    flipped = open_document(bench).layers[0].plane.pixels
    np.testing.assert_array_equal(flipped[shown[::-1]], before[::-1][shown[::-1]])


def test_impossible_sizes_are_one_sentence(bench: Bench) -> None:
    answers(bench).scale = Scale((20_000, 20_000))
    bench.actions["scale_image"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    assert bench.run.message is not None
    assert "megapixels" in bench.run.message.text
    assert open_document(bench).size == (90, 60)


def test_while_a_large_edit_is_worked_out_nothing_else_is_possible(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_work, "AT_ONCE_PIXELS", 0)
    bench.window.show()
    bench.actions["rotate_left"].trigger()
    assert bench.document.is_locked
    assert bench.run.activity.startswith("Rotate left")
    for name in ("undo", "save", "rotate_left", "canvas_size", "run", "select_all"):
        assert not bench.actions[name].isEnabled(), name
    for name in ("zoom_in", "brush", "move"):
        assert bench.actions[name].isEnabled(), name
    QTest.mouseClick(bench.workspace.canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert not bench.document.is_painting
    bench.wait_for(lambda: not bench.document.is_locked)
    assert open_document(bench).size == (60, 90)
    assert bench.run.activity == ""
    assert bench.actions["undo"].isEnabled()
    assert not open_document(bench).mask.pixels.any()


def test_the_canvas_size_dialog_tells_what_moves(qtbot: QtBot) -> None:
    dialog = CanvasSizeDialog((900, 600))
    qtbot.addWidget(dialog)
    assert dialog.note.text() == "The size stays as it is."
    assert not dialog.outpaint.isEnabled()
    dialog.width_field.setValue(1000)
    assert "left +50, right +50" in dialog.note.text()
    dialog.outpaint.click()
    assert dialog.is_outpainted
    dialog.grid.group.button(3).click()
    assert "right +100" in dialog.note.text()
    assert "left" not in dialog.note.text()
    assert dialog.frame == Rect(0, 0, 1000, 600)
    dialog.width_field.setValue(500)
    assert not dialog.is_outpainted
    assert "right -400" in dialog.note.text()
    dialog.width_field.setValue(99_999)
    dialog.height_field.setValue(99_999)
    assert "megapixels" in dialog.note.text()
    assert not dialog.accept_button.isEnabled()
    names = [button.accessibleName() for button in dialog.grid.group.buttons()]
    assert len(set(names)) == 9


def test_the_scale_dialog_keeps_the_proportions(qtbot: QtBot) -> None:
    dialog = ScaleDialog((900, 600))
    qtbot.addWidget(dialog)
    dialog.percent.setValue(50)
    assert dialog.scale == Scale((450, 300))
    dialog.width_field.setValue(300)
    assert dialog.scale == Scale((300, 200))
    assert dialog.percent.value() == pytest.approx(33.3, abs=0.05)
    dialog.height_field.setValue(100)
    assert dialog.scale == Scale((150, 100))
    dialog.keep.setChecked(False)
    dialog.width_field.setValue(600)
    assert dialog.scale == Scale((600, 100))
    dialog.keep.setChecked(True)
    assert dialog.scale == Scale((600, 400))
    dialog.method.setCurrentIndex(1)
    assert dialog.scale == Scale((600, 400), "nearest")
    dialog.percent.setValue(5000)
    assert not dialog.accept_button.isEnabled()
    labels = [label.text() for label in dialog.findChildren(QLabel)]
    assert "900 x 600 px (0.5 MP)" in labels


def test_the_rotate_dialog_tells_the_new_size(qtbot: QtBot) -> None:
    dialog = RotateDialog((900, 600))
    qtbot.addWidget(dialog)
    assert dialog.note.text() == "The picture stays as it is."
    dialog.angle.setValue(90)
    assert "600 x 900" in dialog.note.text()
    dialog.angle.setValue(30)
    assert dialog.rotation == Rotation(30)
    dialog.corners.setCurrentIndex(1)
    assert dialog.rotation == Rotation(30, keeps_size=True)


@pytest.mark.parametrize(
    ("kind", "ask"),
    [
        (CanvasSizeDialog, ImageDialogs.ask_canvas_size),
        (ScaleDialog, ImageDialogs.ask_scale),
        (RotateDialog, ImageDialogs.ask_rotation),
    ],
)
def test_a_dialog_is_asked_and_may_be_left(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, kind: type, ask: object
) -> None:
    assert callable(ask)
    dialogs = ImageDialogs(None)
    monkeypatch.setattr(kind, "exec", lambda _: 0)
    assert ask(dialogs, (90, 60)) is None
    monkeypatch.setattr(kind, "exec", lambda _: 1)
    assert ask(dialogs, (90, 60)) is not None
    qtbot.wait(0)
