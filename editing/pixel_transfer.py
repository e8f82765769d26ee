"""Pixels on their way out of a document and into one: copy and paste.

The selection is soft: what it holds by half is copied with half its alpha, and a cut, which clears
as ``editing.pixel_plan`` does, leaves the other half. All of this may be done on any thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from editing.confinement import scaled
from editing.geometry import EMPTY, Rect
from editing.layer import Layer
from editing.masks import mask_bounds
from editing.plane import TILE, Pixels, Plane, tiles_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from editing.snapshot import HeldPlane


class Lifted(NamedTuple):
    """A part of a document.

    Attributes:
        rect: Where it was.
        pixels: (rect.height, rect.width, 4) RGBA, straight alpha.
    """

    rect: Rect
    pixels: Pixels


def lift(
    read: Callable[[Rect], Pixels], box: Rect, selection: HeldPlane | None = None
) -> Lifted | None:
    """Copy what is selected.

    Args:
        read: Gives the RGBA pixels under a rectangle within one row of tiles.
        box: Where there may be any.
        selection: What is selected; None is all.

    Returns:
        The smallest rectangle around what is selected; None if nothing is.
    """
    area = box if selection is None else selected_bounds(selection).intersect(box)
    if area.is_empty:
        return None
    pixels = np.empty((area.height, area.width, 4), np.uint8)
    for band in _bands(area):
        part = read(band)
        if selection is not None:
            part[..., 3] = scaled(np.ascontiguousarray(part[..., 3]), selection.read(band))
        pixels[band.translate(-area.x, -area.y).slices()] = part
    return Lifted(area, pixels)


def selected_bounds(selection: HeldPlane) -> Rect:
    """Return the smallest rectangle around all that is selected at all."""
    found = EMPTY
    for band in _bands(selection.box):
        inside = mask_bounds(selection.read(band))
        if not inside.is_empty:
            found = found.union(inside.translate(band.x, band.y))
    return found


def layer_of(lifted: Lifted, shape: tuple[int, int], name: str) -> Layer:
    """Make a layer of a document of ``shape`` (H, W); what lies outside of it is left out."""
    plane = Plane.zeros((*shape, 4))
    inside = lifted.rect.intersect(plane.bounds)
    if not inside.is_empty:
        part = inside.translate(-lifted.rect.x, -lifted.rect.y)
        plane.pixels[inside.slices()] = lifted.pixels[part.slices()]
        plane.mark_dirty(inside)
    return Layer(plane, name)


def centred(size: tuple[int, int], x: float, y: float, bounds: Rect) -> Rect:
    """Return a rectangle of a size around a point, moved into ``bounds`` as far as it fits."""
    width, height = size
    left = _fitted(round(x - width / 2), width, bounds.x, bounds.width)
    top = _fitted(round(y - height / 2), height, bounds.y, bounds.height)
    return Rect(left, top, width, height)


def _fitted(start: int, length: int, low: int, room: int) -> int:
    if length >= room:
        return low + (room - length) // 2
    return min(max(start, low), low + room - length)


def _bands(area: Rect) -> Iterator[Rect]:
    """Yield the rows of tiles under an area, cut to it."""
    rows = sorted({tile.row for tile in tiles_in(area)})
    for row in rows:
        yield Rect(area.x, row * TILE, area.width, TILE).intersect(area)
