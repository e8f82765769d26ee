"""Tiles: the squares of 256 x 256 pixels in which planes are recorded, packed and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from editing.geometry import Rect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TILE = 256
"""Side of a tile in pixels, at every level."""


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


def merged(rects: Sequence[Rect]) -> list[Rect]:
    """Return fewer rectangles for the same pixels: reporting a tile takes longer than copying it.

    Args:
        rects: Tiles, row by row.
    """
    runs: list[Rect] = []
    for rect in rects:
        if runs and (runs[-1].y, runs[-1].right, runs[-1].bottom) == (rect.y, rect.x, rect.bottom):
            runs[-1] = runs[-1].union(rect)
        else:
            runs.append(rect)
    blocks: list[Rect] = []
    for run in runs:
        if blocks and (blocks[-1].x, blocks[-1].right, blocks[-1].bottom) == (
            run.x,
            run.right,
            run.y,
        ):
            blocks[-1] = blocks[-1].union(run)
        else:
            blocks.append(run)
    return blocks
