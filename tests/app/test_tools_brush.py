"""The brush tool on a real document: modifiers, lines, size and hardness steps."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.models.document_model import DocumentModel
from app.tools.brush_tool import BrushTool
from app.tools.tool import Pointer, Tool
from editing.brush import LARGEST_RADIUS_PX, SMALLEST_RADIUS_PX, Brush
from editing.document import Document


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[DocumentModel]:  # noqa: ARG001  (signals need the application)
    made = DocumentModel()
    made.set_document(Document.blank(300, 200))
    yield made
    made.close()


@pytest.fixture
def tool(model: DocumentModel) -> BrushTool:
    made = BrushTool()
    made.brush = Brush(radius_px=5, hardness=1)
    made.set_model(model)
    return made


def mask(model: DocumentModel) -> np.ndarray:
    assert model.document is not None
    return model.document.mask.pixels


def click(tool: Tool, x: float, y: float, *, shift: bool = False, alt: bool = False) -> None:
    tool.press(Pointer(x, y, shift, alt))
    tool.release(Pointer(x, y, shift, alt))


def test_a_click_puts_one_dab_down(tool: BrushTool, model: DocumentModel) -> None:
    click(tool, 50, 60)
    rows, columns = np.nonzero(mask(model) > 127)
    assert (rows.min(), rows.max() + 1) == pytest.approx((55, 65), abs=1)
    assert (columns.min(), columns.max() + 1) == pytest.approx((45, 55), abs=1)
    assert not tool.is_active


def test_a_drag_paints_all_the_way(tool: BrushTool, model: DocumentModel) -> None:
    tool.press(Pointer(20, 100))
    assert tool.is_active
    tool.drag(Pointer(150, 100))
    tool.release(Pointer(250, 100))
    assert mask(model)[100, 20:250].min() == 255


def test_alt_erases_for_one_stroke(tool: BrushTool, model: DocumentModel) -> None:
    click(tool, 50, 60)
    click(tool, 50, 60, alt=True)
    assert mask(model)[60, 50] == 0
    assert not tool.brush.erase
    click(tool, 50, 60)
    assert mask(model)[60, 50] == 255


def test_the_eraser_erases(tool: BrushTool, model: DocumentModel) -> None:
    click(tool, 50, 60)
    tool.use_eraser()
    click(tool, 50, 60)
    assert mask(model)[60, 50] == 0
    tool.use_brush()
    click(tool, 50, 60)
    assert mask(model)[60, 50] == 255


def test_shift_draws_straight_from_the_last_point(tool: BrushTool, model: DocumentModel) -> None:
    click(tool, 20, 30)
    click(tool, 220, 130, shift=True)
    for part in (0.25, 0.5, 0.75):
        assert mask(model)[round(30 + 100 * part), round(20 + 200 * part)] == 255
    assert model.history is not None
    assert len(model.history.names) == 2


def test_shift_without_a_last_point_is_a_dab(tool: BrushTool, model: DocumentModel) -> None:
    click(tool, 20, 30, shift=True)
    assert mask(model)[30, 20] == 255


def test_another_document_has_no_last_point(tool: BrushTool, model: DocumentModel) -> None:
    click(tool, 20, 30)
    model.set_document(Document.blank(300, 200))
    click(tool, 220, 130, shift=True)
    assert mask(model)[80, 120] == 0


def test_a_cancelled_stroke_leaves_nothing(tool: BrushTool, model: DocumentModel) -> None:
    tool.press(Pointer(20, 30))
    tool.drag(Pointer(80, 30))
    tool.cancel()
    tool.drag(Pointer(180, 30))
    tool.release(Pointer(180, 30))
    assert not mask(model).any()


def test_without_a_document_nothing_happens(qtbot: QtBot) -> None:  # noqa: ARG001
    tool = BrushTool()
    click(tool, 5, 5)
    tool.cancel()
    assert not tool.is_active


@pytest.mark.parametrize("radius", [0.5, 3.0, 5.0, 10.0, 37.0, 50.0, 100.0, 200.0, 400.0, 900.0])
def test_smaller_undoes_larger(tool: BrushTool, radius: float) -> None:
    tool.brush = Brush(radius_px=radius)
    tool.increase_size()
    assert tool.brush.radius_px > radius
    tool.decrease_size()
    assert tool.brush.radius_px == radius


def test_size_stays_within_its_bounds(tool: BrushTool) -> None:
    for _ in range(200):
        tool.increase_size()
    assert tool.brush.radius_px == LARGEST_RADIUS_PX
    for _ in range(200):
        tool.decrease_size()
    assert tool.brush.radius_px == SMALLEST_RADIUS_PX


def test_hardness_goes_in_tenths_from_0_to_1(tool: BrushTool) -> None:
    tool.brush = Brush(hardness=0.25)
    tool.increase_hardness()
    assert tool.brush.hardness == 0.35
    for _ in range(12):
        tool.increase_hardness()
    assert tool.brush.hardness == 1
    for _ in range(12):
        tool.decrease_hardness()
    assert tool.brush.hardness == 0


def test_only_a_different_brush_is_reported(tool: BrushTool, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(tool.brush_changed):
        tool.brush = Brush(radius_px=5, hardness=1)
    with qtbot.waitSignal(tool.brush_changed):
        tool.brush = Brush(radius_px=6, hardness=1)
