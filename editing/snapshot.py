"""A document as it is at one moment, for whoever writes it to a file while work goes on.

Taking one costs next to nothing: nothing is copied. While it is held, each tile that is about to be
written to is copied first (``Plane.before_write``), and reading puts the copies in the place of
what the plane holds by then. Reading may be done on any thread; take and close it as you like, but
take it where the document is edited, between edits or in the middle of a stroke.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from editing.geometry import EMPTY, Rect
from editing.plane import Pixels, Plane, TileIndex, tile_rect, tiles_in

if TYPE_CHECKING:
    from types import TracebackType

    from editing.document import Document
    from editing.layer import Layer
    from editing.region import Region


class HeldPlane:
    """The pixels of a plane at one moment.

    Attributes:
        key: Number of the plane.
        bounds: The whole plane.
        shape: Shape of its pixels.
        writes: For each row of tiles, the number of writes until that moment.
        box: Smallest rectangle of whole tiles around all that was ever written to.
    """

    def __init__(self, plane: Plane) -> None:
        """Hold a plane; ``close`` lets it go."""
        self.key = plane.key
        self.bounds = plane.bounds
        self.shape = plane.shape
        self._plane = plane
        self._pixels = plane.pixels
        self._kept: dict[TileIndex, Pixels] = {}
        self._lock = threading.Lock()
        self.writes = tuple(plane.writes)
        self._touched = frozenset(plane.touched_tiles())
        self.box = _box(self._touched, self.bounds)
        plane.add_reader(self)

    def before_write(self, tile: TileIndex) -> None:
        """Copy a tile that is about to change, unless that was done already."""
        with self._lock:
            if tile not in self._kept:
                rect = tile_rect(tile, *self.bounds.size)
                self._kept[tile] = self._pixels[rect.slices()].copy()

    def read(self, rect: Rect) -> Pixels:
        """Return a copy of the pixels under a rectangle inside the plane, as they were."""
        with self._lock:
            pixels = self._pixels[rect.slices()].copy()
            for tile in tiles_in(rect) if self._kept else ():
                kept = self._kept.get(tile)
                if kept is not None:
                    whole = tile_rect(tile, *self.bounds.size)
                    part = whole.intersect(rect)
                    pixels[part.translate(-rect.x, -rect.y).slices()] = kept[
                        part.translate(-whole.x, -whole.y).slices()
                    ]
        return pixels

    def is_untouched(self, rect: Rect) -> bool:
        """Whether the tiles under a rectangle are known to have been zero."""
        return self._touched.isdisjoint(tiles_in(rect))

    def close(self) -> None:
        """Let the plane go; what was read stays."""
        self._plane.remove_reader(self)


class HeldLayer(NamedTuple):
    """A layer with its pixels at one moment."""

    layer: Layer
    plane: HeldPlane
    mask: HeldPlane | None


class HeldRegion(NamedTuple):
    """A region with its mask at one moment."""

    region: Region
    mask: HeldPlane


class Snapshot:
    """A document at one moment; a context manager that lets it go at the end.

    Attributes:
        bounds: The whole document.
        layers: The lowest first.
        regions: The lowest first.
        selection: What was selected.
        metadata: What must travel into the file.
        active_layer: Place of the active layer in ``layers``.
        active_region: Place of the active region in ``regions``.
        source_depth: Bits per channel of the file the document came from.
        pieces: What the last save of this document wrote, for the next one.
    """

    def __init__(self, document: Document) -> None:
        """Hold a document as it is now."""
        held: dict[int, HeldPlane] = {}

        def hold(plane: Plane) -> HeldPlane:
            if plane.key not in held:
                held[plane.key] = HeldPlane(plane)
            return held[plane.key]

        self.bounds = document.bounds
        self.layers = tuple(
            HeldLayer(layer, hold(layer.plane), None if layer.mask is None else hold(layer.mask))
            for layer in document.layers
        )
        self.regions = tuple(HeldRegion(each, hold(each.mask)) for each in document.regions)
        self.selection = hold(document.selection)
        self.metadata = document.metadata
        self.active_layer = document.layers.index(document.active_layer)
        self.active_region = document.regions.index(document.active_region)
        self.source_depth = document.source_depth
        self.pieces = document.saved_pieces
        self._held = tuple(held.values())

    def close(self) -> None:
        """Let the document go, so that tiles are no longer copied."""
        for plane in self._held:
            plane.close()

    def __enter__(self) -> Snapshot:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the document go."""
        self.close()


def take_snapshot(document: Document) -> Snapshot:
    """Hold a document as it is now, on the thread that edits it."""
    return Snapshot(document)


def _box(tiles: frozenset[TileIndex], bounds: Rect) -> Rect:
    if not tiles:
        return EMPTY
    columns = [tile.column for tile in tiles]
    rows = [tile.row for tile in tiles]
    first = tile_rect(TileIndex(min(columns), min(rows)), *bounds.size)
    return first.union(tile_rect(TileIndex(max(columns), max(rows)), *bounds.size))
