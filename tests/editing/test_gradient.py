"""Gradients, fill and clear against what they are defined to be, within the selection."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.document import Document
from editing.errors import EditingError
from editing.geometry import Rect
from editing.gradient import Gradient, GradientShape, plan_gradient
from editing.pixel_plan import plan_clear, plan_fill
from editing.plane import Plane
from editing.shapes import Shape

if TYPE_CHECKING:
    from editing.document import Target

places = st.tuples(st.integers(-50, 350), st.integers(-50, 330))
targets = st.sampled_from(["region", "layer", "layer_mask"])
selections = st.sampled_from(["none", "soft", "half"])
RED, BLUE = (200, 30, 60), (10, 90, 250)


def made(target: Target, selection: str) -> tuple[Document, np.ndarray, np.ndarray]:
    """A document of noise, the weights of its selection, and what is edited, a copy."""
    random = np.random.default_rng(7)
    document = Document(random.integers(0, 256, (280, 300, 4), dtype=np.uint8))
    document.mask.pixels[...] = random.integers(0, 256, (280, 300), dtype=np.uint8)
    mask = Plane(random.integers(0, 256, (280, 300), dtype=np.uint8))
    document.structure = document.structure.with_layer(replace(document.active_layer, mask=mask))
    document.target = target
    view = document.selection.pixels
    if selection == "soft":
        view[...] = np.linspace(0, 255, 300).astype(np.uint8)
    elif selection == "half":
        view[:, 130:] = 255
    document.selection.mark_dirty(document.bounds)
    weights = view / 255 if view.any() else np.ones(view.shape)
    return document, weights, edited(document).astype(int)


def edited(document: Document) -> np.ndarray:
    layer = document.active_layer
    mask = layer.mask
    assert mask is not None
    planes = {"region": document.mask, "layer": layer.plane, "layer_mask": mask}
    return planes[document.target].pixels


def over(before: np.ndarray, colour: np.ndarray, share: np.ndarray) -> np.ndarray:
    old = before[..., 3] / 255 * (1 - share)
    alpha = share + old
    mixed = colour * share[..., None] + before[..., :3] * old[..., None]
    return np.dstack([mixed, 255 * alpha])


def premultiplied(pixels: np.ndarray) -> np.ndarray:
    return np.dstack([pixels[..., :3] * (pixels[..., 3:] / 255.0), pixels[..., 3]])


@given(
    start=places,
    end=places,
    shape=st.sampled_from(["linear", "radial"]),
    target=targets,
    selection=selections,
    clear=st.booleans(),
    opacity=st.sampled_from([0.3, 1.0]),
)
@settings(max_examples=40, deadline=None)
def test_a_gradient_is_what_it_is_defined_to_be(
    start: tuple[int, int],
    end: tuple[int, int],
    shape: GradientShape,
    target: Target,
    selection: str,
    clear: bool,
    opacity: float,
) -> None:
    document, weights, before = made(target, selection)
    plan = plan_gradient(
        document, Gradient(start, end, shape, opacity), RED, None if clear else BLUE
    )
    if start == end:
        assert plan is None
        return
    assert plan is not None
    command = plan.commit("Gradient")
    columns, rows = np.meshgrid(np.arange(300) + 0.5, np.arange(280) + 0.5)
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((columns - start[0]) * dx + (rows - start[1]) * dy) / (dx * dx + dy * dy)
    if shape == "radial":
        along = np.hypot(columns - start[0], rows - start[1]) / math.hypot(dx, dy)
    share = np.clip(along, 0, 1)
    weights = weights * opacity
    if target == "layer":
        colour = np.array(RED) + (np.zeros(3) if clear else np.array(BLUE) - RED) * share[..., None]
        expected = over(before, colour, weights * ((1 - share) if clear else 1))
        assert np.abs(premultiplied(edited(document)) - expected).max() <= 2.5
    else:
        greys = {"region": (255.0, 0.0), "layer_mask": (68.0, 0.0 if clear else 85.0)}[target]
        value = greys[0] + (greys[1] - greys[0]) * share
        assert np.abs(edited(document) - (before + (value - before) * weights)).max() <= 1.5
    assert np.array_equal(edited(document)[weights == 0], before[weights == 0])
    if command is not None:
        command.undo()
    assert np.array_equal(edited(document), before)


@given(target=targets, selection=selections, shaped=st.booleans())
@settings(max_examples=20, deadline=None)
def test_fill_and_clear(target: Target, selection: str, shaped: bool) -> None:
    document, weights, before = made(target, selection)
    shape = Shape(Rect(100, 200, 90, 70), np.full((70, 90), 128, np.uint8)) if shaped else None
    command = plan_fill(document, RED, shape).commit("Fill")
    share = weights.copy()
    if shaped:
        share[...] = 0
        share[200:270, 100:190] = weights[200:270, 100:190] * 128 / 255
    if target == "layer":
        expected = over(before, np.array(RED), share)
        assert np.abs(premultiplied(edited(document)) - expected).max() <= 2.5
    else:
        value = 255 if target == "region" else 68
        assert np.abs(edited(document) - (before + (value - before) * share)).max() <= 1.5
    if command is not None:
        command.undo()
    assert np.array_equal(edited(document), before)
    plan_clear(document).commit("Clear")
    cleared = edited(document)[..., 3] if target == "layer" else edited(document)
    old = before[..., 3] if target == "layer" else before
    assert np.abs(cleared - old * (1 - weights)).max() <= 1
    if target == "layer":
        kept = (cleared > 0) | (weights == 0)
        assert np.array_equal(edited(document)[kept], np.dstack([before[..., :3], cleared])[kept])
        assert not edited(document)[~kept].any()


def test_a_locked_layer_is_refused() -> None:
    document = Document.blank(20, 20)
    locked = replace(document.active_layer, locked=True)
    document.structure = document.structure.with_layer(locked)
    document.target = "layer"
    with pytest.raises(EditingError, match="locked"):
        plan_fill(document, RED)
    with pytest.raises(EditingError, match="locked"):
        plan_clear(document)
    with pytest.raises(EditingError, match="locked"):
        plan_gradient(document, Gradient((0, 0), (5, 5)), RED, BLUE)
