"""What the engine and the run are doing, as the window shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property

if TYPE_CHECKING:
    # The events need numpy, which the first frame does not wait for.
    from asyndm.events import Step

EngineState = Literal["off", "starting", "ready", "busy", "dead"]
RunState = Literal["idle", "running", "cancelling", "result"]


@dataclass(frozen=True)
class Choice:
    """A button beside a message.

    Attributes:
        text: on the button. help: one sentence, the tooltip. do: what a click does.
    """

    text: str
    help: str
    do: Callable[[], None]


@dataclass(frozen=True)
class Message:
    """A sentence for the message bar.

    Attributes:
        text: one sentence. error: whether something went wrong. details: for a report, or "".
        retry: whether "Retry" makes sense. choices: other buttons.
    """

    text: str
    error: bool = True
    details: str = ""
    retry: bool = False
    choices: tuple[Choice, ...] = ()


class RunModel(QObject):
    """Observable state of the run.

    Attributes:
        engine: state of the engine process. state: of the run.
        phase: what is going on, in words. progress: 0 to 1, or None while it is unknown.
        level_time: place of the present picture on the time axis of the plot, 0 to 1.
        seconds_left: estimate, or None. caption: what the pending result changes.
        candidates: how many results wait.
        activity: what is being done with a file, or "".
        activity_progress: how far that is, 0 to 1, or None while it is unknown.
        message: of the message bar, or None. file_message: about the file of the document, or None.
    """

    engine = Property[EngineState]("off")
    engine_changed = Signal(str)
    state = Property[RunState]("idle")
    state_changed = Signal(str)
    phase = Property("")
    phase_changed = Signal(str)
    progress = Property[float | None](None)
    progress_changed = Signal(object)
    level_time = Property(0.0)
    level_time_changed = Signal(float)
    seconds_left = Property[float | None](None)
    seconds_left_changed = Signal(object)
    caption = Property("")
    caption_changed = Signal(str)
    candidates = Property(0)
    candidates_changed = Signal(int)
    activity = Property("")
    activity_changed = Signal(str)
    activity_progress = Property[float | None](None)
    activity_progress_changed = Signal(object)
    message = Property[Message | None](None)
    message_changed = Signal(object)
    file_message = Property[Message | None](None)
    file_message_changed = Signal(object)

    @property
    def is_running(self) -> bool:
        """Whether a run is under way, cancelled or not."""
        return self.state in ("running", "cancelling")


class TimeLeft:
    """Estimates the time left from the pace of the steps since the first one.

    The first step is left out: it holds the loading of the model and the warming up.
    """

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def after_step(self, done: int, total: int, now: float | None = None) -> float | None:
        """Seconds left after `done` of `total` steps, or None if it cannot be told yet.

        Args:
            done: steps done so far, over all phases and pictures.
            total: steps of the whole run.
            now: time in seconds; None reads the clock.
        """
        now = time.monotonic() if now is None else now
        if self._first is None:
            self._first = (now, done)
            return None
        start, steps = self._first
        if done <= steps:
            return None
        return (now - start) / (done - steps) * (total - done)


class StepCount:
    """Counts the steps of a run over its phases and pictures.

    A run may begin with a phase of its own ("probe"), as long as the run itself; that is known
    once its first step arrives. Where more than one comes first, the count waits instead of going
    back.
    """

    def __init__(self) -> None:
        self._rounds = 1
        self._done = 0

    def after(self, step: "Step") -> tuple[int, int]:
        """Steps done so far, and steps of the whole run, after this one."""
        if step.phase == "probe":
            self._rounds = 2
        ended = step.picture * self._rounds + (self._rounds - 1 if step.phase == "run" else 0)
        self._done = max(self._done, ended * step.n + step.i)
        return self._done, step.pictures * self._rounds * step.n
