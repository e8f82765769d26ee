"""The journal of an open document: enough on disk to have it back after a crash.

Each edit is one transaction, written by a thread of the journal from tiles that are held without a
copy (``editing.tile_copies``). An edit counts as acknowledged once its transaction is committed:
from then on it survives the end of the process, whatever ends it. Every few seconds all is brought
to the disk itself, against loss of power.

A journal lives in a folder of its own, locked as long as its process lives.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import sqlite3
import threading
import time
import weakref
from typing import TYPE_CHECKING, NamedTuple

from editing import journal_manifest
from editing.journal_base import Base, copied
from editing.journal_file import PlaneRow
from editing.journal_writer import Edit, JournalWriter
from editing.tile_copies import TileCopies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from editing.change import Touched
    from editing.document import Document
    from editing.plane import Plane
    from editing.structure import Structure

_NUMBERS = itertools.count(1)


class _Clean(NamedTuple):
    sequence: int


class _BaseReady(NamedTuple):
    base: Base | None


class _End(NamedTuple):
    remove: bool


_Task = Edit | _Clean | _BaseReady | _End


class Journal:
    """Writes down the edits of one document.

    Attributes:
        folder: Of this journal alone.
    """

    def __init__(
        self,
        parent: Path,
        document: Document,
        on_acknowledged: Callable[[int], None] = lambda _: None,
        on_failure: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Begin; nothing is written before the first edit but a copy of the document's file.

        Args:
            parent: Folder of all journals; made if it is not there.
            document: As it was just opened. Unless it is modified or has no path, its file holds
                it, and only what differs from that will be written.
            on_acknowledged: Called with the number of an edit once it is safe, by another thread.
            on_failure: Called once with a sentence, by another thread, if the journal cannot be
                written; edits are ignored from then on.
        """
        self.folder = parent / f"{time.time_ns():x}-{os.getpid()}-{next(_NUMBERS)}"
        self._document = document
        self._on_acknowledged, self._on_failure = on_acknowledged, on_failure
        self._sequence = 0
        self._identity: tuple[object, ...] | None = None
        self._known: dict[int, weakref.ref[Plane]] = {}
        self._tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        # Set once nothing more of this journal is wanted.
        self._abandoned = threading.Event()
        self._stop_copy = threading.Event()
        self._base_is_safe = threading.Event()
        self._copier: threading.Thread | None = None
        self._base = _base_of(document)
        self._base_planes: tuple[PlaneRow, ...] = ()
        if self._base is not None:
            planes = _distinct(document.structure)
            self._base_planes = tuple(
                PlaneRow(plane.key, plane.shape, place) for place, plane in enumerate(planes)
            )
            self._known = {plane.key: weakref.ref(plane) for plane in planes}
        self._writer = threading.Thread(target=self._run, name="journal", daemon=True)
        self._writer.start()

    def commit(self, touched: Touched) -> int:
        """Have an edit written that was just made, taken back or made again; returns at once.

        Returns:
            The number of the edit, which ``on_acknowledged`` will name.
        """
        self._sequence += 1
        structure = self._document.structure
        new = [plane for plane in _distinct(structure) if plane.key not in self._known]
        self._known.update((plane.key, weakref.ref(plane)) for plane in new)
        dead = tuple(key for key, plane in self._known.items() if plane() is None)
        for key in dead:
            del self._known[key]
        copies = [TileCopies(plane, plane.touched_tiles()) for plane in new]
        whole = {plane.key for plane in new}
        copies += [
            TileCopies(plane, tiles)
            for plane, tiles in touched.tiles
            if plane.key in self._known and plane.key not in whole
        ]
        identity = journal_manifest.identity(self._document)
        manifest = None
        if identity != self._identity:
            self._identity = identity
            manifest = journal_manifest.describe(self._document)
        rows = tuple(PlaneRow(plane.key, plane.shape, None) for plane in new)
        edit = Edit(self._sequence, tuple(copies), rows, dead, manifest, structure)
        self._tasks.put(edit)
        return self._sequence

    def mark_clean(self) -> None:
        """Say that the present state is in the document's own file: nothing is to be recovered."""
        self._tasks.put(_Clean(self._sequence))

    def secure_base(self) -> None:
        """Wait until the file that the document was opened from may be written over.

        Until its copy is complete the journal rests on the file itself. If no copy can be made the
        wait ends too. To be called by whoever writes files, never by a thread that must not wait.
        """
        self._base_is_safe.wait()

    def close(self, *, remove: bool = True, wait: bool = True) -> None:
        """End the journal.

        Args:
            remove: Whether the folder goes, and what is not written yet is left out; otherwise all
                edits are written first.
            wait: Whether to return only once that is done.
        """
        self._stop_copy.set()
        if remove:
            self._abandoned.set()
        self._tasks.put(_End(remove))
        if wait:
            self._writer.join()

    @property
    def is_closed(self) -> bool:
        """Whether the journal has ended."""
        return not self._writer.is_alive()

    def _run(self) -> None:
        """The writer's thread."""
        writer = JournalWriter(self.folder, self._base, self._base_planes, self._abandoned)
        try:
            writer.open()
            if self._base is None:
                self._base_is_safe.set()
            else:
                self._start_copy(self._base)
        except (OSError, sqlite3.Error) as error:
            self._base_is_safe.set()
            self._fail(writer, error)
        while True:
            task = self._next_task(writer)
            if isinstance(task, _End):
                break
            self._do(writer, task)
        self._base_is_safe.set()
        if self._copier is not None:
            self._copier.join()
        writer.close(remove=task.remove)

    def _next_task(self, writer: JournalWriter) -> _Task:
        """Wait for work; if there is none for a while, bring to disk what was written."""
        while True:
            try:
                return self._tasks.get(timeout=writer.checkpoint_in_s())
            except queue.Empty:
                try:
                    writer.checkpoint()
                except sqlite3.Error as error:
                    self._fail(writer, error)

    def _do(self, writer: JournalWriter, task: _Task) -> None:
        try:
            if isinstance(task, Edit):
                if writer.write(task):
                    self._on_acknowledged(task.sequence)
                    writer.after_edit(task.structure)
            elif isinstance(task, _Clean):
                writer.set_clean(task.sequence)
            elif isinstance(task, _BaseReady) and task.base is not None:
                writer.set_base(task.base)
        except Exception as error:  # Whatever it is, the work goes on, and the person is told.
            self._fail(writer, error)
        finally:
            if isinstance(task, _BaseReady):
                self._base_is_safe.set()
            if isinstance(task, Edit):
                for copies in task.copies:
                    copies.close()

    def _fail(self, writer: JournalWriter, error: Exception) -> None:
        if not writer.has_failed:
            writer.has_failed = True
            reason = getattr(error, "strerror", None) or str(error)
            self._on_failure(
                f"Edits are no longer kept for the case of a crash, because {self.folder.parent} "
                f"cannot be written ({reason}): save often."
            )

    def _start_copy(self, base: Base) -> None:
        def copy() -> None:
            found: Base | None = None
            with contextlib.suppress(OSError):  # Without a copy the file itself is the base.
                found = copied(base, self.folder, self._stop_copy)
            self._tasks.put(_BaseReady(found if found is not None and found.copy else None))

        self._copier = threading.Thread(target=copy, name="journal base", daemon=True)
        self._copier.start()


def _base_of(document: Document) -> Base | None:
    if document.path is None or document.modified:
        return None
    try:
        return Base.of(document.path)
    except OSError:
        return None


def _distinct(structure: Structure) -> list[Plane]:
    """The planes of a structure, each once, in the order in which a file gives them."""
    return list({plane.key: plane for plane in structure.planes()}.values())
