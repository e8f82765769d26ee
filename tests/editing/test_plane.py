"""The pyramid: sizes, means, and that partial updates equal a full rebuild."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.geometry import Rect
from editing.plane import TILE, Plane, tile_rect, tiles_in

Pixels = npt.NDArray[np.uint8]


def noise(*shape: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def whole_levels(plane: Plane) -> list[Pixels]:
    return [
        plane.level(n, Rect.of_shape(level.shape)).copy() for n, level in enumerate(plane.levels)
    ]


def test_levels_halve_rounding_up_until_one_tile_holds_all() -> None:
    plane = Plane(noise(1001, 515))
    sizes = [level.shape for level in plane.levels]
    assert sizes == [(1001, 515), (501, 258), (251, 129)]
    assert Plane(noise(1, 1)).levels[0].shape == (1, 1)
    assert Plane(noise(3, 1025, 4)).levels[-1].shape == (1, 129, 4)


def test_a_level_is_the_mean_of_the_pixels_below_it() -> None:
    pixels = noise(301, 299)
    level = Plane(pixels).level(1, Rect(0, 0, 150, 151))
    rows = [pixels[2 * y : 2 * y + 2] for y in range(151)]
    for y, x in ((0, 0), (77, 20), (150, 0), (0, 149), (150, 149)):
        mean = rows[y][:, 2 * x : 2 * x + 2].mean()
        assert abs(float(level[y, x]) - mean) <= 0.5, (y, x)


def test_the_lone_last_column_and_row_are_kept() -> None:
    pixels = np.zeros((513, 513), np.uint8)
    pixels[:, -1] = 200
    pixels[-1, :] = 100
    plane = Plane(pixels)
    assert plane.level(1, Rect(256, 0, 1, 200)).tolist() == [[200]] * 200
    assert plane.level(1, Rect(0, 256, 200, 1)).tolist() == [[100] * 200]
    assert plane.level(1, Rect(256, 256, 1, 1)).tolist() == [[100]]


def test_transparent_pixels_do_not_colour_their_neighbours() -> None:
    pixels = np.zeros((2, 600, 4), np.uint8)
    pixels[:, ::2] = (200, 100, 50, 255)
    pixels[:, 1::2] = (0, 255, 0, 0)
    level = Plane(pixels).level(1, Rect(0, 0, 300, 1))
    # Premultiplied: half of each colour is left, and nothing of the transparent green.
    assert (level == (100, 50, 25, 128)).all()


@pytest.mark.parametrize("channels", [(), (4,)])
@given(
    size=st.tuples(st.integers(1, 900), st.integers(1, 900)),
    edits=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 300)), max_size=4),
)
@settings(max_examples=20, deadline=None)
def test_partial_updates_equal_a_full_rebuild(
    channels: tuple[int, ...],
    size: tuple[int, int],
    edits: list[tuple[float, float, int]],
) -> None:
    width, height = size
    plane = Plane(noise(height, width, *channels))
    whole_levels(plane)
    for number, (across, down, side) in enumerate(edits):
        rect = Rect(int(across * width), int(down * height), side, side).intersect(plane.bounds)
        if rect.is_empty:
            continue
        plane.pixels[rect.slices()] = noise(rect.height, rect.width, *channels, seed=number + 1)
        plane.mark_dirty(rect)
        if number % 2:  # Some edits pile up before anybody looks.
            plane.level(len(plane.levels) - 1, Rect(0, 0, 9, 9))
    for partial, full in zip(
        whole_levels(plane), whole_levels(Plane(plane.pixels.copy())), strict=True
    ):
        assert np.array_equal(partial, full)


def test_looking_at_a_part_builds_only_that_part() -> None:
    plane = Plane(np.full((1024, 1024), 7, np.uint8))
    plane.level(1, Rect(0, 0, 10, 10))
    assert plane.levels[1][0, 0] == 7
    assert plane.levels[1][300, 300] == 0


def test_the_arrays_stay_the_same_objects() -> None:
    plane = Plane(noise(600, 600))
    before = [id(level) for level in plane.levels]
    plane.mark_dirty(plane.bounds)
    whole_levels(plane)
    assert [id(level) for level in plane.levels] == before


def test_contiguous_pixels_are_taken_over_without_a_copy() -> None:
    pixels = noise(5, 6)
    assert Plane(pixels).pixels is pixels
    assert Plane(pixels[:, ::2]).pixels.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize(
    "pixels", [np.zeros((0, 5), np.uint8), np.zeros(5, np.uint8), np.zeros((5, 5), np.float32)]
)
def test_what_is_no_plane_is_refused(pixels: Pixels) -> None:
    with pytest.raises(ValueError, match="plane"):
        Plane(pixels)


@given(st.integers(1, 900), st.integers(1, 900))
@settings(max_examples=20)
def test_tiles_cover_each_pixel_once(width: int, height: int) -> None:
    bounds = Rect(0, 0, width, height)
    area = [tile_rect(tile, width, height).area for tile in tiles_in(bounds)]
    assert sum(area) == bounds.area
    assert max(area) <= TILE * TILE


def test_a_plane_of_zeros_is_valid_from_the_start_and_untouched() -> None:
    plane = Plane.zeros((900, 700))
    assert all(plane.is_valid(n, plane.bounds) for n in range(len(plane.levels)))
    assert plane.is_untouched(plane.bounds)
    rect = Rect(300, 300, 10, 10)
    plane.pixels[rect.slices()] = 200
    plane.mark_dirty(rect)
    assert not plane.is_untouched(plane.bounds)
    assert plane.is_untouched(Rect(0, 0, 256, 900))
    assert not plane.is_valid(1, plane.bounds)
    assert plane.is_valid(1, Rect(256, 0, 90, 200))
    assert plane.level(1, Rect(150, 150, 5, 5)).min() == 200
    assert plane.is_valid(1, plane.bounds)


def test_what_is_left_to_build_is_what_was_changed() -> None:
    plane = Plane(noise(1024, 1024))
    assert plane.unbuilt(0, plane.bounds) == 0
    assert plane.unbuilt(1, Rect(0, 0, 512, 512)) == 1024 * 1024
    whole_levels(plane)
    plane.mark_dirty(Rect(100, 100, 40, 20))
    assert plane.unbuilt(1, Rect(0, 0, 512, 512)) == 40 * 20
    assert plane.unbuilt(2, Rect(0, 0, 256, 256)) == 40 * 20
    assert plane.unbuilt(1, Rect(256, 256, 256, 256)) == 0


@pytest.mark.parametrize("opaque", [True, False])
def test_levels_of_colours_are_means_of_premultiplied_pixels(opaque: bool) -> None:
    pixels = noise(40, 520, 4)
    if opaque:
        pixels[..., 3] = 255
    level = Plane(pixels).level(1, Rect(0, 0, 260, 20))
    weighted = pixels.astype(float)
    weighted[..., :3] *= weighted[..., 3:] / 255
    mean = weighted.reshape(20, 2, 260, 2, 4).mean(axis=(1, 3))
    assert np.abs(level - mean).max() <= 1
    assert (level[..., :3] <= level[..., 3:]).all()
