"""Layers on the canvas: it shows what ``flattened`` gives, and parts of it as all of it."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.canvas.frame import fill_checks
from app.canvas.stroke_films import StrokeFilms
from editing import layer_commands, layer_masks
from editing.brush import Stroke
from editing.brush_settings import Brush
from editing.document import Document
from editing.flatten import flattened
from editing.geometry import Rect
from editing.history import Change, Command
from editing.layer import BLEND_MODES, BlendMode
from tests.app.canvas_parts import count_compositions, on_screen, settle, shown_canvas
from tests.app.layered_parts import Squares, every_kind, layered, noise_layer

ZOOMS = (0.1, 0.37, 0.5, 1.0, 1.5, 3.3, 8.0)
TOLERANCE = 2


def expected_at_actual_size(document: Document) -> np.ndarray:
    """The flattened picture over the checkerboard, as floats."""
    flat = flattened(document.layers).astype(float)
    ground = np.empty(flat.shape[:2], np.uint32)
    fill_checks(ground, 0, 0)
    below = ground.view(np.uint8).reshape(*flat.shape)[..., 2::-1]
    alpha = flat[..., 3:] / 255
    return np.asarray(flat[..., :3] * alpha + below * (1 - alpha))


def shown_at_actual_size(canvas: CanvasView, qtbot: QtBot) -> np.ndarray:
    canvas.set_mask_visible(False)
    canvas.actual_size()
    settle(qtbot, canvas)
    x, y = canvas.transform.origin_x, canvas.transform.origin_y
    assert canvas.document_size is not None
    width, height = canvas.document_size
    return on_screen(canvas)[y : y + height, x : x + width].astype(float)


def assert_partial_is_whole(canvas: CanvasView, qtbot: QtBot) -> None:
    settle(qtbot, canvas)
    partial = on_screen(canvas)
    canvas.redraw()
    settle(qtbot, canvas)
    assert np.array_equal(partial, on_screen(canvas))


def differences(canvas: CanvasView, document: Document, qtbot: QtBot) -> np.ndarray:
    """Levels between screen and flattened picture, for each pixel the largest of its channels."""
    shown, expected = shown_at_actual_size(canvas, qtbot), expected_at_actual_size(document)
    return np.asarray(np.abs(shown - expected).max(axis=2))


@pytest.mark.parametrize("blend", BLEND_MODES)
def test_opaque_layers_of_each_mode_look_as_they_are_flattened(
    qtbot: QtBot, blend: BlendMode
) -> None:
    document = layered(
        (
            noise_layer(290, 270, 1, opaque=True),
            noise_layer(290, 270, 2, blend, opaque=True),
            noise_layer(290, 270, 3, opacity=0.6, opaque=True),
        )
    )
    canvas, model = shown_canvas(qtbot, document)
    assert differences(canvas, document, qtbot).max() <= TOLERANCE
    model.close()


@pytest.mark.parametrize("blend", BLEND_MODES)
@pytest.mark.parametrize("opaque", [True, False])
def test_soft_layers_of_each_mode_look_nearly_as_they_are_flattened(
    qtbot: QtBot, blend: BlendMode, opaque: bool
) -> None:
    """The worst case: noise in colours, alpha and mask.

    Qt works on premultiplied bytes and rounds after every step, ``flattened`` on straight colours
    with one rounding at the end. Of a nearly transparent pixel few levels of colour are left, and
    colour dodge by nearly white turns one level of difference into many.
    """
    document = layered(
        (
            noise_layer(290, 270, 1, opaque=opaque),
            noise_layer(290, 270, 2, blend, opacity=0.7, masked=True),
            noise_layer(290, 270, 3, blend),
        )
    )
    canvas, model = shown_canvas(qtbot, document)
    found = differences(canvas, document, qtbot)
    assert found.mean() <= 1.5
    assert (found > TOLERANCE).mean() <= 0.15
    if blend != "color_dodge":
        assert found.max() <= 7
    model.close()


def test_all_kinds_together_look_nearly_as_they_are_flattened(qtbot: QtBot) -> None:
    document = every_kind(390, 290)
    canvas, model = shown_canvas(qtbot, document)
    found = differences(canvas, document, qtbot)
    assert found.mean() <= TOLERANCE
    assert found.max() <= 7
    model.close()


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("offset", [(0.0, 0.0), (13.4, -7.7)])
def test_strokes_on_a_layer_leave_what_a_full_repaint_shows(
    qtbot: QtBot, zoom: float, offset: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.canvas.marching_ants.STEP_MS", 10**8)
    document = every_kind(1300, 1111, selected=True)
    canvas, model = shown_canvas(qtbot, document)
    canvas.set_zoom(zoom)
    canvas.move_view(*offset)
    settle(qtbot, canvas)
    before = on_screen(canvas)
    middle = canvas.to_document(canvas.rect().center().toPointF())
    model.begin_stroke(Squares(document, max(3, int(40 / zoom))))
    for k in range(12):
        model.stroke_to(middle[0] + (17 * k - 90) / zoom, middle[1] + (11 * k - 60) / zoom)
        canvas.repaint()
    model.end_stroke()
    settle(qtbot, canvas)
    assert np.any(on_screen(canvas) != before)
    assert_partial_is_whole(canvas, qtbot)
    model.undo()
    settle(qtbot, canvas)
    assert np.array_equal(on_screen(canvas), before)
    model.close()


@pytest.mark.parametrize("zoom", [0.37, 1.0, 3.3])
def test_strokes_on_region_and_layer_in_turn_leave_what_a_full_repaint_shows(
    qtbot: QtBot, zoom: float
) -> None:
    document = every_kind(1300, 1111)
    canvas, model = shown_canvas(qtbot, document)
    canvas.set_zoom(zoom)
    settle(qtbot, canvas)
    x, y = canvas.to_document(canvas.rect().center().toPointF())
    for k, layer in enumerate((*document.layers, *document.layers[:2])):
        model.choose_layer(layer.id)
        model.begin_stroke(Squares(document, max(3, int(25 / zoom))))
        model.stroke_to(x + 10 * k / zoom, y - 10 * k / zoom)
        canvas.repaint()
        model.begin_stroke(Stroke(document, Brush(radius_px=12 / zoom)))
        model.stroke_to(x - 10 * k / zoom, y)
        model.end_stroke()
        canvas.repaint()
    assert_partial_is_whole(canvas, qtbot)
    model.close()


def _edits(document: Document) -> list[Callable[[], Command | None]]:
    low, _, active, high = (layer.id for layer in document.layers[:4])
    return [
        lambda: layer_commands.set_opacity(document, active, 0.3),
        lambda: layer_commands.set_visible(document, low, False),
        lambda: layer_commands.set_blend(document, high, "difference"),
        lambda: layer_commands.set_blend(document, active, "screen"),
        lambda: layer_commands.move_layer(document, active, 5),
        lambda: layer_commands.add_layer(document),
        lambda: layer_commands.delete_layer(document, high),
        lambda: layer_masks.add_layer_mask(document, active),
    ]


@pytest.mark.parametrize("zoom", [0.37, 1.0])
def test_every_edit_of_layers_is_shown(qtbot: QtBot, zoom: float) -> None:
    document = every_kind(600, 500)
    canvas, model = shown_canvas(qtbot, document)
    canvas.set_zoom(zoom)
    settle(qtbot, canvas)
    for edit in _edits(document):
        model.begin_stroke(Squares(document, 20))
        model.stroke_to(250, 200)
        model.end_stroke()
        canvas.repaint()
        model.push(edit())
        canvas.repaint()
        assert_partial_is_whole(canvas, qtbot)
    while model.history is not None and model.history.can_undo:
        model.undo()
        canvas.repaint()
    assert_partial_is_whole(canvas, qtbot)
    model.close()


def test_a_stroke_on_a_region_composes_no_layer(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = every_kind(600, 500)
    canvas, model = shown_canvas(qtbot, document)
    settle(qtbot, canvas)
    composed: list[object] = []
    monkeypatch.setattr(
        "app.canvas.compositor.Compositor.compose_layers",
        lambda *arguments: composed.append(arguments),
    )
    model.begin_stroke(Stroke(document, Brush(radius_px=40)))
    model.stroke_to(300, 250)
    model.end_stroke()
    QApplication.processEvents()
    assert composed == []
    model.close()


def test_where_a_stroke_changes_nothing_nothing_is_composed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = every_kind(600, 500)
    canvas, model = shown_canvas(qtbot, document)
    canvas.actual_size()
    settle(qtbot, canvas)
    plane = document.active_layer.plane
    for _ in range(2):  # The first time the films of each tile are made.
        model.changed.emit(Change("picture", plane.bounds, plane))
        settle(qtbot, canvas)
    composed = count_compositions(monkeypatch)
    model.changed.emit(Change("picture", plane.bounds, plane))
    settle(qtbot, canvas)
    assert composed == []
    model.close()


def test_the_films_stay_within_their_limit() -> None:
    document = every_kind(600, 500)
    films = StrokeFilms(limit_bytes=3_000_000)
    films.set_layers(document.layers, document.active_layer.id)
    target = np.zeros((256, 256), np.uint32)
    for column in range(2):
        for row in range(2):
            rect = Rect(256 * column, 200 * row, 256, 256)
            films.compose((column, row), 0, rect, rect, target)
            assert films.size_bytes <= 3_000_000
    assert films.size_bytes > 500_000


def test_choosing_a_layer_composes_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    document = every_kind(600, 500)
    canvas, model = shown_canvas(qtbot, document)
    settle(qtbot, canvas)
    composed = count_compositions(monkeypatch)
    for layer in document.layers:
        model.choose_layer(layer.id)
        QApplication.processEvents()
    assert composed == []
    model.close()


def test_an_invisible_layer_can_be_the_active_one(qtbot: QtBot) -> None:
    document = every_kind(600, 500)
    canvas, model = shown_canvas(qtbot, document)
    model.push(layer_commands.set_visible(document, document.active_layer.id, False))
    settle(qtbot, canvas)
    before = on_screen(canvas)
    model.begin_stroke(Squares(document, 50))
    model.stroke_to(300, 250)
    model.end_stroke()
    settle(qtbot, canvas)
    assert np.array_equal(on_screen(canvas), before)
    model.close()
