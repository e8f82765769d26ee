"""Large documents: mip levels are built in slices, and what is shown meanwhile is right in kind."""

import time

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.compositor import Compositor, Tint
from app.canvas.mip_thread import MipThread, Wanted
from app.canvas.tile_cache import TileCache, TileKey
from editing.document import Document
from editing.geometry import Rect
from editing.plane import Plane
from tests.app.canvas_parts import grey_document, on_screen, settle, shown_canvas

NEVER = float("inf")
PAST = 0.0


def wait_for(thread: MipThread) -> None:
    while thread.is_running:
        time.sleep(0.001)


def halves_document() -> Document:
    """4000 x 3000, left half dark, right half light."""
    document = grey_document(4000, 3000, 40)
    document.active_layer.plane.pixels[:, 2000:, :3] = 220
    return document


def test_a_large_document_is_shown_coarsely_and_then_properly(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = halves_document()
    document.active_layer.plane.pixels[::2, ::2, :3] = 0
    with monkeypatch.context() as patch:
        patch.setattr("app.canvas.document_view.FRAME_S", -1.0)
        canvas, model = shown_canvas(qtbot, document)
        QApplication.processEvents()
        coarse = on_screen(canvas).astype(int)[150]
    assert canvas.is_refining
    assert set(coarse[30:190].flat) <= {0, 40}, "single pixels of the left half"
    assert set(coarse[210:370].flat) <= {0, 220}, "single pixels of the right half"
    settle(qtbot, canvas)
    final = on_screen(canvas).astype(int)[150]
    assert np.abs(final[30:190] - 0.75 * 40).max() <= 1
    assert np.abs(final[210:370] - 0.75 * 220).max() <= 1
    model.close()


def test_the_event_loop_runs_while_mip_levels_are_built(qtbot: QtBot) -> None:
    canvas, model = shown_canvas(qtbot, halves_document())
    slices = 0
    while True:
        QApplication.processEvents()
        slices += 1
        if not canvas.is_refining:
            break
    assert slices > 1
    model.close()


def test_the_thread_builds_what_is_wanted_first_and_then_the_rest() -> None:
    plane = halves_document().active_layer.plane
    thread = MipThread()
    thread.build([Wanted(plane, 3, Rect.of_shape(plane.levels[3].shape))])
    wait_for(thread)
    assert plane.is_valid(3, plane.bounds)
    assert not plane.is_valid(4, plane.bounds)
    assert plane.levels[3][100, 10, 0] == 40
    plane.pixels[:100, :100, :3] = 7
    plane.mark_dirty(Rect(0, 0, 100, 100))
    assert not plane.is_valid(3, plane.bounds)
    thread.build_all([plane])
    wait_for(thread)
    assert all(plane.is_valid(n, plane.bounds) for n in range(len(plane.levels)))
    assert plane.levels[3][3, 3, 0] == 7


def test_the_thread_stops_in_the_middle() -> None:
    plane = halves_document().active_layer.plane
    thread = MipThread()
    thread.build_all([plane])
    thread.stop()
    wait_for(thread)
    assert not plane.is_valid(len(plane.levels) - 1, plane.bounds)


def test_levels_built_while_strokes_go_on_are_right_in_the_end() -> None:
    document = halves_document()
    plane = document.active_layer.plane
    thread = MipThread()
    for k in range(40):
        thread.build_all([plane])
        rect = Rect(97 * k, 61 * k, 150, 90)
        plane.pixels[rect.slices()] = k
        plane.mark_dirty(rect)
        if k % 3 == 0:
            plane.level(2, rect.scale(0.25))
    wait_for(thread)
    fresh = Plane(plane.pixels.copy())
    for n, level in enumerate(plane.levels):
        whole = Rect.of_shape(level.shape)
        assert np.array_equal(plane.level(n, whole), fresh.level(n, whole))


def test_no_mip_level_of_an_empty_mask_is_built() -> None:
    document = halves_document()
    assert document.mask.is_valid(2, document.bounds)
    compositor = Compositor(document.layers, (Tint(document.mask),))
    document.mask.levels[2][:] = 99
    document.active_layer.plane.level(2, document.bounds)
    everything = compositor.level_bounds(2)
    assert compositor.prepare(2, everything, PAST)
    assert compositor.tint_films(2, everything) == []


def test_the_cache_stays_within_its_limit() -> None:
    document = halves_document()
    compositor = Compositor(document.layers)
    tiles = TileCache(compositor, limit_bytes=1_000_000)
    for row in range(4):
        for column in range(4):
            tile = tiles.tile(TileKey(0, column, row), NEVER)
            assert tile is not None
            assert tiles.size_bytes <= 1_000_000
    assert tiles.size_bytes > 500_000


def test_a_tile_is_composed_anew_only_where_it_is_stale() -> None:
    document = halves_document()
    compositor = Compositor(document.layers)
    tiles = TileCache(compositor)
    key = TileKey(0, 1, 1)
    tile = tiles.tile(key, NEVER)
    assert tile is not None
    tile.pixels[:] = 0xFF123456
    tiles.mark_layers_dirty(Rect(300, 300, 10, 5))
    assert tiles.tile(key, NEVER) is tile
    anew = tile.pixels != 0xFF123456
    rows, columns = np.nonzero(anew)
    assert (rows.min() + tile.rect.y, rows.max() + tile.rect.y) == (300, 304)
    assert (columns.min() + tile.rect.x, columns.max() + tile.rect.x) == (300, 309)


def test_a_change_at_a_tile_edge_reaches_the_neighbours_gutter() -> None:
    document = halves_document()
    tiles = TileCache(Compositor(document.layers))
    left, right = TileKey(0, 0, 0), TileKey(0, 1, 0)
    assert tiles.tile(left, NEVER) is not None
    assert tiles.tile(right, NEVER) is not None
    document.active_layer.plane.pixels[10, 256, :3] = 200
    document.active_layer.plane.mark_dirty(Rect(256, 10, 1, 1))
    tiles.mark_layers_dirty(Rect(256, 10, 1, 1))
    tile = tiles.tile(left, NEVER)
    assert tile is not None
    assert tile.pixels[10, 256] == 0xFFC8C8C8


def test_several_regions_lie_over_each_other_in_order() -> None:
    document = grey_document(300, 300, 100)
    other = Document.blank(300, 300)
    document.mask.pixels[:, :200] = 255
    document.mask.mark_dirty(document.bounds)
    other.mask.pixels[:, 100:] = 255
    other.mask.mark_dirty(document.bounds)
    tints = (
        Tint(document.mask, (255, 0, 0), 1.0),
        Tint(other.mask, (0, 0, 255), 0.5),
    )
    tile = TileCache(Compositor(document.layers, tints)).tile(TileKey(0, 0, 0), NEVER)
    assert tile is not None
    assert tile.pixels[50, 50] == 0xFFFF0000
    red, blue = (int(tile.pixels[50, 150]) >> shift & 255 for shift in (16, 0))
    assert (red, blue) == pytest.approx((127, 128), abs=1)
    red, blue = (int(tile.pixels[50, 250]) >> shift & 255 for shift in (16, 0))
    assert (red, blue) == pytest.approx((50, 178), abs=1)
