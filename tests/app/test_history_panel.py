"""The list of steps: names, the present one, dim ones, going to one by a click or a key."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import theme
from app.models.document_model import DocumentModel
from app.panels.history_panel import HistoryPanel
from editing.brush import Brush, Stroke
from editing.document import Document
from tests.editing.simple_edits import add_result, fill_mask, paste_pixels


@pytest.fixture
def model(qtbot: QtBot, tmp_path: Path) -> Iterator[DocumentModel]:  # noqa: ARG001
    made = DocumentModel()
    made.history_folder = tmp_path / "undo"
    made.set_document(Document.blank(600, 500))
    yield made
    made.close()


@pytest.fixture
def panel(qtbot: QtBot, model: DocumentModel) -> HistoryPanel:
    made = HistoryPanel(model)
    qtbot.addWidget(made)
    made.resize(300, 400)
    made.show()
    return made


def paint(model: DocumentModel, x: float, y: float) -> None:
    assert model.document is not None
    model.begin_stroke(Stroke(model.document, Brush(radius_px=20)))
    model.stroke_to(x, y)
    model.end_stroke()


def mask(model: DocumentModel) -> np.ndarray:
    assert model.document is not None
    return model.document.mask.pixels.copy()


def rows(panel: HistoryPanel) -> list[str]:
    return [panel.rows.index(row).data() for row in range(panel.rows.rowCount())]


def is_dim(panel: HistoryPanel, row: int) -> bool:
    brush = panel.rows.index(row).data(Qt.ItemDataRole.ForegroundRole)
    return isinstance(brush, QBrush) and brush.color() == QColor(theme.DIM)


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_large_step_that_cannot_be_read_back_is_said_and_nothing_changes(
    model: DocumentModel, qtbot: QtBot, tmp_path: Path, is_damaged: bool
) -> None:
    side = 2048
    model.history_budget_bytes = 1_000_000
    model.set_document(Document.blank(side, side))
    document, history = model.document, model.history
    assert document is not None
    assert history is not None
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (side, side, 4), dtype=np.uint8)
    for pixels in (noise, 255 - noise):
        model.push(paste_pixels(document, document.bounds, pixels))
    history.wait_until_idle()
    (file,) = (tmp_path / "undo").glob("*.undo")
    file.write_bytes(bytes(file.stat().st_size) if is_damaged else b"")
    with qtbot.waitSignal(model.failed):
        model.undo()
    assert history.index == 2
    assert not model.is_locked
    assert np.array_equal(document.active_layer.plane.pixels, 255 - noise)


def click(panel: HistoryPanel, row: int) -> None:
    place = panel.list.visualRect(panel.rows.index(row)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_steps_are_listed_and_undone_ones_are_dim(
    model: DocumentModel, panel: HistoryPanel
) -> None:
    assert rows(panel) == ["New"]
    paint(model, 100, 100)
    assert model.document is not None
    model.push(fill_mask(model.document))
    assert rows(panel) == ["New", "Paint mask", "Fill mask"]
    assert panel.list.currentIndex().row() == 2
    model.undo()
    assert panel.list.currentIndex().row() == 1
    assert [is_dim(panel, row) for row in range(3)] == [False, False, True]


def test_a_click_goes_to_a_step(model: DocumentModel, panel: HistoryPanel) -> None:
    masks = [mask(model)]
    for number in range(6):
        paint(model, 80 * number, 70 * number)
        masks.append(mask(model))
    for row in (2, 5, 0, 6):
        click(panel, row)
        assert model.history is not None
        assert model.history.index == row
        assert np.array_equal(mask(model), masks[row])
        assert panel.list.currentIndex().row() == row


def test_the_enter_key_goes_to_a_step(model: DocumentModel, panel: HistoryPanel) -> None:
    for number in range(3):
        paint(model, 80 * number, 90)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Up)
    QTest.keyClick(panel.list, Qt.Key.Key_Up)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert model.history is not None
    assert model.history.index == 1


def test_an_opened_document_says_so_and_an_empty_model_has_no_rows(
    model: DocumentModel, panel: HistoryPanel
) -> None:
    opened = Document.blank(30, 30)
    opened.path = Path("picture.png")
    model.set_document(opened)
    assert rows(panel) == ["Opened"]
    model.set_document(None)
    assert rows(panel) == []


def test_a_step_on_disk_is_waited_for_without_blocking(
    qtbot: QtBot, model: DocumentModel, panel: HistoryPanel
) -> None:
    model.history_budget_bytes = 1000
    model.set_document(Document.blank(2300, 2300))
    assert model.document is not None
    assert model.history is not None
    noise = np.random.default_rng(0).integers(0, 256, (2300, 2300, 4), dtype=np.uint8)
    noise[..., 3] = 255
    blank = model.document.active_layer.plane
    model.push(add_result(model.document, model.document.bounds, noise))
    layer = model.document.active_layer.plane
    expected = layer.pixels.copy()
    assert expected.any()
    for number in range(4):
        paint(model, 300 * number, 300)
    click(panel, 0)
    qtbot.waitUntil(lambda: model.history is not None and model.history.index == 0)
    assert model.document.active_layer.plane is blank
    model.history.wait_until_idle()
    assert layer.is_parked
    click(panel, 5)
    assert not layer.is_parked or model.history.index == 0
    qtbot.waitUntil(lambda: model.history is not None and model.history.index == 5)
    assert model.document.active_layer.plane is layer
    assert np.array_equal(layer.pixels, expected)


def test_a_stroke_ends_a_walk_where_it_is(qtbot: QtBot, model: DocumentModel) -> None:
    for number in range(5):
        paint(model, 80 * number, 90)
    model.jump(0)
    assert model.history is not None
    qtbot.waitUntil(lambda: model.history is not None and model.history.index == 0)
    model.jump(3)
    paint(model, 500, 400)
    names = model.history.names
    QTest.qWait(20)
    assert model.history.names == names
    assert model.history.index == len(names)
