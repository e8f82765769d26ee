"""Work that takes longer than a frame, off the UI thread, one piece after another.

A piece of work is a function without arguments that touches no widget and no document. What it
returns, or the error it raises, is handed to a function on the UI thread.
"""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QThreadPool, Signal

T = TypeVar("T")
Done = Callable[[], None]


class Background(QObject):
    """One thread for prepare, paste, load and save."""

    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        # Emitted in the worker thread, delivered in the thread of this object.
        self._finished.connect(_call)

    def run(
        self,
        work: Callable[[], T],
        on_result: Callable[[T], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """Do some work, then call one of the two functions on the UI thread."""

        def task() -> None:
            try:
                result = work()
            except Exception as error:  # whatever it is, the UI thread decides what to say
                failure = error
                self._finished.emit(lambda: on_error(failure))
            else:
                self._finished.emit(lambda: on_result(result))

        self._pool.start(task)

    def wait(self) -> None:
        """Wait for the work in hand; its results are delivered by the event loop afterwards."""
        self._pool.waitForDone()


def _call(done: Done) -> None:
    done()
