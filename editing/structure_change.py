"""What looks different when a document gets another structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from editing.geometry import EMPTY, Rect
from editing.plane import TileIndex, tile_rect

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from editing.layer import Layer
    from editing.plane import Plane
    from editing.region import Region
    from editing.structure import Structure

Part = TypeVar("Part", "Layer", "Region")


def changed_rect(old: Structure, new: Structure) -> Rect:
    """Return a rectangle around all that differs; empty if only names and the like do.

    It goes by tiles: of a layer that comes, goes, moves or looks otherwise, all tiles count that
    were ever written to.
    """
    if old.bounds != new.bounds:
        return new.bounds
    rect = _changed_parts(old.layers, new.layers, _look_of_layer, layer_extent)
    rect = rect.union(
        _changed_parts(old.regions, new.regions, _look_of_region, lambda part: extent(part.mask))
    )
    return rect if old.selection is new.selection else new.bounds


def extent(plane: Plane) -> Rect:
    """Return the rectangle around the tiles of a plane that were ever written to."""
    tiles = plane.touched_tiles()
    if not tiles:
        return EMPTY
    columns, rows = {tile.column for tile in tiles}, {tile.row for tile in tiles}
    first = TileIndex(min(columns), min(rows))
    last = TileIndex(max(columns), max(rows))
    size = plane.bounds.size
    return tile_rect(first, *size).union(tile_rect(last, *size))


def layer_extent(layer: Layer) -> Rect:
    """Return a rectangle outside which a layer shows nothing."""
    rect = extent(layer.plane)
    return rect if layer.mask is None else rect.intersect(extent(layer.mask))


def _changed_parts(
    old: Sequence[Part],
    new: Sequence[Part],
    look: Callable[[Part], Hashable],
    extent_of: Callable[[Part], Rect],
) -> Rect:
    before: list[Part] = [part for part in old if look(part) is not None]
    after: list[Part] = [part for part in new if look(part) is not None]
    # What is equal at both ends of the stack lies as it lay.
    while before and after and look(before[0]) == look(after[0]):
        del before[0], after[0]
    while before and after and look(before[-1]) == look(after[-1]):
        del before[-1], after[-1]
    rect = EMPTY
    for part in before + after:
        rect = rect.union(extent_of(part))
    return rect


def _look_of_layer(layer: Layer) -> Hashable:
    """All of a layer that is seen, or None if nothing is."""
    if not layer.visible or layer.opacity == 0:
        return None
    return layer.plane.key, layer.opacity, layer.blend, layer.mask and layer.mask.key


def _look_of_region(region: Region) -> Hashable:
    return (region.mask.key, region.colour) if region.visible else None
