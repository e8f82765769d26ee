"""Quarter turns and mirror images: exact, no pixel is made up or lost.

A left turn undoes a right turn; a half turn and both mirrors undo themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import cv2
import numpy as np

from editing.geometry import Rect
from editing.plane import Plane
from editing.reshape import blank_plane, plane_shape, touched_runs

if TYPE_CHECKING:
    from editing.plane import Pixels

TurnKind = Literal["left", "right", "half", "mirror", "upside_down"]
TURNS: tuple[TurnKind, ...] = get_args(TurnKind)
"""Against the clock, with it, by 180 degrees; left and right exchanged, top and bottom."""

_NAMES: dict[TurnKind, str] = {
    "left": "Rotate left",
    "right": "Rotate right",
    "half": "Rotate 180°",
    "mirror": "Flip horizontally",
    "upside_down": "Flip vertically",
}


@dataclass(frozen=True)
class Turn:
    """A turn of the whole document (``editing.reshape.Reshape``)."""

    kind: TurnKind

    @property
    def name(self) -> str:
        """Name in the history list."""
        return _NAMES[self.kind]

    def size(self, old: tuple[int, int]) -> tuple[int, int]:
        """Width and height change places in quarter turns."""
        return (old[1], old[0]) if self.kind in ("left", "right") else old

    def plane(self, old: Plane, outside: int = 0) -> Plane:
        """Return the plane turned; what was never written to stays so."""
        runs = list(touched_runs(old))
        if runs == [old.bounds]:
            return Plane(turned(old.pixels, self.kind))
        # Nothing comes from beyond the edges, so untouched tiles are the zeros they were.
        del outside
        new = blank_plane(plane_shape(old, self.size(old.bounds.size)), 0)
        for run in runs:
            place = turned_rect(run, old.bounds.size, self.kind)
            new.pixels[place.slices()] = turned(old.pixels[run.slices()], self.kind)
            new.mark_dirty(place)
        return new


def turned(pixels: Pixels, kind: TurnKind) -> Pixels:
    """Return (H, W) or (H, W, C) turned, a copy."""
    if kind == "left":
        result = cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
    elif kind == "right":
        result = cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
    elif kind == "half":
        result = cv2.rotate(pixels, cv2.ROTATE_180)
    else:
        result = cv2.flip(pixels, 1 if kind == "mirror" else 0)
    return np.asarray(result, np.uint8)


def turned_rect(rect: Rect, size: tuple[int, int], kind: TurnKind) -> Rect:
    """Return where a rectangle of a picture of this (width, height) comes to lie."""
    width, height = size
    if kind == "left":
        return Rect(rect.y, width - rect.right, rect.height, rect.width)
    if kind == "right":
        return Rect(height - rect.bottom, rect.x, rect.height, rect.width)
    x = rect.x if kind == "upside_down" else width - rect.right
    y = rect.y if kind == "mirror" else height - rect.bottom
    return Rect(x, y, rect.width, rect.height)
