"""The results that wait for a decision: runs of the same picture, one of which is shown."""

from dataclasses import dataclass

from app.jobs.generation_job import Placed
from app.models.generation_model import Mode

MOST = 8
"""The oldest are dropped beyond this."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A result, and the mode of the run that made it."""

    placed: Placed
    mode: Mode


class Candidates:
    """A short list with a place in it."""

    def __init__(self) -> None:
        self._found: list[Candidate] = []
        self._place = 0

    def __len__(self) -> int:
        return len(self._found)

    @property
    def current(self) -> Candidate | None:
        """The one that is shown."""
        return self._found[self._place] if self._found else None

    @property
    def number(self) -> int:
        """Place of the one that is shown, from 1 on."""
        return self._place + 1

    def add(self, candidate: Candidate) -> None:
        """Put another one at the end, and show it."""
        self._found = [*self._found, candidate][-MOST:]
        self._place = len(self._found) - 1

    def move(self, step: int) -> None:
        """Show one before or after; from the last one on to the first."""
        if self._found:
            self._place = (self._place + step) % len(self._found)

    def drop(self) -> None:
        """Take the one that is shown away; the one before it is shown then."""
        if self._found:
            del self._found[self._place]
            self._place = max(0, self._place - 1)

    def clear(self) -> None:
        """Take all away."""
        self._found, self._place = [], 0
