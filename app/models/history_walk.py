"""Going to a step of the history without holding up the window.

Many steps, or one that has to be read back from the disk, take longer than a frame. The walk makes
as many steps as fit into a slice of time, and waits for what the background unpacks.
"""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from editing.history import History

if TYPE_CHECKING:
    from concurrent.futures import Future

SLICE_S = 0.025
_POLL_MS = 5


class HistoryWalk(QObject):
    """Undoes or redoes until a step is reached.

    Signals:
        stepped: after each step, its ``Change`` and its ``Touched``.
        paused: after each slice of time, and at the end.
        failed: a step cannot be read back from the disk: one sentence.
    """

    stepped = Signal(object, object)
    paused = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history: History | None = None
        self._target = 0
        self._awaited: Future[None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_under_way(self) -> bool:
        """Whether the step is not reached yet."""
        return self._history is not None

    def by(self, history: History, steps: int) -> None:
        """Go on by some steps, negative ones back, from where the walk leads at present."""
        start = self._target if self.is_under_way else history.index
        self.to(history, start + steps)

    def to(self, history: History, index: int) -> None:
        """Go where ``index`` steps are in effect, as near as there are steps."""
        self._history = history
        self._target = min(max(index, 0), len(history.names))
        self._go_on()

    def stop(self) -> None:
        """Stay where the walk is."""
        self._history = self._awaited = None
        self._timer.stop()

    def _go_on(self) -> None:
        history = self._history
        if history is None:
            return
        limit = time.perf_counter() + SLICE_S
        while history is self._history and history.index != self._target:
            undo = history.index > self._target
            if not history.is_ready(undo=undo):
                self._wait_for(history, undo=undo)
                break
            if time.perf_counter() > limit:
                self._timer.start(0)
                break
            self._step(history, undo=undo)
        if history is self._history and history.index == self._target:
            self.stop()
        self.paused.emit()

    def _wait_for(self, history: History, *, undo: bool) -> None:
        if self._awaited is None or self._awaited.done():
            self._awaited = history.prepare(undo=undo)
        self._timer.start(_POLL_MS)

    def _step(self, history: History, *, undo: bool) -> None:
        touched = history.next_touched(undo=undo)
        try:
            change = history.undo() if undo else history.redo()
        except OSError as error:
            self.stop()
            sentence = self.tr("This step could not be read back from the disk: {0}.")
            self.failed.emit(sentence.format(error.strerror or error))
            return
        self.stepped.emit(change, touched)
