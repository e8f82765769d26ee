"""A tool that draws over the picture repaints only those parts where it draws otherwise."""

from collections.abc import Callable, Iterable, Iterator
from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.jobs.background import Background
from app.jobs.document_work import DocumentWork
from app.jobs.tile_work import TileWork
from app.models.brush_model import BrushModel
from app.models.crop_model import CropModel
from app.models.document_model import DocumentModel
from app.models.run_model import RunModel
from app.models.selection_model import SelectionModel
from app.models.transform_model import TransformModel
from app.tools.clone_tool import CloneTool
from app.tools.crop_tool import CropTool
from app.tools.gradient_tool import GradientTool
from app.tools.move_tool import MoveTool
from app.tools.overlay_parts import Part, along, around, edges, ellipse, outlines
from app.tools.select_box import SelectBoxTool, SelectEllipseTool
from app.tools.select_lasso import SelectLassoTool
from app.tools.select_object import SelectObjectTool
from app.tools.select_polygon import SelectPolygonTool
from app.tools.tool import Tool
from app.tools.transform_tool import TransformTool
from editing.document import Document
from editing.geometry import Rect
from editing.selection import combine
from tests.app.canvas_parts import NONE, move, noise_document, on_screen, press, release

WIDTH, HEIGHT = 900, 700
PLACES = ((300, 250), (420, 300), (431, 310), (520, 460), (250, 420), (180, 130), (610, 170))


