"""A naive painter: strokes by their definition, over every pixel, and what tests of them share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from editing.brush import Brush, Stroke
from editing.brush_settings import DabShape, dab_shape
from editing.gesture import Pen

if TYPE_CHECKING:
    from editing.document import Document

Pixels = npt.NDArray[np.uint8]

points = st.tuples(st.floats(-60, 340), st.floats(-60, 340))
pens = st.builds(
    Pen,
    st.sampled_from([0.0, 0.2, 0.7, 1.0]),
    st.sampled_from([0.0, -30.0, 45.0]),
    st.sampled_from([0.0, 50.0]),
)
brushes = st.builds(
    Brush,
    radius_px=st.sampled_from([0.5, 3.5, 7.0, 16.0, 33.3, 64.0, 90.0]),
    hardness=st.sampled_from([0.0, 0.5, 1.0]),
    opacity=st.sampled_from([0.3, 1.0]),
    flow=st.sampled_from([0.02, 0.4, 1.0, 1.0]),
    spacing=st.sampled_from([0.25, 1.5]),
    pressure_size=st.booleans(),
    pressure_opacity=st.booleans(),
    pressure_flow=st.booleans(),
    pressure_curve=st.sampled_from([0.5, 1.0, 2.0]),
    tilt=st.booleans(),
    erase=st.booleans(),
)
Path = list[tuple[tuple[float, float], Pen]]
paths = st.lists(st.tuples(points, pens), min_size=1, max_size=3)


def naive_shape(brush: Brush, x: float, y: float, shape: DabShape, size: Pixels) -> Pixels:
    """One dab by the definition, over every pixel."""
    steps = 4 if shape.radius_px <= 16 else 2 if shape.radius_px <= 64 else 1
    centre_x = (math.floor(x * steps) + 0.5) / steps
    centre_y = (math.floor(y * steps) + 0.5) / steps
    across = np.arange(size.shape[1])[None, :] + 0.5 - centre_x
    down = np.arange(size.shape[0])[:, None] + 0.5 - centre_y
    along = across * math.cos(shape.turn) + down * math.sin(shape.turn)
    aside = down * math.cos(shape.turn) - across * math.sin(shape.turn)
    distance = np.hypot(along, aside / shape.roundness)
    rim = max(1, shape.radius_px * (1 - brush.hardness))
    value = np.clip((shape.radius_px + 0.5 - distance) / rim, 0, 1)
    return np.rint(np.rint(value * 255) * (shape.ceiling / 255)).astype(np.uint8)


def naive_coverage(brush: Brush, path: Path, size: Pixels) -> Pixels:
    """How far each pixel goes: dabs along the whole way, one after the other."""
    coverage = np.zeros(size.shape[:2], int)
    wait, last = 0.0, path[0]
    for number, ((x, y), pen) in enumerate(path):
        (from_x, from_y), from_pen = last
        length = math.hypot(x - from_x, y - from_y)
        places = [1.0] if number == 0 else []
        step = 0.0
        while number and wait <= length:
            places.append(wait / length)
            held = Pen(*(a + (b - a) * wait / length for a, b in zip(from_pen, pen, strict=True)))
            shape = dab_shape(brush, held)
            step = max(0.5, brush.spacing * shape.radius_px * shape.roundness)
            wait += step
        for share in places:
            held = Pen(*(a + (b - a) * share for a, b in zip(from_pen, pen, strict=True)))
            shape = dab_shape(brush, held)
            place = (from_x + (x - from_x) * share, from_y + (y - from_y) * share)
            gain = np.maximum(0, naive_shape(brush, *place, shape, size).astype(int) - coverage)
            coverage += np.ceil(gain * round(shape.flow, 3) - 1e-9).astype(int)
        if number == 0:
            shape = dab_shape(brush, pen)
            wait = max(0.5, brush.spacing * shape.radius_px * shape.roundness)
        else:
            wait -= length
        last = ((x, y), pen)
    return coverage.astype(np.uint8)


def naive_over(before: Pixels, colour: tuple[int, int, int], coverage: Pixels) -> Pixels:
    """Source over in real numbers, straight alpha."""
    above = coverage[..., None] / 255
    alpha = before[..., 3:] / 255
    result = above + alpha * (1 - above)
    mixed = above * np.array(colour) + alpha * (1 - above) * before[..., :3]
    shown = np.where(result > 0, mixed / np.maximum(result, 1e-9), before[..., :3])
    return np.asarray(np.rint(np.concatenate([shown, 255 * result], axis=2)), np.uint8)


def paint(document: Document, brush: Brush, path: Path, colour: Any = (0, 0, 0)) -> Stroke:
    stroke = Stroke(document, brush, colour)
    for place, pen in path:
        stroke.move_to(*place, pen)
    return stroke


def close(pixels: Pixels, expected: Pixels, tolerance: int = 1) -> bool:
    # The distance is rounded in another order of operations here, so a level may tip over, and
    # with little flow a dab may then go one level further.
    return bool(np.abs(pixels.astype(int) - expected).max() <= tolerance)


def selected(document: Document, kind: str) -> Pixels:
    """Select something, written without a command; the weights of all pixels."""
    view = document.selection.pixels
    if kind == "soft":
        view[...] = np.arange(view.shape[1], dtype=np.uint8)
        document.selection.mark_dirty(document.bounds)
    elif kind == "half":
        view[:, : view.shape[1] // 2 + 1] = 255
        document.selection.mark_dirty(document.bounds)
    return view.copy() if view.any() else np.full_like(view, 255)
