"""The screen buffer: what the view shows of the document, without anything laid over it.

Only parts that changed are drawn again. Moving the view shifts the buffer and draws the uncovered
strips. The brush ring, the live preview and whatever else lies over the document are drawn by the
widget on top of a copy of the buffer, so they never cause the document to be composed.
"""

from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColorTransform, QPainter, QRegion

from app.canvas.coarse import coarse_view
from app.canvas.display_colours import convert
from app.canvas.resample import filter_for, first_device_pixel, resample
from app.canvas.tile_cache import Tile, TileKey
from app.qt_images import to_qrect, to_rect, wrap_argb
from editing.geometry import Rect
from editing.plane import TILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from app.canvas.scene import Scene
    from app.canvas.view_transform import ViewTransform

    Pixels = npt.NDArray[np.uint32]

CHECK_SIZE = 8
"""Side of a square of the checkerboard under transparent pixels, in device pixels."""
CHECK_COLOURS = (0xFF8E8E94, 0xFF74747A)
MOST_PARTS = 8
"""More dirty parts than this are drawn as one."""


class Frame:
    """A buffer of device pixels.

    Attributes:
        pixels: opaque 0xFFRRGGBB, (height, width).
        colours: how the document's colours are shown; None if they stay as they are.
    """

    def __init__(self, background: int) -> None:
        """Start with one pixel; ``background`` is the 0xFFRRGGBB around the document."""
        self._background = background
        self.pixels = np.full((1, 1), background, np.uint32)
        self.colours: QColorTransform | None = None
        self._dirty = QRegion()

    @property
    def bounds(self) -> Rect:
        """All of the buffer."""
        return Rect.of_shape(self.pixels.shape)

    def resize(self, width: int, height: int) -> None:
        """Take another size in device pixels; everything is drawn anew."""
        self.pixels = np.full((max(1, height), max(1, width)), self._background, np.uint32)
        self.mark_dirty(self.bounds)

    def mark_dirty(self, rect: Rect) -> None:
        """Draw these device pixels again at the next ``render``."""
        part = rect.intersect(self.bounds)
        if not part.is_empty:
            self._dirty += to_qrect(part)

    def move(self, dx: int, dy: int) -> None:
        """Move what is shown by whole device pixels."""
        height, width = self.pixels.shape
        if abs(dx) >= width or abs(dy) >= height:
            self.mark_dirty(self.bounds)
            return
        rows, old_rows = _shifted(dy, height)
        columns, old_columns = _shifted(dx, width)
        self.pixels[rows, columns] = self.pixels[old_rows, old_columns].copy()
        kept = QRect(QPoint(columns.start, rows.start), QPoint(columns.stop - 1, rows.stop - 1))
        self._dirty = self._dirty.translated(dx, dy).intersected(kept)
        self._dirty += QRegion(to_qrect(self.bounds)) - QRegion(kept)

    def render(self, transform: "ViewTransform", scene: "Scene | None", deadline: float) -> None:
        """Draw what is dirty.

        Args:
            transform: place of the document.
            scene: the document's tiles, or None for no document.
            deadline: second of ``time.perf_counter`` after which no new tile is made.
        """
        dirty, self._dirty = self._dirty, QRegion()
        for part in _few(dirty):
            if scene is None:
                self.pixels[part.slices()] = self._background
            else:
                self._draw(part, transform, scene, deadline)

    def _draw(
        self, part: Rect, transform: "ViewTransform", scene: "Scene", deadline: float
    ) -> None:
        shown = shown_rect(transform, scene.bounds)
        if not shown.contains(part):
            self.pixels[part.slices()] = self._background
        level = scene.level_for(transform.zoom)
        scale = transform.zoom * (1 << level)
        missing, late = [], []
        for key, cell in cells(part.intersect(shown), transform, level, shown):
            tile = scene.ready_tile(key)
            if tile is None:
                missing.append((key, cell))
            else:
                self._draw_tile(tile, cell, transform, scale)
        # What is there is drawn in any case; making the others goes on as long as there is time.
        for key, cell in missing:
            tile = scene.tile(key, deadline)
            if tile is None:
                late.append(cell)
            else:
                self._draw_tile(tile, cell, transform, scale)
        if late:
            coarse, x, y = coarse_view(late, transform, scene)
            for cell in late:
                self.pixels[cell.slices()] = coarse[cell.translate(-x, -y).slices()]
        if self.colours is not None and not part.intersect(shown).is_empty:
            convert(self.pixels, part.intersect(shown), self.colours)

    def _draw_tile(self, tile: Tile, cell: Rect, transform: "ViewTransform", scale: float) -> None:
        corner = (
            transform.origin_x + tile.rect.x * scale,
            transform.origin_y + tile.rect.y * scale,
        )
        target = self.pixels[cell.slices()]
        if tile.opaque:
            resample(tile.pixels, corner, (scale, scale), target, cell, filter_for(scale))
            return
        film = np.empty((cell.height, cell.width), np.uint32)
        resample(tile.pixels, corner, (scale, scale), film, cell, filter_for(scale))
        fill_checks(target, cell.x - transform.origin_x, cell.y - transform.origin_y)
        # The painter does not keep its image alive.
        image = wrap_argb(self.pixels, opaque=True)
        painter = QPainter(image)
        painter.drawImage(cell.x, cell.y, wrap_argb(film))
        painter.end()


