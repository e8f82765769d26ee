"""The reference model: a document as plain arrays and dictionaries, copied whole for every step.

What an edit does is said again here in the simplest way there is. Where that would be the same
lines as the edit itself (the pixels of a brush stroke, blended pixels), the pixels of the one plane
in question are taken over, and everything else must be as the model says.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from editing.document import Document

State = dict[str, Any]

LAYER_VALUES = ("name", "visible", "opacity", "blend", "locked")
REGION_VALUES = ("name", "colour", "concavity", "prompt", "visible")


def state_of(document: Document) -> State:
    """Copy all of a document."""
    return {
        "layers": [
            {
                **{name: getattr(layer, name) for name in LAYER_VALUES},
                "pixels": layer.plane.pixels.copy(),
                "mask": None if layer.mask is None else layer.mask.pixels.copy(),
            }
            for layer in document.layers
        ],
        "regions": [
            {
                **{name: getattr(region, name) for name in REGION_VALUES},
                "mask": region.mask.pixels.copy(),
            }
            for region in document.regions
        ],
        "selection": document.selection.pixels.copy(),
    }


def copied(state: State) -> State:
    """Copy a state, arrays and all."""
    return copy.deepcopy(state)


def difference(first: Any, second: Any, place: str = "document") -> str:
    """Where two states differ first, or an empty text."""
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return "" if np.array_equal(first, second) else f"pixels of {place}"
    if isinstance(first, dict) and isinstance(second, dict):
        keys = sorted({*first, *second})
        found = (difference(first.get(k), second.get(k), f"{place}.{k}") for k in keys)
        return next(filter(None, found), "")
    if isinstance(first, list) and isinstance(second, list):
        if len(first) != len(second):
            return f"length of {place}: {len(first)}, {len(second)}"
        pairs = enumerate(zip(first, second, strict=True))
        found = (difference(a, b, f"{place}[{k}]") for k, (a, b) in pairs)
        return next(filter(None, found), "")
    if isinstance(first, float) and isinstance(second, float):
        return "" if abs(first - second) < 1e-6 else f"{place}: {first}, {second}"
    return "" if first == second else f"{place}: {first!r}, {second!r}"


def map_planes(state: State, change: Any) -> State:
    """Apply a function of an array to every plane."""
    new = copied(state)
    for layer in new["layers"]:
        layer["pixels"] = change(layer["pixels"])
        if layer["mask"] is not None:
            layer["mask"] = change(layer["mask"])
    for region in new["regions"]:
        region["mask"] = change(region["mask"])
    new["selection"] = change(new["selection"])
    return new


TURNED = {
    "left": lambda pixels: np.rot90(pixels, 1),
    "right": lambda pixels: np.rot90(pixels, -1),
    "half": lambda pixels: np.rot90(pixels, 2),
    "mirror": lambda pixels: pixels[:, ::-1],
    "upside_down": lambda pixels: pixels[::-1],
}


def combined(old: np.ndarray, shape: np.ndarray, mode: str) -> np.ndarray:
    """A selection with a shape of the whole size, values 0 or 255."""
    if mode == "replace":
        return shape
    if mode == "add":
        return np.where((old > 0) | (shape > 0), np.maximum(old, shape), 0).astype(np.uint8)
    if mode == "subtract":
        return np.where(shape == 255, 0, old).astype(np.uint8)
    return np.where(shape == 255, old, 0).astype(np.uint8)
