"""The canvas as a hand uses it: real mouse, wheel and key events."""

import gc
import weakref

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import ZOOM_PER_NOTCH, CanvasView
from app.models.document_model import DocumentModel
from editing.brush import Brush
from editing.document import Document
from tests.app.canvas_parts import (
    LEFT,
    MIDDLE,
    NO_KEY,
    NONE,
    count_compositions,
    grey_document,
    leave,
    move,
    on_screen,
    press,
    release,
    settle,
    shown_canvas,
    use_brush,
)

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def mask(model: DocumentModel) -> np.ndarray:
    assert model.document is not None
    return model.document.mask.pixels


def wheel(canvas: CanvasView, notches: float, x: float, y: float) -> None:
    place = QPointF(x, y)
    event = QWheelEvent(
        place,
        canvas.mapToGlobal(place),
        QPoint(),
        QPoint(0, round(120 * notches)),
        NONE,
        NO_KEY,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def at_actual_size(canvas: CanvasView, qtbot: QtBot) -> tuple[int, int]:
    """Show 100 %; returns where the document's corner is in the widget."""
    canvas.actual_size()
    settle(qtbot, canvas)
    return canvas.transform.origin_x, canvas.transform.origin_y


def test_a_stroke_paints_where_the_pointer_is(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(500, 400))
    canvas.set_zoom(2.5)
    for x, y in ((40, 50), (300, 220), (170, 133)):
        place = QPoint(x, y)
        QTest.mouseClick(canvas, LEFT, NO_KEY, place)
        column, row = (int(n) for n in canvas.to_document(QPointF(place)))
        assert mask(model)[row, column] == 255
    model.close()


def test_no_point_of_a_stroke_is_lost_between_two_frames(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(400, 300))
    x, y = at_actual_size(canvas, qtbot)
    use_brush(canvas, Brush(radius_px=3, hardness=1))
    corners = [(20, 20), (20, 200), (100, 200), (100, 20), (180, 20), (180, 200)]
    press(canvas, x + 20, y + 20)
    for corner_x, corner_y in corners:
        move(canvas, x + corner_x, y + corner_y)
    release(canvas, x + 180, y + 200)
    for corner_x, corner_y in corners:
        assert mask(model)[corner_y, corner_x] == 255
    assert mask(model)[110, 60] == 0, "no short cut between the corners"
    model.close()


def test_the_region_is_tinted_half_ruby(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(400, 300, grey=100))
    x, y = at_actual_size(canvas, qtbot)
    press(canvas, x + 50, y + 60)
    release(canvas, x + 50, y + 60)
    leave(canvas)
    settle(qtbot, canvas)
    shown = on_screen(canvas)[y + 60, x + 50].astype(int)
    assert np.abs(shown - [162, 59, 98]).max() <= 2
    canvas.set_mask_opacity(1.0)
    settle(qtbot, canvas)
    assert np.abs(on_screen(canvas)[y + 60, x + 50].astype(int) - [224, 17, 95]).max() <= 1
    canvas.set_mask_visible(False)
    settle(qtbot, canvas)
    assert on_screen(canvas)[y + 60, x + 50].tolist() == [100, 100, 100]
    model.close()


def test_alt_erases_and_shift_draws_a_line(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(400, 300))
    x, y = at_actual_size(canvas, qtbot)
    QTest.mouseClick(canvas, LEFT, NO_KEY, QPoint(x + 50, y + 50))
    QTest.mouseClick(canvas, LEFT, SHIFT, QPoint(x + 250, y + 150))
    assert mask(model)[100, 150] == 255
    QTest.mouseClick(canvas, LEFT, ALT, QPoint(x + 150, y + 100))
    assert mask(model)[100, 150] == 0
    model.close()


def test_two_quick_clicks_are_two_dabs(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(400, 300))
    x, y = at_actual_size(canvas, qtbot)
    QTest.mouseClick(canvas, LEFT, NO_KEY, QPoint(x + 50, y + 50))
    QTest.mouseDClick(canvas, LEFT, NO_KEY, QPoint(x + 250, y + 50))
    assert mask(model)[50, 250] == 255
    model.close()


def test_escape_gives_the_stroke_up(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(400, 300))
    press(canvas, 100, 100)
    move(canvas, 200, 150)
    assert mask(model).any()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    move(canvas, 220, 180)
    release(canvas, 220, 180)
    assert not mask(model).any()
    assert model.history is not None
    assert not model.history.can_undo
    model.close()


def test_a_release_that_went_elsewhere_ends_the_stroke(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(400, 300))
    press(canvas, 100, 100)
    move(canvas, 120, 100, held=NONE)
    assert not model.is_painting
    model.close()


def test_middle_drag_and_space_drag_move_the_view(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 900))
    x, y = at_actual_size(canvas, qtbot)
    press(canvas, 100, 100, MIDDLE)
    move(canvas, 130, 90, held=MIDDLE)
    assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    release(canvas, 130, 90, MIDDLE)
    assert (canvas.transform.origin_x, canvas.transform.origin_y) == (x + 30, y - 10)
    canvas.setFocus()
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    press(canvas, 100, 100)
    move(canvas, 70, 110)
    release(canvas, 70, 110)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.transform.origin_x, canvas.transform.origin_y) == (x, y)
    assert not mask(model).any(), "moving the view paints nothing"
    press(canvas, 100, 100)
    release(canvas, 100, 100)
    assert mask(model).any(), "after Space the pointer paints again"
    model.close()


