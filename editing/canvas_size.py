"""Another frame around the document: canvas size and crop. Pixels are moved, never changed.

A frame is a rectangle in pixels of the old document. What lies outside it is cut off; where it
reaches beyond the old edges, a clear border is added, which can become the active region so that a
model continues the picture there ("outpainting").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from editing.errors import EditingError
from editing.geometry import Rect
from editing.plane import Plane
from editing.reshape import blank_plane, check_size, plane_shape, reshaped, touched_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.structure import Structure

OVERLAP_SHARE = 1 / 128
"""How far the outpaint region reaches into the old picture, of the longer side of the new one."""
LEAST_OVERLAP_PX = 8


@dataclass(frozen=True)
class NewFrame:
    """A change of the frame (``editing.reshape.Reshape``).

    Attributes:
        frame: In pixels of the old document.
        name: Name in the history list.
    """

    frame: Rect
    name: str = "Canvas size"

    def size(self, old: tuple[int, int]) -> tuple[int, int]:  # noqa: ARG002  (of the protocol)
        """That of the frame, whatever the document's was."""
        return self.frame.size

    def plane(self, old: Plane, outside: int) -> Plane:
        """Return the plane in the new frame; what was never written to stays so."""
        frame = self.frame
        if old.bounds.contains(frame) and list(touched_runs(old)) == [old.bounds]:
            return Plane(old.pixels[frame.slices()].copy())
        new = blank_plane(plane_shape(old, frame.size), outside)
        # A border of another value makes zeros mean something: then all tiles are copied.
        for run in touched_runs(old) if outside == 0 else (old.bounds,):
            part = run.intersect(frame)
            if not part.is_empty:
                place = part.translate(-frame.x, -frame.y)
                new.pixels[place.slices()] = old.pixels[part.slices()]
                new.mark_dirty(place)
        return new


def anchored_frame(old: tuple[int, int], new: tuple[int, int], anchor: tuple[float, float]) -> Rect:
    """Return the frame of a new (width, height) that keeps a point of the picture in place.

    Args:
        old: Width and height now.
        new: Width and height wanted.
        anchor: (0, 0) keeps the left top corner in its corner, (0.5, 0.5) the middle, (1, 1) the
            right bottom corner.

    Raises:
        EditingError: The new size is none that a document can have.
    """
    check_size(*new)
    x = round((old[0] - new[0]) * anchor[0])
    y = round((old[1] - new[1]) * anchor[1])
    return Rect(x, y, *new)


def with_outpaint_region(
    structure: Structure, frame: Rect, old_bounds: Rect, region_id: int
) -> Structure:
    """Make the border that a new frame added the mask of a region, in place of what it held.

    Args:
        structure: After the change of the frame.
        frame: In pixels of the old document.
        old_bounds: Of the old document.
        region_id: Region to fill.

    Raises:
        EditingError: The frame adds nothing.
    """
    if old_bounds.contains(frame):
        raise EditingError("The new frame adds no border: make it larger than the picture.")
    kept = kept_part(frame, old_bounds)
    mask = Plane(np.full((frame.height, frame.width), 255, np.uint8))
    if not kept.is_empty:
        mask.pixels[kept.slices()] = 0
        mask.mark_dirty(kept)
    region = replace(structure.region(region_id), mask=mask, visible=True)
    return structure.with_region(region)


def kept_part(frame: Rect, old_bounds: Rect) -> Rect:
    """Return what an outpainting leaves alone, in the new document: the old picture, less a seam.

    The seam lies only along edges at which something was added.
    """
    overlap = max(LEAST_OVERLAP_PX, round(max(frame.size) * OVERLAP_SHARE))
    old = old_bounds.intersect(frame)
    return Rect.from_edges(
        old.x + (overlap if frame.x < old_bounds.x else 0),
        old.y + (overlap if frame.y < old_bounds.y else 0),
        old.right - (overlap if frame.right > old_bounds.right else 0),
        old.bottom - (overlap if frame.bottom > old_bounds.bottom else 0),
    ).translate(-frame.x, -frame.y)


def reframed(
    structure: Structure,
    new_frame: NewFrame,
    outpaint_region: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Structure:
    """Return the structure in another frame.

    Args:
        structure: Of the document; its planes are only read.
        new_frame: Where.
        outpaint_region: Id of a region that becomes the added border, or None.
        progress: Told the share that is done, in (0, 1].

    Raises:
        EditingError: The frame is too large, empty, or adds no border for the region.
    """
    new = reshaped(structure, new_frame, progress)
    if outpaint_region is None:
        return new
    return with_outpaint_region(new, new_frame.frame, structure.bounds, outpaint_region)
