"""Painting a part of the screen gives what painting all of it gives, at every zoom and place."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas.canvas_view import CanvasView
from editing.brush import Brush, Stroke
from editing.document import Document
from editing.geometry import Rect
from editing.history import Change
from tests.app.canvas_parts import (
    MIDDLE,
    leave,
    move,
    noise_document,
    on_screen,
    press,
    release,
    repainted,
    settle,
    shown_canvas,
    use_brush,
)

ZOOMS = (0.1, 0.37, 0.5, 1.0, 1.5, 3.3, 8.0)
OFFSETS = ((0.0, 0.0), (13.0, -7.0), (0.4, 0.7))


def paint_zigzag(canvas: CanvasView, *, every_frame: bool) -> None:
    """A stroke with frames in between, so that many small parts are painted."""
    press(canvas, 60, 60)
    for k in range(1, 14):
        move(canvas, 60 + 21.3 * k, 60 + 90 * (k % 2) + 3.1 * k)
        if every_frame:
            canvas.repaint()
    release(canvas, 333, 100)
    leave(canvas)


def largest_difference(canvas: CanvasView, qtbot: QtBot) -> int:
    settle(qtbot, canvas)
    partial = on_screen(canvas).astype(int)
    canvas.redraw()
    settle(qtbot, canvas)
    return int(np.abs(partial - on_screen(canvas)).max())


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("transparent", [False, True])
def test_strokes_leave_what_a_full_repaint_shows(
    qtbot: QtBot, zoom: float, offset: tuple[float, float], transparent: bool
) -> None:
    document = noise_document(1300, 1111, transparent=transparent)
    canvas, model = shown_canvas(qtbot, document)
    canvas.set_zoom(zoom)
    canvas.move_view(*offset)
    use_brush(canvas, Brush(radius_px=12 / zoom, hardness=0.3))
    settle(qtbot, canvas)
    before = on_screen(canvas)
    paint_zigzag(canvas, every_frame=True)
    settle(qtbot, canvas)
    assert np.any(on_screen(canvas) != before), "the stroke shows"
    assert largest_difference(canvas, qtbot) == 0
    model.close()


@pytest.mark.parametrize("zoom", ZOOMS)
def test_undo_and_redo_show_what_a_full_repaint_shows(qtbot: QtBot, zoom: float) -> None:
    canvas, model = shown_canvas(qtbot, noise_document(1300, 1111))
    canvas.set_zoom(zoom)
    use_brush(canvas, Brush(radius_px=12 / zoom, hardness=0.3))
    settle(qtbot, canvas)
    before = on_screen(canvas)
    paint_zigzag(canvas, every_frame=False)
    model.undo()
    settle(qtbot, canvas)
    assert np.array_equal(on_screen(canvas), before)
    model.redo()
    assert largest_difference(canvas, qtbot) == 0
    model.close()


@pytest.mark.parametrize("zoom", ZOOMS)
def test_moving_the_view_shows_what_a_full_repaint_shows(qtbot: QtBot, zoom: float) -> None:
    canvas, model = shown_canvas(qtbot, noise_document(1300, 1111, transparent=True))
    canvas.set_zoom(zoom)
    press(canvas, 100, 100, MIDDLE)
    for x, y in ((103, 99), (140.5, 131.2), (77, 180), (390, 20), (120, 110)):
        move(canvas, x, y, held=MIDDLE)
        canvas.repaint()
    release(canvas, 120, 110, MIDDLE)
    leave(canvas)
    assert largest_difference(canvas, qtbot) == 0
    model.close()


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("offset", OFFSETS)
def test_hard_edged_changes_show_up_to_their_last_pixel(
    qtbot: QtBot, zoom: float, offset: tuple[float, float]
) -> None:
    canvas, model = shown_canvas(qtbot, noise_document(1300, 1111))
    canvas.set_zoom(zoom)
    canvas.move_view(*offset)
    settle(qtbot, canvas)
    assert model.document is not None
    for x, y in ((601, 523), (650, 555), (637, 570)):
        # Commands report whole tiles; this is a change reported to the pixel.
        rect = Rect(x, y, 13, 9)
        model.document.mask.pixels[rect.slices()] = 255
        model.document.mask.mark_dirty(rect)
        model.occupancy(model.document.mask).mark_dirty(rect)
        model.changed.emit(Change("mask", rect, model.document.mask))
        canvas.repaint()
    assert largest_difference(canvas, qtbot) == 0
    model.close()


@pytest.mark.parametrize("zoom", ZOOMS)
def test_a_change_and_a_move_before_the_next_frame_both_show(qtbot: QtBot, zoom: float) -> None:
    canvas, model = shown_canvas(qtbot, noise_document(1300, 1111))
    canvas.set_zoom(zoom)
    settle(qtbot, canvas)
    x, y = canvas.to_document(QPointF(100, 100))
    assert model.document is not None
    model.begin_stroke(Stroke(model.document, Brush(radius_px=12 / zoom, hardness=1)))
    model.stroke_to(x, y)
    model.end_stroke()
    canvas.move_view(160, 110)
    assert largest_difference(canvas, qtbot) == 0
    model.close()


@pytest.mark.parametrize("zoom", [0.37, 3.3])
def test_tiles_meet_without_seams(qtbot: QtBot, zoom: float) -> None:
    """A smooth ramp over many tiles stays a smooth ramp on the screen."""
    ramp = np.linspace(0, 255, 1400).astype(np.uint8)
    pixels = np.repeat(np.repeat(ramp[None, :, None], 700, 0), 4, 2)
    pixels = np.ascontiguousarray(pixels)
    pixels[..., 3] = 255
    canvas, model = shown_canvas(qtbot, Document(pixels))
    canvas.set_zoom(zoom)
    settle(qtbot, canvas)
    shown = on_screen(canvas).astype(int)
    inside = shown[140:160, 10:-10] if zoom > 1 else shown[140:160, 5:395]
    steps = np.diff(inside[..., 0], axis=1)
    assert steps.min() >= 0
    assert steps.max() <= 2
    assert np.ptp(inside[..., 0], axis=0).max() == 0
    model.close()


def test_pixels_are_the_documents_own_at_100_percent(qtbot: QtBot) -> None:
    document = noise_document(350, 250)
    canvas, model = shown_canvas(qtbot, document)
    canvas.actual_size()
    settle(qtbot, canvas)
    x, y = canvas.transform.origin_x, canvas.transform.origin_y
    shown = on_screen(canvas)[y : y + 250, x : x + 350]
    assert np.array_equal(shown, document.active_layer.plane.pixels[..., :3])
    model.close()


def test_a_repainted_canvas_is_the_same(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, noise_document(300, 200))
    settle(qtbot, canvas)
    assert np.array_equal(on_screen(canvas), repainted(canvas))
    model.close()


def test_what_the_document_leaves_free_is_background(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, noise_document(300, 200))
    settle(qtbot, canvas)
    canvas.actual_size()
    for _ in range(3):
        canvas.move_view(90, 60)
        canvas.repaint()
    settle(qtbot, canvas)
    shown = on_screen(canvas)
    x, y = canvas.transform.origin_x, canvas.transform.origin_y
    background = [int(theme.CANVAS[k : k + 2], 16) for k in (1, 3, 5)]
    assert (shown[:y] == background).all()
    assert (shown[:, :x] == background).all()
    assert (shown[y:, x:] != background).any(axis=2).mean() > 0.99
    model.close()
