"""The brush tool on a real document: modifiers, lines, size and hardness steps."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.models.brush_model import BrushModel
from app.models.document_model import DocumentModel
from app.tools.brush_tool import BrushTool
from app.tools.tool import Pointer, Tool
from editing.brush_settings import Brush
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


@pytest.mark.parametrize("radius", [0.5, 3.0, 5.0, 10.0, 37.5, 50.0, 100.0, 400.0, 800.0])
def test_smaller_undoes_larger(radius: float) -> None:
    brush = BrushModel()
    brush.set_radius(radius)
    brush.resize(1)
    assert brush.radius > radius
    brush.resize(-1)
    assert brush.radius == radius


def test_the_tool_has_the_brush_of_its_model(model: DocumentModel) -> None:
    brush = BrushModel()
    tool = BrushTool(None, brush)
    tool.set_model(model)
    brush.set_radius(7)
    brush.flow = 0.4
    assert (tool.ring_radius, tool.brush.radius_px, tool.brush.flow) == (7, 7, 0.4)
    tool.brush = Brush(radius_px=3, hardness=0.2)
    assert (brush.radius, brush.hardness) == (3, 0.2)


def test_the_far_end_of_a_pen_erases(tool: BrushTool, model: DocumentModel) -> None:
    click(tool, 50, 60)
    tool.press(Pointer(50, 60, eraser=True))
    tool.release(Pointer(50, 60, eraser=True))
    assert not mask(model).any()


def test_shift_keeps_a_stroke_at_a_fixed_angle(tool: BrushTool, model: DocumentModel) -> None:
    tool.press(Pointer(20, 60))
    for x in range(22, 200, 6):
        tool.drag(Pointer(x, 60 + (x - 20) / 4, shift=True))
    tool.release(Pointer(200, 105, shift=True))
    rows = np.nonzero(mask(model).max(axis=1))[0]
    assert np.ptp(rows) <= 12
    assert mask(model)[60, 190] == 255
    tool.press(Pointer(20, 120))
    tool.drag(Pointer(60, 164, shift=True))
    tool.release(Pointer(60, 164, shift=True))
    assert mask(model)[150, 50] == 255


def test_a_smoothed_stroke_ends_where_the_pointer_does(
    tool: BrushTool, model: DocumentModel
) -> None:
    tool.brush = Brush(radius_px=4, hardness=1, smoothing=30)
    tool.press(Pointer(20, 50))
    tool.drag(Pointer(150, 50))
    assert mask(model)[50, 140] == 0
    tool.release(Pointer(150, 50))
    assert mask(model)[50, 20:150].min() == 255
    assert model.history is not None
    assert len(model.history.names) == 1


def test_alt_picks_a_colour_on_a_layer(model: DocumentModel) -> None:
    assert model.document is not None
    model.document.active_layer.plane.pixels[60, 50] = (9, 80, 200, 255)
    model.set_target("layer")
    brush = BrushModel()
    tool = BrushTool(None, brush)
    tool.set_model(model)
    click(tool, 50, 60, alt=True)
    assert brush.colours.foreground == (9, 80, 200)
    assert model.history is not None
    assert model.history.names == []
    click(tool, 100, 100)
    assert model.document.active_layer.plane.pixels[100, 100].tolist() == [9, 80, 200, 255]
    assert brush.colours.recent == ((9, 80, 200),)


def test_a_locked_layer_is_refused_in_a_sentence(
    tool: BrushTool, model: DocumentModel, qtbot: QtBot
) -> None:
    assert model.document is not None
    structure = model.document.structure
    layer = replace(structure.layers[0], locked=True)
    model.document.structure = structure.with_layer(layer)
    model.set_target("layer")
    with qtbot.waitSignal(tool.refused) as refused:
        click(tool, 50, 60)
    assert "locked" in refused.args[0]
    assert not tool.is_active


def test_only_a_different_brush_is_reported(tool: BrushTool, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(tool.brush_changed):
        tool.brush = Brush(radius_px=5, hardness=1)
    with qtbot.waitSignal(tool.brush_changed):
        tool.brush = Brush(radius_px=6, hardness=1)
