"""What a run on the command line shows: a progress bar on stderr, or events as JSON on stdout."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

import numpy as np

from asyndm.events import Event, Finished, Loading, Notice, Step, event_to_record

_BAR_WIDTH = 28
_PLAIN_SHARES = 4  # without a terminal a line is written about this many times


class Reporter(Protocol):
    """Tells a person or a program how a run goes on."""

    def note(self, sentence: str) -> None:
        """Say something that does not stop the run."""

    def event(self, event: Event) -> None:
        """Take an event, in order; a ``Finished`` comes through ``saved`` instead."""

    def saved(self, finished: Finished, files: list[str], captions: list[str]) -> None:
        """The pictures are on the disk."""

    def close(self) -> None:
        """Leave the terminal tidy; nothing more comes, or a sentence about an error."""


class JsonReporter:
    """One JSON object per event on stdout. Arrays (previews, masks, pictures) are left out.

    The ``finished`` object has the names of the saved files under "files" besides its fields.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def note(self, sentence: str) -> None:
        """Notes are for people: they go to stderr."""
        self._err.write(f"Note: {sentence}\n")

    def event(self, event: Event) -> None:
        """Write one line."""
        self._write(event_to_record(event))

    def saved(self, finished: Finished, files: list[str], captions: list[str]) -> None:
        """Write the last line."""
        self._write({**event_to_record(finished), "files": files, "captions": captions})

    def close(self) -> None:
        """Nothing is left open."""

    def _write(self, record: Mapping[str, Any]) -> None:
        plain = {k: v for k, v in record.items() if not isinstance(v, np.ndarray)}
        self._out.write(json.dumps(plain) + "\n")
        self._out.flush()


class TextReporter:
    """A bar on a terminal, a few plain lines elsewhere; the names of saved files on stdout."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._is_terminal = self._err.isatty()
        self._bar_length = 0
        self._started = time.monotonic()
        self._told = 0
        self._phases = 1
        self._share = 0.0

    def note(self, sentence: str) -> None:
        """Write a line of its own."""
        self._clear()
        self._err.write(f"{sentence}\n")
        self._err.flush()

    def event(self, event: Event) -> None:
        """Show a step or say what is going on."""
        if isinstance(event, Loading):
            self.note(f"Loading the model {event.model}.")
        elif isinstance(event, Notice):
            self.note(f"Note: {event.text}")
        elif isinstance(event, Step):
            self._step(event)

    def saved(self, finished: Finished, files: list[str], captions: list[str]) -> None:
        """Name the files on stdout, all else on stderr."""
        for file, caption in zip(files, captions, strict=True):
            self.note(caption)
            self._out.write(f"{file}\n")
        self.note(f"Done in {finished.seconds:.1f} s.")
        self._out.flush()

    def close(self) -> None:
        """Take the bar away."""
        self._clear()
        self._err.flush()

    def _step(self, step: Step) -> None:
        if step.phase == "probe":
            self._phases = 2  # a run comes first that the asynchronous one builds on
        if step.i == 1 and step.picture == 0 and not self._told:
            self._started = time.monotonic()
        before = self._phases - 1 if step.phase == "run" else 0
        share = (step.picture + (before + step.i / step.n) / self._phases) / step.pictures
        # Where more than one run comes first, the bar waits instead of going back.
        self._share = share = max(share, self._share)
        if self._is_terminal:
            self._draw(step, share)
        elif int(share * _PLAIN_SHARES) > self._told:
            self._told = int(share * _PLAIN_SHARES)
            self.note(f"{_where(step)} ({share:.0%})")

    def _draw(self, step: Step, share: float) -> None:
        done = round(share * _BAR_WIDTH)
        elapsed = time.monotonic() - self._started
        left = elapsed / share - elapsed
        line = f"[{'#' * done}{'.' * (_BAR_WIDTH - done)}] {_where(step)}, {_duration(left)} left"
        self._err.write("\r" + line.ljust(self._bar_length))
        self._err.flush()
        self._bar_length = len(line)

    def _clear(self) -> None:
        if self._bar_length:
            self._err.write("\r" + " " * self._bar_length + "\r")
            self._bar_length = 0


def _where(step: Step) -> str:
    text = f"step {step.i}/{step.n}"
    if step.phase == "probe":
        text += " of the run before it"
    return text if step.pictures == 1 else f"picture {step.picture + 1}/{step.pictures}, {text}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"
