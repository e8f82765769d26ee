"""Edits of the whole document's size: exact where they can be, aligned, undone to the byte."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.canvas_size import NewFrame, anchored_frame, kept_part, reframed
from editing.commands import restructure
from editing.document import Document, Metadata
from editing.errors import EditingError
from editing.geometry import Rect
from editing.layer import Layer
from editing.plane import TILE, Plane
from editing.region import Region
from editing.reshape import RESHAPED_KEY, Reshape, reshaped
from editing.resize import Scale, scaled
from editing.rotate import Rotation
from editing.structure import Structure
from editing.turn import TURNS, Turn, TurnKind, turned, turned_rect

Pixels = npt.NDArray[np.uint8]

REFERENCES: dict[TurnKind, Callable[[Pixels], Pixels]] = {
    "left": lambda a: np.rot90(a, 1),
    "right": lambda a: np.rot90(a, -1),
    "half": lambda a: np.rot90(a, 2),
    "mirror": lambda a: a[:, ::-1],
    "upside_down": lambda a: a[::-1],
}
INVERSE: dict[TurnKind, TurnKind] = {"left": "right", "right": "left"}


def fill(plane: Plane, rect: Rect, values: Pixels) -> None:
    """Write as much as lies inside."""
    part = rect.intersect(plane.bounds)
    plane.pixels[rect.slices()] = values[: part.height, : part.width]
    plane.mark_dirty(rect)


def busy_document(width: int = 613, height: int = 401) -> Document:
    """Layers with and without masks, one almost empty; soft regions, one empty; a selection."""
    random = np.random.default_rng(7)
    picture = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    patch = Plane.zeros((height, width, 4))
    fill(patch, Rect(300, 20, 80, 70), random.integers(0, 256, (70, 80, 4), dtype=np.uint8))
    mask = Plane(random.integers(0, 256, (height, width), dtype=np.uint8))
    soft = Plane.zeros((height, width))
    fill(soft, Rect(10, 100, 50, 50), np.tile(np.arange(50, dtype=np.uint8), (50, 1)))
    selection = Plane.zeros((height, width))
    fill(selection, Rect(520, 300, 80, 80), np.full((80, 80), 255, np.uint8))
    structure = Structure(
        (Layer(Plane(picture), "Background"), Layer(patch, "Patch", opacity=0.5, mask=mask)),
        (Region(soft, "Soft"), Region(Plane.zeros((height, width)), "Empty")),
        selection,
        Metadata(icc=b"profile", generation={"task": "generate", "seed": 3, "regions": [{}]}),
    )
    return Document(structure=structure)


def arrays(structure: Structure) -> list[Pixels]:
    return [plane.pixels for plane in structure.planes()]


def apply(document: Document, reshape: Reshape) -> None:
    assert restructure(document, reshaped(document.structure, reshape), reshape.name) is not None


@pytest.mark.parametrize("kind", TURNS)
def test_a_turn_moves_every_plane_as_numpy_does(kind: TurnKind) -> None:
    document = busy_document()
    before = arrays(document.structure)
    apply(document, Turn(kind))
    for old, new in zip(before, arrays(document.structure), strict=True):
        np.testing.assert_array_equal(new, REFERENCES[kind](old))


@pytest.mark.parametrize("kind", TURNS)
def test_a_turn_and_its_inverse_give_the_same_bytes(kind: TurnKind) -> None:
    document = busy_document()
    before = [array.copy() for array in arrays(document.structure)]
    apply(document, Turn(kind))
    apply(document, Turn(INVERSE.get(kind, kind)))
    for old, new in zip(before, arrays(document.structure), strict=True):
        np.testing.assert_array_equal(new, old)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_rectangle_turns_with_its_pixels(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right = data.draw(st.integers(left + 1, width))
    rect = Rect.from_edges(left, top, right, data.draw(st.integers(top + 1, height)))
    pixels = np.zeros((height, width), np.uint8)
    pixels[rect.slices()] = 9
    kind = data.draw(st.sampled_from(TURNS))
    expected = np.zeros_like(turned(pixels, kind))
    expected[turned_rect(rect, (width, height), kind).slices()] = 9
    np.testing.assert_array_equal(turned(pixels, kind), expected)


@pytest.mark.parametrize(
    "reshape",
    [
        Turn("left"),
        Turn("mirror"),
        NewFrame(Rect(-40, 30, 500, 420)),
        NewFrame(Rect(100, 50, 200, 100), "Crop"),
        Scale((300, 700)),
        Scale((700, 200), "nearest"),
        Rotation(17.5),
        Rotation(-60, keeps_size=True),
    ],
    ids=lambda reshape: reshape.name,
)
def test_undo_and_redo_bring_back_the_same_bytes(reshape: Reshape) -> None:
    document = busy_document()
    old = document.structure
    before = [array.copy() for array in arrays(old)]
    command = restructure(document, reshaped(old, reshape), reshape.name)
    assert command is not None
    assert command.name == reshape.name
    assert document.size == reshape.size(old.bounds.size)
    after = [array.copy() for array in arrays(document.structure)]
    command.undo()
    assert document.structure == old
    for first, second in zip(before, arrays(document.structure), strict=True):
        np.testing.assert_array_equal(first, second)
    command.redo()
    for first, second in zip(after, arrays(document.structure), strict=True):
        np.testing.assert_array_equal(first, second)
    # What is kept of layers and regions is all but their planes.
    for kept, part in zip(old.layers, document.layers, strict=True):
        assert replace(part, plane=kept.plane, mask=kept.mask) == kept
    for kept_region, region in zip(old.regions, document.regions, strict=True):
        assert replace(region, mask=kept_region.mask) == kept_region


@pytest.mark.parametrize(
    "reshape",
    [Turn("right"), NewFrame(Rect(-90, 30, 1500, 1420)), Scale((1300, 900)), Rotation(30)],
    ids=lambda reshape: reshape.name,
)
def test_empty_planes_stay_unwritten_and_small_ones_small(reshape: Reshape) -> None:
    shape = (1000, 1200)
    spot = Plane.zeros(shape)
    spot.pixels[500:520, 600:620] = 200
    spot.mark_dirty(Rect(600, 500, 20, 20))
    assert reshape.plane(Plane.zeros(shape), 0).touched_tiles() == []
    new = reshape.plane(spot, 0)
    assert new.pixels.any()
    tiles = -(-new.width // TILE) * -(-new.height // TILE)
    assert len(new.touched_tiles()) < tiles
    for tile_row in range(0, new.height, TILE):
        for column in range(0, new.width, TILE):
            rect = Rect(column, tile_row, TILE, TILE).intersect(new.bounds)
            if new.is_untouched(rect):
                assert not new.pixels[rect.slices()].any()


@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(-40, 40),
    st.integers(-40, 40),
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from([0, 255]),
)
@settings(max_examples=150, deadline=None)
def test_a_frame_moves_pixels_and_changes_none(
    width: int, height: int, x: int, y: int, new_width: int, new_height: int, outside: int
) -> None:
    random = np.random.default_rng(width * 31 + height)
    pixels = random.integers(0, 256, (height, width), dtype=np.uint8)
    new = NewFrame(Rect(x, y, new_width, new_height)).plane(Plane(pixels), outside).pixels
    expected = np.full((new_height, new_width), outside, np.uint8)
    for row in range(new_height):
        for column in range(new_width):
            if 0 <= row + y < height and 0 <= column + x < width:
                expected[row, column] = pixels[row + y, column + x]
    np.testing.assert_array_equal(new, expected)


def test_a_frame_copies_unwritten_zeros_where_the_outside_is_not_zero() -> None:
    plane = Plane.zeros((600, 600))
    plane.pixels[:10, :10] = 7
    plane.mark_dirty(Rect(0, 0, 10, 10))
    new = NewFrame(Rect(-5, -5, 620, 620)).plane(plane, 255).pixels
    assert new[:5].min() == 255
    assert new[305, 305] == 0
    assert new[5, 5] == 7


@pytest.mark.parametrize(
    ("anchor", "frame"),
    [
        ((0, 0), Rect(0, 0, 300, 100)),
        ((0.5, 0.5), Rect(-50, 50, 300, 100)),
        ((1, 1), Rect(-100, 100, 300, 100)),
        ((0, 1), Rect(0, 100, 300, 100)),
    ],
)
def test_the_anchor_says_where_the_picture_stays(anchor: tuple[float, float], frame: Rect) -> None:
    assert anchored_frame((200, 200), (300, 100), anchor) == frame


def test_the_added_border_becomes_the_region_with_a_seam() -> None:
    document = busy_document(200, 100)
    frame = Rect(-60, 0, 300, 100)
    region = document.regions[1].id
    new = reframed(document.structure, NewFrame(frame), outpaint_region=region)
    mask = new.region(region).mask.pixels
    # Added at the left by 60 and at the right by 40, with a seam of 8 px within the old picture.
    assert (mask[:, : 60 + 8] == 255).all()
    assert (mask[:, 60 + 8 : 260 - 8] == 0).all()
    assert (mask[:, 260 - 8 :] == 255).all()
    other = new.regions[0].mask.pixels
    assert not other[:, :60].any()


def test_a_frame_beside_the_picture_is_all_border() -> None:
    assert kept_part(Rect(500, 0, 100, 100), Rect(0, 0, 200, 100)).is_empty
    document = busy_document(200, 100)
    new = reframed(document.structure, NewFrame(Rect(500, 0, 50, 50)), document.active_region.id)
    assert new.regions[0].mask.pixels.min() == 255


def test_a_frame_that_adds_nothing_has_no_outpaint_region() -> None:
    document = busy_document(200, 100)
    with pytest.raises(EditingError, match="adds no border"):
        reframed(document.structure, NewFrame(Rect(5, 5, 90, 90)), document.active_region.id)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-3, 10), (20_000, 20_000)])
def test_impossible_sizes_are_refused_in_one_sentence(size: tuple[int, int]) -> None:
    document = busy_document(50, 40)
    with pytest.raises(EditingError, match=r"^[^.]+\.$"):
        reshaped(document.structure, Scale(size))
    with pytest.raises(EditingError, match=r"^[^.]+\.$"):
        anchored_frame((50, 40), size, (0, 0))


def test_the_record_of_the_run_says_that_it_cannot_go_on() -> None:
    document = busy_document(50, 40)
    apply(document, Turn("half"))
    record = document.metadata.generation
    assert record == {"task": "generate", "seed": 3, "regions": [], RESHAPED_KEY: True}
    assert document.metadata.icc == b"profile"


def test_progress_reaches_the_end() -> None:
    told: list[float] = []
    reshaped(busy_document(50, 40).structure, Turn("half"), told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_scaling_gives_the_mean_where_it_shrinks_by_a_whole_number() -> None:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (60, 40, 4), dtype=np.uint8)
    small = scaled(pixels, (10, 20))
    cells = pixels.astype(np.float64).reshape(20, 3, 10, 4, 4)
    alpha = cells[..., 3:].mean((1, 3))
    colour = (cells[..., :3] * cells[..., 3:]).mean((1, 3)) / alpha
    np.testing.assert_allclose(small[..., 3:], alpha, atol=0.51)
    np.testing.assert_allclose(small[..., :3], colour, atol=0.6)


def test_scaling_leaves_no_dark_fringe() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[16:48, 16:48] = (250, 200, 150, 255)
    for size in ((200, 200), (23, 23), (150, 30)):
        new = scaled(pixels, size)
        shown = new[new[..., 3] > 0]
        # A colour of alpha 1 or 2 is known to about two levels.
        assert np.abs(shown[:, :3].astype(int) - (250, 200, 150)).max() <= 2
        solid = new[new[..., 3] > 2]
        assert np.abs(solid[:, :3].astype(int) - (250, 200, 150)).max() <= 1
    for angle in (10.0, 45.0, 203.0):
        new = Rotation(angle).plane(Plane(pixels), 0).pixels
        shown = new[new[..., 3] > 0]
        # A colour of alpha 1 or 2 is known to about two levels.
        assert np.abs(shown[:, :3].astype(int) - (250, 200, 150)).max() <= 2
        solid = new[new[..., 3] > 2]
        assert np.abs(solid[:, :3].astype(int) - (250, 200, 150)).max() <= 1


def test_enlarging_an_opaque_picture_is_lanczos() -> None:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (20, 30, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    expected = cv2.resize(pixels, (75, 64), interpolation=cv2.INTER_LANCZOS4)
    np.testing.assert_array_equal(scaled(pixels, (75, 64)), expected)


def test_nearest_makes_up_no_value() -> None:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (20, 30, 4), dtype=np.uint8)
    np.testing.assert_array_equal(
        scaled(pixels, (90, 60), "nearest"), pixels.repeat(3, 0).repeat(3, 1)
    )


def test_a_half_written_plane_scales_like_a_whole_one() -> None:
    plane = Plane.zeros((900, 1100))
    random = np.random.default_rng(5)
    plane.pixels[256:512, 512:768] = random.integers(0, 256, (256, 256), dtype=np.uint8)
    plane.mark_dirty(Rect(512, 256, 256, 256))
    for size in ((2300, 1500), (300, 1000), (70, 50)):
        expected = scaled(plane.pixels, size)
        np.testing.assert_array_equal(Scale(size).plane(plane).pixels, expected)


@pytest.mark.parametrize("degrees", [0.0, 90.0, 180.0, -90.0])
def test_a_rotation_by_quarter_turns_is_that_turn(degrees: float) -> None:
    random = np.random.default_rng(5)
    pixels = random.integers(0, 256, (300, 411), dtype=np.uint8)
    expected = np.rot90(pixels, -round(degrees / 90))
    np.testing.assert_array_equal(Rotation(degrees).plane(Plane(pixels), 0).pixels, expected)


@pytest.mark.parametrize("keeps_size", [False, True])
def test_a_rotation_moves_a_spot_where_it_belongs(keeps_size: bool) -> None:
    pixels = np.zeros((400, 600), np.uint8)
    pixels[100:109, 450:459] = 255
    rotation = Rotation(30, keeps_size)
    new = rotation.plane(Plane(pixels), 0).pixels
    assert (new.shape[1], new.shape[0]) == rotation.size((600, 400))
    x, y = 454.5 - 300, 104.5 - 200
    cosine, sine = np.cos(np.radians(30)), np.sin(np.radians(30))
    wanted = (
        cosine * x - sine * y + new.shape[1] / 2,
        sine * x + cosine * y + new.shape[0] / 2,
    )
    rows, columns = np.mgrid[: new.shape[0], : new.shape[1]] + 0.5
    weight = new.astype(float)
    found = ((columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum())
    assert found == pytest.approx(wanted, abs=0.1)


def test_the_corners_of_a_rotated_mask_show_and_those_of_a_layer_are_clear() -> None:
    document = busy_document()
    apply(document, Rotation(45))
    picture, patch = document.layers
    assert picture.plane.pixels[0, 0, 3] == 0
    assert patch.mask is not None
    assert patch.mask.pixels[0, 0] == 255
    assert document.regions[0].mask.pixels[0, 0] == 0


@given(st.sampled_from([Turn("left"), Turn("mirror"), Scale((500, 260)), Rotation(25)]))
@settings(max_examples=8, deadline=None)
def test_regions_stay_on_what_they_cover(reshape: Reshape) -> None:
    """A region painted over a bright square covers that square still, with soft edges."""
    shape = (240, 320)
    picture = np.zeros((*shape, 4), np.uint8)
    picture[..., 3] = 255
    picture[60:120, 200:280, :3] = 255
    mask = Plane(picture[..., 0].copy())
    structure = Structure(
        (Layer(Plane(picture), "Picture"),),
        (Region(mask, "Region"),),
        Plane(picture[..., 0].copy()),
    )
    new = reshaped(structure, reshape)
    bright = new.layers[0].plane.pixels[..., 0].astype(int)
    for plane in (new.regions[0].mask, new.selection):
        assert np.abs(plane.pixels.astype(int) - bright).max() <= 1