@pytest.mark.parametrize("by", ["space", "middle"])
def test_the_view_moves_in_mid_stroke(qtbot: QtBot, by: str) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 900))
    at_actual_size(canvas, qtbot)
    use_brush(canvas, Brush(radius_px=3, hardness=1))
    press(canvas, 100, 100)
    move(canvas, 150, 100)
    joint = canvas.to_document(QPointF(150, 100))
    if by == "space":
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        move(canvas, 150, 250)
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
    else:
        press(canvas, 150, 100, MIDDLE)
        move(canvas, 150, 250, held=LEFT | MIDDLE)
        release(canvas, 150, 250, MIDDLE, held=LEFT)
    assert canvas.to_document(QPointF(150, 250)) == joint
    move(canvas, 200, 250)
    release(canvas, 200, 250)
    row = int(joint[1])
    assert mask(model)[row, int(joint[0]) - 45 : int(joint[0]) + 45].min() == 255
    assert np.flatnonzero(mask(model).any(axis=1)).size <= 9, "one straight stroke"
    assert model.history is not None
    assert len(model.history.names) == 1
    model.close()


def test_the_wheel_zooms_at_the_pointer(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 900))
    canvas.actual_size()
    place = QPointF(93, 217)
    before = canvas.to_document(place)
    with qtbot.waitSignal(canvas.zoom_changed) as caught:
        wheel(canvas, 1, place.x(), place.y())
    assert caught.args == [pytest.approx(ZOOM_PER_NOTCH)]
    after = canvas.to_document(place)
    assert after == pytest.approx(before, abs=0.6)
    wheel(canvas, -1, place.x(), place.y())
    assert canvas.zoom == pytest.approx(1.0)
    for _ in range(60):
        wheel(canvas, 1, place.x(), place.y())
    assert canvas.zoom == 64
    model.close()


def test_the_pointer_is_reported_in_document_pixels(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 900))
    canvas.set_zoom(2.0)
    x, y = canvas.transform.origin_x, canvas.transform.origin_y
    with qtbot.waitSignal(canvas.cursor_moved) as caught:
        move(canvas, x + 150, y + 201, held=NONE)
    assert caught.args == [75.0, 100.5]
    model.close()


def test_a_fitted_document_stays_fitted_when_the_window_grows(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 900))
    small = canvas.zoom
    canvas.resize(800, 600)
    assert canvas.zoom == pytest.approx(2 * small)
    canvas.set_zoom(1.0)
    middle = canvas.to_document(QPointF(400, 300))
    canvas.resize(500, 420)
    assert canvas.zoom == 1.0
    assert canvas.to_document(QPointF(250, 210)) == pytest.approx(middle, abs=1)
    model.close()


def test_a_document_of_another_size_is_fitted(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 900))
    canvas.set_zoom(5)
    model.set_document(grey_document(100, 80))
    assert canvas.zoom == 3.0
    model.set_document(None)
    settle(qtbot, canvas)
    assert np.ptp(on_screen(canvas).reshape(-1, 3), axis=0).tolist() == [0, 0, 0]
    model.close()


def test_the_ring_shows_the_true_size_on_any_ground(qtbot: QtBot) -> None:
    for grey in (0, 128, 255):
        canvas, model = shown_canvas(qtbot, grey_document(400, 300, grey))
        canvas.actual_size()
        use_brush(canvas, Brush(radius_px=60))
        settle(qtbot, canvas)
        plain = on_screen(canvas).astype(int)
        move(canvas, 200, 150, held=NONE)
        QApplication.processEvents()
        changed = np.abs(on_screen(canvas).astype(int) - plain).max(axis=2)
        rows, columns = np.nonzero(changed > 40)
        distance = np.hypot(rows + 0.5 - 150, columns + 0.5 - 200)
        assert rows.size > 250
        assert distance.min() > 57
        assert distance.max() < 63
        leave(canvas)
        QApplication.processEvents()
        assert np.array_equal(on_screen(canvas), plain)
        model.close()


def test_moving_the_pointer_composes_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 900))
    settle(qtbot, canvas)
    composed = count_compositions(monkeypatch)
    for k in range(5):
        move(canvas, 100 + 20 * k, 100, held=NONE)
        QApplication.processEvents()
    assert composed == []
    model.close()


def test_names_and_focus_for_assistive_technology(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, None)
    assert canvas.accessibleName()
    assert canvas.accessibleDescription()
    assert canvas.focusPolicy() == Qt.FocusPolicy.StrongFocus
    model.close()


def test_without_a_document_input_is_harmless(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, None)
    press(canvas, 50, 50)
    move(canvas, 90, 90)
    release(canvas, 90, 90)
    wheel(canvas, 1, 50, 50)
    canvas.fit()
    assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    model.set_document(Document.blank(10, 10))
    canvas.set_model(None)
    model.set_document(Document.blank(20, 20))
    model.close()


def test_a_canvas_goes_with_its_last_reference(qtbot: QtBot) -> None:
    """Not in the garbage collector, which may run while another widget is painted."""
    gc.disable()
    try:
        canvas, model = shown_canvas(qtbot, grey_document(100, 100))
        press(canvas, 50, 50)
        move(canvas, 90, 90)
        release(canvas, 90, 90)
        settle(qtbot, canvas)
        gone = weakref.ref(canvas)
        canvas.close()
        del canvas
        assert gone() is None
    finally:
        gc.enable()
    model.close()


def test_a_pointer_that_leaves_has_no_place(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(90, 90))
    with qtbot.waitSignal(canvas.cursor_moved) as caught:
        QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert caught.args == [-1.0, -1.0]
    model.close()
