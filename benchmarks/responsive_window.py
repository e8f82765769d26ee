"""The window of the program with a large document, and a watch over its event loop."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QPointF, Qt, QThreadPool, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.application import Studio
from app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.workspace import Workspace

PATIENCE_S = 120.0
SETTLED_S = 0.7
"""Time after the last work in which panels draw what they put off."""
_LONG_S = 0.05


class Gap(NamedTuple):
    """What one step did to the event loop, in milliseconds.

    Attributes:
        wall: longest time between two ticks on the clock.
        processor: longest time between two ticks that the thread itself computed.
        total: until all was done.
    """

    wall: float
    processor: float
    total: float


class Watch:
    """A timer that ticks as often as it can, and remembers its longest pauses.

    Args:
        tells_where: print where the thread is whenever the loop stands still for long.
    """

    def __init__(self, *, tells_where: bool = False) -> None:
        self._wall = self._processor = 0.0
        self._last = 0.0, 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        if tells_where:
            watched = threading.get_ident()
            threading.Thread(target=self._tell, args=(watched,), daemon=True).start()

    def start(self) -> None:
        """Begin a measurement."""
        self._wall = self._processor = 0.0
        self._last = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> tuple[float, float]:
        """End it; the longest pause on the clock and of the processor, in milliseconds."""
        self._timer.stop()
        self._tick()
        return 1000 * self._wall, 1000 * self._processor

    def _tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self._wall = max(self._wall, now[0] - self._last[0])
        self._processor = max(self._processor, now[1] - self._last[1])
        self._last = now

    def _tell(self, watched: int) -> None:
        """Print where a thread is while the loop stands still; runs in a thread of its own."""
        while True:
            time.sleep(_LONG_S / 5)
            if self._timer.isActive() and time.perf_counter() - self._last[0] > _LONG_S:
                frames = traceback.extract_stack(sys._current_frames()[watched])
                places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[:-9:-1]]
                sys.stderr.write(f"  {' < '.join(places)}\n")


class Stage:
    """The whole window, shown, with a hand for its canvas.

    Args:
        folder: for settings.
        size: of the window in pixels.
    """

    def __init__(
        self, folder: Path, size: tuple[int, int] = (1600, 1000), *, tells_where: bool = False
    ) -> None:
        self.studio = Studio(Settings(folder / "settings.json"))
        self.studio.window.resize(*size)
        self.studio.window.show()
        self.watch = Watch(tells_where=tells_where)
        self._pump_until(lambda: self.studio.workspace is not None)

    @property
    def workspace(self) -> Workspace:
        """The workspace behind the window."""
        if self.studio.workspace is None:
            raise RuntimeError("the window was not shown")
        return self.studio.workspace

    def close(self) -> None:
        """End all."""
        self.studio.window.may_close = lambda: True
        self.studio.window.close()
        self.studio.close()

    def measure(self, step: Callable[[], None]) -> Gap:
        """Do something from the event loop and wait until all that follows from it is done."""
        self.wait()
        start = time.perf_counter()
        self.watch.start()
        QTimer.singleShot(0, step)
        self.wait()
        total = time.perf_counter() - start - SETTLED_S
        return Gap(*self.watch.stop(), 1000 * total)

    def wait(self) -> None:
        """Wait until nothing has been going on for a while."""
        deadline = time.perf_counter() + PATIENCE_S
        rested_since = time.perf_counter()
        while time.perf_counter() - rested_since < SETTLED_S:
            QApplication.processEvents()
            if self._is_busy():
                rested_since = time.perf_counter()
            if rested_since > deadline:
                raise TimeoutError("the window does not come to rest")
            time.sleep(0.0002)

    def drag(self, points: Iterable[tuple[float, float]], *, stays: bool = False) -> None:
        """Press the left button at the first place of the canvas, move on, and release it.

        Args:
            points: in widget coordinates.
            stays: do not release it.
        """
        places = [QPointF(*point) for point in points]
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        self.send(QEvent.Type.MouseButtonPress, places[0], left, left)
        for place in places[1:]:
            self.send(QEvent.Type.MouseMove, place, none, left)
            QApplication.processEvents()
        if not stays:
            self.send(QEvent.Type.MouseButtonRelease, places[-1], left, none)

    def send(
        self, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
    ) -> None:
        """Send a mouse event to the canvas."""
        canvas = self.workspace.canvas
        above = QPointF(canvas.mapToGlobal(place.toPoint()))
        nothing = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(canvas, QMouseEvent(kind, place, above, button, held, nothing))

    def _is_busy(self) -> bool:
        workspace = self.workspace
        return (
            any(pool.activeThreadCount() for pool in workspace.findChildren(QThreadPool))
            or workspace.tile_work.is_busy
            or workspace.document_work.is_busy
            or workspace.files.saving.is_busy
            or workspace.document.is_locked
            or not workspace.canvas.is_idle
        )

    def _pump_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.perf_counter() + PATIENCE_S
        while not condition():
            QApplication.processEvents()
            if time.perf_counter() > deadline:
                raise TimeoutError("the window does not come up")
