"""Work in small steps on the UI thread, as many between two turns of the event loop as fit.

What must not be done by another thread, because the window reads the same pixels, is done like
this: the window goes on meanwhile.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from editing.steps import Steps

SLICE_S = 0.010

T = TypeVar("T")


class Slices(Generic[T]):
    """Does one piece of work after the other.

    Args:
        parent: of the timer.
        on_busy: told whether some of the work is left for later turns of the event loop.
    """

    def __init__(self, parent: QObject, on_busy: Callable[[bool], None]) -> None:
        self._on_busy = on_busy
        self._steps: Steps[T] | None = None
        self._done: Callable[[T], None] | None = None
        self._is_late = False
        self._timer = QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_busy(self) -> bool:
        """Whether some of the work is not done."""
        return self._steps is not None

    def run(self, steps: Steps[T], done: Callable[[T], None]) -> None:
        """Begin some work, after what is left of the last; `done` is given its result."""
        self.finish()
        self._steps, self._done = steps, done
        self._go_on()

    def finish(self) -> None:
        """Do all that is left at once."""
        if self._steps is not None:
            self._do(float("inf"))

    def drop(self) -> None:
        """Give up what is left."""
        steps = self._end()
        if steps is not None:
            steps.close()

    def _go_on(self) -> None:
        self._do(time.perf_counter() + SLICE_S)

    def _do(self, limit: float) -> None:
        steps, done = self._steps, self._done
        if steps is None or done is None:
            return
        try:
            next(steps)
            while time.perf_counter() < limit:
                next(steps)
        except StopIteration as end:
            self._end()
            done(end.value)
        except Exception:
            self._end()
            raise
        else:
            self._timer.start(0)
            if not self._is_late:
                self._is_late = True
                self._on_busy(True)

    def _end(self) -> Steps[T] | None:
        steps, self._steps, self._done = self._steps, None, None
        self._timer.stop()
        if self._is_late:
            self._is_late = False
            self._on_busy(False)
        return steps
