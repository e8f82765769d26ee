"""Copy, cut and paste against naive references on whole arrays."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from editing.document import Document
from editing.geometry import Rect
from editing.pixel_plan import plan_clear
from editing.pixel_transfer import Lifted, centred, layer_of, lift
from editing.plane import Plane
from editing.snapshot import take_snapshot

SHAPE = (300, 280)
BOUNDS = Rect(0, 0, SHAPE[1], SHAPE[0])

rects = st.builds(
    Rect.from_edges,
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(101, SHAPE[1]),
    st.integers(101, SHAPE[0]),
)


def noise(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (*SHAPE, 4), np.uint8)


def soft(rect: Rect, seed: int) -> NDArray[np.uint8]:
    values = np.zeros(SHAPE, np.uint8)
    values[rect.slices()] = np.random.default_rng(seed).integers(1, 256, (rect.height, rect.width))
    return values


def document_with(pixels: NDArray[np.uint8], selection: NDArray[np.uint8]) -> Document:
    document = Document(pixels.copy())
    document.selection.pixels[...] = selection
    document.selection.mark_dirty(BOUNDS)
    return document


@settings(max_examples=20, deadline=None)
@given(rects, st.integers(0, 99))
def test_copy_and_cut_share_the_alpha_out(rect: Rect, seed: int) -> None:
    pixels, selection = noise(seed), soft(rect, seed)
    document = document_with(pixels, selection)
    with take_snapshot(document) as snapshot:
        held = snapshot.layers[0].plane
        lifted = lift(held.read, held.bounds, snapshot.selection)
    assert lifted is not None
    assert lifted.rect == rect
    alpha = pixels[..., 3].astype(float)
    taken = np.floor(alpha * selection / 255 + 0.5)
    assert (lifted.pixels[..., 3] == taken[rect.slices()]).all()
    assert (lifted.pixels[..., :3] == pixels[rect.slices()][..., :3]).all()
    plane = document.layers[0].plane
    command = plan_clear(document, plane).commit("Cut")
    left = np.floor(alpha * (255.0 - selection) / 255 + 0.5)
    assert (plane.pixels[..., 3] == left).all()
    shown = left > 0
    assert (plane.pixels[shown][..., :3] == pixels[shown][..., :3]).all()
    assert (plane.pixels[selection == 0] == pixels[selection == 0]).all()
    assert command is not None
    command.undo()
    assert (plane.pixels == pixels).all()


def test_without_a_selection_all_of_it_is_meant() -> None:
    pixels = noise(1)
    document = document_with(pixels, np.zeros(SHAPE, np.uint8))
    with take_snapshot(document) as snapshot:
        held = snapshot.layers[0].plane
        lifted = lift(held.read, held.box)
    assert lifted is not None
    assert (lifted.pixels == pixels).all()
    plan_clear(document, document.layers[0].plane).commit("Cut")
    assert not document.layers[0].plane.pixels.any()


def test_nothing_selected_is_nothing() -> None:
    document = document_with(noise(1), np.zeros(SHAPE, np.uint8))
    with take_snapshot(document) as snapshot:
        held = snapshot.layers[0].plane
        assert lift(held.read, held.bounds, snapshot.selection) is None
    empty = Plane.zeros((*SHAPE, 4))
    assert plan_clear(document, empty).commit("Cut") is None
    assert empty.is_untouched(empty.bounds)


@settings(max_examples=30, deadline=None)
@given(st.integers(-400, 400), st.integers(-400, 400), st.integers(1, 400), st.integers(1, 400))
def test_a_layer_holds_what_lies_inside(x: int, y: int, width: int, height: int) -> None:
    pixels = np.random.default_rng(2).integers(1, 256, (height, width, 4), np.uint8)
    layer = layer_of(Lifted(Rect(x, y, width, height), pixels), SHAPE, "Pasted")
    expected = np.zeros((*SHAPE, 4), np.uint8)
    for row in range(max(0, y), min(SHAPE[0], y + height)):
        for column in range(max(0, x), min(SHAPE[1], x + width), 7):
            expected[row, column] = pixels[row - y, column - x]
            assert (layer.plane.pixels[row, column] == expected[row, column]).all()
    inside = Rect(x, y, width, height).intersect(BOUNDS)
    outside = layer.plane.pixels.copy()
    outside[inside.slices()] = 0
    assert not outside.any()


@given(st.integers(1, 500), st.integers(1, 500), st.floats(-900, 900), st.floats(-900, 900))
def test_the_middle_stays_inside_as_far_as_it_fits(
    width: int, height: int, x: float, y: float
) -> None:
    rect = centred((width, height), x, y, BOUNDS)
    assert rect.size == (width, height)
    for start, length, room in ((rect.x, width, SHAPE[1]), (rect.y, height, SHAPE[0])):
        if length <= room:
            assert 0 <= start <= room - length
        else:
            assert abs(start + length / 2 - room / 2) <= 1
