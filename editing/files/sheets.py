"""The pictures inside an .ora file, as bands that can be read and encoded apart.

A layer's picture is cut to whole tiles around what was ever written to, so that it keeps its place
and width from one save to the next.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.files.archive_writing import Rows, Sheet
from editing.flatten import compose_tile
from editing.geometry import Rect
from editing.layer import Layer
from editing.plane import TILE, Pixels, Plane, tile_rect, tiles_in

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from editing.snapshot import HeldLayer, HeldPlane, Snapshot

THUMBNAIL_PX = 256
_DOT = Rect(0, 0, 1, 1)
"""What stands for an empty picture: PNG knows none without pixels."""


def box_of(plane: HeldPlane) -> Rect:
    """Return the part of a plane that its picture holds."""
    return _DOT if plane.box.is_empty else plane.box


def plane_sheet(name: str, plane: HeldPlane, chunks: tuple[bytes, ...] = ()) -> Sheet:
    """Return a plane as a picture."""
    box = box_of(plane)
    channels = 1 if len(plane.shape) == 2 else plane.shape[2]
    bands = [(_plane_key(plane, rect), partial(_plane_rows, plane, rect)) for rect in bands_of(box)]
    return Sheet(name, box.width, box.height, channels, [*bands], chunks)


def masked_sheet(
    name: str, plane: HeldPlane, mask: HeldPlane, chunks: tuple[bytes, ...] = ()
) -> Sheet:
    """Return a layer whose mask is put into its alpha, for programs that know no masks."""
    box = box_of(plane)
    bands = [
        (
            ("masked", _plane_key(plane, rect), _plane_key(mask, rect)),
            partial(_masked_rows, plane, mask, rect),
        )
        for rect in bands_of(box)
    ]
    return Sheet(name, box.width, box.height, 4, [*bands], chunks)


def merged_sheet(name: str, snapshot: Snapshot, chunks: tuple[bytes, ...] = ()) -> Sheet:
    """Return the picture that the layers give together; its bands carry the thumbnail."""
    width, height = snapshot.bounds.size
    bands = [
        (_merged_key(snapshot, rect), partial(_merged_rows, snapshot, rect))
        for rect in bands_of(snapshot.bounds)
    ]
    return Sheet(name, width, height, 4, [*bands], chunks)


def composed_band(snapshot: Snapshot, rect: Rect) -> Pixels:
    """Return the picture (h, w, 4) under a rectangle in one row of tiles."""
    shown = np.zeros((rect.height, rect.width, 4), np.uint8)
    layers = [_cut(held, rect) for held in snapshot.layers if _is_seen(held, rect)]
    if layers:
        for tile in tiles_in(Rect.of_shape(shown.shape)):
            part = tile_rect(tile, rect.width, rect.height)
            compose_tile(layers, part, shown[part.slices()])
    return shown


def thumbnail_of(bands: list[Pixels]) -> Pixels:
    """Return the thumbnail from the small pictures of the merged picture's bands."""
    return np.concatenate(bands)


def bands_of(box: Rect) -> Iterator[Rect]:
    """Yield the rows of tiles of the document under a rectangle, each cut to it."""
    top = box.y
    while top < box.bottom:
        bottom = min((top // TILE + 1) * TILE, box.bottom)
        yield Rect.from_edges(box.x, top, box.right, bottom)
        top = bottom


def _plane_key(plane: HeldPlane, rect: Rect) -> Hashable:
    return plane.key, plane.writes[rect.y // TILE], rect


def _plane_rows(plane: HeldPlane, rect: Rect) -> Rows:
    return Rows(plane.read(rect))


def _masked_rows(plane: HeldPlane, mask: HeldPlane, rect: Rect) -> Rows:
    pixels = plane.read(rect)
    alpha = np.multiply(pixels[..., 3], mask.read(rect), dtype=np.uint16)
    pixels[..., 3] = (alpha + 127) // 255
    return Rows(pixels)


def _merged_key(snapshot: Snapshot, rect: Rect) -> Hashable:
    return (
        rect,
        tuple(
            (
                _plane_key(held.plane, rect),
                None if held.mask is None else _plane_key(held.mask, rect),
                held.layer.opacity,
                held.layer.blend,
            )
            for held in snapshot.layers
            if _is_seen(held, rect)
        ),
    )


def _merged_rows(snapshot: Snapshot, rect: Rect) -> Rows:
    pixels = composed_band(snapshot, rect)
    return Rows(pixels, _small(pixels, rect, snapshot.bounds))


def _is_seen(held: HeldLayer, rect: Rect) -> bool:
    return (
        held.layer.visible
        and held.layer.opacity > 0
        and not held.plane.is_untouched(rect)
        and not (held.mask is not None and held.mask.is_untouched(rect))
    )


def _cut(held: HeldLayer, rect: Rect) -> Layer:
    mask = None if held.mask is None else Plane(held.mask.read(rect))
    layer = held.layer
    return Layer(
        Plane(held.plane.read(rect)), layer.name, True, layer.opacity, layer.blend, mask=mask
    )


def _small(pixels: Pixels, rect: Rect, bounds: Rect) -> Pixels:
    """Return the rows of the thumbnail that a band gives; a thin band may give none."""
    scale = min(1.0, THUMBNAIL_PX / max(bounds.size))
    width = max(1, round(bounds.width * scale))
    last = rect.bottom == bounds.bottom
    bottom = max(1, round(bounds.height * scale)) if last else round(rect.bottom * scale)
    top = min(round(rect.y * scale), bottom)
    if bottom == top:
        return np.zeros((0, width, 4), np.uint8)
    # Means of colours count as much as they cover.
    weighted = cv2.resize(
        cv2.multiply(pixels, _cover(pixels), scale=1 / 255),
        (width, bottom - top),
        interpolation=cv2.INTER_AREA,
    ).astype(np.float32)
    alpha = weighted[..., 3:]
    weighted[..., :3] *= 255 / np.maximum(alpha, 1)
    return np.asarray(np.rint(np.clip(weighted, 0, 255)), np.uint8)


def _cover(pixels: Pixels) -> Pixels:
    alpha = np.asarray(cv2.extractChannel(pixels, 3), np.uint8)
    return np.asarray(cv2.merge([alpha, alpha, alpha, np.full_like(alpha, 255)]), np.uint8)
