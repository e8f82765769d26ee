"""Move, free transform and crop by real mouse and key events on a real canvas."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.jobs import document_work
from app.jobs.document_work import DocumentWork
from app.models.crop_model import CropModel
from app.models.document_model import DocumentModel
from app.models.run_model import RunModel
from app.models.transform_model import TransformModel
from app.tools.crop_tool import CropTool
from app.tools.move_tool import MoveTool
from app.tools.transform_tool import TransformTool
from app.widgets.frame_options import CropOptions, TransformOptions
from editing.document import Document
from editing.geometry import Rect
from tests.app.canvas_parts import NONE, mouse, move, on_screen, press, release, settle

Pixels = npt.NDArray[np.uint8]
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SQUARE = Rect(40, 30, 20, 10)


@dataclass
class Desk:
    """A canvas at 100 % with a dark picture, a bright layer part and a region of the same place."""

    canvas: CanvasView
    model: DocumentModel
    work: DocumentWork
    run: RunModel
    said: list[str]

    @property
    def document(self) -> Document:
        assert self.model.document is not None
        return self.model.document

    @property
    def layer(self) -> Pixels:
        return self.document.active_layer.plane.pixels

    @property
    def names(self) -> list[str]:
        assert self.model.history is not None
        return self.model.history.names

    def at(self, x: float, y: float) -> tuple[float, float]:
        place = self.canvas.to_widget(x, y)
        return place.x(), place.y()

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """Press, move in two steps, release; places in document pixels."""
        press(self.canvas, *self.at(*start), keys=keys)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        for place in (middle, end):
            held = Qt.MouseButton.LeftButton
            mouse(self.canvas, QEvent.Type.MouseMove, *self.at(*place), NONE, held, keys)
        mouse(
            self.canvas,
            QEvent.Type.MouseButtonRelease,
            *self.at(*end),
            Qt.MouseButton.LeftButton,
            NONE,
            keys,
        )

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier | None = None) -> None:
        QTest.keyClick(self.canvas, key, keys or Qt.KeyboardModifier.NoModifier)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    model, run = DocumentModel(), RunModel()
    work = DocumentWork(model, run)
    said: list[str] = []
    work.failed.connect(said.append)
    canvas = CanvasView()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.set_model(model)
    canvas.show()
    qtbot.waitExposed(canvas)
    document = Document.blank(200, 150, (0, 0, 0, 0))
    document.layers[0].plane.pixels[SQUARE.slices()] = (200, 100, 50, 255)
    document.mask.pixels[SQUARE.slices()] = 255
    document.mask.mark_dirty(SQUARE)
    document.target = "layer"
    model.set_document(document)
    canvas.actual_size()
    yield Desk(canvas, model, work, run, said)
    work.close()
    model.close()


def use_move(desk: Desk) -> MoveTool:
    tool = MoveTool(desk.work, desk.canvas, desk.canvas)
    desk.canvas.set_tool(tool)
    return tool


def use_transform(desk: Desk) -> tuple[TransformTool, TransformModel]:
    frame = TransformModel(desk.canvas)
    tool = TransformTool(frame, desk.work, desk.canvas, desk.canvas)
    desk.canvas.set_tool(tool)
    desk.canvas.repaint()
    return tool, frame


def use_crop(desk: Desk) -> tuple[CropModel, list[tuple[Rect, bool]]]:
    crop = CropModel(desk.canvas)
    asked: list[tuple[Rect, bool]] = []
    desk.canvas.set_tool(CropTool(crop, lambda *what: asked.append(what), desk.canvas))
    desk.canvas.repaint()
    return crop, asked


def filled(rect: Rect, shape: tuple[int, int] = (150, 200)) -> Pixels:
    result = np.zeros(shape, np.uint8)
    result[rect.slices()] = 255
    return result


def test_a_drag_moves_the_layer_by_whole_pixels_as_one_step(desk: Desk) -> None:
    use_move(desk)
    desk.drag((45, 35), (75.4, 24.8))
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE.translate(30, -10)))
    assert desk.names == ["Move"]
    desk.model.undo()
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE))


def test_the_region_moves_if_it_is_the_target(desk: Desk) -> None:
    desk.model.set_target("region")
    use_move(desk)
    desk.drag((45, 35), (40, 95), SHIFT)
    np.testing.assert_array_equal(desk.document.mask.pixels, filled(SQUARE.translate(0, 60)))
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE))


def test_while_it_is_dragged_the_document_is_as_it_was_and_the_screen_is_not(
    desk: Desk, qtbot: QtBot
) -> None:
    tool = use_move(desk)
    settle(qtbot, desk.canvas)
    before = on_screen(desk.canvas).copy()
    press(desk.canvas, *desk.at(45, 35))
    move(desk.canvas, *desk.at(95, 75))
    assert tool.offset == (50, 40)
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE))
    settle(qtbot, desk.canvas)
    shown = on_screen(desk.canvas)
    x, y = (round(value) for value in desk.at(100, 75))
    assert shown[y, x].tolist() == [200, 100, 50]
    x, y = (round(value) for value in desk.at(50, 35))
    assert shown[y, x].tolist() != [200, 100, 50]
    desk.key(Qt.Key.Key_Escape)
    release(desk.canvas, *desk.at(95, 75))
    settle(qtbot, desk.canvas)
    np.testing.assert_array_equal(on_screen(desk.canvas), before)
    assert desk.names == []


def test_arrow_keys_are_one_step_after_a_pause(desk: Desk, qtbot: QtBot) -> None:
    tool = use_move(desk)
    desk.key(Qt.Key.Key_Right)
    desk.key(Qt.Key.Key_Right, SHIFT)
    desk.key(Qt.Key.Key_Up)
    assert tool.offset == (11, -1)
    assert desk.names == []
    qtbot.waitUntil(lambda: desk.names == ["Move"])
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE.translate(11, -1)))
    desk.key(Qt.Key.Key_Left)
    desk.key(Qt.Key.Key_Return)
    assert desk.names == ["Move", "Move"]


def test_another_tool_makes_the_move_by_arrow_keys(desk: Desk) -> None:
    use_move(desk)
    desk.key(Qt.Key.Key_Down)
    use_crop(desk)
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE.translate(0, 1)))


def test_a_locked_layer_is_refused_with_a_sentence(desk: Desk) -> None:
    from editing.layer_commands import set_locked

    desk.model.push(set_locked(desk.document, desk.document.active_layer.id, True))
    use_move(desk)
    desk.drag((45, 35), (75, 25))
    assert desk.said == ["The layer Background is locked: unlock it first."]
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE))


def test_another_edit_ends_the_attempt(desk: Desk) -> None:
    from editing.layer_commands import rename

    tool, frame = use_transform(desk)
    frame.move_to(100, 100)
    desk.model.push(rename(desk.document, desk.document.active_layer.id, "Other"))
    assert not tool.is_active
    assert not frame.is_active
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE))


def test_a_corner_scales_and_enter_applies(desk: Desk) -> None:
    _, frame = use_transform(desk)
    assert frame.place == SQUARE
    desk.drag((60, 40), (100, 60))
    assert frame.corners.tolist() == [[40, 30], [100, 30], [100, 60], [40, 60]]
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE))
    desk.key(Qt.Key.Key_Return)
    assert desk.names == ["Transform"]
    np.testing.assert_array_equal(desk.layer[..., 3], filled(Rect(40, 30, 60, 30)))
    assert (desk.layer[30:60, 40:100, :3] == (200, 100, 50)).all()


def test_shift_keeps_the_proportions_and_alt_the_middle(desk: Desk) -> None:
    _, frame = use_transform(desk)
    desk.drag((60, 40), (100, 45), SHIFT)
    assert frame.corners.tolist() == [[40, 30], [100, 30], [100, 60], [40, 60]]
    desk.key(Qt.Key.Key_Escape)
    desk.drag((45, 35), (45, 35))
    desk.drag((60, 35), (65, 35), ALT)
    assert frame.corners.tolist() == [[35, 30], [65, 30], [65, 40], [35, 40]]
    assert desk.names == []


def test_ctrl_pulls_one_corner_and_skews_at_an_edge(desk: Desk) -> None:
    _, frame = use_transform(desk)
    desk.drag((60, 40), (90, 70), CONTROL)
    assert frame.corners.tolist() == [[40, 30], [60, 30], [90, 70], [40, 40]]
    desk.key(Qt.Key.Key_Escape)
    desk.drag((45, 35), (45, 35))
    desk.drag((50, 30), (58, 30), CONTROL)
    assert frame.corners.tolist() == [[48, 30], [68, 30], [60, 40], [40, 40]]
    # A corner pulled through the opposite edge would turn the frame inside out.
    desk.drag((60, 40), (30, 10), CONTROL)
    assert frame.corners.tolist() != [[48, 30], [68, 30], [30, 10], [40, 40]]


def test_outside_a_drag_turns_and_shift_turns_in_steps(desk: Desk) -> None:
    _, frame = use_transform(desk)
    desk.drag((90, 35), (52, 80), SHIFT)
    assert frame.angle == pytest.approx(90)
    desk.key(Qt.Key.Key_Return)
    rows, columns = np.nonzero(desk.layer[..., 3])
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (45, 55, 25, 45)


def test_inside_a_drag_moves_exactly(desk: Desk) -> None:
    use_transform(desk)
    desk.drag((50, 35), (70, 55))
    desk.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE.translate(20, 20)))


def test_the_fields_of_the_transform_show_and_set_it(desk: Desk, qtbot: QtBot) -> None:
    tool, frame = use_transform(desk)
    options = TransformOptions(frame)
    qtbot.addWidget(options)
    assert (options.x_field.value(), options.y_field.value()) == (50, 35)
    assert not options.apply_button.isEnabled()
    options.width_percent.setValue(200)
    assert frame.width_percent == pytest.approx(200)
    assert frame.height_percent == pytest.approx(200)
    options.link.setChecked(False)
    options.height_percent.setValue(100)
    options.x_field.setValue(80)
    assert frame.corners.tolist() == [[60, 30], [100, 30], [100, 40], [60, 40]]
    options.angle.setValue(90)
    assert frame.angle == pytest.approx(90)
    options.turns[0].click()
    options.turns[2].click()
    assert options.width_percent.value() == -200
    assert options.angle.value() == pytest.approx(0)
    options.apply_button.click()
    assert desk.names == ["Transform"]
    assert not tool.is_active
    assert not options.x_field.isEnabled()


def test_a_flip_by_the_button_is_exact(desk: Desk, qtbot: QtBot) -> None:
    random = np.random.default_rng(2)
    values = random.integers(1, 256, (10, 20, 4), dtype=np.uint8)
    values[..., 3] = 255
    desk.layer[SQUARE.slices()] = values
    _, frame = use_transform(desk)
    options = TransformOptions(frame)
    qtbot.addWidget(options)
    options.turns[2].click()
    options.apply_button.click()
    np.testing.assert_array_equal(desk.layer[SQUARE.slices()], values[:, ::-1])


def test_large_edits_are_worked_out_in_the_background_and_lock_the_document(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_work, "AT_ONCE_PIXELS", 0)
    use_move(desk)
    with qtbot.waitSignal(desk.model.lock_changed):
        desk.drag((45, 35), (75, 25))
    assert desk.model.is_locked
    assert desk.run.activity
    assert desk.names == []
    qtbot.waitUntil(lambda: desk.names == ["Move"])
    assert not desk.model.is_locked
    assert desk.run.activity == ""
    np.testing.assert_array_equal(desk.layer[..., 3], filled(SQUARE.translate(30, -10)))


def test_a_result_for_a_document_that_changed_meanwhile_is_dropped(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_work, "AT_ONCE_PIXELS", 0)
    use_move(desk)
    desk.drag((45, 35), (75, 25))
    assert desk.model.is_locked
    desk.layer[0, 0] = 255
    desk.document.active_layer.plane.mark_dirty(Rect(0, 0, 1, 1))
    qtbot.waitUntil(lambda: not desk.model.is_locked)
    assert desk.said
    assert desk.said[0].startswith("The picture was changed meanwhile")
    assert desk.names == []


def test_a_crop_frame_is_drawn_dragged_and_applied(desk: Desk) -> None:
    crop, asked = use_crop(desk)
    assert crop.frame == Rect(0, 0, 200, 150)
    desk.drag((50, 40), (150, 120))
    assert crop.frame == Rect(50, 40, 100, 80)
    desk.drag((100, 80), (110, 70))
    assert crop.frame == Rect(60, 30, 100, 80)
    desk.drag((160, 110), (170, 130))
    assert crop.frame == Rect(60, 30, 110, 100)
    desk.key(Qt.Key.Key_Left)
    assert crop.frame == Rect(59, 30, 110, 100)
    desk.key(Qt.Key.Key_Return)
    assert asked == [(Rect(59, 30, 110, 100), False)]
    desk.key(Qt.Key.Key_Escape)
    assert crop.frame == Rect(0, 0, 200, 150)


def test_a_crop_frame_reaches_beyond_the_picture_and_snaps_to_it(desk: Desk) -> None:
    crop, asked = use_crop(desk)
    desk.drag((200, 150), (240, 152))
    assert crop.frame == Rect(0, 0, 240, 150)
    crop.outpaint = True
    desk.key(Qt.Key.Key_Return)
    assert asked == [(Rect(0, 0, 240, 150), True)]


def test_a_click_draws_no_crop_frame(desk: Desk) -> None:
    crop, asked = use_crop(desk)
    desk.drag((50, 40), (50, 40))
    assert crop.frame == crop.bounds
    desk.key(Qt.Key.Key_Return)
    assert asked == []


def test_the_fields_of_the_crop_show_and_set_it(desk: Desk, qtbot: QtBot) -> None:
    crop, asked = use_crop(desk)
    options = CropOptions(crop)
    qtbot.addWidget(options)
    assert (options.width_field.value(), options.height_field.value()) == (200, 150)
    options.aspect.setCurrentIndex(options.aspect.findData("1:1"))
    options.aspect.picked.emit("1:1")
    assert crop.frame == Rect(25, 0, 150, 150)
    desk.drag((175, 75), (125, 75))
    assert crop.frame.size == (100, 100)
    options.width_field.setValue(60)
    assert crop.frame.size == (60, 60)
    options.height_field.setValue(90)
    assert crop.frame.size == (90, 90)
    assert not options.outpaint.isEnabled()
    options.width_field.setValue(400)
    assert options.outpaint.isEnabled()
    options.outpaint.click()
    options.apply_button.click()
    assert asked == [(crop.frame, True)]
    options.cancel_button.click()
    assert crop.frame == Rect(25, 0, 150, 150)


def test_another_size_of_the_picture_begins_the_crop_anew(desk: Desk) -> None:
    from editing.canvas_size import NewFrame, reframed
    from editing.commands import restructure

    crop, _ = use_crop(desk)
    desk.drag((50, 40), (150, 120))
    new = reframed(desk.document.structure, NewFrame(Rect(0, 0, 80, 60)))
    desk.model.push(restructure(desk.document, new, "Crop"))
    assert crop.frame == Rect(0, 0, 80, 60)
    desk.model.set_document(None)
    desk.canvas.repaint()
    assert crop.frame.is_empty