class WatchedCanvas(CanvasView):
    """Remembers how many pixels it painted."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        parts = cast("Iterable[QRect]", event.region())
        self.painted += sum(part.width() * part.height() for part in parts)


class Desk:
    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.model, self.background, self.run = DocumentModel(), Background(), RunModel()
        self.tiles = TileWork(self.model, self.background)
        self.work = DocumentWork(self.model, self.run)
        self.canvas = WatchedCanvas()
        qtbot.addWidget(self.canvas)
        self.canvas.resize(WIDTH, HEIGHT)
        self.canvas.set_model(self.model)
        self.canvas.show()
        qtbot.waitExposed(self.canvas)
        self.model.set_document(noise_document(700, 500))
        self.model.set_target("layer")

    @property
    def document(self) -> Document:
        assert self.model.document is not None
        return self.model.document

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.canvas.is_idle and not self.tiles.is_busy)
        QApplication.processEvents()

    def close(self) -> None:
        self.background.wait()
        self.work.close()
        self.model.close()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.close()


Maker = Callable[[Desk], Tool]

TOOLS: dict[str, tuple[Maker, float]] = {
    "rectangle": (lambda d: SelectBoxTool(SelectionModel(), d.tiles), 0.5),
    "ellipse": (lambda d: SelectEllipseTool(SelectionModel(), d.tiles), 0.5),
    "lasso": (lambda d: SelectLassoTool(SelectionModel(), d.tiles), 0.3),
    "polygon": (lambda d: SelectPolygonTool(SelectionModel(), d.tiles), 0.3),
    "object": (lambda d: SelectObjectTool(SelectionModel(), d.tiles), 0.5),
    "gradient": (lambda d: GradientTool(BrushModel(), d.tiles), 0.3),
    "crop": (lambda _: CropTool(CropModel(), lambda *_: None), 0.7),
    "move": (lambda d: MoveTool(d.work, d.canvas), 0.3),
    "transform": (lambda d: TransformTool(TransformModel(), d.work, d.canvas), 0.5),
}


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("zoom", [0.37, 1.0, 3.3])
def test_moves_paint_little_and_leave_what_a_full_repaint_shows(
    desk: Desk, name: str, zoom: float
) -> None:
    make, share = TOOLS[name]
    if name in ("move", "transform"):
        rect = Rect(200, 150, 90, 70)
        combine(desk.document.selection, np.full((70, 90), 255, np.uint8), rect, "replace")
    canvas = desk.canvas
    tool = make(desk)
    canvas.set_tool(tool)
    canvas.set_zoom(zoom)
    desk.settle()
    before = on_screen(canvas)
    start = PLACES[0] if name not in ("move", "transform") else (WIDTH // 2, HEIGHT // 2)
    press(canvas, *start)
    desk.settle()
    canvas.painted = 0
    for place in PLACES[1:]:
        move(canvas, *place)
        desk.settle()
        partly = on_screen(canvas)
        painted, canvas.painted = canvas.painted, 0
        assert np.any(partly != before), "the tool draws"
        canvas.repaint()
        # Qt rounds the dashes of a line a little otherwise once the line is longer.
        allowed = 48 if name == "lasso" else 0
        assert np.abs(partly.astype(int) - on_screen(canvas)).max() <= allowed
        canvas.painted = 0
        if zoom < 3:
            assert painted < share * WIDTH * HEIGHT
    tool.cancel()
    desk.settle()
    release(canvas, *PLACES[-1])
    desk.settle()
    partly = on_screen(canvas)
    canvas.repaint()
    assert np.array_equal(partly, on_screen(canvas))
    canvas.set_tool(Tool(canvas))


def test_a_moved_selection_shows_its_outline_where_it_is(desk: Desk) -> None:
    rect = Rect(100, 100, 300, 200)
    combine(desk.document.selection, np.full((200, 300), 255, np.uint8), rect, "replace")
    canvas = desk.canvas
    canvas.set_tool(SelectLassoTool(SelectionModel(), desk.tiles))
    desk.settle()
    place = canvas.to_widget(200, 200)
    press(canvas, place.x(), place.y())
    desk.settle()
    for step in (15, 60, 43):
        canvas.painted = 0
        move(canvas, place.x() + step, place.y() + step)
        desk.settle()
        assert canvas.painted < 0.5 * WIDTH * HEIGHT
        partly = on_screen(canvas)
        canvas.repaint()
        assert np.array_equal(partly, on_screen(canvas))
    canvas.tool.cancel()
    canvas.set_tool(Tool(canvas))


def test_the_cross_of_the_clone_stamp_goes_along(desk: Desk) -> None:
    canvas, brush = desk.canvas, BrushModel()
    tool = CloneTool(brush, canvas)
    canvas.set_tool(tool)
    desk.settle()
    press(canvas, 400, 300, keys=Qt.KeyboardModifier.AltModifier)
    release(canvas, 400, 300)
    press(canvas, 300, 300)
    release(canvas, 300, 300)
    desk.settle()
    for place in PLACES:
        canvas.painted = 0
        move(canvas, *place, held=NONE)
        desk.settle()
        assert canvas.painted < 0.2 * WIDTH * HEIGHT
        partly = on_screen(canvas)
        canvas.repaint()
        assert np.array_equal(partly, on_screen(canvas))
    canvas.set_tool(Tool(canvas))


def covers(parts: list[Part], x: float, y: float) -> bool:
    rim = 8.0
    return any(
        left - rim <= x <= right + rim and top - rim <= y <= bottom + rim
        for left, top, right, bottom in parts
    )


def test_parts_cover_what_they_are_for() -> None:
    line = along([(0, 0), (1000, 400)])
    assert all(covers(line, 10 * k, 4 * k) for k in range(101))
    assert sum((r - x) * (b - y) for x, y, r, b in line) < 0.2 * 1000 * 400
    frame = edges((900, 700), (100, 200))
    assert len(frame) == 4
    assert covers(frame, 100, 450)
    assert not covers(frame, 500, 450)
    angles = np.linspace(0, 2 * np.pi, 500)
    round_one = ellipse((0, 0), (3000, 1000))
    assert all(covers(round_one, 1500 * (1 + np.cos(a)), 500 * (1 + np.sin(a))) for a in angles)
    assert not covers(round_one, 1500, 500)
    circle = [(500 + 400 * float(np.cos(a)), 500 + 400 * float(np.sin(a))) for a in angles]
    assert all(covers(outlines([circle]), *point) for point in circle)
    assert around((3, 9), (1, 12)) == (1, 9, 3, 12)
