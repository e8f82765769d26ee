"""Strokes against a naive painter, and the promises a stroke makes."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.brush import Brush, Stroke
from editing.document import Document
from editing.geometry import Rect
from editing.stamps import StampCache, StampKey, make_stamp

Pixels = npt.NDArray[np.uint8]

points = st.tuples(st.floats(-60, 340), st.floats(-60, 340))
brushes = st.builds(
    Brush,
    radius_px=st.sampled_from([0.5, 3.5, 7.0, 16.0, 33.3, 64.0, 90.0]),
    hardness=st.sampled_from([0.0, 0.5, 1.0]),
    opacity=st.sampled_from([0.3, 1.0]),
    erase=st.booleans(),
)


def naive_dab(mask: Pixels, brush: Brush, x: float, y: float) -> None:
    """Paint one dab by the definition, over every pixel of the mask."""
    steps = 4 if brush.radius_px <= 16 else 2 if brush.radius_px <= 64 else 1
    centre_x = (math.floor(x * steps) + 0.5) / steps
    centre_y = (math.floor(y * steps) + 0.5) / steps
    column = np.arange(mask.shape[1], dtype=np.float32) + 0.5
    row = np.arange(mask.shape[0], dtype=np.float32) + 0.5
    distance = np.hypot(column[None, :] - centre_x, row[:, None] - centre_y)
    rim = max(1, brush.radius_px * (1 - brush.hardness))
    value = np.clip((brush.radius_px + 0.5 - distance) / rim, 0, 1) * 255 * brush.opacity
    if brush.erase:
        mask[...] = np.minimum(mask, 255 - np.rint(value))
    else:
        mask[...] = np.maximum(mask, np.rint(value))


def naive_stroke(mask: Pixels, brush: Brush, path: list[tuple[float, float]]) -> None:
    naive_dab(mask, brush, *path[0])
    spacing = max(0.25 * brush.radius_px, 0.5)
    for (ax, ay), (bx, by) in itertools.pairwise(path):
        count = max(1, math.ceil(math.hypot(bx - ax, by - ay) / spacing))
        for i in range(1, count + 1):
            naive_dab(mask, brush, ax + (bx - ax) * i / count, ay + (by - ay) * i / count)


@given(
    size=st.sampled_from([(160, 150), (1, 1), (1, 300), (257, 1), (300, 280)]),
    brush=brushes,
    path=st.lists(points, min_size=1, max_size=3),
    full=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_stroke_equals_the_naive_painter(
    size: tuple[int, int], brush: Brush, path: list[tuple[float, float]], full: bool
) -> None:
    document = Document.blank(*size)
    document.mask.pixels[...] = 255 if full else 0
    before = document.mask.pixels.copy()
    expected = before.copy()
    naive_stroke(expected, brush, path)
    stroke = Stroke(document, brush)
    dirty = Rect(0, 0, 0, 0)
    for x, y in path:
        dirty = dirty.union(stroke.move_to(x, y).rect)
    # The distance is rounded in another order of operations here, so a level may tip over.
    difference = np.abs(document.mask.pixels.astype(int) - expected)
    assert difference.max() <= 1
    changed = np.argwhere(document.mask.pixels != before)
    assert all(dirty.contains(Rect(int(x), int(y), 1, 1)) for y, x in changed)
    command = stroke.finish()
    assert (command is None) == (len(changed) == 0)
    if command is not None:
        after = document.mask.pixels.copy()
        command.undo()
        assert np.array_equal(document.mask.pixels, before)
        command.redo()
        assert np.array_equal(document.mask.pixels, after)


@given(brush=brushes, path=st.lists(points, min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_abort_restores_every_pixel(brush: Brush, path: list[tuple[float, float]]) -> None:
    document = Document.blank(160, 150)
    document.mask.pixels[...] = np.arange(160, dtype=np.uint8)
    before = document.mask.pixels.copy()
    stroke = Stroke(document, brush)
    for x, y in path:
        stroke.move_to(x, y)
    stroke.abort()
    assert np.array_equal(document.mask.pixels, before)
    assert stroke.finish() is None


def test_a_hard_line_has_no_gaps_and_smooth_edges() -> None:
    document = Document.blank(400, 60)
    stroke = Stroke(document, Brush(radius_px=10, hardness=1))
    stroke.move_to(20, 30)
    stroke.move_to(380, 30)
    core = document.mask.pixels[21:39, 20:380]
    assert core.min() == 255
    edge = document.mask.pixels[19, 30:370]
    assert np.ptp(edge.astype(int)) <= 24  # Scalloped edges would swing much more.


def test_the_smallest_brush_marks_the_pixel_it_is_on() -> None:
    document = Document.blank(9, 9)
    Stroke(document, Brush(radius_px=0.5, hardness=1)).move_to(4.5, 4.5)
    assert document.mask.pixels[4, 4] > 200
    assert np.count_nonzero(document.mask.pixels > 128) == 1


def test_small_brushes_follow_the_pointer_within_a_pixel() -> None:
    centroids = []
    for x in (20.1, 20.4, 20.6, 20.9):
        document = Document.blank(40, 40)
        Stroke(document, Brush(radius_px=4)).move_to(x, 20.5)
        weights = document.mask.pixels.astype(float).sum(axis=0)
        centroids.append(float((weights * (np.arange(40) + 0.5)).sum() / weights.sum()))
    assert centroids == sorted(centroids)
    assert centroids == pytest.approx([20.1, 20.4, 20.6, 20.9], abs=0.15)


def test_overlapping_dabs_do_not_add_up() -> None:
    document = Document.blank(100, 100)
    stroke = Stroke(document, Brush(radius_px=20, opacity=0.5))
    for _ in range(5):
        stroke.move_to(50, 50)
    assert document.mask.pixels.max() == 128


def test_a_stroke_beside_the_picture_changes_nothing() -> None:
    document = Document.blank(50, 50)
    stroke = Stroke(document, Brush(radius_px=5))
    assert stroke.move_to(-500, 20).rect.is_empty
    assert stroke.move_to(-400, 30).rect.is_empty
    assert stroke.finish() is None
    assert not document.has_mask


def test_painting_what_is_painted_leaves_nothing_to_undo() -> None:
    document = Document.blank(100, 100)
    first = Stroke(document, Brush(radius_px=9))
    first.move_to(50, 50)
    assert first.finish() is not None
    again = Stroke(document, Brush(radius_px=9))
    again.move_to(50, 50)
    assert again.finish() is None


def test_the_levels_above_follow_the_stroke() -> None:
    document = Document.blank(1100, 1100)
    document.mask.level(2, Rect(0, 0, 275, 275))
    Stroke(document, Brush(radius_px=60, hardness=1)).move_to(600, 600)
    assert document.mask.level(2, Rect(150, 150, 1, 1)).tolist() == [[255]]


@pytest.mark.parametrize(
    ("name", "value"),
    [("radius_px", 0.1), ("radius_px", 1e6), ("hardness", 1.5), ("opacity", -0.1)],
)
def test_impossible_brushes_are_refused(name: str, value: float) -> None:
    settings_of_brush: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=name):
        Brush(**settings_of_brush)


def test_the_stamp_cache_keeps_within_its_limit() -> None:
    cache = StampCache(limit_bytes=30_000)
    keys = [StampKey(radius, 0.5, 1.0, 0.5, 0.5) for radius in (10.0, 20.0, 30.0, 40.0, 50.0)]
    for key in keys:
        assert np.array_equal(cache.get(key), make_stamp(key))
    assert cache.size_bytes <= 30_000
    assert cache.get(keys[-1]) is cache.get(keys[-1])
