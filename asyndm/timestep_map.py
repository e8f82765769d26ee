"""The timestep of every latent pixel, and how it moves from one network call to the next.

Terms: the schedule acts on the level y in [0, 1]; progress p = N (1 - y) - 1 counts the stock
sampler's calls, so that a pixel at integer p is where the stock sampler is at call p; the
scheduler's own timesteps, interpolated at p, are the pixel's timestep. For variance-preserving
models (SD 1.x, 2.x, SDXL) one free advance comes before the first call, and all pixels meet at
p = N - 1 in the last one (arXiv:2510.04504, section 3.2 and its code). A flow model (SD 3, FLUX)
knows nothing noisier than sigma = 1, so there p = N (1 - y): no free advance, and all pixels meet
at p = N, clean. The difference is the grid's ``lead``, 1 or 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from asyndm.request import Family
from asyndm.schedule import Schedule


class TimestepGrid:
    """The scheduler's timesteps as a function of progress, extended by one step above p = 0.

    Args:
        timesteps: those of the stock sampler, falling, one per network call.
        train_timesteps: T, the number of timesteps the model was trained with.
        train_sigmas: noise over signal at each of them, (T,) float64; needed by ``sigma_at``.

    Attributes:
        lead: free advances before the first call.
    """

    lead = 1

    def __init__(
        self,
        timesteps: Sequence[float],
        train_timesteps: int = 1000,
        train_sigmas: Tensor | None = None,
    ) -> None:
        grid = torch.as_tensor(timesteps, dtype=torch.float64)
        stride = grid[0] - grid[1] if len(grid) > 1 else torch.tensor(float(train_timesteps))
        self._values = torch.cat([(grid[0] + stride)[None], grid])
        self.steps = len(grid)
        self.train_timesteps = train_timesteps
        self._train_sigmas = train_sigmas

    def at(self, progress: Tensor) -> Tensor:
        """Float timesteps at progress in [-1, N - 1], linear between the calls."""
        position = (progress + 1).clamp(0, self.steps)
        below = position.floor().long().clamp(max=self.steps - 1)
        part = position - below
        return self._values[below] * (1 - part) + self._values[below + 1] * part

    def sigma_at(self, progress: Tensor) -> Tensor:
        """Noise over signal, float64, at the timestep that the network is told."""
        if self._train_sigmas is None:
            raise ValueError("this grid was made without the model's sigmas")
        return self._train_sigmas[as_index(self.at(progress), self.train_timesteps)]

    def told(self, progress: Tensor) -> Tensor:
        """What the network is told at progress: timesteps rounded for look-ups, int64."""
        return as_index(self.at(progress), self.train_timesteps)


class SigmaGrid(TimestepGrid):
    """A grid that is spaced by sigma, as Karras et al. (arXiv:2206.00364, eq. 5) space theirs.

    Between two calls log sigma is interpolated, and the timestep is the one of that sigma.

    Args:
        sigmas: noise over signal of the stock sampler, falling, one per network call.
        train_sigmas: at each timestep of the training, (T,) float64, rising.
    """

    def __init__(self, sigmas: Sequence[float], train_sigmas: Tensor) -> None:
        logs = torch.as_tensor(sigmas, dtype=torch.float64).log()
        self._logs = torch.cat([logs[:1], logs])  # the model knows nothing noisier than call 0
        self._train_logs = train_sigmas.log()
        super().__init__([float(t) for t in self._timestep_of(logs)], len(train_sigmas))

    def at(self, progress: Tensor) -> Tensor:
        """Float timesteps at progress in [-1, N - 1]."""
        return self._timestep_of(self.sigma_at(progress).log())

    def sigma_at(self, progress: Tensor) -> Tensor:
        """Noise over signal, float64."""
        position = (progress + 1).clamp(0, self.steps)
        below = position.floor().long().clamp(max=self.steps - 1)
        return torch.lerp(self._logs[below], self._logs[below + 1], position - below).exp()

    def _timestep_of(self, logs: Tensor) -> Tensor:
        table = self._train_logs
        above = torch.searchsorted(table, logs.contiguous()).clamp(1, len(table) - 1)
        low, high = table[above - 1], table[above]
        return above - 1 + ((logs - low) / (high - low)).clamp(0, 1)


class FlowGrid(TimestepGrid):
    """The sigmas of a flow model as a function of progress in [0, N], linear between the calls.

    Args:
        sigmas: of the stock sampler, float32, falling, one per network call and 0 at the end.
        train_timesteps: the timestep that sigma = 1 stands for.
    """

    lead = 0

    def __init__(self, sigmas: Tensor, train_timesteps: int) -> None:
        super().__init__((sigmas[:-1] * train_timesteps).tolist(), train_timesteps)
        self._sigmas = sigmas.double().cpu()

    def at(self, progress: Tensor) -> Tensor:
        """Float timesteps, float32: the product that diffusers computes, in its precision."""
        return self.sigma_at(progress).float() * self.train_timesteps

    def sigma_at(self, progress: Tensor) -> Tensor:
        """Noise level in [0, 1], float64."""
        position = progress.clamp(0, self.steps)
        below = position.floor().long().clamp(max=self.steps - 1)
        part = position - below
        return self._sigmas[below] * (1 - part) + self._sigmas[below + 1] * part

    def told(self, progress: Tensor) -> Tensor:
        """What the network is told: float timesteps, not rounded."""
        return self.at(progress)


def as_index(timesteps: Tensor, train_timesteps: int) -> Tensor:
    """Float timesteps rounded for look-ups, int64, never above T - 1.

    Only the rounded index is clamped, never the state: with a large concavity the first timesteps
    lie above the training range.
    """
    return timesteps.round().long().clamp(max=train_timesteps - 1)


class Moment(NamedTuple):
    """Where every latent pixel stands.

    Attributes:
        t: (h, w), the timestep that the network is told: int64 and -1 = clean, or float32 and
            0 = clean for flow models.
        sigma: float64 (h, w), noise over signal, or the noise level of flow models; 0 = clean.
    """

    t: Tensor
    sigma: Tensor


class TimestepMap:
    """State of a run: the level of every latent pixel, on the CPU in float64 (it is tiny).

    Args:
        grid: timesteps of the sampler.
        family: schedule curve.
        shape: (h, w) of the latents.
        start: the first network call; above 0 when the strength is below 1: the pixels then start
            on the track at u0 = start / N with y0 = 1 - u0.
            Where the grid has a lead, ``begin`` takes the free advance before it.

    Attributes:
        level: (h, w) noise level y of each pixel, 1 = pure noise.
        call: number of the network call the map stands at; before ``begin`` less by the grid's
            lead, N when every pixel is clean.
    """

    def __init__(
        self, grid: TimestepGrid, family: Family, shape: tuple[int, int], start: int = 0
    ) -> None:
        self.grid = grid
        self.family: Family = family
        self.call = start - grid.lead
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

    def begin(self, concavity: Tensor | float) -> None:
        """Go to the first network call: the free advance, where the grid has one."""
        while self.call < self._first:
            self.advance(concavity)

    def advance(self, concavity: Tensor | float) -> None:
        """Move every pixel one step: concavely where `concavity` (h, w) is above 0, else linearly.

        The step after the last network call takes all pixels to the clean picture.
        """
        if self.call >= self.grid.steps:
            raise ValueError("the run is over: every pixel is clean")
        last = self.grid.steps - self.grid.lead
        if self.call < last:
            remaining = (last - self.call) / self.grid.steps
            schedule = Schedule(self.family, concavity)
            self.level = schedule.advance(self.level, remaining, 1 / self.grid.steps)
        self.call += 1
        if self._recorded is not None:
            levels, where = self._recorded
            self.level = torch.where(where, levels[self.call - self._first], self.level)

    def timesteps(self) -> Tensor:
        """(h, w) float timesteps; all -1 when the run is over."""
        if self._is_over:
            return torch.full_like(self.level, -1.0)
        return self.grid.at(self._progress())

    def indices(self) -> Tensor:
        """(h, w) int64 timesteps, rounded for look-ups and never above T - 1; -1 = clean."""
        return as_index(self.timesteps(), self.grid.train_timesteps)

    def moment(self) -> Moment:
        """Timestep and sigma of every pixel."""
        if self._is_over:
            return Moment(self.indices(), torch.zeros_like(self.level))
        progress = self._progress()
        return Moment(self.grid.told(progress), self.grid.sigma_at(progress))

    @property
    def _is_over(self) -> bool:
        """Whether the run is over in a way that no progress stands for: beyond p = N - 1."""
        return self.call >= self.grid.steps and self.grid.lead > 0

    def _progress(self) -> Tensor:
        """(h, w) calls of the stock sampler that each pixel has behind it."""
        return self.grid.steps * (1 - self.level) - self.grid.lead
