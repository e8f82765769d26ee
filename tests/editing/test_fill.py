"""Fills: masked pixels as described, all others identical."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from editing.fill import FillMethod, fill_region
from tests.editing.photograph import photograph


@pytest.mark.parametrize("method", get_args(FillMethod))
@pytest.mark.parametrize("shape", [(128, 96), (300, 500), (1, 1), (1, 40)])
def test_pixels_outside_the_mask_stay_identical(method: FillMethod, shape: tuple[int, int]) -> None:
    picture = photograph(shape[1], shape[0])
    before = picture.copy()
    mask = np.zeros(shape, np.float32)
    mask[: shape[0] // 2 + 1, : shape[1] // 2 + 1] = 0.3
    filled = fill_region(picture, mask, method)
    assert np.array_equal(picture, before)
    assert filled.shape == picture.shape
    assert np.array_equal(filled[mask == 0], picture[mask == 0])


def test_original_and_neutral() -> None:
    picture = photograph(50, 40)
    mask = np.zeros((40, 50), np.uint8)
    mask[10:20, 10:20] = 255
    assert np.array_equal(fill_region(picture, mask, "original"), picture)
    assert (fill_region(picture, mask, "neutral")[10:20, 10:20] == 128).all()


def test_blurred_keeps_the_colour_and_loses_the_detail() -> None:
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal((200, 60, 30), 40, (256, 256, 3)), 0, 255).astype(np.uint8)
    mask = np.ones((256, 256), np.uint8)
    filled = fill_region(picture, mask, "blurred").astype(float)
    assert filled.std(axis=(0, 1)).max() < 4
    assert np.allclose(filled.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), atol=2)


def test_border_knows_nothing_of_what_was_masked() -> None:
    picture = np.zeros((400, 400, 3), np.uint8)
    picture[:, :200] = (200, 40, 40)
    picture[:, 200:] = (40, 40, 200)
    mask = np.zeros((400, 400), np.uint8)
    mask[101:302, 151:251] = 255  # No edge of it falls between two pixels of a smaller copy.
    spoilt = picture.copy()
    spoilt[mask > 0] = (0, 255, 0)
    filled = fill_region(spoilt, mask, "border").astype(int)
    assert np.array_equal(filled, fill_region(picture, mask, "border"))
    assert np.abs(filled[200, 160] - (200, 40, 40)).max() <= 30
    assert np.abs(filled[200, 240] - (40, 40, 200)).max() <= 30


def test_border_without_surroundings_is_neutral() -> None:
    picture = photograph(40, 30)
    assert (fill_region(picture, np.ones((30, 40), np.uint8), "border") == 128).all()
