"""Wand, colour range and click: what is found in pictures whose answer is known."""

from collections import deque
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from editing.colour_range import colour_range, to_lab
from editing.document import Document
from editing.geometry import Rect
from editing.grabcut import FITTED_SIDE_PX, Hints, cut_out
from editing.layer import Layer
from editing.plane import Plane
from editing.sampling import Sample
from editing.shapes import Shape
from editing.wand import wand

PICTURES = arrays(
    np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14), st.just(4)),
    elements=st.sampled_from([0, 10, 20, 40, 255]),
)  # fmt: skip


def placed(shape: Shape, document: Document) -> np.ndarray:
    result = np.zeros((document.size[1], document.size[0]), np.uint8)
    result[shape.rect.slices()] = shape.mask
    return result


def spread(alike: np.ndarray, start: tuple[int, int]) -> np.ndarray:
    found = np.zeros_like(alike)
    found[start] = True
    queue = deque([start])
    while queue:
        row, column = queue.popleft()
        for y, x in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= y < alike.shape[0] and 0 <= x < alike.shape[1]
            if inside and alike[y, x] and not found[y, x]:
                found[y, x] = True
                queue.append((y, x))
    return found


@given(PICTURES, st.integers(0, 50), st.booleans(), st.integers(0), st.integers(0))
@settings(deadline=None, max_examples=80)
def test_the_wand_finds_what_is_alike_and_joined(
    picture: np.ndarray, tolerance: int, contiguous: bool, row: int, column: int
) -> None:
    row, column = row % picture.shape[0], column % picture.shape[1]
    document = Document(picture.copy())
    sample = Sample(document, all_layers=True)
    shape = wand(sample, column, row, tolerance, contiguous=contiguous, antialias=False)
    colour = picture[row, column].astype(int)
    if colour[3] == 0:
        alike = picture[..., 3] <= tolerance
    else:
        alike = (np.abs(picture.astype(int) - colour) <= tolerance).all(axis=2)
    expected = spread(alike, (row, column)) if contiguous else alike
    np.testing.assert_array_equal(placed(shape, document) > 0, expected)


def test_the_wand_across_strips_of_a_large_picture() -> None:
    picture = np.full((700, 300, 4), 255, np.uint8)
    picture[100:650, 50:60, :3] = 0
    document = Document(picture)
    sample = Sample(document, all_layers=True)
    shape = wand(sample, 55, 640, 5, antialias=False)
    assert shape.rect == (50, 100, 10, 550)
    soft = wand(sample, 55, 640, 5)
    assert soft.rect == (49, 99, 12, 552)
    assert 0 < soft.mask[300, 0] < 128


def layered() -> Document:
    document = Document.blank(40, 30, (200, 0, 0, 255))
    pixels = np.zeros((30, 40, 4), np.uint8)
    pixels[5:15, 5:15] = (0, 0, 200, 255)
    top = Layer(Plane(pixels), "Top")
    document.structure = replace(document.structure, layers=(*document.layers, top))
    document.choose_layer(document.layers[0].id)
    return document


def test_all_layers_or_the_active_one() -> None:
    document = layered()
    everything = wand(Sample(document, all_layers=True), 7, 7, 0, antialias=False)
    assert everything.rect == (5, 5, 10, 10)
    lower = wand(Sample(document, all_layers=False), 7, 7, 0, antialias=False)
    assert lower.rect == document.bounds


@given(
    arrays(np.uint8, (6, 7, 4), elements=st.integers(0, 255)),
    st.floats(0, 60),
    st.one_of(st.just(0.0), st.floats(1, 40)),
)
@settings(deadline=None, max_examples=40)
def test_colour_range_falls_with_the_distance(
    picture: np.ndarray, tolerance: float, softness: float
) -> None:
    document = Document(picture.copy())
    colours = [(200, 30, 40), (10, 200, 90)]
    shape = colour_range(Sample(document, all_layers=True), colours, tolerance, softness)
    lab = to_lab(picture[..., :3])
    wanted = to_lab(np.asarray([colours], np.uint8))[0]
    distance = np.linalg.norm(lab[:, :, None] - wanted, axis=3).min(axis=2)
    if softness == 0:
        share = (distance <= tolerance).astype(float)
    else:
        share = np.clip(1 - (distance - tolerance) / softness, 0, 1)
    expected = share * picture[..., 3]
    assert np.abs(placed(shape, document) - expected).max() <= 1


