"""View transform, resampling and tile cells: pure geometry, no widget."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.frame import cells, shown_rect
from app.canvas.resample import filter_for, resample
from app.canvas.view_transform import (
    LARGEST_ZOOM,
    SMALLEST_ZOOM,
    ViewTransform,
    clamp_zoom,
    fitted,
)
from editing.geometry import Rect

ZOOMS = st.floats(SMALLEST_ZOOM, LARGEST_ZOOM)
PLACES = st.floats(-5000, 5000)


@given(ZOOMS, PLACES, PLACES, PLACES, PLACES)
def test_device_and_document_coordinates_are_inverse(
    zoom: float, x: float, y: float, px: float, py: float
) -> None:
    transform = ViewTransform(zoom, x, y)
    assert transform.to_device(*transform.to_document(px, py)) == pytest.approx((px, py), abs=1e-6)


@given(ZOOMS, ZOOMS, PLACES, PLACES)
def test_zooming_keeps_the_point_under_the_anchor(
    before: float, after: float, x: float, y: float
) -> None:
    transform = ViewTransform(before, 12.25, -7.5)
    zoomed = transform.zoomed(after, x, y)
    exact = ((x - transform.exact_x) / before, (y - transform.exact_y) / before)
    assert zoomed.exact_x + exact[0] * after == pytest.approx(x, abs=1e-6)
    assert zoomed.exact_y + exact[1] * after == pytest.approx(y, abs=1e-6)


def test_zooming_in_and_out_again_ends_where_it_began() -> None:
    start = ViewTransform(0.37, 11.3, 29.8)
    transform = start
    for factor in [1.2] * 20 + [1 / 1.2] * 20:
        transform = transform.zoomed(transform.zoom * factor, 317, 211)
    assert transform.zoom == pytest.approx(start.zoom)
    assert (transform.exact_x, transform.exact_y) == pytest.approx((11.3, 29.8))


def test_zoom_is_kept_within_its_limits() -> None:
    assert clamp_zoom(1e-9) == SMALLEST_ZOOM
    assert ViewTransform(1.0).zoomed(1e9, 0, 0).zoom == LARGEST_ZOOM


@pytest.mark.parametrize("size", [(8192, 8192), (128, 128), (1, 1), (3000, 20), (1600, 1000)])
def test_a_fitted_document_lies_in_the_middle_and_within_the_view(size: tuple[int, int]) -> None:
    transform = fitted(size, (800, 600))
    shown = shown_rect(transform, Rect(0, 0, *size))
    assert Rect(0, 0, 800, 600).contains(shown)
    assert abs(shown.x - (800 - shown.right)) <= 1
    assert abs(shown.y - (600 - shown.bottom)) <= 1
    if transform.zoom >= 2:
        assert transform.zoom == int(transform.zoom)


@given(ZOOMS, st.integers(-900, 900), st.integers(-900, 900), st.integers(0, 3))
def test_every_device_pixel_of_the_document_belongs_to_one_tile(
    zoom: float, x: int, y: int, level: int
) -> None:
    transform = ViewTransform(zoom / 8, x, y)
    shown = shown_rect(transform, Rect(0, 0, 3000, 1111))
    part = Rect(0, 0, 97, 61).intersect(shown)
    count = np.zeros((61, 97), np.int64)
    for _, cell in cells(part, transform, level, shown):
        count[cell.slices()] += 1
    expected = np.zeros_like(count)
    if not part.is_empty:
        expected[part.slices()] = 1
    assert np.array_equal(count, expected)


def test_filters_change_at_100_and_200_percent() -> None:
    assert [filter_for(scale) for scale in (0.6, 0.99, 1.0, 1.5, 2.0, 8.0)] == [
        "bilinear",
        "bilinear",
        "copy",
        "bilinear",
        "nearest",
        "nearest",
    ]


@pytest.mark.parametrize("scale", [0.5001, 0.51, 0.74, 0.77, 0.99, 1.0, 1.6, 1.93, 3.3, 8.0, 64.0])
def test_a_part_is_sampled_like_the_whole(scale: float) -> None:
    random = np.random.default_rng(5)
    source = random.integers(0, 2**32, (258, 258), dtype=np.uint32)
    side = min(700, int(258 * scale))
    corner = (-13.0, 7.0)
    whole = np.zeros((side, side), np.uint32)
    resample(source, corner, (scale, scale), whole, Rect(0, 0, side, side), filter_for(scale))
    for _ in range(20):
        x, y = (int(n) for n in random.integers(0, side - 20, 2))
        rect = Rect(x, y, *(int(n) for n in random.integers(1, 20, 2)))
        part = np.zeros((rect.height, rect.width), np.uint32)
        resample(source, corner, (scale, scale), part, rect, filter_for(scale))
        assert np.array_equal(part, whole[rect.slices()])


def test_nearest_takes_the_pixel_under_the_centre() -> None:
    source = np.arange(12, dtype=np.uint32).reshape(3, 4)
    target = np.zeros((8, 11), np.uint32)
    resample(source, (0, 0), (2.6, 2.6), target, Rect(0, 0, 11, 8), "nearest")
    for y in range(8):
        for x in range(11):
            column, row = min(3, int((x + 0.5) / 2.6)), min(2, int((y + 0.5) / 2.6))
            assert target[y, x] == source[row, column]


def test_bilinear_is_exact_within_rounding() -> None:
    source = np.random.default_rng(1).integers(0, 2**32, (9, 7), dtype=np.uint32)
    target = np.zeros((20, 15), np.uint32)
    resample(source, (0.5, -3.0), (2.3, 1.7), target, Rect(0, 0, 15, 20), "bilinear")
    levels = source.view(np.uint8).reshape(9, 7, 4).astype(float)
    xs = np.clip((np.arange(15) + 0.5 - 0.5) / 2.3 - 0.5, 0, 6)
    ys = np.clip((np.arange(20) + 0.5 + 3.0) / 1.7 - 0.5, 0, 8)
    x0, y0 = np.minimum(xs.astype(int), 5), np.minimum(ys.astype(int), 7)
    fx, fy = (xs - x0)[None, :, None], (ys - y0)[:, None, None]
    top = levels[y0][:, x0] * (1 - fx) + levels[y0][:, x0 + 1] * fx
    bottom = levels[y0 + 1][:, x0] * (1 - fx) + levels[y0 + 1][:, x0 + 1] * fx
    expected = top * (1 - fy) + bottom * fy
    found = target.view(np.uint8).reshape(20, 15, 4)
    # Half a level of rounding, and the grid of 1/8192 pixels.
    assert np.abs(found - expected).max() <= 0.6


def test_copy_beyond_the_edge_repeats_the_edge() -> None:
    source = np.arange(6, dtype=np.uint32).reshape(2, 3)
    target = np.zeros((2, 5), np.uint32)
    resample(source, (1, 0), (1, 1), target, Rect(0, 0, 5, 2), "copy")
    assert target.tolist() == [[0, 0, 1, 2, 2], [3, 3, 4, 5, 5]]
