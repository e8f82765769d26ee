"""Selection tools on a real document: shapes, modes, keys, clicks, moves, and slow work."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.jobs.background import Background
from app.jobs.tile_work import TileWork
from app.models.document_model import DocumentModel
from app.models.selection_model import SelectionModel
from app.tools.select_box import SelectBoxTool, SelectEllipseTool
from app.tools.select_lasso import SelectLassoTool
from app.tools.select_object import SelectObjectTool
from app.tools.select_polygon import SelectPolygonTool
from app.tools.select_tool import SelectTool
from app.tools.select_wand import SelectColourTool, SelectWandTool
from app.tools.tool import Pointer
from editing.document import Document
from editing.geometry import Rect
from editing.selection import CombineMode
from editing.tile_plan import content_bounds

PATIENCE_MS = 20_000


def picture() -> np.ndarray:
    pixels = np.full((200, 300, 4), 255, np.uint8)
    pixels[..., :3] = (40, 120, 60)
    pixels[50:110, 40:120, :3] = (190, 40, 30)
    pixels[50:110, 200:260, :3] = (190, 40, 30)
    return pixels


class Setting:
    """A document with what the tools need."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.model, self.background = DocumentModel(), Background()
        self.model.set_document(Document(picture()))
        self.work, self.options = TileWork(self.model, self.background), SelectionModel()

    def tool(self, kind: type[SelectTool]) -> SelectTool:
        made = kind(self.options, self.work)
        made.set_model(self.model)
        return made

    @property
    def document(self) -> Document:
        assert self.model.document is not None
        return self.model.document

    @property
    def selected(self) -> np.ndarray:
        return self.document.selection.pixels

    @property
    def names(self) -> list[str]:
        assert self.model.history is not None
        return list(self.model.history.names)

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.work.is_busy, timeout=PATIENCE_MS)

    def close(self) -> None:
        self.background.wait()
        self.model.close()


@pytest.fixture
def setting(qtbot: QtBot) -> Iterator[Setting]:
    made = Setting(qtbot)
    yield made
    made.close()


def drag(tool: SelectTool, *points: tuple[float, float], keys: str = "", then: str = "") -> None:
    """Press at the first point with some keys, drag through the others with others, release."""

    def pointer(place: tuple[float, float], held: str) -> Pointer:
        return Pointer(*place, "s" in held, "a" in held)

    tool.press(pointer(points[0], keys))
    for point in points[1:]:
        tool.drag(pointer(point, keys if not then else ""))
        tool.drag(pointer(point, then or keys))
    tool.release(pointer(points[-1], then or keys))


def test_a_drag_selects_a_rectangle(setting: Setting) -> None:
    tool = setting.tool(SelectBoxTool)
    drag(tool, (10.2, 20.4), (60.4, 45.3))
    assert content_bounds(setting.document.selection) == (10, 20, 50, 25)
    assert setting.selected[20:45, 10:60].min() == 255
    assert setting.names == ["Select rectangle"]
    drag(tool, (100, 100), (90, 80))
    assert content_bounds(setting.document.selection) == (90, 80, 10, 20)
    setting.model.undo()
    assert content_bounds(setting.document.selection) == (10, 20, 50, 25)


@pytest.mark.parametrize(
    ("keys", "mode", "corner", "middle", "other"),
    [("s", "add", 255, 255, 255), ("a", "subtract", 255, 0, 0), ("sa", "intersect", 0, 255, 0)],
)
def test_keys_at_the_press_choose_how_shapes_meet(
    setting: Setting, keys: str, mode: CombineMode, corner: int, middle: int, other: int
) -> None:
    def values() -> list[int]:
        return [int(setting.selected[place, place]) for place in (25, 55, 90)]

    tool = setting.tool(SelectBoxTool)
    drag(tool, (20, 20), (60, 60))
    drag(tool, (50, 50), (100, 100), keys=keys)
    assert values() == [corner, middle, other]
    setting.model.undo()
    setting.options.mode = mode
    drag(tool, (50, 50), (100, 100))
    assert values() == [corner, middle, other]


def test_shift_in_the_drag_makes_a_square_and_alt_draws_from_the_centre(setting: Setting) -> None:
    tool = setting.tool(SelectBoxTool)
    drag(tool, (20, 30), (80, 50), then="s")
    assert content_bounds(setting.document.selection) == (20, 30, 60, 60)
    drag(tool, (200, 100), (220, 110), then="a")
    assert content_bounds(setting.document.selection) == (180, 90, 40, 20)
    # Shift held since the press adds; it does not make a square.
    drag(tool, (20, 30), (80, 50), keys="s")
    assert setting.selected[30:50, 20:80].min() == 255
    assert setting.selected[51:, 20:80].max() == 0


def test_an_ellipse_and_its_circle(setting: Setting) -> None:
    tool = setting.tool(SelectEllipseTool)
    drag(tool, (100, 50), (140, 150), then="s")
    assert content_bounds(setting.document.selection).size == (100, 100)
    assert setting.selected.sum() / 255 == pytest.approx(np.pi * 50**2, rel=0.01)


