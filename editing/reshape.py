"""Edits of the whole document's size or orientation: all planes change together, as one step.

A *reshape* says what becomes of one plane; ``reshaped`` applies it to the layers, their masks, the
regions and the selection, so that they stay aligned. It only reads the old planes and may run in
any thread as long as nobody writes to them; ``restructure`` then puts the result in place.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from editing.errors import EditingError
from editing.files.decode import MAX_PIXELS
from editing.plane import Plane, tile_rect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from editing.geometry import Rect
    from editing.structure import Metadata, Structure

RESHAPED_KEY = "reshaped"
"""Key in the record of the generation: the picture is no longer as the run left it."""

_MOST_THREADS = 4
_PAUSE_S = 0.0002
"""Between two parts: threads that take turns in many short steps let no other one in (and a window
would stand still), unless they really sleep."""


class Reshape(Protocol):
    """A change of size or orientation."""

    @property
    def name(self) -> str:
        """Name in the history list."""

    def size(self, old: tuple[int, int]) -> tuple[int, int]:
        """Return (width, height) of what becomes of a document of this size."""

    def plane(self, old: Plane, outside: int) -> Plane:
        """Return what becomes of a plane.

        Args:
            old: Plane (H, W) or (H, W, 4), only read.
            outside: Value of all that comes from beyond its edges.
        """


def reshaped(
    structure: Structure, reshape: Reshape, progress: Callable[[float], None] | None = None
) -> Structure:
    """Reshape everything in a document.

    What a layer's mask did not reach before is shown, not hidden; all else is empty there.

    Args:
        structure: Of the document; its planes are only read.
        reshape: What to do.
        progress: Told the share that is done, in (0, 1].

    Raises:
        EditingError: The result would have no pixel, or too many.
    """
    check_size(*reshape.size(structure.bounds.size))
    shows = {layer.mask.key for layer in structure.layers if layer.mask is not None}
    made: dict[int, Plane] = {}
    planes = list(structure.planes())
    for done, plane in enumerate(planes, 1):
        if plane.key not in made:
            made[plane.key] = reshape.plane(plane, 255 if plane.key in shows else 0)
        if progress is not None:
            progress(done / len(planes))
    return replace(with_planes(structure, made), metadata=without_replay(structure.metadata))


def with_planes(structure: Structure, made: dict[int, Plane]) -> Structure:
    """Return the structure with other planes in the place of those with these keys."""
    return replace(
        structure,
        layers=tuple(
            replace(
                layer,
                plane=made.get(layer.plane.key, layer.plane),
                mask=None if layer.mask is None else made.get(layer.mask.key, layer.mask),
            )
            for layer in structure.layers
        ),
        regions=tuple(
            replace(region, mask=made.get(region.mask.key, region.mask))
            for region in structure.regions
        ),
        selection=made.get(structure.selection.key, structure.selection),
    )


def check_size(width: int, height: int) -> None:
    """Refuse a size that no document can have (EditingError)."""
    if width < 1 or height < 1:
        raise EditingError("The picture needs at least one pixel: choose a larger size.")
    if width * height > MAX_PIXELS:
        raise EditingError(
            f"{width} x {height} pixels are more than the limit of "
            f"{MAX_PIXELS // 1_000_000} megapixels: choose a smaller size."
        )


def without_replay(metadata: Metadata) -> Metadata:
    """Mark the record of the run that made the picture: it cannot be continued any more.

    Its masks no longer fit either; prompt, seed and model stay readable.
    """
    if metadata.generation is None:
        return metadata
    record = {**metadata.generation, RESHAPED_KEY: True, "regions": []}
    return replace(metadata, generation=record)


def touched_runs(plane: Plane) -> Iterator[Rect]:
    """Yield rectangles that cover all tiles that may hold anything but zeros.

    Neighbours in a row of tiles are joined; a plane without untouched tiles is one rectangle.
    """
    tiles = plane.touched_tiles()
    whole = plane.bounds
    rects = [tile_rect(tile, whole.width, whole.height) for tile in tiles]
    if sum(rect.area for rect in rects) == whole.area:
        yield whole
        return
    run: Rect | None = None
    for rect in rects:
        if run is not None and run.y == rect.y and run.right == rect.x:
            run = run.union(rect)
            continue
        if run is not None:
            yield run
        run = rect
    if run is not None:
        yield run


def blank_plane(shape: tuple[int, ...], value: int) -> Plane:
    """Make a plane of one value; zeros cost nothing."""
    return Plane.zeros(shape) if value == 0 else Plane(np.full(shape, value, np.uint8))


def plane_shape(old: Plane, size: tuple[int, int]) -> tuple[int, ...]:
    """Return the shape of a plane like ``old`` of another (width, height)."""
    return (size[1], size[0], *old.shape[2:])


def in_threads(work: Callable[[Rect], None], parts: Sequence[Rect]) -> None:
    """Do some work for each part; OpenCV and numpy leave the interpreter to the others."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1, len(parts))

    def work_and_pause(part: Rect) -> None:
        work(part)
        time.sleep(_PAUSE_S)

    if threads < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="reshape") as pool:
        list(pool.map(work_and_pause, parts))
