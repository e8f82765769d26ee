"""Shift and zoom of edited pictures: found to a tenth of a pixel, undone, and never made worse."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from editing.alignment import Alignment, Motion, aligned, moved_back
from editing.phase_correlation import patch_shifts
from tests.editing.edited_pictures import SIZE, Pixels, disc, edit, shifted
from tests.editing.photograph import photograph


def difference(one: Pixels, other: Pixels) -> float:
    """Mean difference outside the region and the edge."""
    outside = disc((one.shape[1], one.shape[0])) == 0
    outside[:8], outside[-8:], outside[:, :8], outside[:, -8:] = False, False, False, False
    return float(np.abs(one[outside].astype(np.float64) - other[outside]).mean())


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("disturbed", ["", "noise", "colour", "jpeg", "noise colour jpeg"])
def test_a_shift_is_found_to_a_tenth_of_a_pixel(disturbed: str, masked: bool) -> None:
    for seed, shift in enumerate([(0.1, 0.0), (0.3, -0.2), (0.8, -0.4), (1.5, 2.5), (-4.0, 3.3)]):
        original, edited = edit(*shift, seed, disturbed)
        _, found = aligned(original, edited, disc() if masked else None)
        assert found.confidence > 0.5
        assert np.hypot(found.motion.dx - shift[0], found.motion.dy - shift[1]) < 0.1
        assert found.corrected == (np.hypot(*shift) > 0.15)
        assert found.motion.zoom == 1


def test_a_picture_that_is_moved_back_meets_its_original() -> None:
    original, edited = edit(0.8, -0.4)
    before = edited.copy()
    back, found = aligned(original, edited, disc())
    assert found.corrected
    assert difference(original, back) < 0.4 * difference(original, edited)
    np.testing.assert_array_equal(edited, before)


@pytest.mark.parametrize("zoom", [0.985, 1.004, 1.03])
def test_a_zoom_is_found_too(zoom: float) -> None:
    original = photograph(512, 384)
    wanted = Motion(1.2, -0.6, zoom)
    there = Motion(-1.2 / zoom, 0.6 / zoom, 1 / zoom)
    edited = moved_back(original, there, cv2.INTER_LANCZOS4)
    back, found = aligned(original, edited)
    assert found.corrected
    assert found.motion.zoom == pytest.approx(zoom, abs=1e-4)
    assert (found.motion.dx, found.motion.dy) == pytest.approx((1.2, -0.6), abs=0.1)
    inner = (slice(20, -20), slice(20, -20))
    assert np.abs(back[inner].astype(int) - original[inner]).mean() < 2
    assert wanted.largest((512, 384)) == pytest.approx(
        np.hypot(1.2 + abs(zoom - 1) * 256, 0.6 + abs(zoom - 1) * 192)
    )


def noisy(seed: int) -> Pixels:
    """A grey picture with noise of its own."""
    noise = np.random.default_rng(seed).normal(120, 4, (SIZE[1], SIZE[0], 3))
    return np.rint(noise).astype(np.uint8)


@pytest.mark.parametrize(
    ("original", "edited", "mask"),
    [
        (np.full((200, 200, 3), 90, np.uint8), np.full((200, 200, 3), 80, np.uint8), None),
        (noisy(1), noisy(2), None),
        (photograph(*SIZE, seed=1), photograph(*SIZE, seed=2), None),
        (*edit(2.0, 1.0), np.ones((SIZE[1], SIZE[0]), np.uint8)),
        (photograph(12, 300), photograph(12, 300), None),
        (photograph(1, 1), photograph(1, 1, seed=1), None),
    ],
    ids=["flat", "noise", "another picture", "all masked", "narrow", "a pixel"],
)
def test_what_cannot_be_told_is_left_alone(
    original: Pixels, edited: Pixels, mask: Pixels | None
) -> None:
    result, found = aligned(original, edited, mask)
    assert result is edited
    assert not found.corrected
    assert found.confidence < 0.4 or found.motion == Motion()


def test_a_picture_that_is_in_place_is_not_resampled() -> None:
    original, edited = edit(0.0, 0.0, disturbed="noise colour jpeg")
    result, found = aligned(original, edited, disc())
    assert result is edited
    assert found.motion.largest(SIZE) < 0.15
    assert found.confidence > 0.5


def test_a_correction_that_most_tiles_want_but_makes_it_worse_is_not_made() -> None:
    """Faint detail has moved, and strong detail, which is what one sees, has not."""
    original, edited = edit(2.0, 0.0, size=(384, 384))
    faint, moved = ((each.astype(np.float64) - 128) / 2 + 128 for each in (original, edited))
    rng = np.random.default_rng(0)
    strong = cv2.GaussianBlur(rng.uniform(0, 255, (384, 110, 3)), (0, 0), 1.5) * 5 - 510
    faint[:, :110] = moved[:, :110] = strong
    before, after = (np.clip(p, 0, 255).astype(np.uint8) for p in (faint, moved))
    result, found = aligned(before, after)
    assert found.confidence > 0.4
    assert found.motion.dx == pytest.approx(2, abs=0.1)
    assert not found.corrected
    assert result is after


@pytest.mark.parametrize("seed", range(6))
def test_no_correction_makes_the_difference_larger(seed: int) -> None:
    """Whatever was done to the picture: waves, other content, blur, strong noise."""
    rng = np.random.default_rng(seed)
    dx, dy = rng.uniform(-3, 3, 2)
    original, edited = edit(dx, dy, seed)
    height, width = original.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    strength, length = rng.uniform(0, 4), rng.uniform(20, 200)
    waves = (x + strength * np.sin(y / length), y + strength * np.cos(x / length))
    warped = cv2.remap(edited, *waves, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    values = warped + rng.normal(0, rng.uniform(0, 25), warped.shape)
    worse = np.clip(values, 0, 255).astype(np.uint8)
    result, found = aligned(original, worse, disc())
    assert difference(original, result) <= difference(original, worse)
    assert found.corrected == (result is not worse)


def test_patches_tell_their_shifts() -> None:
    window = np.outer(np.hanning(64), np.hanning(64)).astype(np.float32)
    grey = photograph(96, 96).mean(axis=2) - 120
    shifts = [(0.0, 0.0), (0.25, -0.5), (3.0, 0.0), (-5.5, 7.0)]
    moved = [shifted(grey[..., None].astype(np.uint8), *shift)[..., 0] for shift in shifts]
    inner = (slice(16, 80), slice(16, 80))
    base = np.stack([grey.astype(np.uint8)[inner] * window] * 4).astype(np.float32)
    after = np.stack([each[inner] * window for each in moved]).astype(np.float32)
    found = patch_shifts(base, after, 12)
    np.testing.assert_allclose(found.shift, shifts, atol=0.25)
    assert found.clearness.min() > 5
    chance = np.random.default_rng(0).normal(0, 1, (20, 64, 64)).astype(np.float32)
    assert np.median(patch_shifts(chance[:10], chance[10:], 12).clearness) < 5


def test_the_defaults_say_that_nothing_is_known() -> None:
    assert Alignment() == Alignment(Motion(0, 0, 1), 0, corrected=False)
