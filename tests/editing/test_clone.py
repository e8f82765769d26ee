"""The clone stamp against a naive one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing.brush import Brush, Stroke
from editing.clone import CloneStroke
from editing.document import Document
from editing.errors import EditingError
from editing.flatten import flattened
from editing.layer import Layer
from editing.plane import Plane


def noise(seed: int, width: int = 300, height: int = 280) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


@given(
    dx=st.integers(-340, 340),
    dy=st.integers(-300, 300),
    all_layers=st.booleans(),
    path=st.lists(st.tuples(st.floats(-20, 320), st.floats(-20, 300)), min_size=1, max_size=3),
    confined=st.booleans(),
    opacity=st.sampled_from([0.4, 1.0]),
)
@settings(max_examples=30, deadline=None)
def test_a_stroke_copies_the_picture_from_before_it(
    dx: int,
    dy: int,
    all_layers: bool,
    path: list[tuple[float, float]],
    confined: bool,
    opacity: float,
) -> None:
    document = Document(noise(1))
    structure = document.structure
    above = Layer(Plane(noise(2)), "above", opacity=0.5)
    document.structure = replace(structure, layers=(*structure.layers, above))
    document.choose_layer(structure.layers[0].id)
    if confined:
        document.selection.pixels[:, 100:200] = 255
        document.selection.mark_dirty(document.bounds)
    before = document.active_layer.plane.pixels.copy()
    source = flattened(document.layers) if all_layers else before
    brush = Brush(radius_px=30, hardness=0.5, opacity=opacity)
    # How far each pixel goes is that of a brush; tests of the brush say what it is.
    measure = Document.blank(300, 280)
    measured = Stroke(measure, brush)
    stroke = CloneStroke(document, brush, dx, dy, all_layers=all_layers)
    for point in path:
        stroke.move_to(*point)
        measured.move_to(*point)
    coverage = measure.mask.pixels.astype(float) / 255
    if confined:
        coverage *= document.selection.pixels / 255.0
    shifted = np.zeros_like(source)
    rows, columns = np.mgrid[0:280, 0:300]
    inside = (rows + dy >= 0) & (rows + dy < 280) & (columns + dx >= 0) & (columns + dx < 300)
    shifted[inside] = source[(rows + dy)[inside], (columns + dx)[inside]]
    share = coverage * shifted[..., 3] / 255
    old = before[..., 3] / 255 * (1 - share)
    alpha = share + old
    weights = np.maximum(alpha, 1e-9)[..., None]
    colour = (shifted[..., :3] * share[..., None] + before[..., :3] * old[..., None]) / weights
    painted = document.active_layer.plane.pixels
    assert np.abs(painted[..., 3] - 255 * alpha).max() <= 1.5
    difference = np.abs(painted[..., :3] - colour) * alpha[..., None]
    assert difference[alpha > 0].max() <= 3
    untouched = coverage == 0
    assert np.array_equal(painted[untouched], before[untouched])
    command = stroke.finish()
    if command is not None:
        command.undo()
    assert np.array_equal(painted, before)


def test_a_stroke_over_its_own_source_does_not_smear() -> None:
    document = Document(noise(3))
    before = document.active_layer.plane.pixels.copy()
    before[..., 3] = document.active_layer.plane.pixels[..., 3] = 255
    stroke = CloneStroke(document, Brush(radius_px=12, hardness=1), -20, 0)
    stroke.move_to(40, 100)
    stroke.move_to(200, 100)
    assert np.array_equal(
        document.active_layer.plane.pixels[95:105, 40:200], before[95:105, 20:180]
    )


def test_a_locked_layer_is_refused() -> None:
    document = Document(noise(4))
    locked = replace(document.active_layer, locked=True)
    document.structure = document.structure.with_layer(locked)
    with pytest.raises(EditingError, match="locked"):
        CloneStroke(document, Brush(), 5, 5)
