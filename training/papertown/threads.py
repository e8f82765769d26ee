"""Choose the number of CPU threads by trying, over and over, on a machine that others use too.

Two threads that wait for each other at every operation are slower than one where another process
holds the second core, and faster where nobody does. The number of threads changes the order of
sums, so that runs with this choice repeat to rounding only, not to the bit.
"""

import time

import torch


class ThreadChooser:
    """Times a few steps with each number of threads, keeps the faster one for a while.

    Args:
        most: the largest number of threads to try.
        trial: steps timed for each number.
        keep: steps for which the choice holds.
    """

    def __init__(self, most: int = 2, trial: int = 5, keep: int = 90) -> None:
        self.candidates = list(range(1, most + 1))
        self.trial = trial
        self.keep = keep
        self._timings: dict[int, list[float]] = {}
        self._place = 0
        self._last: float | None = None

    def before_step(self) -> None:
        """Call at the start of every training step."""
        now = time.perf_counter()
        trials = self.trial * len(self.candidates)
        if self._last is not None and 0 < self._place <= trials:
            tried = self.candidates[(self._place - 1) // self.trial]
            self._timings.setdefault(tried, []).append(now - self._last)
        if self._place < trials:
            torch.set_num_threads(self.candidates[self._place // self.trial])
        elif self._place == trials:
            torch.set_num_threads(self.best())
        self._last = now
        self._place += 1
        if self._place > trials + self.keep:
            self._place, self._timings, self._last = 0, {}, None

    def best(self) -> int:
        """The number with the smallest median time in the present trials."""

        def median(threads: int) -> float:
            values = sorted(self._timings[threads])
            return values[len(values) // 2]

        return min(self._timings, key=median)
