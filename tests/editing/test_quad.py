"""The frames of transform and crop: what dragging does to them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.crop_frame import SIGNS, handle_places, resized, spanned, with_aspect
from editing.geometry import Rect
from editing.quad import (
    HANDLES,
    angle_of,
    centre,
    contains,
    dragged_handle,
    handle_points,
    is_mirrored,
    is_usable,
    pulled,
    rotated,
    sides_of,
    stretched,
    turned_exactly,
)
from editing.warp import corners_of

FRAME = Rect(10, 20, 60, 40)
ANGLES = st.floats(-179, 179)
HANDLE = st.integers(0, 7)
PLACE = st.integers(-300, 300)


@given(ANGLES, st.floats(0.1, 5), st.floats(0.1, 5))
@settings(max_examples=80, deadline=None)
def test_angle_and_sides_are_those_that_were_made(
    degrees: float, across: float, down: float
) -> None:
    corners = rotated(stretched(corners_of(FRAME), across, down), degrees)
    assert angle_of(corners) == pytest.approx(degrees, abs=1e-6)
    assert sides_of(corners) == pytest.approx((60 * across, 40 * down))
    assert centre(corners) == pytest.approx((40, 40))
    mirrored = stretched(corners, -1, 1)
    assert is_mirrored(mirrored)
    assert sides_of(mirrored) == pytest.approx((-60 * across, 40 * down))
    assert angle_of(mirrored) == pytest.approx(degrees, abs=1e-6)


@given(ANGLES, HANDLE, PLACE, PLACE)
@settings(max_examples=120, deadline=None)
def test_a_dragged_corner_goes_to_the_pointer_and_the_opposite_one_stays(
    degrees: float, handle: int, x: int, y: int
) -> None:
    corners = rotated(corners_of(FRAME), degrees)
    dragged = dragged_handle(corners, handle, x, y)
    opposite = (handle + 4) % 8
    np.testing.assert_allclose(
        handle_points(dragged)[opposite], handle_points(corners)[opposite], atol=1e-6
    )
    turned = np.radians(angle_of(dragged) - degrees)
    assert np.sin(turned) == pytest.approx(0, abs=1e-6)
    width, height = sides_of(dragged)
    assert min(abs(width), abs(height)) >= 1 - 1e-6
    if handle % 2 == 0 and min(abs(width), abs(height)) > 1.001:
        np.testing.assert_allclose(handle_points(dragged)[handle], (x, y), atol=1e-6)


@given(HANDLE, PLACE, PLACE)
@settings(max_examples=60, deadline=None)
def test_shift_and_alt_keep_proportions_and_middle(handle: int, x: int, y: int) -> None:
    corners = corners_of(FRAME)
    kept = dragged_handle(corners, handle, x, y, keeps_aspect=True, from_centre=True)
    width, height = sides_of(kept)
    assert abs(width / height) == pytest.approx(1.5)
    np.testing.assert_allclose(centre(kept), centre(corners), atol=1e-6)


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_quarter_turns_keep_whole_pixels(degrees: float) -> None:
    turned = turned_exactly(corners_of(Rect(3, 5, 8, 5)), degrees)
    np.testing.assert_allclose(turned, np.rint(turned), atol=1e-9)


def test_pulling_moves_one_corner_or_one_edge() -> None:
    corners = corners_of(FRAME)
    pulled_corner = pulled(corners, 2, 90, 0)
    assert pulled_corner[1].tolist() == [90, 0]
    np.testing.assert_array_equal(np.delete(pulled_corner, 1, 0), np.delete(corners, 1, 0))
    pulled_edge = pulled(corners, 7, 0, 45)
    assert pulled_edge.tolist() == [[0, 25], [70, 20], [70, 60], [0, 65]]
    assert not is_usable(pulled(corners, 0, 100, 100))
    assert is_usable(corners)


@given(ANGLES, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_inside_is_inside(degrees: float, across: float, down: float) -> None:
    corners = rotated(corners_of(FRAME), degrees)
    inside = corners[0] + across * (corners[1] - corners[0]) + down * (corners[3] - corners[0])
    outside = corners[0] - 0.1 * (corners[1] - corners[0]) + down * (corners[3] - corners[0])
    assert contains(corners, *inside)
    assert contains(stretched(corners, -1, 1), *inside)
    assert not contains(corners, *outside)


@given(HANDLE, PLACE, PLACE)
@settings(max_examples=80, deadline=None)
def test_a_crop_handle_moves_its_sides_only(handle: int, x: int, y: int) -> None:
    new = resized(FRAME, handle, x, y)
    across, down = SIGNS[handle]
    assert not new.is_empty
    if across == 0:
        assert (new.x, new.width) == (FRAME.x, FRAME.width)
    else:
        anchor = FRAME.x if across > 0 else FRAME.right
        assert anchor in (new.x, new.right)
        assert x in (new.x, new.right) or new.width == 1
    if down == 0:
        assert (new.y, new.height) == (FRAME.y, FRAME.height)
    else:
        anchor = FRAME.y if down > 0 else FRAME.bottom
        assert anchor in (new.y, new.bottom)
        assert y in (new.y, new.bottom) or new.height == 1


@given(HANDLE, PLACE, PLACE, st.sampled_from([1.0, 1.5, 16 / 9, 0.5]))
@settings(max_examples=80, deadline=None)
def test_an_aspect_is_kept_to_the_pixel(handle: int, x: int, y: int, aspect: float) -> None:
    new = resized(FRAME, handle, x, y, aspect)
    assert abs(new.width - new.height * aspect) <= max(1.0, aspect)


@given(PLACE, PLACE, PLACE, PLACE)
@settings(max_examples=60, deadline=None)
def test_a_new_frame_begins_where_the_drag_began(x0: int, y0: int, x1: int, y1: int) -> None:
    frame = spanned(x0, y0, x1, y1)
    assert x0 in (frame.x, frame.right)
    assert y0 in (frame.y, frame.bottom)
    assert frame.size == (max(1, abs(x1 - x0)), max(1, abs(y1 - y0)))


def test_a_chosen_aspect_fits_into_the_frame() -> None:
    assert with_aspect(Rect(0, 0, 200, 150), 1.0) == Rect(25, 0, 150, 150)
    assert with_aspect(Rect(0, 0, 200, 150), 16 / 9) == Rect(0, 19, 200, 112)
    places = handle_places(FRAME)
    assert len(places) == len(HANDLES)
    assert places[0] == (10, 20)
    assert places[3] == (70, 40)