def test_lab_is_that_of_the_standard() -> None:
    corners = np.array([[(255, 255, 255), (0, 0, 0), (255, 0, 0)]], np.uint8)
    expected = [(100, 0, 0), (0, 0, 0), (53.24, 80.09, 67.20)]
    np.testing.assert_allclose(to_lab(corners)[0], expected, atol=0.3)


def scene(scale: int = 1) -> tuple[Document, np.ndarray]:
    """A red disc and a red square of uneven colour on uneven green."""
    rng = np.random.default_rng(4)
    height, width = 240 * scale, 320 * scale
    truth = np.zeros((height, width), np.uint8)
    cv2.circle(truth, (100 * scale, 110 * scale), 50 * scale, 255, -1)
    red = truth.copy()
    cv2.rectangle(red, (220 * scale, 60 * scale), (290 * scale, 150 * scale), 255, -1)
    picture = np.where(red[..., None] > 0, (180, 40, 30), (60, 130, 70))
    noise = cv2.resize(
        rng.normal(0, 12, (240, 320, 3)), (width, height), interpolation=cv2.INTER_NEAREST
    )
    rgb = np.clip(picture + noise, 0, 255).astype(np.uint8)
    alpha = np.full((height, width, 1), 255, np.uint8)
    return Document(np.concatenate([rgb, alpha], axis=2)), truth


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    a, b = found >= 128, truth >= 128
    return float((a & b).sum() / (a | b).sum())


def test_a_click_selects_the_object() -> None:
    document, truth = scene()
    sample = Sample(document, all_layers=True)
    shape = cut_out(sample, Hints(plus=((100, 110),)))
    assert overlap(placed(shape, document), truth) > 0.93
    again = cut_out(sample, Hints(plus=((100, 110),)))
    np.testing.assert_array_equal(shape.mask, again.mask)


def test_a_second_click_adds_the_other_object() -> None:
    document, truth = scene()
    truth[60:151, 220:291] = 255
    hints = Hints(plus=((100, 110), (250, 100)))
    shape = cut_out(Sample(document, all_layers=True), hints)
    assert overlap(placed(shape, document), truth) > 0.93


def test_a_box_selects_the_object_in_it() -> None:
    document, truth = scene()
    shape = cut_out(Sample(document, all_layers=True), Hints(box=Rect(40, 50, 120, 120)))
    assert overlap(placed(shape, document), truth) > 0.93
    crisp = cut_out(
        Sample(document, all_layers=True), Hints(box=Rect(40, 50, 120, 120)), antialias=False
    )
    assert set(np.unique(crisp.mask)) <= {0, 255}


def test_a_minus_click_takes_away() -> None:
    document, _ = scene()
    sample = Sample(document, all_layers=True)
    box = Rect(40, 40, 265, 140)
    both = placed(cut_out(sample, Hints(box=box)), document)
    assert both[100, 250] > 128
    minus = ((255.0, 105.0), (230.0, 70.0), (280.0, 140.0), (230.0, 140.0), (280.0, 70.0))
    less = placed(cut_out(sample, Hints(box=box, minus=minus)), document)
    assert less[105, 255] == 0
    assert less[110, 100] == 255


def test_a_box_around_almost_everything_of_a_large_picture() -> None:
    document, truth = scene(8)
    box = Rect(40 * 8, 50 * 8, 120 * 8, 120 * 8)
    assert max(Hints(box=document.bounds).area(document.bounds).size) > FITTED_SIDE_PX
    shape = cut_out(Sample(document, all_layers=True), Hints(box=box))
    assert overlap(placed(shape, document), truth) > 0.93
    huge = cut_out(Sample(document, all_layers=True), Hints(box=document.bounds))
    assert document.bounds.contains(huge.rect)


@pytest.mark.parametrize("hints", [Hints(), Hints(box=Rect(0, 0, 1, 1)), Hints(plus=((0, 0),))])
def test_hints_that_say_little_do_no_harm(hints: Hints) -> None:
    document = Document.blank(30, 20)
    shape = cut_out(Sample(document, all_layers=True), hints)
    assert document.bounds.contains(shape.rect)
