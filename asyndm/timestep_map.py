"""The timestep of every latent pixel, and how it moves from one network call to the next.

Terms: the schedule acts on the level y in [0, 1]; progress p = N (1 - y) - 1 counts the stock
sampler's calls, so that a pixel at integer p is where the stock sampler is at call p; the
scheduler's own timesteps, interpolated at p, are the pixel's timestep. This is the form for
variance-preserving models (SD 1.x, 2.x, SDXL): one free advance comes before the first call, and
all pixels meet at p = N - 1 in the last one (arXiv:2510.04504, section 3.2 and its code).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from asyndm.request import Family
from asyndm.schedule import Schedule


class TimestepGrid:
    """The scheduler's timesteps as a function of progress, extended by one step above p = 0.

    Args:
        timesteps: those of the stock sampler, falling, one per network call.
        train_timesteps: T, the number of timesteps the model was trained with.
    """

    def __init__(self, timesteps: Sequence[float], train_timesteps: int = 1000) -> None:
        grid = torch.as_tensor(timesteps, dtype=torch.float64)
        stride = grid[0] - grid[1] if len(grid) > 1 else torch.tensor(float(train_timesteps))
        self._values = torch.cat([(grid[0] + stride)[None], grid])
        self.steps = len(grid)
        self.train_timesteps = train_timesteps

    def at(self, progress: Tensor) -> Tensor:
        """Float timesteps at progress in [-1, N - 1], linear between the calls."""
        position = (progress + 1).clamp(0, self.steps)
        below = position.floor().long().clamp(max=self.steps - 1)
        part = position - below
        return self._values[below] * (1 - part) + self._values[below + 1] * part


class TimestepMap:
    """State of a run: the level of every latent pixel, on the CPU in float64 (it is tiny).

    Args:
        grid: timesteps of the sampler.
        family: schedule curve.
        shape: (h, w) of the latents.
        start: the first network call; above 0 when the strength is below 1: the pixels then start
            on the track at u0 = start / N with y0 = 1 - u0.

    Attributes:
        level: (h, w) noise level y of each pixel, 1 = pure noise.
        call: number of the network call the map stands at; start - 1 before the free advance, N
            when every pixel is clean.
    """

    def __init__(
        self, grid: TimestepGrid, family: Family, shape: tuple[int, int], start: int = 0
    ) -> None:
        self.grid = grid
        self.family: Family = family
        self.call = start - 1
        self.level = torch.full(shape, 1 - start / grid.steps, dtype=torch.float64)
        self._recorded: tuple[Sequence[Tensor], Tensor] | None = None
        self._first = start

    def follow(self, levels: Sequence[Tensor], where: Tensor) -> None:
        """Let some pixels keep the time that they had in a recorded run.

        Args:
            levels: of the recorded run, (h, w) each, at the calls from `start` on and at the end.
            where: bool (h, w), the pixels that follow it.
        """
        self._recorded = levels, where

    def advance(self, concavity: Tensor | float) -> None:
        """Move every pixel one step: concavely where `concavity` (h, w) is above 0, else linearly.

        The step after the last network call takes all pixels to the clean picture.
        """
        if self.call >= self.grid.steps:
            raise ValueError("the run is over: every pixel is clean")
        if self.call < self.grid.steps - 1:
            remaining = (self.grid.steps - 1 - self.call) / self.grid.steps
            schedule = Schedule(self.family, concavity)
            self.level = schedule.advance(self.level, remaining, 1 / self.grid.steps)
        self.call += 1
        if self._recorded is not None:
            levels, where = self._recorded
            self.level = torch.where(where, levels[self.call - self._first], self.level)

    def timesteps(self) -> Tensor:
        """(h, w) float timesteps; all -1 when the run is over."""
        if self.call >= self.grid.steps:
            return torch.full_like(self.level, -1.0)
        return self.grid.at(self.grid.steps * (1 - self.level) - 1)

    def indices(self) -> Tensor:
        """(h, w) int64 timesteps, rounded for look-ups and never above T - 1; -1 = clean.

        Only the rounded index is clamped, never the state: with a large concavity the first
        timesteps lie above the training range.
        """
        return self.timesteps().round().long().clamp(max=self.grid.train_timesteps - 1)
