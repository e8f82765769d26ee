"""A thread that builds the mip levels of a document: first what is wanted now, then all others.

A large document is read once from end to end for that, 256 MB for each layer of 8192 x 8192 pixels.
OpenCV leaves the interpreter to the UI thread meanwhile. Work is done in units of one mip tile, so
that the UI thread never waits long for a level that is being built.
"""

import threading
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from editing.geometry import Rect
from editing.plane import Plane
from editing.tiles import tile_rect, tiles_in


class Wanted(NamedTuple):
    """A part of a mip level of a plane."""

    plane: Plane
    level: int
    rect: Rect


class MipThread:
    """Builds until nothing is left to build; the thread ends then, and starts again when asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._urgent: Iterator[Wanted] = iter(())
        self._later: Iterator[Wanted] = iter(())
        self._is_running = False

    @property
    def is_running(self) -> bool:
        """Whether it has something to do."""
        return self._is_running

    def build(self, urgent: Iterable[Wanted]) -> None:
        """Build these next, in order, in place of what was wanted before."""
        self._start(chain.from_iterable(map(_units, list(urgent))), None)

    def build_all(self, planes: Iterable[Plane]) -> None:
        """Build all levels of these planes when nothing else is to be done."""
        whole = [Wanted(plane, plane.level_count - 1, plane.bounds) for plane in planes]
        self._start(None, chain.from_iterable(map(_units, whole)))

    def stop(self) -> None:
        """Build nothing more than the tile in hand."""
        with self._lock:
            self._urgent = self._later = iter(())

    def _start(self, urgent: Iterator[Wanted] | None, later: Iterator[Wanted] | None) -> None:
        with self._lock:
            self._urgent = self._urgent if urgent is None else urgent
            self._later = self._later if later is None else later
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name="mip levels", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                urgent, later = self._urgent, self._later
            # Only this thread goes through them, and the UI thread need not wait for that.
            unit = next(urgent, None) or next(later, None)
            if unit is not None:
                unit.plane.level(unit.level, unit.rect)
                continue
            with self._lock:
                if urgent is self._urgent and later is self._later:
                    self._is_running = False
                    return


def _units(wanted: Wanted) -> Iterator[Wanted]:
    """Cut into single mip tiles that are not valid, the levels below a tile before the tile."""
    plane, level, rect = wanted
    for n in range(1, level + 1):
        side = 1 << (level - n)
        below = Rect(rect.x * side, rect.y * side, rect.width * side, rect.height * side)
        bounds = plane.level_bounds(n)
        for tile in tiles_in(below.intersect(bounds)):
            unit = tile_rect(tile, *bounds.size)
            if not plane.is_valid(n, unit):
                yield Wanted(plane, n, unit)
