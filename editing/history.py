"""The history of one document: what was done, within a byte budget, and the way back and forth.

A command is made *after* its change was done. What it stores is packed, and moved to disk beyond
the budget, by one background thread; nothing of it is lost. Planes that are not part of the
document at present, such as those of a deleted layer, count as well and are parked.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from editing.change import Change, ChangeKind, Command, Touched
from editing.history_room import HistoryRoom
from editing.steps import finished
from editing.tile_command import TileCommand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from editing.document import Document
    from editing.steps import Steps

__all__ = ["Change", "ChangeKind", "Command", "History", "TileCommand", "Touched"]

DEFAULT_BUDGET_BYTES = 512 * 1024 * 1024


class History:
    """The commands of one document, oldest first, and how many of them are in effect.

    Attributes:
        budget_bytes: Memory to keep within; the rest is on disk. If the disk takes nothing more,
            the oldest commands are dropped instead.
    """

    def __init__(
        self,
        document: Document,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        folder: Path | None = None,
    ) -> None:
        """Start empty.

        Args:
            document: Its ``modified`` flag is kept: false exactly at the saved state.
            budget_bytes: Memory to keep within.
            folder: Where a file for old commands may be made; None: where temporary files go.
        """
        self.budget_bytes = budget_bytes
        self._document = document
        self._commands: list[Command] = []
        self._index = 0
        self._saved_index: int | None = None if document.modified else 0
        self._oldest = object()
        self._room = HistoryRoom(document, folder)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._pending: set[Future[None]] = set()
        self._is_tidying = threading.Event()

    @property
    def names(self) -> list[str]:
        """Names of all commands, oldest first, undone ones included."""
        return [command.name for command in self._commands]

    @property
    def index(self) -> int:
        """Number of commands in effect; those from this place on are undone."""
        return self._index

    @property
    def state(self) -> object:
        """Stands for the present state: the same object again whenever that is reached again."""
        return self._state_at(self._index)

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
        """Memory held by all commands, and by planes that only they hold on to."""
        return self._room.size_bytes(self._commands)

    @property
    def spilled_bytes(self) -> int:
        """Size of the file for old commands."""
        return self._room.file.size_bytes

    def push(self, command: Command) -> None:
        """Add a command whose edit was already made; undone commands are forgotten."""
        if self._saved_index is not None and self._saved_index > self._index:
            self._saved_index = None
        # A new list: the background thread goes through the old one.
        self._commands = [*self._commands[: self._index], command]
        self._index += 1
        if self._room.disk_is_full:
            self._drop_oldest()
        self._tidy()
        self._update_modified()

    def undo(self) -> Change:
        """Take back the newest edit in effect.

        Raises:
            IndexError: There is nothing to undo.
        """
        return finished(self.steps(undo=True))

    def redo(self) -> Change:
        """Make the edit again that was undone last.

        Raises:
            IndexError: There is nothing to redo.
        """
        return finished(self.steps(undo=False))

    def steps(self, *, undo: bool) -> Steps[Change]:
        """Undo or redo once, in small steps; the history is not to be used until they are done.

        Raises:
            IndexError: There is nothing to undo or redo.
        """
        change = yield from self._next(undo=undo).steps(undo=undo)
        self._index += -1 if undo else 1
        self._tidy()
        self._update_modified()
        return change

    def jump(self, index: int) -> list[Change]:
        """Undo or redo until ``index`` commands are in effect.

        Returns:
            What changed, step by step.

        Raises:
            IndexError: There are not so many commands.
        """
        if not 0 <= index <= len(self._commands):
            raise IndexError(f"no step {index} in a history of {len(self._commands)}")
        changes = []
        while self._index != index:
            changes.append(self.undo() if self._index > index else self.redo())
        return changes

    def next_touched(self, *, undo: bool) -> Touched:
        """What the next undo or redo is going to write to (IndexError if there is none)."""
        return self._next(undo=undo).touched

    def is_ready(self, *, undo: bool) -> bool:
        """Whether the next undo or redo takes no longer than a moment."""
        command = self._next(undo=undo)
        return command.is_ready and not any(plane.is_parked for plane in command.planes)

    def prepare(self, *, undo: bool) -> Future[None]:
        """Have the next undo or redo made ready in the background; the future tells when."""
        command = self._next(undo=undo)

        def make_ready() -> None:
            command.prepare()
            for plane in command.planes:
                plane.keep()

        return self._submit(make_ready)

    def mark_saved(self, state: object | None = None) -> None:
        """Take a state as the one that is in the file.

        Args:
            state: What ``state`` was when the save began, or None for the present one. One that
                can no longer be reached leaves the document modified for good.
        """
        wanted = self.state if state is None else state
        places = range(len(self._commands) + 1)
        self._saved_index = next((k for k in places if self._state_at(k) is wanted), None)
        self._update_modified()

    def mark_unsaved(self) -> None:
        """Say that the file does not hold any state of the document any more."""
        self._saved_index = None
        self._update_modified()

    def clear(self) -> None:
        """Forget all commands; the document stays as it is."""
        self._saved_index = None if self._document.modified else 0
        self._oldest = object()
        self._commands = []
        self._index = 0

    def wait_until_idle(self) -> None:
        """Wait for the background thread (for tests and measurements)."""
        while self._pending:
            wait(self._pending)
            self._pending = {future for future in self._pending if not future.done()}

    def close(self, *, wait: bool = True) -> None:
        """Stop the background thread and remove the file; work that was not begun is left out.

        Args:
            wait: Whether to return only once that is done: a large file takes a while to remove.
        """
        self._room.stop()
        self._commands, self._index = [], 0
        if wait:
            self._end()
        else:
            threading.Thread(target=self._end, name="end of history").start()

    def _end(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._room.file.close()

    def _state_at(self, index: int) -> object:
        return self._commands[index - 1] if index else self._oldest

    def _next(self, *, undo: bool) -> Command:
        if not (self.can_undo if undo else self.can_redo):
            raise IndexError("nothing to undo" if undo else "nothing to redo")
        return self._commands[self._index - 1 if undo else self._index]

    def _tidy(self) -> None:
        """Have the room looked after, unless that is about to begin anyway."""
        if self._is_tidying.is_set():
            return
        self._is_tidying.set()

        def tidy() -> None:
            self._is_tidying.clear()
            self._room.tidy(self._commands, self._index, self.budget_bytes)

        self._submit(tidy)

    def _submit(self, work: Callable[[], None]) -> Future[None]:
        future = self._executor.submit(work)
        self._pending = {future, *(other for other in self._pending if not other.done())}
        return future

    def _drop_oldest(self) -> None:
        """Forget the oldest commands beyond the budget; the newest stays whatever its size."""
        dropped = 0
        while dropped < self._index - 1:
            left = self._commands[dropped:]
            if self._room.size_bytes(left) <= self.budget_bytes:
                break
            dropped += 1
        if not dropped:
            return
        self._oldest = object()
        self._commands = self._commands[dropped:]
        self._index -= dropped
        if self._saved_index is not None:
            self._saved_index -= dropped
            if self._saved_index < 0:
                self._saved_index = None

    def _update_modified(self) -> None:
        self._document.modified = self._index != self._saved_index