def test_a_click_takes_the_selection_away(setting: Setting) -> None:
    tool = setting.tool(SelectBoxTool)
    drag(tool, (20, 30), (80, 50))
    drag(tool, (200, 150), (200.5, 150))
    assert not setting.selected.any()
    drag(tool, (20, 30), (80, 50))
    drag(tool, (30, 40), (30, 40))  # inside
    assert not setting.selected.any()
    assert setting.names[-1] == "Deselect"


def test_a_drag_inside_moves_the_selection(setting: Setting) -> None:
    tool = setting.tool(SelectLassoTool)
    drag(tool, (20, 30), (80, 30), (80, 70), (20, 70))
    before = setting.selected.copy()
    tool.press(Pointer(50, 50))
    tool.drag(Pointer(60, 55))
    np.testing.assert_array_equal(setting.selected, before)  # moved when it is put down
    tool.release(Pointer(70, 57))
    np.testing.assert_array_equal(setting.selected, np.roll(before, (7, 20), (0, 1)))
    assert setting.names[-1] == "Move selection"
    tool.press(Pointer(60, 60))
    tool.drag(Pointer(160, 60))
    tool.cancel()
    tool.release(Pointer(160, 60))
    np.testing.assert_array_equal(setting.selected, np.roll(before, (7, 20), (0, 1)))


def test_escape_gives_a_shape_up(setting: Setting) -> None:
    for kind in (SelectBoxTool, SelectEllipseTool, SelectLassoTool, SelectPolygonTool):
        tool = setting.tool(kind)
        tool.press(Pointer(20, 20))
        tool.drag(Pointer(90, 20))
        assert tool.is_active
        tool.cancel()
        assert not tool.is_active
        tool.release(Pointer(90, 90))
    assert setting.names == []


def test_a_lasso_selects_what_it_goes_around(setting: Setting) -> None:
    tool = setting.tool(SelectLassoTool)
    drag(tool, (20, 20), (120, 20), (70, 100))
    assert setting.selected.sum() / 255 == pytest.approx(100 * 80 / 2, rel=1e-3)
    drag(tool, (200, 20), (280, 20), (240, 100), keys="s")
    assert setting.selected[30, 240] == setting.selected[30, 70] == 255


def click(tool: SelectTool, x: float, y: float) -> None:
    tool.press(Pointer(x, y))
    tool.release(Pointer(x, y))


def corners(tool: SelectTool) -> None:
    for x, y in ((20, 20), (120, 20), (120, 100)):
        click(tool, x, y)
        tool.hover(Pointer(x + 3, y + 3))


def enter(tool: SelectTool) -> None:
    assert tool.confirm()


def double_click(tool: SelectTool) -> None:
    click(tool, 120.2, 100)
    tool.double_click(Pointer(120, 100))


@pytest.mark.parametrize("close", [enter, lambda tool: click(tool, 21, 22), double_click])
def test_a_polygon_closes(setting: Setting, close: Callable[[SelectTool], object]) -> None:
    tool = setting.tool(SelectPolygonTool)
    corners(tool)
    assert tool.is_active
    assert not setting.selected.any()
    close(tool)
    assert not tool.is_active
    assert setting.selected.sum() / 255 == pytest.approx(100 * 80 / 2, rel=0.01)


def test_backspace_takes_corners_back(setting: Setting) -> None:
    tool = setting.tool(SelectPolygonTool)
    assert not tool.step_back()
    corners(tool)
    click(tool, 280, 190)
    assert tool.step_back()
    tool.confirm()
    assert content_bounds(setting.document.selection).right == 120
    corners(tool)
    for _ in range(3):
        assert tool.step_back()
    assert not tool.is_active


def test_shift_keeps_the_lines_of_a_polygon_straight(setting: Setting) -> None:
    tool = setting.tool(SelectPolygonTool)
    click(tool, 20, 20)
    for x, y in ((100, 26), (96, 90)):
        tool.press(Pointer(x, y, shift=True))
        tool.release(Pointer(x, y, shift=True))
    tool.hover(Pointer(30, 80, shift=True))
    assert tool.confirm()
    assert content_bounds(setting.document.selection) == (20, 20, 80, 70)
    assert setting.selected[21, 98] == 255


def test_another_document_has_other_objects(setting: Setting) -> None:
    tool = setting.tool(SelectObjectTool)
    assert isinstance(tool, SelectObjectTool)
    click(tool, 80, 80)
    setting.settle()
    assert tool.hints.plus
    setting.model.set_document(Document.blank(50, 40))
    assert not tool.hints.plus


def test_options_apply_to_shapes(setting: Setting) -> None:
    setting.options.feather = 6
    drag(setting.tool(SelectBoxTool), (50, 50), (150, 150))
    line = setting.selected[100, 40:60].astype(int)
    assert (np.diff(line) >= 0).all()
    assert 0 < setting.selected[100, 49] < 128 < setting.selected[100, 50] < 255
    setting.options.feather, setting.options.antialias = 0, False
    drag(setting.tool(SelectEllipseTool), (50, 50), (150, 151))
    assert set(np.unique(setting.selected)) == {0, 255}


