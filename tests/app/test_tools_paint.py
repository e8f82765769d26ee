"""Clone stamp, gradient, fill, clear, eyedropper: through the tools, on a real document."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.models.brush_model import BrushModel
from app.models.document_model import DocumentModel
from app.panels.target_choice import TargetChoice
from app.tools.brush_tool import BrushTool
from app.tools.clone_tool import CloneTool
from app.tools.eyedropper import EyedropperTool
from app.tools.paint_colour import paint_colour
from app.tools.tool import Pointer, Tool
from editing.color import to_srgb
from editing.document import Document, Metadata
from editing.geometry import Rect
from editing.layer_masks import add_layer_mask
from editing.selection import combine
from tests.app.studio import Bench
from tests.editing.profiles import SWAPPED, gamma_profile


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[DocumentModel]:  # noqa: ARG001  (signals need the application)
    made = DocumentModel()
    pixels = np.full((200, 300, 4), 255, np.uint8)
    pixels[:, :150, :3] = np.arange(150)[None, :, None]
    made.set_document(Document(pixels))
    yield made
    made.close()


@pytest.fixture
def brush() -> BrushModel:
    made = BrushModel()
    made.set_radius(10)
    made.hardness = 1.0
    return made


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "photo.png"
    picture = Image.new("RGB", (300, 200), (90, 120, 40))
    picture.paste((200, 30, 30), (0, 0, 100, 200))
    picture.save(path)
    bench = Bench(qtbot, tmp_path)
    bench.open(path)
    bench.window.show()
    yield bench
    bench.close()


def shown(model: DocumentModel) -> np.ndarray:
    assert model.document is not None
    return model.document.active_layer.plane.pixels


def names(model: DocumentModel) -> list[str]:
    assert model.history is not None
    return model.history.names


def click(tool: Tool, x: float, y: float, *, alt: bool = False, control: bool = False) -> None:
    pointer = Pointer(x, y, alt=alt, control=control)
    tool.press(pointer)
    tool.release(pointer)


def test_the_clone_stamp_paints_with_its_source(model: DocumentModel, brush: BrushModel) -> None:
    tool = CloneTool(brush)
    tool.set_model(model)
    before = shown(model).copy()
    click(tool, 60, 100, alt=True)
    assert tool.source == (60, 100)
    click(tool, 220, 50)
    assert np.array_equal(shown(model)[45:55, 215:225], before[95:105, 55:65])
    click(tool, 240, 60)
    assert tool.source == (80, 110)
    assert np.array_equal(shown(model)[58:62, 238:242], before[108:112, 78:82])
    brush.paint.clone_aligned = False
    click(tool, 200, 150)
    click(tool, 260, 150)
    assert tool.source == (60, 100)
    assert np.array_equal(shown(model)[148:152, 258:262], before[98:102, 58:62])
    assert names(model) == ["Clone"] * 4


def test_the_clone_stamp_asks_for_a_source(
    model: DocumentModel, brush: BrushModel, qtbot: QtBot
) -> None:
    tool = CloneTool(brush)
    tool.set_model(model)
    with qtbot.waitSignal(tool.refused):
        click(tool, 220, 50)
    assert names(model) == []


class _Sight:
    @property
    def scale(self) -> float:
        return 1.0

    def to_widget(self, x: float, y: float) -> QPointF:
        return QPointF(x, y)


def test_a_cross_marks_the_source(model: DocumentModel, brush: BrushModel) -> None:
    tool = CloneTool(brush)
    tool.set_model(model)
    click(tool, 60, 100, control=True)
    image = QImage(300, 200, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    tool.draw(painter, _Sight())
    painter.end()
    assert image.pixelColor(60, 100).alpha() > 0
    assert image.pixelColor(80, 100).alpha() == 0


def test_the_eyedropper_takes_either_colour(model: DocumentModel, brush: BrushModel) -> None:
    tool = EyedropperTool(brush)
    tool.set_model(model)
    click(tool, 100.7, 20)
    click(tool, 200, 20, alt=True)
    assert (brush.colours.foreground, brush.colours.background) == ((100,) * 3, (255,) * 3)
    brush.paint.sample_side = 11
    click(tool, 149, 20)
    assert brush.colours.foreground == (196, 196, 196)
    click(tool, -50, 20)
    assert brush.colours.foreground == (196, 196, 196)
    assert not tool.is_active


def test_colours_are_srgb_whatever_the_space_of_the_document(
    model: DocumentModel, brush: BrushModel
) -> None:
    profile = gamma_profile(1.0, SWAPPED)
    pixels = np.full((200, 300, 4), 255, np.uint8)
    pixels[:, :150, :3] = (200, 40, 41)
    document = Document(pixels, metadata=Metadata(icc=profile))
    model.set_document(document)
    model.set_target("layer")
    picker, painter = EyedropperTool(brush), BrushTool(brush_model=brush)
    picker.set_model(model)
    painter.set_model(model)
    click(picker, 50, 50)
    seen = np.array([[brush.colours.foreground]], np.uint8)
    assert_array_equal(seen, to_srgb(pixels[50:51, 50:51, :3], profile))
    click(painter, 250, 50)
    assert tuple(shown(model)[50, 250]) == (200, 40, 41, 255), "picked and painted is the same"
    brush.colours.foreground = (10, 120, 240)
    click(painter, 250, 150)
    as_shown = to_srgb(shown(model)[150:151, 250:251], profile)[0, 0, :3].astype(int)
    assert abs(as_shown - (10, 120, 240)).max() <= 8, "a linear byte is coarse in the dark"
    model.set_target("region")
    assert paint_colour(document, brush.colours) == (10, 120, 240)


def test_a_drag_of_the_gradient_tool_makes_a_gradient_mask(bench: Bench) -> None:
    tool = bench.workspace.brushes.gradient_tool
    bench.actions["gradient"].trigger()
    assert bench.workspace.canvas.tool is tool
    tool.press(Pointer(50, 100))
    tool.drag(Pointer(250, 105, shift=True))
    assert tool.line is not None
    assert tool.line[1][1] == pytest.approx(100)
    tool.release(Pointer(250, 105, shift=True))
    bench.wait_for(lambda: bench.document.has_mask())
    assert bench.document.document is not None
    mask = bench.document.document.mask.pixels
    assert (mask[10, 40], mask[10, 260]) == (255, 0)
    assert mask[180, 150] == pytest.approx(127, abs=2)


def test_an_escaped_gradient_leaves_nothing(bench: Bench) -> None:
    tool = bench.workspace.brushes.gradient_tool
    bench.actions["gradient"].trigger()
    tool.press(Pointer(50, 100))
    tool.drag(Pointer(250, 100))
    tool.cancel()
    tool.release(Pointer(250, 100))
    assert not tool.is_active
    assert not bench.document.has_mask()


def test_the_bucket_fills_what_is_of_one_colour(bench: Bench) -> None:
    bench.document.set_target("layer")
    bench.brush.colours.foreground = (1, 2, 3)
    bench.actions["bucket"].trigger()
    bench.workspace.canvas.tool.press(Pointer(50, 50))
    bench.wait_for(lambda: shown(bench.document)[100, 20, 2] == 3)
    assert shown(bench.document)[100, 200, :3].tolist() == [90, 120, 40]
    assert bench.brush.colours.recent == ((1, 2, 3),)


def test_fill_and_clear_keep_to_the_selection(bench: Bench) -> None:
    document = bench.document.document
    assert document is not None
    assert not bench.actions["clear"].isEnabled()
    shape = np.full((50, 60), 255, np.uint8)
    bench.document.push(combine(document.selection, shape, Rect(120, 40, 60, 50), "replace"))
    bench.document.set_target("layer")
    bench.brush.colours.foreground = (1, 2, 3)
    bench.actions["fill"].trigger()
    bench.wait_for(lambda: shown(bench.document)[60, 150, 0] == 1)
    assert shown(bench.document)[60, 119].tolist() == [90, 120, 40, 255]
    assert bench.actions["clear"].isEnabled()
    bench.actions["clear"].trigger()
    bench.wait_for(lambda: shown(bench.document)[60, 150, 3] == 0)
    assert shown(bench.document)[60, 119, 3] == 255


def test_every_tool_has_its_options(bench: Bench) -> None:
    kinds = set()
    for name in ("brush", "eraser", "clone", "gradient", "bucket", "eyedropper"):
        bench.actions[name].trigger()
        options = bench.window.tool_options.options
        assert options is not None
        assert options.isVisible()
        kinds.add(type(options).__name__)
    assert len(kinds) == 5


def test_the_bar_says_and_changes_what_is_painted_on(bench: Bench) -> None:
    options = bench.window.tool_options.options
    assert options is not None
    choice = options.findChild(TargetChoice)
    assert choice is not None
    assert choice.currentData() == "region"
    bench.document.set_target("layer")
    assert choice.currentData() == "layer"
    assert choice.findData("layer_mask") < 0
    document = bench.document.document
    assert document is not None
    bench.document.push(add_layer_mask(document, document.active_layer.id))
    choice.setCurrentIndex(choice.findData("layer_mask"))
    choice.picked.emit("layer_mask")
    targets: list[str] = [document.target]
    choice.picked.emit("region")
    targets.append(document.target)
    assert targets == ["layer_mask", "region"]
