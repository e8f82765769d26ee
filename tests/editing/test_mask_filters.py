"""Mask filters against references that look at every pixel by itself."""

from collections import deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from editing.mask_filters import (
    bordered,
    dilated,
    eroded,
    feathered,
    largest_part,
    smoothed,
    without_holes,
)
from editing.plane import Pixels

VALUES = st.one_of(st.sampled_from([0, 255]), st.integers(0, 255))
MASKS = arrays(
    np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=VALUES, fill=st.just(0)
)


def disc_values(mask: Pixels, row: int, column: int, radius: int) -> list[int]:
    height, width = mask.shape
    return [
        int(mask[y, x])
        for y in range(max(0, row - radius), min(height, row + radius + 1))
        for x in range(max(0, column - radius), min(width, column + radius + 1))
        if (y - row) ** 2 + (x - column) ** 2 <= radius * (radius + 1)
    ]


@given(MASKS, st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_growing_takes_the_largest_value_of_a_disc(mask: Pixels, radius: int) -> None:
    grown, shrunk = dilated(mask, radius), eroded(mask, radius)
    for row, column in np.ndindex(*mask.shape):
        values = disc_values(mask, row, column, radius)
        assert grown[row, column] == max(values)
        assert shrunk[row, column] == min(values)


def test_growing_across_strips_is_seamless() -> None:
    mask = np.zeros((700, 90), np.uint8)
    mask[127, 40] = mask[128, 70] = mask[600, 20] = 255
    grown = dilated(mask, 30)
    rows, columns = np.mgrid[:700, :90]
    expected = np.zeros_like(mask)
    for row, column in ((127, 40), (128, 70), (600, 20)):
        expected[(rows - row) ** 2 + (columns - column) ** 2 <= 30 * 31] = 255
    np.testing.assert_array_equal(grown, expected)


def test_a_mask_is_not_eaten_away_at_the_edge_of_the_picture() -> None:
    full = np.full((20, 30), 255, np.uint8)
    np.testing.assert_array_equal(eroded(full, 5), full)
    np.testing.assert_array_equal(feathered(full, 5), full)


@given(MASKS, st.integers(0, 6))
@settings(deadline=None, max_examples=60)
def test_feather_is_the_mean_under_a_pyramid(mask: Pixels, radius: int) -> None:
    slope = np.array([radius + 1 - abs(i) for i in range(-radius, radius + 1)], float)
    slope /= slope.sum()
    padded = np.pad(mask.astype(float), radius, mode="edge")
    rows = np.apply_along_axis(lambda line: np.convolve(line, slope, "valid"), 0, padded)
    expected = np.apply_along_axis(lambda line: np.convolve(line, slope, "valid"), 1, rows)
    # Each of both boxes rounds.
    assert np.abs(feathered(mask, radius) - expected).max() < 2


def test_an_edge_fades_over_so_many_pixels_to_either_side() -> None:
    mask = np.zeros((5, 100), np.uint8)
    mask[:, 50:] = 255
    for radius in (1, 4, 9, 20):
        line = feathered(mask, radius)[2].astype(int)
        assert (line[: 50 - radius] == 0).all()
        assert (line[50 + radius :] == 255).all()
        assert 0 < line[50 - 1] < 128 < line[50] < 255
        assert (np.diff(line) >= 0).all()
        assert np.abs(line + line[::-1] - 255).max() <= 2


@given(MASKS, st.integers(0, 3))
@settings(deadline=None, max_examples=40)
def test_smoothing_is_the_median(mask: Pixels, radius: int) -> None:
    padded = np.pad(mask, radius, mode="edge")
    smooth = smoothed(mask, radius)
    side = 2 * radius + 1
    for row, column in np.ndindex(*mask.shape):
        assert smooth[row, column] == np.median(padded[row : row + side, column : column + side])


@given(MASKS, st.integers(0, 4))
@settings(deadline=None, max_examples=30)
def test_a_border_is_what_growing_and_shrinking_differ_by(mask: Pixels, radius: int) -> None:
    expected = dilated(mask, radius).astype(int) - eroded(mask, radius)
    np.testing.assert_array_equal(bordered(mask, radius), expected)


def enclosed(mask: Pixels, wall: int) -> np.ndarray:
    height, width = mask.shape
    free = np.pad(mask < wall, 1, constant_values=True)
    seen = np.zeros_like(free)
    seen[0, 0] = True
    queue = deque([(0, 0)])
    while queue:
        row, column = queue.popleft()
        for y, x in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= y < height + 2 and 0 <= x < width + 2
            if inside and free[y, x] and not seen[y, x]:
                seen[y, x] = True
                queue.append((y, x))
    return (free & ~seen)[1:-1, 1:-1]


@given(MASKS)
@settings(deadline=None, max_examples=60)
def test_holes_are_what_no_path_leads_out_of(mask: Pixels) -> None:
    expected = np.where(enclosed(mask, 128) | enclosed(mask, 255), 255, mask)
    np.testing.assert_array_equal(without_holes(mask), expected)


def test_a_bay_at_the_edge_of_the_picture_is_no_hole() -> None:
    mask = np.zeros((9, 9), np.uint8)
    mask[2:7, 2:7] = 255
    mask[3:6, 3:6] = 0
    assert without_holes(mask)[4, 4] == 255
    np.testing.assert_array_equal(without_holes(mask[4:]), mask[4:])


def test_only_the_heaviest_part_stays() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[1:5, 1:5] = 60  # more pixels, less weight
    mask[10:13, 10:13] = 200
    mask[13, 13] = 7  # joined by a corner
    expected = np.where(np.arange(20)[:, None] >= 10, mask, 0)
    np.testing.assert_array_equal(largest_part(mask), expected)
    np.testing.assert_array_equal(largest_part(expected), expected)