def test_the_wand_selects_what_is_joined(setting: Setting) -> None:
    setting.options.antialias = False
    tool = setting.tool(SelectWandTool)
    tool.press(Pointer(60, 70))
    setting.settle()
    assert content_bounds(setting.document.selection) == (40, 50, 80, 60)
    setting.options.contiguous = False
    tool.press(Pointer(60, 70))
    setting.settle()
    assert content_bounds(setting.document.selection) == (40, 50, 220, 60)
    tool.press(Pointer(-5, 70))
    setting.settle()
    assert setting.names == ["Magic wand", "Magic wand"]


def test_a_colour_is_selected_everywhere(setting: Setting) -> None:
    tool = setting.tool(SelectColourTool)
    drag(tool, (60, 70), (61, 70))
    setting.settle()
    assert setting.selected[70, 230] == setting.selected[70, 60] == 255
    assert setting.selected[10, 10] == 0
    drag(tool, (60, 70), (10, 10))
    setting.settle()
    assert setting.selected.min() == 255


def test_an_object_is_found_and_corrected(setting: Setting) -> None:
    tool = setting.tool(SelectObjectTool)
    assert isinstance(tool, SelectObjectTool)
    click(tool, 80, 80)
    setting.settle()
    assert setting.selected[80, 80] == 255
    assert setting.selected[80, 230] == setting.selected[150, 150] == 0
    click(tool, 230, 80)  # another part of the same object
    setting.settle()
    assert setting.selected[80, 80] == setting.selected[80, 230] == 255
    assert len(tool.hints.plus) == 2
    tool.press(Pointer(230, 80, alt=True))
    tool.release(Pointer(230, 80, alt=True))
    setting.settle()
    assert tool.hints.minus == ((230, 80),)
    assert setting.selected[80, 80] == 255
    assert tool.confirm()
    assert not tool.confirm()
    assert setting.names == ["Select object"] * 3


def test_an_object_is_added_to_the_selection_from_before_it(setting: Setting) -> None:
    drag(setting.tool(SelectBoxTool), (0, 150), (300, 200))
    tool = setting.tool(SelectObjectTool)
    drag(tool, (30, 40), (130, 120), keys="s")
    setting.settle()
    assert setting.selected[80, 80] == setting.selected[180, 150] == 255
    click(tool, 50, 60)
    setting.settle()
    assert setting.selected[80, 80] == setting.selected[180, 150] == 255
    setting.model.undo()
    assert isinstance(tool, SelectObjectTool)
    assert not tool.hints.plus  # undone by someone else: the next click is a new object


class Sight:
    scale = 2.0

    def to_widget(self, x: float, y: float) -> QPointF:
        return QPointF(2 * x, 2 * y)


def ink(tool: SelectTool) -> int:
    image = QImage(600, 400, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    tool.draw(painter, Sight())
    painter.end()
    alpha = np.frombuffer(image.constBits(), np.uint8).reshape(400, 600, 4)[..., 3]
    return int((alpha > 0).sum())


@pytest.mark.parametrize(
    "kind",
    [SelectBoxTool, SelectEllipseTool, SelectLassoTool, SelectPolygonTool, SelectObjectTool],
)
def test_the_outline_follows_the_pointer(setting: Setting, kind: type[SelectTool]) -> None:
    tool = setting.tool(kind)
    assert ink(tool) == 0
    tool.press(Pointer(20, 20))
    tool.drag(Pointer(120, 90))
    tool.drag(Pointer(60, 90))
    assert ink(tool) > 100
    tool.cancel()
    assert ink(tool) == 0


def test_the_outline_of_a_moved_selection_is_drawn(setting: Setting) -> None:
    tool = setting.tool(SelectBoxTool)
    drag(tool, (20, 30), (80, 70))
    tool.press(Pointer(50, 50))
    tool.drag(Pointer(60, 55))
    assert ink(tool) > 100


def test_another_document_ends_a_shape(setting: Setting) -> None:
    tool = setting.tool(SelectPolygonTool)
    corners(tool)
    setting.model.set_document(Document.blank(50, 40))
    assert not tool.is_active


def test_without_a_document_nothing_happens(setting: Setting) -> None:
    setting.model.set_document(None)
    for kind in (SelectBoxTool, SelectPolygonTool, SelectWandTool, SelectColourTool):
        tool = setting.tool(kind)
        drag(tool, (5, 5), (20, 30))
        tool.hover(Pointer(3, 3))
        assert not tool.is_active
    drag(setting.tool(SelectObjectTool), (5, 5), (20, 30))


def test_a_selection_of_the_edge_is_cut_there(setting: Setting) -> None:
    drag(setting.tool(SelectBoxTool), (-50, -50), (20, 30))
    assert content_bounds(setting.document.selection) == Rect(0, 0, 20, 30)
    drag(setting.tool(SelectBoxTool), (400, 300), (500, 500))
    assert not setting.selected.any()
