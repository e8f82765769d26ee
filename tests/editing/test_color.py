"""Profiles: fast path, there and back, and broken ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from editing.color import from_srgb, is_srgb, picture_to_srgb, to_srgb
from tests.editing.photograph import photograph, photograph_rgba
from tests.editing.profiles import SWAPPED, cmyk_profile, gamma_profile, grey_profile

Pixels = npt.NDArray[np.uint8]

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "profile", [None, SRGB, b"", b"not a profile", SRGB[:200], grey_profile(2.2), cmyk_profile()]
)
def test_nothing_is_done_without_a_need_or_a_way(profile: bytes | None) -> None:
    picture = photograph(30, 20)
    assert is_srgb(profile)
    assert to_srgb(picture, profile) is picture
    assert from_srgb(picture, profile) is picture


def test_a_profile_that_acts_like_srgb_is_told_by_what_it_does() -> None:
    assert not is_srgb(gamma_profile(2.2))  # Near, but not within a level.
    assert is_srgb(SRGB)


def test_a_linear_profile_follows_the_transfer_curve() -> None:
    levels = np.arange(256, dtype=np.uint8)
    grey = np.repeat(levels[None, :, None], 3, axis=2)
    linear = levels / 255
    curve = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    converted = to_srgb(grey, gamma_profile(1.0))[0].astype(float)
    assert np.abs(converted - curve[:, None] * 255).max() <= 2


def test_swapped_primaries_swap_the_channels() -> None:
    picture = np.array([[[200, 100, 50]]], np.uint8)
    converted = to_srgb(picture, gamma_profile(2.2, SWAPPED))[0, 0]
    assert converted.tolist() == pytest.approx([100, 200, 50], abs=6)


def test_there_and_back_within_a_level() -> None:
    picture = photograph(120, 90)
    profile = gamma_profile(1.8)
    back = from_srgb(to_srgb(picture, profile), profile)
    assert np.abs(back.astype(int) - picture).max() <= 2


def test_alpha_stays() -> None:
    picture = photograph_rgba(20, 10)
    picture[..., 3] = np.arange(20)
    converted = to_srgb(picture, gamma_profile(1.0))
    assert np.array_equal(converted[..., 3], picture[..., 3])
    assert not np.array_equal(converted, picture)


def test_grey_and_cmyk_pictures_go_through_their_own_profile() -> None:
    grey = Image.new("L", (2, 2), 64)
    converted = picture_to_srgb(grey, grey_profile(1.0))
    assert converted is not None
    assert converted.getpixel((0, 0)) == pytest.approx((137, 137, 137), abs=2)
    cyan = Image.new("CMYK", (2, 2), (255, 0, 0, 0))
    converted = picture_to_srgb(cyan, cmyk_profile())
    assert converted is not None
    pixel = np.asarray(converted)[0, 0].astype(int)
    assert np.ptp(pixel) <= 4
    assert abs(pixel[0] - 119) <= 6  # Lightness 50.
    assert picture_to_srgb(cyan, grey_profile(1.0)) is None
    assert picture_to_srgb(grey, b"junk") is None
