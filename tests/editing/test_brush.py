"""Strokes against a naive painter, and the promises a stroke makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.brush import Brush, Stroke
from editing.document import Document
from editing.errors import EditingError
from editing.geometry import Rect
from editing.gesture import MOUSE, Pen
from editing.plane import Plane
from editing.stamps import StampCache, StampKey, make_stamp
from tests.editing.naive_painter import (
    Path,
    brushes,
    close,
    naive_coverage,
    naive_over,
    paint,
    paths,
    selected,
)


@given(
    size=st.sampled_from([(160, 150), (1, 1), (1, 300), (257, 1), (300, 280)]),
    brush=brushes,
    path=paths,
    full=st.booleans(),
    selection=st.sampled_from(["none", "soft", "half"]),
)
@settings(max_examples=25, deadline=None)
def test_a_stroke_equals_the_naive_painter(
    size: tuple[int, int], brush: Brush, path: Path, full: bool, selection: str
) -> None:
    document = Document.blank(*size)
    document.mask.pixels[...] = 200 if full else 0
    weights = selected(document, selection).astype(int)
    before = document.mask.pixels.copy()
    coverage = naive_coverage(brush, path, before).astype(int)
    if brush.erase:
        expected = before - np.rint(np.minimum(before, coverage) * weights / 255)
    else:
        expected = before + np.rint(np.maximum(coverage - before, 0) * weights / 255)
    stroke = Stroke(document, brush)
    dirty = Rect(0, 0, 0, 0)
    for (x, y), pen in path:
        dirty = dirty.union(stroke.move_to(x, y, pen).rect)
    assert close(document.mask.pixels, expected, 1 if brush.flow == 1 else 4)
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


@given(
    brush=brushes,
    path=paths,
    alpha=st.sampled_from(["opaque", "clear", "any"]),
    selection=st.sampled_from(["none", "soft", "half"]),
    colour=st.sampled_from([(0, 0, 0), (255, 128, 3)]),
)
@settings(max_examples=20, deadline=None)
def test_a_stroke_on_a_layer_is_source_over_of_the_whole_stroke(
    brush: Brush, path: Path, alpha: str, selection: str, colour: tuple[int, int, int]
) -> None:
    random = np.random.default_rng(5)
    before = random.integers(0, 256, (150, 290, 4), dtype=np.uint8)
    if alpha != "any":
        before[..., 3] = 255 if alpha == "opaque" else 0
    document = Document(before.copy())
    document.target = "layer"
    weights = selected(document, selection).astype(int)
    coverage = naive_coverage(brush, path, before)
    stroke = paint(document, brush, path, colour)
    painted = document.active_layer.plane.pixels
    if brush.erase:
        loss = np.rint(np.minimum(before[..., 3], coverage) * weights / 255)
        expected = before.copy()
        expected[..., 3] = before[..., 3] - loss
    else:
        effect = np.rint(coverage * weights / 255).astype(np.uint8)
        expected = naive_over(before, colour, effect)
    tolerance = 1 if brush.flow == 1 else 4
    assert close(painted[..., 3], expected[..., 3], tolerance)
    seen = expected[..., 3:].astype(int)
    # What a level of colour weighs is its alpha: where nearly nothing is seen, colours are rough.
    difference = np.abs(painted[..., :3].astype(int) - expected[..., :3]) * seen / 255
    assert difference.max() <= tolerance + 1
    untouched = coverage == 0
    assert np.array_equal(painted[untouched], before[untouched])
    stroke.abort()
    assert np.array_equal(painted, before)


@given(brush=brushes, path=paths, target=st.sampled_from(["region", "layer", "layer_mask"]))
@settings(max_examples=40, deadline=None)
def test_erasing_with_the_same_stroke_leaves_nothing(brush: Brush, path: Path, target: Any) -> None:
    document = Document(np.zeros((150, 160, 4), np.uint8))
    mask = Plane.zeros((150, 160))
    structure = document.structure
    document.structure = structure.with_layer(replace(structure.layers[0], mask=mask))
    document.target = target
    paint(document, replace(brush, erase=False), path, (255, 255, 255)).finish()
    paint(document, replace(brush, erase=True), path).finish()
    assert not document.mask.pixels.any()
    assert not document.active_layer.plane.pixels[..., 3].any()
    assert not mask.pixels.any()


@given(brush=brushes, path=paths, grey=st.sampled_from([0, 90, 255]))
@settings(max_examples=20, deadline=None)
def test_a_layer_mask_is_painted_in_grey(brush: Brush, path: Path, grey: int) -> None:
    brush = replace(brush, erase=False)
    document = Document.blank(160, 150)
    mask = Plane(np.random.default_rng(1).integers(0, 256, (150, 160), dtype=np.uint8))
    before = mask.pixels.copy().astype(int)
    structure = document.structure
    document.structure = structure.with_layer(replace(structure.layers[0], mask=mask))
    document.target = "layer_mask"
    paint(document, brush, path, (grey, grey, grey))
    coverage = naive_coverage(brush, path, mask.pixels).astype(int)
    expected = np.rint(before + (grey - before) * coverage / 255)
    assert close(mask.pixels, expected, 1 if brush.flow == 1 else 4)


def test_flow_builds_up_to_the_opacity_and_not_beyond() -> None:
    document = Document.blank(100, 100)
    stroke = Stroke(document, Brush(radius_px=20, opacity=0.5, flow=0.2, hardness=1))
    values = []
    for _ in range(40):
        stroke.move_to(50, 50)
        stroke.move_to(60, 50)
        values.append(int(document.mask.pixels[50, 50]))
    assert values[0] < 100
    assert values == sorted(values)
    assert values[-1] == 128


def test_pressure_sets_size_opacity_and_flow() -> None:
    pressed = []
    for name in ("pressure_size", "pressure_opacity", "pressure_flow"):
        document = Document.blank(100, 100)
        brush = Brush(radius_px=20, hardness=1, **{name: True})
        Stroke(document, brush).move_to(50, 50, Pen(0.5))
        mask = document.mask.pixels
        pressed.append((int(mask[50, 50]), int(np.count_nonzero(mask[50] > 100))))
    assert pressed == [(255, 20), (128, 39), (128, 39)]


def test_a_pen_that_is_laid_down_makes_a_long_dab_along_it() -> None:
    document = Document.blank(100, 100)
    brush = Brush(radius_px=20, hardness=1, tilt=True)
    Stroke(document, brush).move_to(50, 50, Pen(1.0, 0.0, 60.0))
    covered = document.mask.pixels > 127
    assert np.count_nonzero(covered[:, 50]) > 3 * np.count_nonzero(covered[50])


@pytest.mark.parametrize("events", [2, 7, 300])
def test_the_dabs_do_not_depend_on_how_often_the_pointer_is_looked_at(events: int) -> None:
    document = Document.blank(400, 60)
    stroke = Stroke(document, Brush(radius_px=10, flow=0.3, hardness=0.3))
    for x in np.linspace(20, 380, events):
        stroke.move_to(float(x), 30.5)
    document_again = Document.blank(400, 60)
    paint(document_again, Brush(radius_px=10, flow=0.3, hardness=0.3), [((20, 30.5), MOUSE),
          ((380, 30.5), MOUSE)])  # fmt: skip
    assert close(document.mask.pixels, document_again.mask.pixels.astype(int), 40)
    assert abs(int(document.mask.pixels.sum()) - int(document_again.mask.pixels.sum())) < 9000


def test_smoothing_takes_shakes_out_and_catches_up_at_the_release() -> None:
    document = Document.blank(300, 100)
    stroke = Stroke(document, Brush(radius_px=3, hardness=1, smoothing=20))
    for x in range(20, 250):
        stroke.move_to(x, 50 + (4 if x % 2 else -4))
    assert not document.mask.pixels[:, 235:].any()
    rows = np.nonzero(document.mask.pixels[:, 60:200].max(axis=1))[0]
    assert np.ptp(rows) <= 9
    stroke.let_go()
    stroke.move_to(249, 50)
    assert document.mask.pixels[50, 248] == 255


def test_a_locked_layer_is_not_painted_on() -> None:
    document = Document.blank(50, 50)
    structure = document.structure
    document.structure = structure.with_layer(replace(structure.layers[0], locked=True))
    document.target = "layer"
    with pytest.raises(EditingError, match="locked"):
        Stroke(document, Brush())


@given(brush=brushes, path=paths)
@settings(max_examples=30, deadline=None)
def test_abort_restores_every_pixel(brush: Brush, path: Path) -> None:
    document = Document.blank(160, 150)
    document.mask.pixels[...] = np.arange(160, dtype=np.uint8)
    before = document.mask.pixels.copy()
    stroke = paint(document, brush, path)
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
    [
        ("radius_px", 0.1),
        ("radius_px", 1e6),
        ("hardness", 1.5),
        ("opacity", -0.1),
        ("flow", 2.0),
        ("spacing", 0.0),
    ],
)
def test_impossible_brushes_are_refused(name: str, value: float) -> None:
    settings_of_brush: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=name):
        Brush(**settings_of_brush)


def test_the_stamp_cache_keeps_within_its_limit() -> None:
    cache = StampCache(limit_bytes=30_000)
    keys = [StampKey(radius, 0.5) for radius in (10.0, 20.0, 30.0, 40.0, 50.0)]
    for key in keys:
        assert np.array_equal(cache.get(key), make_stamp(key))
    assert cache.size_bytes <= 30_000
    assert cache.get(keys[-1]) is cache.get(keys[-1])
