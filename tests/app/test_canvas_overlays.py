"""Live preview and timestep map over the document, and the colours of noise levels."""

import numpy as np
import pytest
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.canvas.colour_maps import level_colours
from app.canvas.overlays import Overlay
from app.canvas.view_transform import ViewTransform
from editing.geometry import Rect
from tests.app.canvas_parts import (
    count_compositions,
    grey_document,
    on_screen,
    settle,
    shown_canvas,
)


def at_actual_size(canvas: CanvasView, qtbot: QtBot) -> tuple[int, int]:
    canvas.actual_size()
    settle(qtbot, canvas)
    return canvas.transform.origin_x, canvas.transform.origin_y


def test_a_preview_lies_in_place_and_goes_away(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 90))
    x, y = at_actual_size(canvas, qtbot)
    plain = on_screen(canvas)
    red = np.zeros((8, 16, 3), np.uint8)
    red[..., 0] = 255
    canvas.set_preview(red, Rect(100, 40, 64, 32))
    QApplication.processEvents()
    shown = on_screen(canvas)
    expected = plain.copy()
    expected[y + 40 : y + 72, x + 100 : x + 164] = (255, 0, 0)
    assert np.array_equal(shown, expected)
    canvas.set_preview(None)
    QApplication.processEvents()
    assert np.array_equal(on_screen(canvas), plain)
    model.close()


def test_a_preview_without_a_rectangle_covers_the_document(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 90))
    x, y = at_actual_size(canvas, qtbot)
    canvas.set_preview(np.full((4, 6, 3), 200, np.uint8))
    QApplication.processEvents()
    inside = on_screen(canvas)[y : y + 200, x : x + 300]
    assert inside.min() == inside.max() == 200
    model.close()


def test_a_preview_is_scaled_smoothly(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 90))
    x, y = at_actual_size(canvas, qtbot)
    steps = np.zeros((2, 2, 3), np.uint8)
    steps[:, 1] = 240
    canvas.set_preview(steps, Rect(0, 0, 300, 200))
    QApplication.processEvents()
    row = on_screen(canvas)[y + 100, x : x + 300, 0].astype(int)
    assert row[:70].max() == 0
    assert row[-70:].min() == 240
    assert 0 < np.diff(row).max() <= 3
    model.close()


def test_a_preview_of_the_document_s_pixels_looks_like_the_document(qtbot: QtBot) -> None:
    document = grey_document(30, 20, 90)
    document.active_layer.plane.pixels[:, ::2, :3] = 200
    canvas, model = shown_canvas(qtbot, document)
    for magnify in (canvas.actual_size, canvas.fit):
        magnify()
        settle(qtbot, canvas)
        plain = on_screen(canvas)
        canvas.set_preview(document.active_layer.plane.pixels[..., :3])
        QApplication.processEvents()
        assert np.array_equal(on_screen(canvas), plain)
        canvas.set_preview(None)
    model.close()


def test_only_the_last_of_several_previews_is_painted(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 90))
    at_actual_size(canvas, qtbot)
    drawn: list[Overlay] = []
    draw = Overlay.draw

    def noted(overlay: Overlay, painter: QPainter, transform: ViewTransform, part: Rect) -> None:
        drawn.append(overlay)
        draw(overlay, painter, transform, part)

    monkeypatch.setattr(Overlay, "draw", noted)
    for grey in range(20):
        canvas.set_preview(np.full((4, 6, 3), grey, np.uint8))
    QApplication.processEvents()
    assert len(drawn) == 1
    shown = on_screen(canvas)
    assert shown[150, 200].tolist() == [19, 19, 19]
    model.close()


def test_overlays_compose_no_tile(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(900, 700))
    settle(qtbot, canvas)
    composed = count_compositions(monkeypatch)
    canvas.set_level_map(np.random.default_rng(0).random((16, 16), np.float32))
    QApplication.processEvents()
    canvas.set_preview(np.zeros((16, 16, 3), np.uint8), Rect(0, 0, 512, 512))
    QApplication.processEvents()
    canvas.set_level_map(None)
    canvas.set_preview(None)
    QApplication.processEvents()
    assert composed == []
    model.close()


def test_the_level_map_is_laid_over_with_its_opacity(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 100))
    x, y = at_actual_size(canvas, qtbot)
    for level, entry in ((0.0, 0), (1.0, 255), (7.0, 255)):
        canvas.set_level_map(np.full((4, 4), level, np.float32), opacity=0.5)
        QApplication.processEvents()
        expected = (level_colours()[entry].astype(float) + 100) / 2
        assert np.abs(on_screen(canvas)[y + 50, x + 50] - expected).max() <= 1.5
    model.close()


def test_another_document_takes_the_overlays_away(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, grey_document(300, 200, 90))
    canvas.set_preview(np.zeros((4, 4, 3), np.uint8))
    model.set_document(grey_document(300, 200, 90))
    x, y = at_actual_size(canvas, qtbot)
    assert on_screen(canvas)[y + 50, x + 50].tolist() == [90, 90, 90]
    model.close()


def test_an_overlay_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="RGB"):
        Overlay(np.zeros((4, 4), np.uint8), Rect(0, 0, 4, 4))


def test_level_colours_rise_evenly_in_lightness() -> None:
    table = level_colours()
    assert table.shape == (256, 3)
    encoded = table / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = np.where(
        luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27
    )
    assert np.diff(lightness).min() > -0.2
    assert lightness[-1] - lightness[0] > 60
    halves = np.array_split(np.diff(lightness), 8)
    sums = np.array([half.sum() for half in halves])
    assert sums.max() < 1.7 * sums.min()
