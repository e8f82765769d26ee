"""The part that all trainings share: optimiser steps, EMA, checkpoints, a CSV of the loss.

A run is a pure function of its configuration: batch `i` is drawn from a generator seeded by
`(seed, i)`, and a checkpoint holds model, EMA, optimiser and step, so that a run that was cut off
and resumed reaches the same state as one that was not.
"""

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training.papertown.ema import ExponentialMovingAverage
from training.papertown.muon import Muon

Losses = dict[str, torch.Tensor]
Hook = Callable[[int, nn.Module], None]


@dataclass(frozen=True)
class RunConfig:
    """Settings of one training run.

    Attributes:
        folder: receives `checkpoint.pt`, `loss.csv` and snapshots of the EMA weights.
        steps: length of the run; the learning rate falls to zero there.
        peak_rate: learning rate after the warm-up.
        warm_up: steps of linear warm-up.
        flat_until: share of the run after which the rate begins to fall.
        checkpoint_seconds: time between checkpoints.
        snapshot_steps: an EMA snapshot is kept every so many steps (0 keeps none).
        stop_at: a file; when it appears the run ends early with a checkpoint.
    """

    folder: Path
    steps: int
    seed: int = 0
    peak_rate: float = 1e-3
    warm_up: int = 100
    flat_until: float = 0.0
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    ema_decay: float = 0.999
    clip_norm: float = 1.0
    checkpoint_seconds: float = 150.0
    snapshot_steps: int = 0
    log_steps: int = 10
    deadline: float | None = None


def batch_generator(seed: int, step: int) -> np.random.Generator:
    """The generator of one step's batch: independent of how often the run was cut off."""
    return np.random.default_rng((seed, step))


def rate_factor(step: int, config: RunConfig, progress: float) -> float:
    """Learning-rate factor: linear warm-up, then a flat part, then linear decay to zero."""
    warm = min(1.0, (step + 1) / max(1, config.warm_up))
    falling = (1.0 - progress) / max(1e-9, 1.0 - config.flat_until)
    return warm * min(1.0, max(0.0, falling))


class TrainingRun:
    """A model in training, with everything that a checkpoint holds."""

    def __init__(self, model: nn.Module, config: RunConfig) -> None:
        self.model = model
        self.config = config
        self.optimiser = Muon(
            [p for p in model.parameters() if p.requires_grad],
            lr=config.peak_rate,
            betas=config.betas,
            weight_decay=config.weight_decay,
        )
        self.ema = ExponentialMovingAverage(model, config.ema_decay)
        self.step = 0
        self.started = time.time()
        config.folder.mkdir(parents=True, exist_ok=True)
        if (config.folder / "checkpoint.pt").exists():
            self._load()

    def progress(self) -> float:
        """Share of the run that is done, by steps or, nearer, by the deadline."""
        by_steps = self.step / self.config.steps
        if self.config.deadline is None:
            return by_steps
        span = self.config.deadline - self.started
        by_time = (time.time() - self.started) / max(1.0, span)
        return min(1.0, max(by_steps, by_time))

    def train(self, compute: Callable[[int], Losses], hook: Hook | None = None) -> None:
        """Run to the end of the configured steps (or the deadline).

        Args:
            compute: maps a step to named losses; the entry "loss" is differentiated.
            hook: called with the step and the model after each snapshot.
        """
        saved = time.time()
        sums: dict[str, float] = {}
        summed = 0
        while self.step < self.config.steps and self.progress() < 1.0:
            losses = self._advance(compute)
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            summed += 1
            if self.step % self.config.log_steps == 0:
                self._log({name: value / summed for name, value in sums.items()})
                sums, summed = {}, 0
            snapshot = self.config.snapshot_steps
            if snapshot and self.step % snapshot == 0:
                self.snapshot(self.config.folder / f"ema-{self.step:06d}.pt")
                if hook is not None:
                    hook(self.step, self.model)
            if time.time() - saved > self.config.checkpoint_seconds:
                self.save()
                saved = time.time()
        self.save()

    def _advance(self, compute: Callable[[int], Losses]) -> Losses:
        rate = self.config.peak_rate * rate_factor(self.step, self.config, self.progress())
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        losses = compute(self.step)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward([losses["loss"]])
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimiser.apply_gradients()
        self.ema.update(self.model, self.step)
        self.step += 1
        return {**losses, "norm": norm, "rate": torch.tensor(rate)}

    def _log(self, values: dict[str, float]) -> None:
        path = self.config.folder / "loss.csv"
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "seconds", *values])
            seconds = time.time() - self.started
            writer.writerow([self.step, f"{seconds:.1f}", *(f"{v:.6g}" for v in values.values())])

    def save(self) -> None:
        """Write `checkpoint.pt` atomically."""
        state = {
            "step": self.step,
            "started": self.started,
            "model": self.model.state_dict(),
            "ema": self.ema.state,
            "optimiser": self.optimiser.state_dict(),
        }
        path = self.config.folder / "checkpoint.pt"
        torch.save(state, path.with_suffix(".partial"))
        path.with_suffix(".partial").replace(path)

    def snapshot(self, path: Path) -> None:
        """Write the EMA weights in half precision, for learning curves."""
        torch.save({k: v.half() for k, v in self.ema.state.items()}, path)

    def _load(self) -> None:
        state = torch.load(self.config.folder / "checkpoint.pt", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.ema.state = state["ema"]
        self.step = state["step"]
        self.started = state["started"]
