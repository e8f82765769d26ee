"""The outline of the selection: where it is, that it moves, and that moving it costs little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.canvas.outline import outline
from app.canvas.view_transform import ViewTransform
from app.models.document_model import DocumentModel
from editing.document import Document
from editing.geometry import Rect
from editing.history import Change
from editing.plane import Plane
from tests.app.canvas_parts import (
    count_compositions,
    grey_document,
    on_screen,
    settle,
    shown_canvas,
)

AREA = Rect(50, 40, 120, 70)


def select(model: DocumentModel, rect: Rect, value: int = 255) -> None:
    assert model.document is not None
    plane = model.document.selection
    plane.pixels[rect.slices()] = value
    plane.mark_dirty(rect)
    model.occupancy(plane).mark_dirty(rect)
    model.changed.emit(Change("selection", rect, plane))


def selected_canvas(
    qtbot: QtBot, document: Document, rect: Rect = AREA
) -> tuple[CanvasView, DocumentModel]:
    canvas, model = shown_canvas(qtbot, document)
    canvas.activateWindow()
    qtbot.waitUntil(canvas.isActiveWindow)
    canvas.actual_size()
    select(model, rect)
    settle(qtbot, canvas)
    return canvas, model


def naive(selected: "np.ndarray", transform: ViewTransform, view: Rect) -> set[tuple[int, int]]:
    """Device pixels (x, y) whose state differs from that of the pixel above or to the left."""
    height, width = selected.shape

    def inside(x: int, y: int) -> bool:
        column = int(np.floor((x + 0.5 - transform.origin_x) / transform.zoom))
        row = int(np.floor((y + 0.5 - transform.origin_y) / transform.zoom))
        return 0 <= column < width and 0 <= row < height and bool(selected[row, column])

    return {
        (x, y)
        for y in range(view.y, view.bottom)
        for x in range(view.x, view.right)
        if inside(x, y) != inside(x, y - 1) or inside(x, y) != inside(x - 1, y)
    }


@given(
    zoom=st.sampled_from([1.0, 1.5, 2.0, 3.3, 8.0]),
    x=st.integers(-40, 30),
    y=st.integers(-40, 30),
    seed=st.integers(0, 9),
)
@settings(max_examples=40, deadline=None)
def test_the_outline_is_where_neighbours_differ(zoom: float, x: int, y: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 256, (17, 23), np.uint8)
    transform, view = ViewTransform(zoom, x, y), Rect(0, 0, 50, 40)
    found = outline(Plane(values), 0, transform, view)
    places = {
        (found.rect.x + int(column), found.rect.y + int(row))
        for row, column in zip(found.rows, found.columns, strict=True)
    }
    assert places == naive(values >= 128, transform, view)


def test_ants_run_round_the_selection_and_nowhere_else(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 120))
    canvas.actual_size()
    settle(qtbot, canvas)
    plain = on_screen(canvas)
    canvas, model = selected_canvas(qtbot, grey_document(300, 200, 120))
    assert canvas.has_ants
    x, y = canvas.transform.origin_x, canvas.transform.origin_y
    changed = (on_screen(canvas) != plain).any(axis=2)
    expected = np.zeros_like(changed)
    left, top, right, bottom = x + AREA.x, y + AREA.y, x + AREA.right, y + AREA.bottom
    expected[top, left : right + 1] = expected[bottom, left : right + 1] = True
    expected[top : bottom + 1, left] = expected[top : bottom + 1, right] = True
    expected[bottom, right] = changed[bottom, right]  # Below and right of the last corner.
    assert np.array_equal(changed, expected)
    shown = on_screen(canvas)[expected & changed]
    assert set(shown.flat) == {0, 255}, "dark and light, to be told from any ground"
    model.close()


def test_a_step_moves_the_ants_and_composes_nothing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas, model = selected_canvas(qtbot, grey_document(300, 200, 120))
    first = on_screen(canvas)
    rendered: list[object] = []
    monkeypatch.setattr("app.canvas.frame.Frame._draw", lambda *part: rendered.append(part))
    composed = count_compositions(monkeypatch)
    qtbot.waitUntil(lambda: not np.array_equal(on_screen(canvas), first))
    assert composed == []
    assert rendered == [], "the screen buffer is used as it is"
    model.close()


def test_ants_follow_the_view_and_the_selection(qtbot: QtBot) -> None:
    canvas, model = selected_canvas(qtbot, grey_document(300, 200, 120))
    canvas.move_view(20, 10)
    QApplication.processEvents()
    x, y = canvas.transform.origin_x, canvas.transform.origin_y
    assert set(on_screen(canvas)[y + AREA.y, x + AREA.x : x + AREA.right].flat) == {0, 255}
    select(model, AREA, 0)
    QApplication.processEvents()
    assert set(on_screen(canvas)[y : y + 200, x : x + 300].flat) == {120}
    assert not canvas.has_ants
    model.close()


def test_ants_stand_still_where_nobody_sees_them(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 120))
    canvas.setParent(window)
    window.show()
    canvas.show()
    window.activateWindow()
    qtbot.waitUntil(canvas.isActiveWindow)
    select(model, AREA)
    assert canvas.has_ants
    canvas.hide()
    assert not canvas.has_ants
    canvas.show()
    assert canvas.has_ants
    window.hide()
    assert not canvas.has_ants, "nor in a window that is not in use"
    model.close()


def test_ants_go_with_their_document(qtbot: QtBot) -> None:
    canvas, model = selected_canvas(qtbot, grey_document(300, 200, 120))
    model.set_document(grey_document(300, 200))
    assert not canvas.has_ants
    model.close()


def test_ants_of_a_large_selection_wait_for_its_mip_levels(qtbot: QtBot) -> None:
    canvas, model = selected_canvas(qtbot, grey_document(3000, 2600, 120))
    canvas.fit()
    select(model, Rect(300, 300, 2400, 2000))
    settle(qtbot, canvas)
    left, y = canvas.to_widget(300, 1000).toPoint().x(), canvas.to_widget(0, 1000).toPoint().y()

    def is_outlined() -> bool:
        row = on_screen(canvas)[y - 5 : y + 5, left - 2 : left + 3]
        return {0, 255} <= set(row.flat)

    qtbot.waitUntil(is_outlined)
    model.close()
