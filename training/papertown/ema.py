"""Exponential moving average of a model's weights, with a warm-up of the decay."""

import torch
from torch import nn


class ExponentialMovingAverage:
    """Averages the floating-point state of a model.

    The decay starts near 0 and rises as (1 + step) / (10 + step) to its ceiling, so that the
    average is useful from the first minutes of a run.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move the average towards the model's present weights."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            average = self.state[name]
            if average.dtype.is_floating_point:
                average.lerp_(value.to(average.dtype), 1 - decay)
            else:
                average.copy_(value)
