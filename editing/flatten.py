"""The picture that the layers give together.

It is composed by tiles. Of each tile only the layers are looked at that can be seen there: what was
never written to is skipped, and so is all that lies below an opaque tile. Large pictures are shared
out between threads; OpenCV and numpy leave the interpreter to the others while they work.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.blend import blend
from editing.geometry import Rect
from editing.plane import TILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from editing.layer import Layer
    from editing.plane import Pixels

_LEAST_SHARED_PX = 1024 * 1024
"""Below this many pixels, threads cost more than they give."""
_MOST_THREADS = 4


class FlattenStoppedError(Exception):
    """The composition was given up because ``stopped`` said so."""


def flattened(
    layers: Sequence[Layer],
    rect: Rect | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Pixels:
    """Compose layers, the lowest first.

    May be called on any thread, as long as nobody writes to the layers meanwhile.

    Args:
        layers: At least one.
        rect: Part of the document, inside it; None for all of it.
        progress: Told the share that is done, in (0, 1], on the calling thread.
        stopped: Asked about once per row of tiles whether to give up.

    Returns:
        (h, w, 4) RGBA, straight alpha, a copy.

    Raises:
        FlattenStoppedError: ``stopped`` returned true.
    """
    area = layers[0].plane.bounds if rect is None else rect
    shown = np.zeros((area.height, area.width, 4), np.uint8)
    seen = [layer for layer in layers if layer.visible and layer.opacity > 0]
    bands = list(_bands(area))

    def compose(band: Rect) -> None:
        if stopped is not None and stopped():
            raise FlattenStoppedError
        for tile in _tiles(band):
            inside = tile.translate(-area.x, -area.y)
            compose_tile(seen, tile, shown[inside.slices()])

    for done, _ in enumerate(_each(compose, bands, shared=area.area >= _LEAST_SHARED_PX), 1):
        if progress is not None:
            progress(done / len(bands))
    return shown


def compose_tile(layers: Sequence[Layer], tile: Rect, into: Pixels) -> None:
    """Compose visible layers where a tile lies.

    Args:
        layers: The lowest first; all are taken as visible.
        tile: Part of the document of about a tile; small, because its floats take memory.
        into: (tile.height, tile.width, 4) of zeros, written to.
    """
    shown: Pixels | None = None
    for layer in _uncovered(layers, tile):
        pixels = layer.plane.pixels[tile.slices()]
        if shown is None and layer.is_plain:
            shown = pixels
        else:
            mask = None if layer.mask is None else layer.mask.pixels[tile.slices()]
            below = into if shown is None else shown
            shown = blend(below, pixels, layer.blend, layer.opacity, mask)
    if shown is not None:
        into[...] = shown


def _uncovered(layers: Sequence[Layer], tile: Rect) -> list[Layer]:
    """Return the layers that may show in a tile: from the highest opaque one on, none empty."""
    found: list[Layer] = []
    for layer in reversed(layers):
        if is_clear(layer, tile):
            continue
        found.append(layer)
        if layer.is_plain and _is_opaque(layer.plane.pixels[tile.slices()]):
            break
    return found[::-1]


def is_clear(layer: Layer, rect: Rect) -> bool:
    """Whether a layer is known, without looking at its pixels, to show nothing in a rectangle."""
    return any(plane.is_untouched(rect) for plane in layer.planes())


def _is_opaque(pixels: Pixels) -> bool:
    # A corner tells most tiles that are not.
    return bool(pixels[0, 0, 3] == 255) and (
        cv2.minMaxLoc(np.asarray(cv2.extractChannel(pixels, 3)))[0] == 255
    )


def _bands(area: Rect) -> Iterator[Rect]:
    """Yield the rows of tiles of the document under an area, each cut to the area."""
    top = area.y
    while top < area.bottom:
        bottom = min((top // TILE + 1) * TILE, area.bottom)
        yield Rect.from_edges(area.x, top, area.right, bottom)
        top = bottom


def _tiles(band: Rect) -> Iterator[Rect]:
    left = band.x
    while left < band.right:
        right = min((left // TILE + 1) * TILE, band.right)
        yield Rect.from_edges(left, band.y, right, band.bottom)
        left = right


def _each(work: Callable[[Rect], None], parts: Sequence[Rect], *, shared: bool) -> Iterator[None]:
    """Do some work for each part, in several threads if it is to be shared."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    if not shared or threads == 1:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="flatten") as pool:
        # Leaving early, by an error or a stop, must not wait for what was not begun.
        try:
            yield from pool.map(work, parts)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