def shown_rect(transform: "ViewTransform", rect: Rect) -> Rect:
    """The device pixels whose centres lie on these document pixels."""
    x, y, zoom = transform.origin_x, transform.origin_y, transform.zoom
    return Rect.from_edges(
        first_device_pixel(x, zoom, rect.x),
        first_device_pixel(y, zoom, rect.y),
        first_device_pixel(x, zoom, rect.right),
        first_device_pixel(y, zoom, rect.bottom),
    )


def tile_cell(key: TileKey, transform: "ViewTransform", part: Rect) -> Rect:
    """The device pixels within ``part`` that a tile is drawn on."""
    side = TILE << key.level
    whole = Rect(key.column * side, key.row * side, side, side)
    return shown_rect(transform, whole).intersect(part)


def cells(
    part: Rect, transform: "ViewTransform", level: int, shown: Rect
) -> "Iterator[tuple[TileKey, Rect]]":
    """Cut device pixels into those of each tile: every pixel belongs to exactly one tile."""
    if part.is_empty:
        return
    side = TILE * transform.zoom * (1 << level)
    columns = list(_spans(part.x, part.right, transform.origin_x, side, shown.right))
    for row, top, bottom in _spans(part.y, part.bottom, transform.origin_y, side, shown.bottom):
        for column, left, right in columns:
            yield TileKey(level, column, row), Rect.from_edges(left, top, right, bottom)


def _spans(
    start: int, stop: int, origin: int, side: float, limit: int
) -> "Iterator[tuple[int, int, int]]":
    """Yield (tile, first, end) of the tiles along one axis that cover start..stop."""
    tile = max(0, int((start - origin) / side) - 1)
    first = first_device_pixel(origin, side, tile)
    while first < min(stop, limit):
        end = first_device_pixel(origin, side, tile + 1)
        if min(end, stop) > max(first, start):
            yield tile, max(first, start), min(end, stop)
        tile, first = tile + 1, end


def fill_checks(target: "Pixels", x: int, y: int) -> None:
    """Draw a checkerboard whose corner lies at (-x, -y) of the target."""
    rows = (np.arange(y, y + target.shape[0]) // CHECK_SIZE) & 1
    columns = (np.arange(x, x + target.shape[1]) // CHECK_SIZE) & 1
    light, dark = np.array(CHECK_COLOURS, np.uint32)
    # Two kinds of rows are made and copied: a decision for each pixel would take far longer.
    kinds = np.stack([np.where(columns == 0, light, dark), np.where(columns == 0, dark, light)])
    target[...] = kinds[rows]


def _shifted(delta: int, length: int) -> tuple[slice, slice]:
    """Where kept pixels go to, and where they come from, along one axis."""
    there = slice(max(0, delta), min(length, length + delta))
    return there, slice(there.start - delta, there.stop - delta)


def _few(region: QRegion) -> list[Rect]:
    """The rectangles of a region, or the one around them if there are many."""
    if region.isEmpty():
        return []
    if region.rectCount() > MOST_PARTS:
        return [to_rect(region.boundingRect())]
    # A QRegion yields its rectangles, which its type stubs leave out.
    return [to_rect(rect) for rect in cast("Iterable[QRect]", region)]
