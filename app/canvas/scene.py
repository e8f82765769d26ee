"""One document as the canvas shows it: its compositor and its tiles, kept up to date.

The scene is what changes when the document does; the view (zoom, place, size) is not known here.
"""

from typing import TYPE_CHECKING

from app.canvas.compositor import Compositor, Tint
from app.canvas.tile_cache import Tile, TileCache, TileKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.compositor import Indices, Pixels
    from editing.geometry import Rect
    from editing.layer import Layer
    from editing.plane import Plane


class Scene:
    """The layers with the regions over them, in tiles."""

    def __init__(self, layers: "tuple[Layer, ...]", tints: tuple[Tint, ...]) -> None:
        self._compositor = Compositor(layers, tints)
        self._tiles = TileCache(self._compositor)
        self._awaited: set[TileKey] = set()

    @property
    def bounds(self) -> "Rect":
        """The whole document."""
        return self._compositor.bounds

    @property
    def size_bytes(self) -> int:
        """Memory of the tiles held."""
        return self._tiles.size_bytes

    def set_tints(self, tints: tuple[Tint, ...]) -> None:
        """Show the regions differently; all tiles are composed anew."""
        self._compositor.set_tints(tints)
        self._tiles.clear()

    def mark_dirty(self, rect: "Rect", plane: "Plane | None") -> None:
        """Say that document pixels changed, in one plane or in any."""
        self._compositor.mark_dirty(rect, plane)
        self._tiles.mark_dirty(rect)

    def level_for(self, zoom: float) -> int:
        """The mip level to show at a zoom."""
        return self._compositor.level_for(zoom)

    def tile(self, key: TileKey, deadline: float) -> Tile | None:
        """A tile, or None if it is not there by the deadline; it is awaited then."""
        tile = self._tiles.tile(key, deadline)
        if tile is None:
            self._awaited.add(key)
        return tile

    def compose_picked(self, rows: "Indices", columns: "Indices", target: "Pixels") -> None:
        """Compose single document pixels, in place of tiles that are not there."""
        self._compositor.compose_picked(rows, columns, target)

    @property
    def awaits_tiles(self) -> bool:
        """Whether a tile that was asked for was not there in time."""
        return bool(self._awaited)

    def refine(self, deadline: float, wanted: "Callable[[TileKey], bool]") -> list[TileKey]:
        """Build the mip levels of awaited tiles until the deadline.

        Args:
            deadline: second of ``time.perf_counter``.
            wanted: whether a tile is still worth it; others are forgotten.

        Returns:
            Tiles to ask for again.
        """
        ready = []
        for key in sorted(self._awaited):
            if wanted(key):
                if not self._tiles.prepare(key, deadline):
                    break
                ready.append(key)
            self._awaited.discard(key)
        return ready
