"""Undo and redo: commands that swap tiles, and the stack that holds them.

A command is made *after* its change was done, by recording the tiles as they were before. Undo and
redo both swap the stored tiles with those of the plane, so one copy serves both directions. Stored
tiles are compressed (zstd, level 1) by one background thread; nothing ever waits for it.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
import zstandard

from editing.geometry import EMPTY, Rect
from editing.plane import Pixels, Plane, TileIndex, tile_rect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from editing.document import Document

DEFAULT_BUDGET_BYTES = 512 * 1024 * 1024

ChangeKind = Literal["picture", "mask", "selection", "layers", "regions", "document"]


class Change(NamedTuple):
    """What an edit changed, for whoever shows it.

    Attributes:
        kind: "picture": pixels of a layer or of a layer's mask; "mask": pixels of a region;
            "selection": pixels of the selection; "layers" and "regions": which there are, their
            order or properties; "document": anything, the size and metadata too.
        rect: What looks different now; empty if nothing does.
        plane: The plane whose pixels changed, if it is one.
    """

    kind: ChangeKind
    rect: Rect
    plane: Plane | None = None


class Touched(NamedTuple):
    """What an edit wrote to, for whoever keeps a copy of the document (a journal).

    Attributes:
        tiles: Planes with those of their tiles that differ.
        structure: Whether the document's structure is another one; it may hold new planes.
    """

    tiles: tuple[tuple[Plane, frozenset[TileIndex]], ...] = ()
    structure: bool = False


class Command(Protocol):
    """An edit that was made and can be taken back and made again, alternately."""

    @property
    def name(self) -> str:
        """Name for the history list, such as "Paint mask"."""

    @property
    def size_bytes(self) -> int:
        """Memory held, at this moment."""

    @property
    def change(self) -> Change:
        """What making the edit changed."""

    @property
    def touched(self) -> Touched:
        """What making the edit, or taking it back, wrote to."""

    def undo(self) -> Change:
        """Take the edit back."""

    def redo(self) -> Change:
        """Make the edit again."""

    def compress(self) -> None:
        """Shrink what is stored; called from the background thread."""


class _PackedTile(NamedTuple):
    shape: tuple[int, ...]
    data: bytes


_StoredTile = Pixels | _PackedTile


def _total_size(tiles: Mapping[TileIndex, _StoredTile]) -> int:
    return sum(
        len(tile.data) if isinstance(tile, _PackedTile) else tile.nbytes for tile in tiles.values()
    )


class TileCommand:
    """An edit of one plane, stored as the tiles of the other side of the edit.

    Attributes:
        name: Name for the history list.
        change: The changed rectangle, in whole tiles.
        size_bytes: Bytes of the stored tiles, compressed or not.
    """

    def __init__(
        self,
        name: str,
        kind: ChangeKind,
        plane: Plane,
        before: Mapping[TileIndex, Pixels],
    ) -> None:
        """Keep the tiles as they were before the edit (copies, not views)."""
        if not before:
            raise ValueError("a tile command needs at least one tile")
        self.name = name
        self._plane = plane
        self._tiles: dict[TileIndex, _StoredTile] = dict(before)
        self._lock = threading.Lock()
        rect = EMPTY
        for tile in before:
            rect = rect.union(tile_rect(tile, plane.width, plane.height))
        self.change = Change(kind, rect, plane)
        self.touched = Touched(((plane, frozenset(before)),))
        self.size_bytes = _total_size(self._tiles)

    def undo(self) -> Change:
        """Put the stored tiles back and store the ones they replace."""
        return self._swap()

    def redo(self) -> Change:
        """Put the stored tiles back and store the ones they replace."""
        return self._swap()

    def compress(self) -> None:
        """Replace the stored tiles by compressed ones, unless they were swapped meanwhile."""
        with self._lock:
            tiles = self._tiles
        compressor = zstandard.ZstdCompressor(level=1)
        packed: dict[TileIndex, _StoredTile] = {}
        for index, tile in tiles.items():
            if isinstance(tile, _PackedTile):
                return
            packed[index] = _PackedTile(tile.shape, compressor.compress(tile.data))
        with self._lock:
            if self._tiles is tiles:
                self._tiles = packed
                self.size_bytes = _total_size(packed)

    def _swap(self) -> Change:
        # Only this thread swaps; the compressor sees that the dictionary is another one and gives
        # up its result, so that undo never waits for it.
        with self._lock:
            stored = self._tiles
        decompressor = zstandard.ZstdDecompressor()
        replaced: dict[TileIndex, _StoredTile] = {}
        for index, tile in stored.items():
            rect = tile_rect(index, self._plane.width, self._plane.height)
            view = self._plane.pixels[rect.slices()]
            self._plane.before_write(index)
            replaced[index] = view.copy()
            if isinstance(tile, _PackedTile):
                raw = decompressor.decompress(tile.data)
                view[...] = np.frombuffer(raw, np.uint8).reshape(tile.shape)
            else:
                view[...] = tile
        with self._lock:
            self._tiles = replaced
            self.size_bytes = _total_size(replaced)
        self._plane.mark_dirty(self.change.rect)
        return self.change


class History:
    """The stack of commands of one document, in memory and within a byte budget."""

    def __init__(self, document: Document, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        """Start empty.

        Args:
            document: Its ``modified`` flag is kept: false exactly at the saved state.
            budget_bytes: The oldest commands are dropped beyond this; the newest always stays.
        """
        self.budget_bytes = budget_bytes
        self._document = document
        self._commands: list[Command] = []
        self._index = 0
        self._saved_index: int | None = None if document.modified else 0
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._pending: set[Future[None]] = set()

    @property
    def names(self) -> list[str]:
        """Names of all commands, oldest first, undone ones included."""
        return [command.name for command in self._commands]

    @property
    def index(self) -> int:
        """Number of commands in effect; those from this place on are undone."""
        return self._index

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""
        return self._index < len(self._commands)

    @property
    def size_bytes(self) -> int:
        """Memory held by all commands, at this moment."""
        return sum(command.size_bytes for command in self._commands)

    def push(self, command: Command) -> None:
        """Add a command whose edit was already made; undone commands are forgotten."""
        del self._commands[self._index :]
        if self._saved_index is not None and self._saved_index > self._index:
            self._saved_index = None
        self._commands.append(command)
        self._index += 1
        self._drop_oldest()
        self._compress(command)
        self._update_modified()

    def undo(self) -> Change:
        """Take back the newest edit in effect.

        Raises:
            IndexError: There is nothing to undo.
        """
        if not self.can_undo:
            raise IndexError("nothing to undo")
        self._index -= 1
        return self._after_swap(self._commands[self._index], undone=True)

    def redo(self) -> Change:
        """Make the edit again that was undone last.

        Raises:
            IndexError: There is nothing to redo.
        """
        if not self.can_redo:
            raise IndexError("nothing to redo")
        self._index += 1
        return self._after_swap(self._commands[self._index - 1], undone=False)

    def mark_saved(self) -> None:
        """Take the present state as the one that is in the file."""
        self._saved_index = self._index
        self._update_modified()

    def clear(self) -> None:
        """Forget all commands; the document stays as it is."""
        self._saved_index = None if self._document.modified else 0
        self._commands.clear()
        self._index = 0

    def wait_until_idle(self) -> None:
        """Wait for the compression in progress (for tests and measurements)."""
        wait(self._pending)

    def close(self) -> None:
        """Stop the background thread; compression that was not begun is left out."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _after_swap(self, command: Command, *, undone: bool) -> Change:
        change = command.undo() if undone else command.redo()
        self._compress(command)
        self._update_modified()
        return change

    def _compress(self, command: Command) -> None:
        self._pending = {future for future in self._pending if not future.done()}
        self._pending.add(self._executor.submit(command.compress))

    def _drop_oldest(self) -> None:
        """Forget the oldest commands beyond the budget; the newest stays whatever its size."""
        excess = self.size_bytes - self.budget_bytes
        dropped = 0
        while excess > 0 and dropped < self._index - 1:
            excess -= self._commands[dropped].size_bytes
            dropped += 1
        if not dropped:
            return
        del self._commands[:dropped]
        self._index -= dropped
        if self._saved_index is not None:
            self._saved_index -= dropped
            if self._saved_index < 0:
                self._saved_index = None

    def _update_modified(self) -> None:
        self._document.modified = self._index != self._saved_index
