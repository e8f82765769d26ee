"""Crop plans: where the box lies, what size the model sees, and the way there and back."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.crop import CropPlan, border_for, plan_crop, whole_picture
from editing.errors import EmptyMaskError
from editing.geometry import Rect
from editing.masks import mask_bounds
from tests.editing.photograph import photograph, photograph_rgba
from tests.editing.profiles import gamma_profile

Pixels = npt.NDArray[np.uint8]


def mask_with(size: tuple[int, int], *rects: Rect) -> Pixels:
    mask = np.zeros((size[1], size[0]), np.uint8)
    for rect in rects:
        mask[rect.slices()] = 255
    return mask


@pytest.mark.parametrize(
    ("size", "painted", "native", "box", "model_size"),
    [
        # A small mask in a large picture: the native size, at its own scale.
        ((3000, 2000), Rect(1400, 900, 100, 80), 512, Rect(1194, 684, 512, 512), (512, 512)),
        ((3000, 2000), Rect(1500, 1000, 1, 1), 512, Rect(1244, 744, 512, 512), (512, 512)),
        # At the edges the box is moved in, not cut.
        ((3000, 2000), Rect(0, 0, 20, 20), 512, Rect(0, 0, 512, 512), (512, 512)),
        ((3000, 2000), Rect(2990, 1990, 10, 10), 512, Rect(2488, 1488, 512, 512), (512, 512)),
        # Larger than native: 25 % of the longer side on each side, scaled down.
        ((3000, 2000), Rect(1000, 500, 800, 800), 512, Rect(800, 300, 1200, 1200), (512, 512)),
        ((3000, 2000), Rect(500, 900, 1200, 200), 512, Rect(200, 400, 1800, 1200), (624, 416)),
        # All of a picture: nothing but the picture.
        ((3000, 2000), Rect(0, 0, 3000, 2000), 512, Rect(0, 0, 3000, 2000), (624, 416)),
        # A picture below the native size is scaled up.
        ((128, 128), Rect(30, 40, 20, 20), 512, Rect(0, 0, 128, 128), (512, 512)),
        ((500, 300), Rect(30, 40, 20, 20), 512, Rect(0, 0, 500, 300), (664, 400)),
        ((1, 1), Rect(0, 0, 1, 1), 512, Rect(0, 0, 1, 1), (512, 512)),
        # A native size that is not square.
        ((3000, 2000), Rect(1400, 900, 100, 80), (768, 512), Rect(1066, 684, 768, 512), (768, 512)),
        # A strip: the model size stays within twice and half the native one.
        ((2000, 10), Rect(990, 0, 20, 10), 512, Rect(744, 0, 512, 10), (1024, 256)),
    ],
)
def test_plans(
    size: tuple[int, int],
    painted: Rect,
    native: int | tuple[int, int],
    box: Rect,
    model_size: tuple[int, int],
) -> None:
    plan = plan_crop(mask_with(size, painted), native)
    assert plan.box == box
    assert plan.model_size == model_size


sizes = st.tuples(st.integers(1, 700), st.integers(1, 700))


@given(
    size=sizes,
    corners=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
    native=st.sampled_from([64, 128, 512, (96, 64)]),
    multiple=st.sampled_from([4, 8, 16, 64]),
    border=st.sampled_from([None, 0, 5, 50]),
)
@settings(max_examples=150, deadline=None)
def test_what_holds_for_every_plan(
    size: tuple[int, int],
    corners: tuple[float, float, float, float],
    native: int | tuple[int, int],
    multiple: int,
    border: int | None,
) -> None:
    picture = Rect(0, 0, *size)
    left, top = int(corners[0] * (size[0] - 1)), int(corners[1] * (size[1] - 1))
    painted = Rect(
        left,
        top,
        1 + int(corners[2] * (size[0] - 1 - left)),
        1 + int(corners[3] * (size[1] - 1 - top)),
    )
    plan = plan_crop(mask_with(size, painted), native, multiple, border=border)
    least = (native, native) if isinstance(native, int) else native
    assert picture.contains(plan.box)
    context = max(32, round(0.25 * max(painted.size)))
    assert plan.box.contains(painted.pad(context).intersect(picture))
    assert plan.box.contains(painted.pad(plan.border_px).intersect(picture))
    assert plan.box.width >= min(least[0], size[0])
    assert plan.box.height >= min(least[1], size[1])
    for side, usual in zip(plan.model_size, least, strict=True):
        assert side % multiple == 0
        assert usual / 2 - multiple <= side <= usual * 2 + multiple
    assert 0 <= plan.feather_px <= plan.border_px
    if border is not None:
        assert plan.border_px == border
    # Not stretched beyond the rounding to multiples, unless the picture is a strip.
    if 1 / 2.5 < plan.box.width / plan.box.height / (least[0] / least[1]) < 2.5:
        stretch = plan.model_size[0] / plan.box.width * plan.box.height / plan.model_size[1]
        tolerance = multiple / min(plan.model_size)
        assert 1 - 2 * tolerance <= stretch <= 1 + 2 * tolerance


def test_an_empty_mask_has_no_plan() -> None:
    with pytest.raises(EmptyMaskError, match="Nothing is masked"):
        plan_crop(np.zeros((20, 20), np.uint8), 512)


def test_faint_pixels_count_as_masked() -> None:
    mask = np.zeros((400, 400), np.float32)
    mask[390, 380] = 1e-4
    assert plan_crop(mask, 64, minimum_context_px=8).box.contains(Rect(380, 390, 1, 1))


@pytest.mark.parametrize(
    ("frame", "border", "expected"),
    [
        (1024, None, (20, 16)),
        (512, None, (10, 8)),
        (3000, None, (59, 47)),
        (128, None, (3, 2)),
        (1, None, (2, 1)),
        (1024, 0, (0, 0)),
        (1024, 10, (10, 8)),
    ],
)
def test_the_border_scales_with_the_frame(
    frame: int, border: int | None, expected: tuple[int, int]
) -> None:
    assert border_for(frame, border) == expected


def test_the_whole_picture_is_neither_cut_nor_scaled() -> None:
    picture = photograph_rgba(90, 60)
    plan = whole_picture((90, 60))
    assert plan.box == Rect(0, 0, 90, 60)
    assert np.array_equal(plan.to_model(picture), picture[..., :3])
    assert np.array_equal(plan.to_canvas(picture[..., :3]), picture[..., :3])


def test_at_the_native_scale_no_pixel_changes_on_the_way() -> None:
    picture = photograph_rgba(900, 700)
    plan = plan_crop(mask_with((900, 700), Rect(400, 300, 50, 50)), 256)
    crop = plan.to_model(picture)
    assert crop.shape == (256, 256, 3)
    assert np.array_equal(crop, picture[plan.box.slices()][..., :3])
    assert np.array_equal(plan.to_canvas(crop), crop)


@pytest.mark.parametrize("native", [64, 400])
def test_there_and_back_keeps_the_picture_in_place(native: int) -> None:
    picture = cv2.GaussianBlur(photograph(300, 300), (0, 0), 6)
    plan = plan_crop(mask_with((300, 300), Rect(20, 20, 250, 250)), native)
    back = plan.to_canvas(plan.to_model(np.asarray(picture, np.uint8)))
    assert back.shape == (*plan.box.size[::-1], 3)
    difference = np.abs(back.astype(int) - picture[plan.box.slices()])
    assert np.median(difference) <= 1
    assert np.percentile(difference, 99) <= 24  # Only hard edges soften.


def test_transparent_pixels_are_seen_on_white() -> None:
    picture = np.zeros((8, 8, 4), np.uint8)
    picture[0, 0] = (10, 20, 30, 255)
    picture[1, 1] = (0, 0, 0, 128)
    crop = whole_picture((8, 8)).to_model(picture)
    assert crop[0, 0].tolist() == [10, 20, 30]
    assert crop[1, 1].tolist() == [127, 127, 127]
    assert crop[5, 5].tolist() == [255, 255, 255]


def test_the_crop_goes_through_the_profile_and_back() -> None:
    profile = gamma_profile(1.0)
    picture = np.full((40, 40, 3), 64, np.uint8)
    plan = whole_picture((40, 40))
    crop = plan.to_model(picture, profile)
    assert crop[0, 0].tolist() == pytest.approx([137, 137, 137], abs=2)
    assert plan.to_canvas(crop, profile)[0, 0].tolist() == pytest.approx([64, 64, 64], abs=1)


@given(
    box=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    model=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 99),
)
@settings(max_examples=80, deadline=None)
def test_every_masked_pixel_reaches_the_model(
    box: tuple[int, int], model: tuple[int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    plan = CropPlan(Rect(3, 5, *box), model, 4, 2)
    x, y = int(rng.integers(box[0])), int(rng.integers(box[1]))
    mask = np.zeros((box[1] + 9, box[0] + 9), np.uint8)
    mask[y + 5, x + 3] = 200
    small = plan.mask_to_model(mask)
    assert small.shape == model[::-1]
    assert small.dtype == np.float32
    assert set(np.unique(small)) <= {np.float32(0), np.float32(200) / np.float32(255)}
    column, row = int((x + 0.5) / box[0] * model[0]), int((y + 0.5) / box[1] * model[1])
    if model[0] <= box[0] and model[1] <= box[1]:
        assert small[row, column] > 0
        assert mask_bounds(small).area <= 9 * 9  # It stays where it is.


def test_masks_of_bytes_and_of_floats_agree() -> None:
    mask = np.random.default_rng(0).integers(0, 256, (120, 150), dtype=np.uint8)
    plan = plan_crop(mask, 64)
    floats = plan.mask_to_model(mask.astype(np.float32) / np.float32(255))
    assert np.allclose(floats, plan.mask_to_model(mask), atol=1e-6)
