"""Pasting back: what must not change, what must, and what happens between."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.composite import changed_outside, paste_back, with_patch
from editing.crop import CropPlan, plan_crop, whole_picture
from editing.geometry import Rect
from tests.editing.photograph import photograph, photograph_rgba

Pixels = npt.NDArray[np.uint8]


def naive_distance(mask: Pixels) -> npt.NDArray[np.float64]:
    """Distance of each pixel to the nearest masked one, from the definition."""
    rows, columns = np.nonzero(mask)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    distance = np.full(mask.shape, np.inf)
    for row, column in zip(rows, columns, strict=True):
        distance = np.minimum(distance, np.hypot(y - row, x - column))
    return distance


def different(original: Pixels) -> Pixels:
    """A result that differs from the original in every pixel and channel."""
    return 255 - original[..., :3] // 2


@given(
    size=st.tuples(st.integers(1, 130), st.integers(1, 130)),
    spots=st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 30), st.integers(1, 255)),
        min_size=1,
        max_size=3,
    ),
    native=st.sampled_from([16, 64, 128]),
    border=st.sampled_from([None, 0, 1, 7, 30]),
    channels=st.sampled_from([3, 4]),
    strict=st.booleans(),
    match=st.booleans(),
    seed=st.integers(0, 5),
)
@settings(max_examples=120, deadline=None)
def test_beyond_the_border_every_byte_is_the_same(
    size: tuple[int, int],
    spots: list[tuple[float, float, int, int]],
    native: int,
    border: int | None,
    channels: int,
    strict: bool,
    match: bool,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    original = rng.integers(0, 256, (size[1], size[0], channels), dtype=np.uint8)
    mask = np.zeros(original.shape[:2], np.uint8)
    for across, down, side, value in spots:
        x, y = int(across * (size[0] - 1)), int(down * (size[1] - 1))
        mask[y : y + 1 + side // 4, x : x + side] = value
    before = original.copy()
    plan = plan_crop(mask, native, minimum_context_px=8, border=border)
    crop = plan.to_canvas(255 - plan.to_model(original))
    patch = paste_back(original, crop, plan, mask, strict_border=strict, match_colour=match)
    assert np.array_equal(original, before)
    result = with_patch(original, patch, plan.box)
    border_px = 0 if strict else plan.border_px
    outside = naive_distance(mask) > border_px
    assert np.array_equal(result[outside], original[outside])
    assert changed_outside(original, result, mask, border_px) == 0
    if not match:
        assert np.array_equal(
            patch[mask[plan.box.slices()] > 0][:, :3], crop[mask[plan.box.slices()] > 0]
        )
        if channels == 4:
            assert (result[mask > 0][:, 3] == 255).all()


def test_the_whole_picture_is_checked_in_bands() -> None:
    """Borders that reach from one band into the next, in both directions."""
    original = photograph_rgba(200, 1400, seed=2)
    mask = np.zeros((1400, 200), np.uint8)
    mask[505:520, 80:120] = 255
    # The second band starts at row 977: these two lie on the other side of it from their borders.
    mask[965, 150] = 1
    mask[990, 30] = 1
    plan = CropPlan(Rect(0, 0, 200, 1400), (200, 1400), 40, 30)
    patch = paste_back(original, different(original), plan, mask, match_colour=False)
    one_band = paste_back(
        np.ascontiguousarray(original.transpose(1, 0, 2)),
        np.ascontiguousarray(different(original).transpose(1, 0, 2)),
        CropPlan(Rect(0, 0, 1400, 200), (1400, 200), 40, 30),
        np.ascontiguousarray(mask.T),
        match_colour=False,
    )
    assert np.array_equal(patch, one_band.transpose(1, 0, 2))
    outside = naive_distance(mask) > 40
    assert np.array_equal(patch[outside], original[outside])
    assert changed_outside(original, patch, mask, 40) == 0


def test_the_feather_falls_from_result_to_original_without_a_step() -> None:
    original = np.zeros((60, 200, 3), np.uint8)
    result = np.full((60, 200, 3), 250, np.uint8)
    mask = np.zeros((60, 200), np.uint8)
    mask[:, :50] = 255
    plan = CropPlan(Rect(0, 0, 200, 60), (200, 60), 40, 30)
    row = paste_back(original, result, plan, mask, match_colour=False)[30, :, 0].astype(int)
    assert (row[:60] == 250).all()  # The mask, and the grown 10 px.
    assert (row[89:] == 0).all()
    assert (np.diff(row) <= 0).all()
    assert np.diff(row).min() > -16


def test_strict_changes_masked_pixels_only() -> None:
    original = photograph(80, 80)
    mask = np.zeros((80, 80), np.uint8)
    mask[30:50, 30:50] = 1
    patch = paste_back(
        original,
        different(original),
        whole_picture((80, 80)),
        mask,
        strict_border=True,
        match_colour=False,
    )
    changed = (patch != original).any(axis=2)
    assert np.array_equal(changed, mask > 0)


def test_a_result_at_model_size_is_scaled_to_the_box() -> None:
    original = photograph_rgba(300, 200)
    mask = np.zeros((200, 300), np.uint8)
    mask[50:150, 50:250] = 255
    plan = plan_crop(mask, 64)
    assert plan.model_size != plan.box.size
    result = 255 - plan.to_model(original)
    assert np.array_equal(
        paste_back(original, result, plan, mask),
        paste_back(original, plan.to_canvas(result), plan, mask),
    )


def test_what_was_transparent_turns_opaque_as_far_as_the_result_shows() -> None:
    original = np.zeros((40, 120, 4), np.uint8)
    result = np.full((40, 120, 3), 180, np.uint8)
    mask = np.zeros((40, 120), np.uint8)
    mask[:, :40] = 255
    plan = CropPlan(Rect(0, 0, 120, 40), (120, 40), 30, 20)
    patch = paste_back(original, result, plan, mask, match_colour=False)
    alpha = patch[20, :, 3].astype(int)
    assert (alpha[:50] == 255).all()
    assert (alpha[70:] == 0).all()
    assert (np.diff(alpha) <= 0).all()
    # No dark fringe: where anything shows it has the result's colour.
    assert (patch[20, alpha > 0, :3] == 180).all()


def test_a_colour_cast_is_taken_out() -> None:
    original = photograph(240, 200, seed=4)
    mask = np.zeros((200, 240), np.uint8)
    mask[70:130, 80:160] = 255
    cast = np.clip(original * np.array([1.12, 0.95, 0.9]) + 6, 0, 255).astype(np.uint8)
    plan = whole_picture((240, 200))

    def error(match: bool) -> float:
        patch = paste_back(original, cast, plan, mask, match_colour=match)
        return float(np.abs(patch.astype(float) - original)[mask > 0].mean())

    assert error(match=False) > 8
    assert error(match=True) < 2.5


def test_a_result_that_repeats_its_surroundings_is_not_touched() -> None:
    original = photograph(200, 200)
    mask = np.zeros((200, 200), np.uint8)
    mask[80:120, 80:120] = 255
    result = original.copy()
    result[80:120, 80:120] = (250, 10, 10)
    patch = paste_back(original, result, whole_picture((200, 200)), mask)
    assert (patch[80:120, 80:120] == (250, 10, 10)).all()


def test_content_that_grew_over_the_ring_does_not_drive_the_match() -> None:
    original = photograph(200, 200)
    mask = np.zeros((200, 200), np.uint8)
    mask[80:120, 80:120] = 255
    result = original.copy()
    result[80:120, 80:123] = (250, 10, 10)
    patch = paste_back(original, result, whole_picture((200, 200)), mask)
    middle = patch[100, 100].astype(int)
    assert np.abs(middle - (250, 10, 10)).max() <= 6


def test_a_mask_without_surroundings_is_not_matched() -> None:
    original = photograph(50, 40)
    mask = np.full((40, 50), 255, np.uint8)
    result = different(original)
    assert np.array_equal(paste_back(original, result, whole_picture((50, 40)), mask), result)


def test_changes_outside_are_counted() -> None:
    original = photograph(100, 1100)
    mask = np.zeros((1100, 100), np.uint8)
    mask[500, 50] = 255
    result = original.copy()
    result[500, 60] ^= 1  # At a distance of 10.
    result[500, 61, 2] ^= 1  # At 11.
    result[1099, 0] ^= 255
    assert changed_outside(original, result, mask, 10) == 2
    assert changed_outside(original, result, mask, 11) == 1
    assert changed_outside(original, original, mask, 0) == 0
    assert changed_outside(original, result, np.zeros_like(mask), 10) == 3


@pytest.mark.parametrize("channels", [3, 4])
def test_a_patch_is_put_into_a_copy(channels: int) -> None:
    original = photograph_rgba(30, 20)[..., :channels]
    patch = np.full((5, 6, channels), 9, np.uint8)
    result = with_patch(original, patch, Rect(3, 4, 6, 5))
    assert (result[4:9, 3:9] == 9).all()
    assert np.count_nonzero((result != original).any(axis=2)) <= 30
    assert not np.shares_memory(result, original)
