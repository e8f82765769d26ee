"""The selection: combined with shapes, edited, moved; each edit can be undone."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing import mask_edits
from editing.document import Document
from editing.geometry import Rect
from editing.history import ChangeKind
from editing.plane import Plane
from editing.selection import (
    COMBINE_MODES,
    CombineMode,
    combine,
    lifted,
    moved,
    plan_combine,
)
from editing.tile_plan import TilePlan, content_bounds

SIZE = (600, 520)
BOUNDS = Rect(0, 0, *SIZE)


def make(seed: int, rect: Rect) -> np.ndarray:
    values = np.random.default_rng(seed).integers(0, 256, (rect.height, rect.width))
    return np.where(values < 60, 0, np.where(values > 200, 255, values)).astype(np.uint8)


def whole(mask: np.ndarray, rect: Rect) -> np.ndarray:
    result = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    result[rect.slices()] = mask
    return result


RECTS = st.builds(
    lambda x, y, w, h: Rect(x, y, w, h).intersect(BOUNDS),
    st.integers(0, SIZE[0] - 1),
    st.integers(0, SIZE[1] - 1),
    st.integers(1, 400),
    st.integers(1, 400),
)
NAIVE: dict[CombineMode, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "replace": lambda _, new: new,
    "add": np.maximum,
    "subtract": lambda old, new: np.minimum(old, 255 - new),
    "intersect": np.minimum,
}


@given(RECTS, RECTS, st.sampled_from(COMBINE_MODES), st.integers(0, 9))
@settings(deadline=None, max_examples=40)
def test_shapes_are_combined_like_fuzzy_sets(
    first: Rect, second: Rect, mode: CombineMode, seed: int
) -> None:
    document = Document.blank(*SIZE)
    old, new = make(seed, first), make(seed + 1, second)
    combine(document.selection, old, first, "replace")
    before = document.selection.pixels.copy()
    np.testing.assert_array_equal(before, whole(old, first))
    command = combine(document.selection, new, second, mode)
    expected = NAIVE[mode](before, whole(new, second))
    np.testing.assert_array_equal(document.selection.pixels, expected)
    if command is None:
        np.testing.assert_array_equal(expected, before)
        return
    command.undo()
    np.testing.assert_array_equal(document.selection.pixels, before)
    command.redo()
    np.testing.assert_array_equal(document.selection.pixels, expected)


def test_the_levels_of_the_selection_follow() -> None:
    document = Document.blank(*SIZE)
    combine(document.selection, np.full((40, 40), 255, np.uint8), Rect(300, 300, 40, 40), "add")
    level = document.selection.level(1, Rect(150, 150, 20, 20))
    assert level.min() == 255
    assert content_bounds(document.selection) == (300, 300, 40, 40)


def test_a_plan_changes_nothing_before_it_is_carried_out() -> None:
    document = Document.blank(*SIZE)
    plan = mask_edits.fill("selection", document.selection)
    assert not document.selection.pixels.any()
    assert plan.commit("Select all") is not None
    assert document.selection.pixels.min() == 255


def test_all_none_invert() -> None:
    document = Document.blank(*SIZE)
    assert mask_edits.clear("selection", document.selection).commit("Edit") is None
    assert mask_edits.fill("selection", document.selection).commit("Edit") is not None
    assert mask_edits.fill("selection", document.selection).commit("Edit") is None
    assert document.selection.pixels.min() == 255
    combine(document.selection, make(3, Rect(10, 20, 50, 60)), Rect(10, 20, 50, 60), "replace")
    before = document.selection.pixels.copy()
    assert mask_edits.invert("selection", document.selection).commit("Edit") is not None
    np.testing.assert_array_equal(document.selection.pixels, 255 - before)
    assert mask_edits.clear("selection", document.selection).commit("Edit") is not None
    assert not document.selection.pixels.any()


@pytest.mark.parametrize(
    "plan",
    [
        mask_edits.grow(9),
        mask_edits.shrink(9),
        mask_edits.feather(9),
        mask_edits.smooth(2),
        mask_edits.border(5),
        mask_edits.fill_holes,
        mask_edits.keep_largest,
    ],
)
@pytest.mark.parametrize("rect", [Rect(200, 190, 90, 110), Rect(0, 0, 40, 520)])
def test_an_edit_looks_at_the_surroundings_only_and_finds_the_same(
    plan: Callable[[ChangeKind, Plane], TilePlan], rect: Rect
) -> None:
    """The same edit of a picture without room to spare gives the same part of it."""
    large, small = Document.blank(*SIZE), Document.blank(300, 520)
    mask = np.zeros((rect.height, rect.width), np.uint8)
    mask[5:-5, 5:-5] = make(5, Rect(0, 0, rect.width - 10, rect.height - 10))
    mask[12:30, 8:-8] = 255
    mask[1, 1] = 90
    commands = []
    for document in (large, small):
        combine(document.selection, mask, rect, "replace")
        commands.append(plan("selection", document.selection).commit("Edit"))
    np.testing.assert_array_equal(
        large.selection.pixels[:, : small.size[0] - 12],
        small.selection.pixels[:, : small.size[0] - 12],
    )
    assert commands[0] is not None
    assert commands[1] is not None
    commands[1].undo()
    np.testing.assert_array_equal(
        small.selection.pixels[rect.slices()], mask[:, : small.size[0] - rect.x]
    )


def test_a_moved_selection_is_cut_at_the_edge() -> None:
    document = Document.blank(*SIZE)
    rect = Rect(10, 10, 30, 30)
    mask = make(8, rect)
    combine(document.selection, mask, rect, "replace")
    shape = lifted(document.selection)
    plan_combine(document.selection, moved(shape, -20, 5, BOUNDS), "replace").commit("Move")
    expected = np.zeros_like(document.selection.pixels)
    expected[15:45, :20] = mask[:, 10:]
    np.testing.assert_array_equal(document.selection.pixels, expected)
    assert moved(shape, 5000, 0, BOUNDS).rect.is_empty


@given(st.lists(RECTS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=30)
def test_all_levels_follow_a_plan_of_scattered_tiles(rects: list[Rect]) -> None:
    """Tiles are reported in larger rectangles; none may be left out."""
    document = Document.blank(1100, 800)
    for level in range(4):
        document.selection.level(level, document.bounds)
    mask = np.zeros((800, 1100), np.uint8)
    for rect in rects:
        mask[rect.slices()] = 255
    combine(document.selection, mask, document.bounds, "add")
    expected = Plane(mask)
    for level in range(1, 4):
        np.testing.assert_array_equal(
            document.selection.level(level, document.bounds), expected.level(level, expected.bounds)
        )
