"""Tells the run model how far a run is."""

from PySide6.QtCore import QObject

from app.models.generation_model import Mode
from app.models.run_model import RunModel, StepCount, TimeLeft
from asyndm.events import Step


class RunProgress(QObject):
    """Counts the steps of one run after the other."""

    def __init__(self, run: RunModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._mode: Mode = "generate"
        self._time_left, self._steps = TimeLeft(), StepCount()

    def begin(self, mode: Mode, phase: str) -> None:
        """A run begins; `phase` says what it does first."""
        self._mode = mode
        self._time_left, self._steps = TimeLeft(), StepCount()
        self._run.phase = phase
        self._run.progress = None
        self._run.seconds_left = None
        self._run.level_time = 0.0
        self._run.state = "running"

    def step(self, step: Step) -> None:
        """A step of the run is done."""
        done, total = self._steps.after(step)
        text = self._first_phase() if step.phase == "probe" else self.tr("Step {0}/{1}")
        self._run.phase = text.format(step.i, step.n)
        self._run.progress = done / total
        self._run.level_time = step.i / step.n
        self._run.seconds_left = self._time_left.after_step(done, total)

    def _first_phase(self) -> str:
        """What a run does before its own steps."""
        if self._mode == "repair":
            return self.tr("Repeating the picture's own run, step {0}/{1}")
        return self.tr("Looking for the words, step {0}/{1}")
