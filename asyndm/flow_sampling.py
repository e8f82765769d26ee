"""Samplers of flow models (SD 3, FLUX): Euler and Heun on the scheduler's own shifted sigmas."""

from typing import Any

import numpy as np
from torch import Tensor

from asyndm.request import Request, Sampler
from asyndm.samplers.flow import flow_euler_step, flow_heun_step
from asyndm.samplers.stepper import Ask, Stepper
from asyndm.timestep_map import FlowGrid, Moment


class FlowSampling:
    """The sampler of a request on a flow model.

    Args:
        request: the number of steps.
        sampler: flow_euler or flow_heun.
        scheduler: the model's own diffusers scheduler; its shift and spacing are taken over.
        tokens: number of image tokens, which a dynamic shift depends on (Esser et al.,
            arXiv:2403.03206, section 5.3.2).
        from_one: whether the sigmas before the shift are 1, 1 - 1/N, ..., 1/N, as FLUX's pipelines
            give them; else they are the scheduler's.

    Attributes:
        grid: sigmas as a function of progress.
    """

    is_noisy = False

    def __init__(
        self, request: Request, sampler: Sampler, scheduler: Any, *, tokens: int, from_one: bool
    ) -> None:
        import diffusers
        from diffusers.pipelines.flux.pipeline_flux import calculate_shift

        kind: Any = diffusers.FlowMatchEulerDiscreteScheduler
        stock = kind.from_config(scheduler.config)
        config, steps = stock.config, request.steps
        shift = calculate_shift(
            tokens,
            config.base_image_seq_len,
            config.max_image_seq_len,
            config.base_shift,
            config.max_shift,
        )
        sigmas = np.linspace(1.0, 1 / steps, steps) if from_one else None
        stock.set_timesteps(steps, sigmas=sigmas, mu=shift)
        self._heun = sampler == "flow_heun"
        self.grid = FlowGrid(stock.sigmas, config.num_train_timesteps)

    def stepper(self) -> Stepper:
        """The step function of one run."""
        return _heun if self._heun else _euler

    def add_noise(self, clean: Tensor, noise: Tensor, now: Moment) -> Tensor:
        """Noise clean latents to each pixel's own moment.

        Args:
            clean: (1, C, h, w).
            noise: z, same shape.
            now: of every pixel, (h, w).
        """
        sigma = now.sigma.float().to(clean.device)
        return sigma * noise + (1.0 - sigma) * clean


def _euler(
    x: Tensor, velocity: Tensor, now: Moment, then: Moment, _noise: Tensor | None, _ask: Ask
) -> tuple[Tensor, Tensor]:
    return flow_euler_step(x, velocity, now.sigma, then.sigma), _clean(x, velocity, now)


def _heun(
    x: Tensor, velocity: Tensor, now: Moment, then: Moment, _noise: Tensor | None, ask: Ask
) -> tuple[Tensor, Tensor]:
    stepped = flow_euler_step(x, velocity, now.sigma, then.sigma)
    if bool((then.sigma > 0).any()):
        stepped = flow_heun_step(x, velocity, ask(stepped, then), now.sigma, then.sigma)
    return stepped, _clean(x, velocity, now)


def _clean(x: Tensor, velocity: Tensor, now: Moment) -> Tensor:
    return x - now.sigma.float().to(x.device) * velocity
