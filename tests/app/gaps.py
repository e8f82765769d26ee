"""How long the event loop was kept from its work at most."""

import time
from types import TracebackType

from PySide6.QtCore import Qt, QTimer


class Gaps:
    """A timer that ticks as often as it can while it is entered.

    Attributes:
        longest_ms: longest time between two ticks. duration_ms: between the first and the last.
        ticks: how many there were.
    """

    def __init__(self) -> None:
        self.longest_ms = self.duration_ms = 0.0
        self.ticks = 0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def __enter__(self) -> "Gaps":
        self._start = self._last = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.stop()
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, 1000 * (now - self._last))
        self.duration_ms = 1000 * (now - self._start)
        self.ticks += 1
        self._last = now
