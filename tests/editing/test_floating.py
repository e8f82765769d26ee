"""Moving and transforming: exact against numpy, the selection goes along, undo brings all back."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing import floating
from editing.document import Document, Target
from editing.errors import EditingError
from editing.floating import picked_up, put_down
from editing.geometry import Rect
from editing.history import Command
from editing.layer import Layer
from editing.placing import Mirror, Placer, Shift, Transform
from editing.plane import Plane
from editing.structure import Structure
from editing.warp import apply_matrix, corners_of, is_convex, matrix_between

Pixels = npt.NDArray[np.uint8]


def scene(seed: int = 1, width: int = 90, height: int = 70) -> Document:
    """A picture below, a layer with a mask above, a soft region."""
    random = np.random.default_rng(seed)
    below = Document.blank(width, height)
    patch = Plane.zeros((height, width, 4))
    patch.pixels[20:50, 30:60] = random.integers(1, 256, (30, 30, 4), dtype=np.uint8)
    patch.mark_dirty(Rect(30, 20, 30, 30))
    mask = Plane(random.integers(0, 255, (height, width), dtype=np.uint8))
    structure = below.structure
    structure = Structure(
        (*structure.layers, Layer(patch, "Patch", mask=mask)),
        structure.regions,
        structure.selection,
    )
    document = Document(structure=structure)
    document.mask.pixels[5:25, 10:40] = random.integers(1, 256, (20, 30), dtype=np.uint8)
    document.mask.mark_dirty(Rect(10, 5, 30, 20))
    return document


def select(document: Document, rect: Rect, value: int = 255) -> None:
    document.selection.pixels[rect.slices()] = value
    document.selection.mark_dirty(rect)


def target_plane(document: Document, target: Target) -> Plane:
    document.target = target
    layer = document.active_layer
    if target == "region":
        return document.mask
    return layer.plane if target == "layer" else layer.mask or layer.plane


def state(document: Document) -> list[Pixels]:
    return [plane.pixels.copy() for plane in document.structure.planes()]


def move(document: Document, placer: Placer, name: str = "Move") -> Command | None:
    return put_down(picked_up(document), placer).commit(document, name)


def shifted(pixels: Pixels, dx: int, dy: int, outside: int = 0) -> Pixels:
    result = np.full_like(pixels, outside)
    height, width = pixels.shape[:2]
    for row in range(height):
        for column in range(width):
            if 0 <= row - dy < height and 0 <= column - dx < width:
                result[row, column] = pixels[row - dy, column - dx]
    return result


@contextmanager
def new_planes_at(limit: int) -> Iterator[None]:
    """Make edits of more than so many pixels by new planes instead of tiles."""
    usual, floating.LARGEST_TILE_EDIT_PX = floating.LARGEST_TILE_EDIT_PX, limit
    try:
        yield
    finally:
        floating.LARGEST_TILE_EDIT_PX = usual


@given(
    st.sampled_from(["region", "layer", "layer_mask"]),
    st.integers(-100, 100),
    st.integers(-80, 80),
    st.sampled_from([0, 1 << 30]),
)
@settings(max_examples=60, deadline=None)
def test_a_move_is_numpy_s_move(target: Target, dx: int, dy: int, limit: int) -> None:
    document = scene()
    plane = target_plane(document, target)
    outside = 255 if target == "layer_mask" else 0
    expected = shifted(plane.pixels, dx, dy, outside)
    before = state(document)
    with new_planes_at(limit):
        command = move(document, Shift(dx, dy))
    np.testing.assert_array_equal(target_plane(document, target).pixels, expected)
    if target == "layer":
        mask = document.active_layer.mask
        assert mask is not None
        np.testing.assert_array_equal(mask.pixels, shifted(before[2], dx, dy, 255))
    if command is None:
        assert (dx, dy) == (0, 0)
        return
    after = state(document)
    command.undo()
    for old, new in zip(before, state(document), strict=True):
        np.testing.assert_array_equal(new, old)
    command.redo()
    for old, new in zip(after, state(document), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("limit", [0, 1 << 30])
def test_selected_pixels_move_exactly_and_the_selection_with_them(limit: int) -> None:
    document = scene()
    document.target = "layer"
    plane = document.active_layer.plane
    before = plane.pixels.copy()
    rect = Rect(40, 30, 10, 10)
    select(document, rect)
    with new_planes_at(limit):
        command = move(document, Shift(-35, 30))
    assert command is not None
    now = document.active_layer.plane.pixels
    assert not now[rect.slices()].any()
    there = rect.translate(-35, 30)
    np.testing.assert_array_equal(now[there.slices()], before[rect.slices()])
    expected = before.copy()
    expected[rect.slices()] = 0
    expected[there.slices()] = before[rect.slices()]
    np.testing.assert_array_equal(now, expected)
    selection = np.zeros((70, 90), np.uint8)
    selection[there.slices()] = 255
    np.testing.assert_array_equal(document.selection.pixels, selection)
    command.undo()
    np.testing.assert_array_equal(document.active_layer.plane.pixels, before)
    assert document.selection.pixels[rect.slices()].min() == 255


def test_a_half_selected_part_leaves_its_other_half() -> None:
    document = scene()
    document.target = "layer"
    document.active_layer.plane.pixels[20:50, 30:60] = (10, 20, 30, 200)
    select(document, Rect(40, 30, 10, 10), 127)
    move(document, Shift(-35, 0))
    pixels = document.active_layer.plane.pixels
    assert pixels[35, 45].tolist() == [10, 20, 30, 100]
    assert pixels[35, 10].tolist() == [10, 20, 30, 100]


def test_what_is_moved_covers_what_is_there_by_its_alpha() -> None:
    document = scene()
    document.target = "layer"
    document.active_layer.plane.pixels[20:50, 30:60] = (200, 0, 0, 255)
    document.active_layer.plane.pixels[20:50, 50:60] = (0, 0, 200, 102)
    select(document, Rect(50, 20, 10, 30))
    move(document, Shift(-15, 0))
    pixels = document.active_layer.plane.pixels
    assert pixels[30, 40].tolist() == [120, 0, 80, 255]
    assert pixels[30, 55].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("target", ["region", "layer", "layer_mask"])
@pytest.mark.parametrize("kind", ["mirror", "upside_down", "half"])
def test_flips_of_a_part_undo_themselves(target: Target, kind: str) -> None:
    document = scene()
    document.target = target
    before = state(document)
    placer = Mirror(kind)  # type: ignore[arg-type]
    assert move(document, placer) is not None
    assert any(
        not np.array_equal(old, new) for old, new in zip(before, state(document), strict=True)
    )
    move(document, placer)
    for old, new in zip(before, state(document), strict=True):
        np.testing.assert_array_equal(new, old)


def test_a_transform_by_whole_pixels_is_that_move() -> None:
    first, second = scene(), scene()
    for document in (first, second):
        document.target = "layer"
    move(first, Shift(7, -9))
    move(second, Transform(np.array([(1, 0, 7), (0, 1, -9), (0, 0, 1.0)])))
    difference = np.abs(
        first.active_layer.plane.pixels.astype(int) - second.active_layer.plane.pixels
    )
    assert difference[..., 3].max() == 0
    # Colours of almost clear pixels are rounded once.
    assert difference.max() <= 1


def test_a_transform_to_half_the_size_takes_the_mean() -> None:
    document = Document.blank(40, 40)
    pixels = document.layers[0].plane.pixels
    pixels[...] = 255
    pixels[:, ::2, :3] = 101
    document.target = "layer"
    move(document, Transform(np.diag([0.5, 0.5, 1.0])))
    now = document.layers[0].plane.pixels
    assert (now[:20, :20] == (178, 178, 178, 255)).all()
    assert not now[20:].any()
    assert not now[:, 20:].any()


def test_a_rotated_square_has_soft_edges_and_its_own_colour() -> None:
    document = Document.blank(100, 100, (0, 0, 0, 0))
    plane = document.layers[0].plane
    plane.pixels[30:70, 30:70] = (250, 120, 20, 255)
    document.target = "layer"
    cosine = np.sqrt(0.5)
    about = np.array([(cosine, -cosine, 50), (cosine, cosine, 50), (0, 0, 1.0)])
    move(document, Transform(about @ np.array([(1, 0, -50), (0, 1, -50), (0, 0, 1.0)])))
    now = document.layers[0].plane.pixels
    shown = now[now[..., 3] > 0]
    assert np.abs(shown[:, :3].astype(int) - (250, 120, 20)).max() <= 1
    assert now[50, 50, 3] == 255
    edge = now[..., 3][(now[..., 3] > 0) & (now[..., 3] < 255)]
    assert 100 < len(edge) < 300
    # No pixel is gained or lost: the area is that of the square.
    assert now[..., 3].sum() / 255 == pytest.approx(1600, rel=0.002)


@given(st.lists(st.floats(-40, 140), min_size=8, max_size=8))
@settings(max_examples=80, deadline=None)
def test_four_corners_make_a_matrix_that_takes_them_there(numbers: list[float]) -> None:
    source = corners_of(Rect(10, 20, 60, 40))
    target = np.array(numbers).reshape(4, 2)
    if not is_convex(target):
        return
    matrix = matrix_between(source, target)
    np.testing.assert_allclose(apply_matrix(matrix, source), target, atol=1e-4)


def test_corners_in_a_line_are_told() -> None:
    line = np.array([(0, 0), (1, 1), (2, 2), (3, 3)], np.float64)
    assert not is_convex(line)
    with pytest.raises(ValueError, match="line"):
        matrix_between(line, corners_of(Rect(0, 0, 5, 5)))
    crossed = np.array([(0, 0), (9, 9), (9, 0), (0, 9)], np.float64)
    assert not is_convex(crossed)
    assert is_convex(corners_of(Rect(0, 0, 5, 5))[::-1])


def test_a_locked_layer_and_an_empty_one_are_refused() -> None:
    document = scene()
    document.target = "layer"
    select(document, Rect(0, 0, 5, 5))
    with pytest.raises(EditingError, match="nothing in the selected part"):
        picked_up(document)
    select(document, Rect(0, 0, 5, 5), 0)
    document.active_layer.plane.pixels[...] = 0
    with pytest.raises(EditingError, match="nothing on this layer"):
        picked_up(document)
    document.target = "region"
    document.mask.pixels[...] = 0
    with pytest.raises(EditingError, match="nothing in the region"):
        picked_up(document)


@pytest.mark.parametrize("target", ["region", "layer", "layer_mask"])
@pytest.mark.parametrize("selected", [False, True])
def test_the_structure_without_it_shows_the_rest(target: Target, selected: bool) -> None:
    document = scene()
    plane = target_plane(document, target)
    if selected:
        select(document, Rect(30, 20, 9, 4))
    before = state(document)
    found = picked_up(document)
    shown = found.without()
    for old, new in zip(before, state(document), strict=True):
        np.testing.assert_array_equal(new, old)
    if target == "region":
        region = shown.regions[0]
        assert region.visible == selected
        if selected:
            assert not region.mask.pixels[20:24, 30:39].any()
            np.testing.assert_array_equal(region.mask.pixels[:20], plane.pixels[:20])
    elif target == "layer":
        assert shown.layers[-1].visible == selected
        mask = shown.layers[-1].mask
        assert mask is not None
        assert (mask.pixels[20:24, 30:39].max() == 0) == selected
    else:
        mask = shown.layers[-1].mask
        assert mask is not None
        assert mask.pixels[20:24, 30:39].min() == 255
        assert (mask.pixels.min() == 255) != selected
