"""Shapes against their areas and against many samples per pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.coverage import polygon_coverage
from editing.geometry import Rect
from editing.shapes import Shape, ellipse, feathered_shape, polygon, rectangle

BOUNDS = Rect(0, 0, 40, 30)
COORDINATES = st.one_of(st.integers(-8, 46).map(float), st.floats(-8, 46))
POINTS = st.tuples(COORDINATES, COORDINATES)


def placed(shape: Shape, bounds: Rect = BOUNDS) -> np.ndarray:
    whole = np.zeros((bounds.height, bounds.width), np.uint8)
    whole[shape.rect.slices()] = shape.mask
    return whole


def winding(points: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How often a polygon winds around each place."""
    count = np.zeros(x.shape, int)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crossing = (y >= min(y0, y1)) & (y < max(y0, y1))
        at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        count += np.where(crossing & (at < x), 1 if y1 > y0 else -1, 0)
    return count


@given(st.lists(POINTS, min_size=3, max_size=3))
@settings(deadline=None, max_examples=60)
def test_a_triangle_covers_what_its_samples_say(points: list[tuple[float, float]]) -> None:
    fine = 16
    steps = (np.arange(BOUNDS.width * fine) + 0.5) / fine
    x, y = np.meshgrid(steps, steps[: BOUNDS.height * fine])
    inside = winding(np.asarray(points), x, y) != 0
    shares = inside.reshape(BOUNDS.height, fine, BOUNDS.width, fine).mean(axis=(1, 3))
    mask = placed(polygon(points, BOUNDS))
    assert np.abs(mask / 255 - shares).max() < 0.15
    assert abs(mask.sum() / 255 - shares.sum()) < 0.02 * (1 + shares.sum()) + 0.3


@given(st.lists(POINTS, min_size=3, max_size=12))
@settings(deadline=None, max_examples=60)
def test_pixels_that_no_edge_touches_are_full_or_empty(points: list[tuple[float, float]]) -> None:
    mask = placed(polygon(points, BOUNDS))
    x, y = np.meshgrid(np.arange(BOUNDS.width) + 0.5, np.arange(BOUNDS.height) + 0.5)
    ways = np.asarray(points)
    near = np.zeros(mask.shape, bool)
    for start, end in zip(ways, np.roll(ways, -1, axis=0), strict=True):
        step = end - start
        length = max(float(step @ step), 1e-12)
        time = np.clip(((x - start[0]) * step[0] + (y - start[1]) * step[1]) / length, 0, 1)
        away = np.hypot(x - start[0] - time * step[0], y - start[1] - time * step[1])
        near |= away < 0.75
    expected = np.where(winding(ways, x, y) != 0, 255, 0)
    np.testing.assert_array_equal(mask[~near], expected[~near])


@given(POINTS, POINTS)
@settings(deadline=None, max_examples=60)
def test_a_rectangle_is_a_polygon(start: tuple[float, float], end: tuple[float, float]) -> None:
    (x0, y0), (x1, y1) = start, end
    expected = placed(polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], BOUNDS)).astype(int)
    assert np.abs(placed(rectangle(start, end, BOUNDS)) - expected).max() <= 1


def test_a_rectangle_on_the_grid_is_crisp() -> None:
    shape = rectangle((3, 4), (10, 9), BOUNDS)
    assert shape.rect == (3, 4, 7, 5)
    assert shape.mask.min() == 255


def test_an_ellipse_has_its_area() -> None:
    mask = placed(ellipse((5, 5), (35, 25), BOUNDS))
    assert mask.sum() / 255 == pytest.approx(np.pi * 15 * 10, rel=2e-3)
    assert np.abs(mask.astype(int) - mask[:, ::-1]).max() <= 1
    assert set(np.unique(placed(ellipse((5, 5), (35, 25), BOUNDS, antialias=False)))) == {0, 255}


def test_a_loop_drawn_twice_stays_full() -> None:
    once = [(5.0, 5.0), (30.0, 6.0), (28.0, 25.0), (6.0, 22.0)]
    twice = placed(polygon(once * 2, BOUNDS))
    inner = placed(polygon(once, BOUNDS)) == 255
    assert (twice[inner] == 255).all()


def test_both_lobes_of_an_eight_are_full() -> None:
    mask = placed(polygon([(5, 5), (35, 25), (35, 5), (5, 25)], BOUNDS))
    assert mask[15, 10] == mask[15, 30] == 255
    assert mask[7, 20] == mask[23, 20] == 0


def test_a_polygon_beyond_the_document_is_cut() -> None:
    mask = placed(polygon([(-100, -100), (140, -100), (140, 130), (-100, 130)], BOUNDS))
    assert mask.min() == 255
    outside = polygon([(50, 50), (60, 50), (60, 60)], BOUNDS)
    assert outside.rect.is_empty


def test_two_points_enclose_nothing() -> None:
    assert polygon([(1, 1), (5, 5)], BOUNDS).rect.is_empty


def test_coverage_of_half_a_pixel() -> None:
    corners = np.array([(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)])
    np.testing.assert_array_equal(polygon_coverage(corners, Rect(0, 0, 2, 1)), [[128, 0]])


def test_a_feathered_shape_fades_within_the_document() -> None:
    shape = feathered_shape(rectangle((0, 10), (20, 20), BOUNDS), 4, BOUNDS)
    assert shape.rect == (0, 6, 24, 18)
    mask = placed(shape)
    assert (mask[15, :16] == 255).all()  # it does not fade at the edge of the picture
    assert 0 < mask[15, 20] < 128 < mask[15, 19] < 255
