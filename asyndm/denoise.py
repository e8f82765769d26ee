"""The asynchronous denoising loop (arXiv:2510.04504, algorithm of section 3): nothing is hidden.

Each turn predicts, moves every pixel's timestep, steps every pixel from its own timestep to its
own next one, and keeps what must be kept. The mask that the attention of call i gives steers the
transition after call i + 1, because the transition after call i is fixed before call i runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from asyndm.errors import EngineError
from asyndm.timestep_map import Moment, TimestepMap

Predict = Callable[[Tensor, Tensor], Tensor]
"""(latents (1, C, h, w), timesteps int64 (h, w)) -> guided prediction (1, C, h, w)."""
SamplerStep = Callable[[Tensor, Tensor, Moment, Moment], tuple[Tensor, Tensor]]
"""(latents, prediction, now, next) -> next latents, and the clean ones the prediction implies."""
Steer = Callable[[], Tensor]
"""-> concavity float64 (h, w) that the coming transition follows."""
Keep = Callable[[Tensor, int, Moment], Tensor]
"""(latents, call, next) -> latents with the known part put back."""


@dataclass(frozen=True)
class LoopState:
    """What the loop shows after each network call.

    Attributes:
        call: number of the call, counted from 0.
        latents: after the step, (1, C, h, w).
        clean: what the prediction says the latents will be in the end, (1, C, h, w).
        level: noise level of every pixel after the step, float64 (h, w).
        concavity: what the transition followed, float64 (h, w).
    """

    call: int
    latents: Tensor
    clean: Tensor
    level: Tensor
    concavity: Tensor


def denoise(
    latents: Tensor,
    time: TimestepMap,
    *,
    predict: Predict,
    step: SamplerStep,
    steer: Steer,
    keep: Keep,
) -> Iterator[LoopState]:
    """Denoise until every pixel is clean, yielding after each network call.

    Args:
        latents: noisy at the timesteps of `time`, whose free advance has been taken.
        time: the timestep of every pixel.
        predict: the guided model.
        step: the sampler, element-wise.
        steer: concavity of the coming transition.
        keep: puts back what must not change.

    Raises:
        EngineError: the latents became NaN or infinite.
    """
    while time.call < time.grid.steps:
        call, now, concavity = time.call, time.moment(), steer()
        prediction = predict(latents, now.t)
        time.advance(concavity)
        then = time.moment()
        stepped, clean = step(latents, prediction, now, then)
        latents = keep(stepped, call, then)
        if not bool(torch.isfinite(latents).all()):
            raise EngineError(
                f"The model gave invalid numbers (NaN) in step {call + 1}; "
                "try a lower guidance scale, or the data type float32 (the device cpu uses it).",
                retryable=True,
            )
        yield LoopState(call, latents, clean, time.level, concavity)
