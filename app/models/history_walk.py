"""Going to a step of the history without holding up the window.

Many steps, or one that has to be read back from the disk, take longer than a frame. The walk makes
as many steps as fit into a slice of time, and waits for what the background unpacks. One step may
itself take several slices.
"""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from editing.history import History

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from editing.history import Change, Touched
    from editing.steps import Steps

SLICE_S = 0.025
_POLL_MS = 5


class HistoryWalk(QObject):
    """Undoes or redoes until a step is reached.

    Signals:
        stepped: after each step, its ``Change`` and its ``Touched``.
        paused: after each slice of time, and at the end.
        failed: a step cannot be read back from the disk: one sentence.

    Args:
        on_half_done: told whether a step is half done, so that nobody may edit.
    """

    stepped = Signal(object, object)
    paused = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject, on_half_done: "Callable[[bool], None]") -> None:
        super().__init__(parent)
        self._on_half_done = on_half_done
        self._is_half_done = False
        self._steps: Steps[Change] | None = None
        self._touched: Touched | None = None
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
        """Stay where the walk is; a step that is half done is finished first."""
        self._history = self._awaited = None
        self._timer.stop()
        self.finish_step()

    def finish_step(self) -> None:
        """Finish the step that is half done, if one is."""
        self._do_step(float("inf"))

    def drop(self) -> None:
        """Stay where the walk is, even in the middle of a step: the document is given up."""
        self._history = self._awaited = None
        self._timer.stop()
        steps = self._end_step()
        if steps is not None:
            steps.close()

    def _go_on(self) -> None:
        history = self._history
        if history is None:
            return
        limit = time.perf_counter() + SLICE_S
        self._do_step(limit)
        while history is self._history and self._steps is None and history.index != self._target:
            undo = history.index > self._target
            if not history.is_ready(undo=undo):
                self._wait_for(history, undo=undo)
                self.paused.emit()
                return
            self._touched = history.next_touched(undo=undo)
            self._steps = history.steps(undo=undo)
            self._do_step(limit)
            if time.perf_counter() > limit:
                break
        if history is self._history:
            if self._steps is None and history.index == self._target:
                self.stop()
            else:
                self._timer.start(0)
        if self._steps is None:
            self.paused.emit()

    def _wait_for(self, history: History, *, undo: bool) -> None:
        awaited = self._awaited
        if awaited is not None and awaited.done():
            self._awaited = None
            try:
                awaited.result()
            except OSError as error:
                self._give_up(error)
                return
        if self._awaited is None:
            self._awaited = history.prepare(undo=undo)
        self._timer.start(_POLL_MS)

    def _do_step(self, limit: float) -> None:
        """Go on with the step in hand."""
        steps, touched = self._steps, self._touched
        if steps is None or touched is None:
            return
        try:
            next(steps)
            while time.perf_counter() < limit:
                next(steps)
        except StopIteration as end:
            self._end_step()
            self.stepped.emit(end.value, touched)
        except OSError as error:
            self._end_step()
            self._give_up(error)
        except Exception:
            self._end_step()
            self.stop()
            raise
        else:
            if not self._is_half_done:
                self._is_half_done = True
                self._on_half_done(True)

    def _give_up(self, error: OSError) -> None:
        self.stop()
        sentence = self.tr("This step could not be read back from the disk: {0}.")
        self.failed.emit(sentence.format(error.strerror or error))

    def _end_step(self) -> "Steps[Change] | None":
        steps, self._steps, self._touched = self._steps, None, None
        if self._is_half_done:
            self._is_half_done = False
            self._on_half_done(False)
        return steps
