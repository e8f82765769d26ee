"""Which sampler a request runs on a model: its timesteps, its element-wise step, its noise."""

from typing import Any, Protocol

from torch import Tensor

from asyndm.catalogue import ModelInfo
from asyndm.flow_sampling import FlowSampling
from asyndm.pipeline_classes import PIPELINES
from asyndm.request import Request
from asyndm.samplers.stepper import Stepper
from asyndm.timestep_map import Moment, TimestepGrid
from asyndm.vp_sampling import VPSampling


class Sampling(Protocol):
    """A sampler of a request on a model."""

    @property
    def grid(self) -> TimestepGrid:
        """Timesteps as a function of progress."""
        ...

    @property
    def is_noisy(self) -> bool:
        """Whether each step adds noise."""
        ...

    def stepper(self) -> Stepper:
        """The step function of one run; a sampler with a memory begins without one."""
        ...

    def add_noise(self, clean: Tensor, noise: Tensor, now: Moment) -> Tensor:
        """Noise clean latents (1, C, h, w) to each pixel's own moment."""
        ...


def sampling_of(
    request: Request, info: ModelInfo, scheduler: Any, latent_shape: tuple[int, int]
) -> Sampling:
    """The sampler that a resolved request names.

    Args:
        request: names the sampler; None = the model's own.
        info: of the model.
        scheduler: the model's own diffusers scheduler.
        latent_shape: (h, w) of the latents.
    """
    kind = PIPELINES[info.pipeline]
    sampler = request.sampler or info.samplers[0]
    if not kind.is_flow:
        return VPSampling(request, sampler, scheduler)
    tokens = latent_shape[0] * latent_shape[1] // info.patch**2
    return FlowSampling(request, sampler, scheduler, tokens=tokens, from_one=kind.family == "flux")
