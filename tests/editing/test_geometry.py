"""Rectangles: tables of cases, and laws that hold for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editing.geometry import EMPTY, Rect

rects = st.builds(
    Rect, st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 40), st.integers(0, 40)
)
solid = rects.filter(lambda rect: not rect.is_empty)


def pixels(rect: Rect) -> set[tuple[int, int]]:
    return {(x, y) for x in range(rect.x, rect.right) for y in range(rect.y, rect.bottom)}


@pytest.mark.parametrize(
    ("rect", "bounds", "expected"),
    [
        (Rect(2, 3, 4, 5), Rect(0, 0, 10, 10), Rect(2, 3, 4, 5)),
        (Rect(-2, 8, 4, 5), Rect(0, 0, 10, 10), Rect(0, 5, 4, 5)),
        (Rect(9, -9, 4, 5), Rect(0, 0, 10, 10), Rect(6, 0, 4, 5)),
        (Rect(-5, 3, 40, 5), Rect(0, 0, 10, 10), Rect(0, 3, 10, 5)),
        (Rect(0, 0, 4, 4), Rect(10, 20, 8, 2), Rect(10, 20, 4, 2)),
    ],
)
def test_clamp_moves_in_and_cuts_only_what_is_too_large(
    rect: Rect, bounds: Rect, expected: Rect
) -> None:
    assert rect.clamp(bounds) == expected


@pytest.mark.parametrize(
    ("rect", "amount", "expected"),
    [
        (Rect(5, 5, 2, 2), 3, Rect(2, 2, 8, 8)),
        (Rect(5, 5, 8, 8), -2, Rect(7, 7, 4, 4)),
        (Rect(5, 5, 2, 2), -3, Rect(8, 8, 0, 0)),
    ],
)
def test_pad(rect: Rect, amount: int, expected: Rect) -> None:
    assert rect.pad(amount) == expected


@pytest.mark.parametrize(
    ("rect", "factor", "expected"),
    [
        (Rect(2, 4, 6, 8), 0.5, Rect(1, 2, 3, 4)),
        (Rect(3, 5, 2, 2), 0.5, Rect(1, 2, 2, 2)),
        (Rect(3, 5, 1, 1), 0.25, Rect(0, 1, 1, 1)),
        (Rect(1, 1, 2, 3), 3, Rect(3, 3, 6, 9)),
        (Rect(3, 5, 0, 4), 2, Rect(6, 10, 0, 0)),
    ],
)
def test_scale_rounds_outward(rect: Rect, factor: float, expected: Rect) -> None:
    assert rect.scale(factor) == expected


@given(rects, rects)
def test_intersection_is_the_common_pixels(a: Rect, b: Rect) -> None:
    assert pixels(a.intersect(b)) == pixels(a) & pixels(b)
    assert a.contains(b) == (pixels(b) <= pixels(a))


@given(solid, solid)
def test_union_is_the_smallest_rectangle_around_both(a: Rect, b: Rect) -> None:
    union = a.union(b)
    assert union.contains(a)
    assert union.contains(b)
    assert union.x == min(a.x, b.x)
    assert union.bottom == max(a.bottom, b.bottom)
    assert union.area == len(pixels(union))


@given(rects)
def test_the_empty_rectangle_adds_nothing(rect: Rect) -> None:
    assert pixels(rect.union(EMPTY)) == pixels(EMPTY.union(rect)) == pixels(rect)


@given(rects, st.integers(-9, 9), st.integers(-9, 9))
def test_translate_there_and_back(rect: Rect, dx: int, dy: int) -> None:
    moved = rect.translate(dx, dy)
    assert moved.size == rect.size
    assert moved.translate(-dx, -dy) == rect


def test_slices_index_rows_then_columns() -> None:
    grid = np.arange(20).reshape(4, 5)
    assert grid[Rect(1, 2, 3, 1).slices()].tolist() == [[11, 12, 13]]
    assert Rect.of_shape((4, 5, 3)) == Rect(0, 0, 5, 4)


def test_slices_refuse_what_would_count_from_the_end() -> None:
    with pytest.raises(ValueError, match="outside"):
        Rect(-1, 0, 3, 3).slices()
