"""A plane of pixels with a lazily kept pyramid of half-size levels (mip levels).

Level 0 is the plane itself; level n + 1 halves level n, rounded up, so that no edge row or column
is lost. A level's pixel is the mean of the (up to) four pixels below it. Levels are kept valid by
tile: a change marks the tiles above it, and a tile is rebuilt when someone looks at it.

The arrays are not replaced while the plane is part of the document, so that a viewer may wrap them
without a copy. A plane that only the history holds on to may be parked: its arrays are given up for
packed tiles, and come back as new ones.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from editing.geometry import Rect

if TYPE_CHECKING:
    from collections.abc import Iterator

TILE = 256
"""Side of a tile in pixels, at every level."""

Pixels = npt.NDArray[np.uint8]

_KEYS = itertools.count(1)


class TileIndex(NamedTuple):
    """Column and row of a tile; it covers TILE x TILE pixels, less at the far edges."""

    column: int
    row: int


def tile_rect(tile: TileIndex, width: int, height: int) -> Rect:
    """Return the pixels of a tile in a level of the given size."""
    whole = Rect(tile.column * TILE, tile.row * TILE, TILE, TILE)
    return whole.intersect(Rect(0, 0, width, height))


def tiles_in(rect: Rect) -> Iterator[TileIndex]:
    """Yield the tiles that a rectangle touches, row by row."""
    if rect.is_empty:
        return
    for row in range(rect.y // TILE, (rect.bottom - 1) // TILE + 1):
        for column in range(rect.x // TILE, (rect.right - 1) // TILE + 1):
            yield TileIndex(column, row)


def whole_tiles(rect: Rect) -> Rect:
    """Return the rectangle grown to the edges of the tiles it touches."""
    if rect.is_empty:
        return rect
    return Rect.from_edges(
        rect.x // TILE * TILE,
        rect.y // TILE * TILE,
        -(-rect.right // TILE) * TILE,
        -(-rect.bottom // TILE) * TILE,
    )


class ParkedPixels(Protocol):
    """The pixels of a plane, kept in another form."""

    @property
    def size_bytes(self) -> int:
        """Memory held, at this moment."""

    def restore(self) -> Pixels:
        """Return the pixels as a new array."""


class TileReader(Protocol):
    """Somebody who still wants to read tiles as they are now."""

    def before_write(self, tile: TileIndex) -> None:
        """Take the pixels of a tile: they are about to change."""


class Plane:
    """Pixels (H, W) or (H, W, C), uint8, and their half-size levels.

    Attributes:
        key: Number of this plane, unique in the process; journals name planes by it.
        shape: Shape of the full size, known while the plane is parked too.
        bounds: The whole plane as a rectangle.
        readers: Who must hear of tiles before they are written to.
        writes: For each row of tiles, how often ``mark_dirty`` spoke of it: equal numbers mean
            equal pixels, so that a save may use again what it encoded before.
        claims: How often ``keep`` was called; who parks a plane reads it before deciding to.
    """

    def __init__(self, pixels: Pixels) -> None:
        """Take over an array (no copy if it is contiguous uint8); all levels start unbuilt."""
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.size == 0:
            raise ValueError(f"a plane needs a non-empty uint8 array, not {pixels.shape}")
        self.key = next(_KEYS)
        self.shape = pixels.shape
        self.bounds = Rect.of_shape(pixels.shape)
        self.readers: tuple[TileReader, ...] = ()
        self.writes = [0] * -(-self.bounds.height // TILE)
        self.claims = 0
        self._guard = threading.Lock()
        self._parked: ParkedPixels | None = None
        self._levels = _pyramid(np.ascontiguousarray(pixels))
        self._stale = _all_stale(self._levels)
        self._untouched: set[TileIndex] = set()

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> Plane:
        """Make a plane of zeros, (H, W) or (H, W, C).

        It takes no memory and no time until it is written to: its levels are valid from the start,
        and ``is_untouched`` tells where nothing was ever written.
        """
        plane = cls(np.zeros(shape, np.uint8))
        plane._stale = [set() for _ in plane._levels]
        plane._untouched = set(tiles_in(plane.bounds))
        return plane

    def is_untouched(self, rect: Rect) -> bool:
        """Whether the tiles under ``rect`` (level 0) are known to be zero since the start.

        False says nothing: the tiles may hold zeros nevertheless.
        """
        return bool(self._untouched) and self._untouched.issuperset(
            tiles_in(rect.intersect(self.bounds))
        )

    def touched_tiles(self) -> list[TileIndex]:
        """Return the tiles that may hold anything but zeros, row by row."""
        return [tile for tile in tiles_in(self.bounds) if tile not in self._untouched]

    @property
    def levels(self) -> list[Pixels]:
        """The arrays, full size first; read them through ``level``, which makes them valid."""
        levels = self._levels
        if levels:
            return levels
        self.keep()
        return self._levels

    @property
    def pixels(self) -> Pixels:
        """The plane itself, level 0. Whoever writes to it calls ``mark_dirty`` afterwards."""
        return self.levels[0]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.bounds.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bounds.height

    @property
    def is_parked(self) -> bool:
        """Whether the pixels are kept in another form at this moment."""
        return self._parked is not None

    @property
    def size_bytes(self) -> int:
        """Memory held: of all levels, or of what stands in for them."""
        parked = self._parked
        if parked is not None:
            return parked.size_bytes
        return sum(level.nbytes for level in self._levels)

    def park(self, parked: ParkedPixels, claims: int) -> bool:
        """Give the arrays up for another form of the same pixels; any thread may call it.

        Args:
            parked: The pixels, packed while nobody could write to them.
            claims: Value of ``claims`` from before it was found that nobody shows the plane.

        Returns:
            Whether it was done; not if the plane was claimed meanwhile.
        """
        with self._guard:
            if self.claims != claims or self._parked is not None:
                return False
            self._parked, self._levels = parked, []
            return True

    def keep(self) -> None:
        """Claim the plane for showing or editing: it has its arrays now, and no one parks it."""
        with self._guard:
            self.claims += 1
            if self._parked is None:
                return
            levels = _pyramid(self._parked.restore())
            stale = _all_stale(levels)
            if self._untouched:
                # New levels hold zeros, which are right above tiles that nobody wrote to.
                for n, tiles in enumerate(stale[1:], 1):
                    above = {TileIndex(c >> n, r >> n) for c, r in self.touched_tiles()}
                    tiles &= above
            self._levels, self._stale, self._parked = levels, stale, None

    def add_reader(self, reader: TileReader) -> None:
        """Let somebody hear of tiles before they are written to; any thread may call it."""
        with self._guard:
            self.readers = (*self.readers, reader)

    def remove_reader(self, reader: TileReader) -> None:
        """Let somebody hear of writes no longer; any thread may call it."""
        with self._guard:
            self.readers = tuple(other for other in self.readers if other is not reader)

    def before_write(self, tile: TileIndex) -> None:
        """Let those who still want to read a tile do so; called before it is written to."""
        for reader in self.readers:
            reader.before_write(tile)

    def mark_dirty(self, rect: Rect) -> None:
        """Say that the pixels of ``rect`` (level 0 coordinates) have changed."""
        rect = rect.intersect(self.bounds)
        if rect.is_empty:
            return
        for row in range(rect.y // TILE, (rect.bottom - 1) // TILE + 1):
            self.writes[row] += 1
        if self._untouched:
            self._untouched.difference_update(tiles_in(rect))
        for level in range(1, len(self._stale)):
            self._stale[level].update(tiles_in(rect.scale(1 / (1 << level))))

    def level(self, n: int, rect: Rect) -> Pixels:
        """Return the view of level ``n`` under ``rect``, made valid first.

        Args:
            n: Level, 0 for full size.
            rect: Wanted part in the coordinates of that level; cut to it.
        """
        pixels = self.levels[n]
        rect = rect.intersect(Rect.of_shape(pixels.shape))
        for tile in tiles_in(rect):
            self._make_valid(n, tile)
        return pixels[rect.slices()]

    def _make_valid(self, n: int, tile: TileIndex) -> None:
        if tile not in self._stale[n]:
            return
        target = self.levels[n]
        rect = tile_rect(tile, target.shape[1], target.shape[0])
        source = Rect(rect.x * 2, rect.y * 2, rect.width * 2, rect.height * 2)
        target[rect.slices()] = _halve(self.level(n - 1, source))
        self._stale[n].discard(tile)


def _pyramid(pixels: Pixels) -> list[Pixels]:
    """Return the array and its levels, zeros; they take no memory until a tile is built."""
    levels = [pixels]
    while max(levels[-1].shape[:2]) > TILE:
        height, width = levels[-1].shape[:2]
        shape = ((height + 1) // 2, (width + 1) // 2, *pixels.shape[2:])
        levels.append(np.zeros(shape, np.uint8))
    return levels


def _all_stale(levels: list[Pixels]) -> list[set[TileIndex]]:
    built = [set(tiles_in(Rect.of_shape(level.shape))) for level in levels[1:]]
    return [set(), *built]


def _halve(pixels: Pixels) -> Pixels:
    """Return the half-size picture, rounded up; straight alpha weighs the colours."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        # A lone edge row stands for itself: repeated, its mean with itself is itself.
        pixels = np.pad(
            pixels, ((0, height % 2), (0, width % 2), *((0, 0),) * (pixels.ndim - 2)), mode="edge"
        )
    if pixels.ndim == 3 and pixels.shape[2] == 4 and pixels[..., 3].min() < 255:
        return _halve_with_alpha(pixels)
    return _area(pixels)


def _area(pixels: npt.NDArray[np.uint8]) -> Pixels:
    size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _halve_with_alpha(pixels: Pixels) -> Pixels:
    """Halve straight RGBA so that the colour of transparent pixels does not bleed in."""
    size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
    weighted = pixels.astype(np.float32)
    weighted[..., :3] *= weighted[..., 3:] / 255
    mean = np.asarray(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA), np.float32)
    alpha = mean[..., 3:]
    colour = mean[..., :3] * (255 / np.maximum(alpha, 1e-6))
    rgba = np.concatenate([np.minimum(colour, 255), alpha], axis=2)
    return np.asarray(np.rint(rgba), np.uint8)
