"""The flattened picture against a slow reference, and what it skips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.blend import blend
from editing.flatten import FlattenStoppedError, flattened
from editing.geometry import Rect
from editing.layer import BLEND_MODES, Layer
from editing.plane import TILE, Pixels, Plane
from tests.editing.blend_reference import distance, picture_of

SIDE = 12


def random_plane(rng: np.random.Generator, shape: tuple[int, ...], clear: float) -> Plane:
    """A plane with a share of clear pixels, some opaque ones, and others between."""
    pixels = rng.integers(0, 256, shape, np.uint8)
    alpha = pixels[..., 3] if len(shape) == 3 else pixels
    kind = rng.random(shape[:2])
    alpha[kind < clear] = 0
    alpha[kind > 1 - (1 - clear) / 2] = 255
    return Plane(pixels)


@st.composite
def stacks(draw: st.DrawFn) -> list[Layer]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    layers = []
    for k in range(draw(st.integers(1, 4))):
        masked = draw(st.booleans())
        layers.append(
            Layer(
                random_plane(rng, (SIDE, SIDE, 4), draw(st.sampled_from([0.0, 0.3, 1.0]))),
                f"Layer {k}",
                visible=draw(st.sampled_from([True, True, False])),
                opacity=draw(st.sampled_from([0.0, 0.3, 1.0, 1.0])),
                blend=draw(st.sampled_from(BLEND_MODES)),
                mask=random_plane(rng, (SIDE, SIDE), 0.3) if masked else None,
            )
        )
    return layers


@settings(max_examples=60, deadline=None)
@given(stacks())
def test_a_stack_of_layers_is_near_the_exact_picture(layers: list[Layer]) -> None:
    bounds = layers[0].plane.bounds
    shown = flattened(layers)
    # Each layer rounds once; steep modes (dodge, overlay) magnify what the layers below rounded.
    steps = [shown_step(layers[: k + 1], shown_below(layers[:k])) for k in range(len(layers))]
    assert max(steps) <= 1.01
    assert shown.shape == (*bounds.size[::-1], 4)


def shown_below(layers: list[Layer]) -> Pixels:
    return flattened(layers) if layers else np.zeros((SIDE, SIDE, 4), np.uint8)


def shown_step(layers: list[Layer], below: Pixels) -> float:
    """How far the highest layer is off, laid over the rounded picture below it."""
    base = Layer(Plane(below), "below")
    return distance(flattened(layers), picture_of([base, layers[-1]], base.plane.bounds))


@settings(max_examples=40, deadline=None)
@given(stacks())
def test_layers_of_normal_mode_are_within_a_level_and_a_half(layers: list[Layer]) -> None:
    normal = [replace(layer, blend="normal") for layer in layers]
    expected = picture_of(normal, layers[0].plane.bounds)
    assert distance(flattened(normal), expected) <= 0.5 + 0.5 * len(normal)


@pytest.fixture(scope="module")
def wide_stack() -> list[Layer]:
    """Three layers over several tiles, the highest never written to at most places."""
    rng = np.random.default_rng(3)
    shape = (2 * TILE + 40, 2 * TILE + 70)
    base = Plane(rng.integers(0, 256, (*shape, 4), np.uint8))
    base.pixels[:TILE, :, 3] = 255
    soft = random_plane(rng, (*shape, 4), 0.5)
    stroke = Plane.zeros((*shape, 4))
    place = Rect(TILE + 10, 20, 50, 30)
    stroke.pixels[place.slices()] = rng.integers(0, 256, (30, 50, 4), np.uint8)
    stroke.mark_dirty(place)
    hidden = random_plane(rng, (*shape, 4), 0.0)
    return [
        Layer(base, "base"),
        Layer(soft, "soft", opacity=0.6, blend="overlay"),
        Layer(hidden, "hidden", visible=False),
        Layer(stroke, "stroke"),
    ]


def test_tiles_give_the_same_as_one_piece(wide_stack: list[Layer]) -> None:
    expected = np.zeros_like(wide_stack[0].plane.pixels)
    for layer in wide_stack:
        if layer.visible:
            expected = blend(expected, layer.plane.pixels, layer.blend, layer.opacity)
    shown = flattened(wide_stack)
    seen = shown[..., 3] > 0
    assert np.array_equal(shown[seen], expected[seen])
    assert np.array_equal(shown[..., 3], expected[..., 3])


@pytest.mark.parametrize(
    "rect", [Rect(0, 0, 1, 1), Rect(250, 10, 20, 300), Rect(100, 256, 482, 256), Rect(30, 40, 0, 5)]
)
def test_a_part_is_that_part_of_the_whole(wide_stack: list[Layer], rect: Rect) -> None:
    part = flattened(wide_stack, rect)
    assert part.shape == (rect.height, rect.width, 4)
    assert np.array_equal(part, flattened(wide_stack)[rect.slices()])


def test_a_single_plain_layer_keeps_every_byte() -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (300, 270, 4), np.uint8)
    pixels[:50, :, 3] = 0
    shown = flattened([Layer(Plane(pixels), "only")])
    assert np.array_equal(shown, pixels)
    shown[...] = 0
    assert pixels.any()


def test_no_visible_layer_is_a_clear_picture() -> None:
    plane = Plane(np.full((5, 6, 4), 200, np.uint8))
    assert not flattened([Layer(plane, "a", visible=False), Layer(plane, "b", opacity=0)]).any()


def test_threads_give_the_same_picture() -> None:
    rng = np.random.default_rng(8)
    shape = (1100, 1000, 4)
    layers = [Layer(Plane(rng.integers(0, 256, shape, np.uint8)), "a")]
    layers.append(Layer(random_plane(rng, shape, 0.5), "b", blend="soft_light"))
    whole = flattened(layers)
    upper, lower = Rect(0, 0, 1000, 600), Rect(0, 600, 1000, 500)
    parts = [flattened(layers, upper), flattened(layers, lower)]
    assert np.array_equal(whole, np.concatenate(parts))


def test_progress_ends_at_one_and_a_stop_stops(wide_stack: list[Layer]) -> None:
    told: list[float] = []
    flattened(wide_stack, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(FlattenStoppedError):
        flattened(wide_stack, stopped=lambda: True)
