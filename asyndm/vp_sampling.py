"""Samplers of variance-preserving models (SD 1.x, 2.x, SDXL): DDIM, DDPM, DPM-Solver++ 2M.

A sampler is data: the diffusers scheduler that its timesteps are read from, and one of the plain
functions of ``asyndm.samplers``.
"""

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from asyndm.request import Request, Sampler
from asyndm.samplers.ddim import ddim_step
from asyndm.samplers.ddpm import ddpm_step
from asyndm.samplers.dpmpp_2m import Before, dpmpp_2m_step
from asyndm.samplers.prediction import alpha_bar_at, to_epsilon_and_clean
from asyndm.samplers.stepper import Ask, Stepper
from asyndm.timestep_map import Moment, SigmaGrid, TimestepGrid

if TYPE_CHECKING:
    from collections.abc import Callable

_STOCK: dict[Sampler, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {}),
    "ddpm": ("DDPMScheduler", {}),
    "dpmpp_2m": (
        "DPMSolverMultistepScheduler",
        {
            "algorithm_type": "dpmsolver++",
            "solver_order": 2,
            "solver_type": "midpoint",
            "final_sigmas_type": "zero",
            "thresholding": False,
        },
    ),
}
"""Sampler -> the diffusers scheduler it follows, and what that must be told."""


class VPSampling:
    """The sampler of a request on a model.

    Args:
        request: the number of steps and eta.
        sampler: ddim, ddpm or dpmpp_2m.
        scheduler: the model's own diffusers scheduler; its betas, spacing, offset and prediction
            type are taken over.

    Attributes:
        grid: timesteps as a function of progress.
    """

    def __init__(self, request: Request, sampler: Sampler, scheduler: Any) -> None:
        import diffusers

        name, told = _STOCK[sampler]
        # Stable Diffusion's latents are not clipped. Schedulers that know no clipping say nothing
        # of it in their settings, and diffusers' DDIM and DDPM would then clip.
        unsaid = {} if "clip_sample" in scheduler.config else {"clip_sample": False}
        if sampler == "dpmpp_2m":
            unsaid = {}
        stock = getattr(diffusers, name).from_config(scheduler.config, **told, **unsaid)
        with warnings.catch_warnings():
            # diffusers converts a tensor in a way that NumPy is about to give up.
            warnings.simplefilter("ignore", DeprecationWarning)
            stock.set_timesteps(request.steps)
        config = stock.config
        self._alphas: Tensor = stock.alphas_cumprod
        self._steppers: dict[Sampler, Callable[[], Stepper]] = {
            "ddim": self._ddim,
            "ddpm": self._ddpm,
            "dpmpp_2m": self._dpmpp_2m,
        }
        self._kind = sampler
        self._eta = request.eta
        self._final = stock.final_alpha_cumprod if sampler == "ddim" else 1.0
        self._prediction_type: str = config.prediction_type
        clips = config.get("clip_sample", False)
        self._clip = float(config.clip_sample_range) if clips else None
        self.grid = _grid(stock)

    @property
    def is_noisy(self) -> bool:
        """Whether each step adds noise."""
        return self._kind == "ddpm" or (self._kind == "ddim" and self._eta > 0)

    def stepper(self) -> Stepper:
        """The step function of one run; a sampler with a memory begins without one."""
        return self._steppers[self._kind]()

    def add_noise(self, clean: Tensor, noise: Tensor, now: Moment) -> Tensor:
        """Noise clean latents to each pixel's own moment; t < 0 gives them back as they are.

        Args:
            clean: (1, C, h, w).
            noise: z, same shape.
            now: of every pixel, (h, w).
        """
        if self._kind == "dpmpp_2m":
            a = (1 / (1 + now.sigma.square())).float().to(clean.device)[None, None]
        else:
            a = alpha_bar_at(now.t, self._alphas.to(clean.device), 1.0)
        noisy: Tensor = a.sqrt() * clean + (1 - a).sqrt() * noise
        return torch.where((now.t < 0).to(clean.device), clean, noisy)

    def _clean(self, x: Tensor, model_output: Tensor, a: Tensor) -> Tensor:
        return to_epsilon_and_clean(x, model_output, a, self._prediction_type, self._clip)[1]

    def _ddim(self) -> Stepper:
        def step(
            x: Tensor, output: Tensor, now: Moment, then: Moment, noise: Tensor | None, _ask: Ask
        ) -> tuple[Tensor, Tensor]:
            alphas = self._alphas.to(x.device)
            clean = self._clean(x, output, alpha_bar_at(now.t, alphas, self._final))
            return ddim_step(
                x, output, now.t, then.t, alphas, final_alpha=self._final, eta=self._eta,
                prediction_type=self._prediction_type, clip_sample_range=self._clip, noise=noise,
            ), clean  # fmt: skip

        return step

    def _ddpm(self) -> Stepper:
        def step(
            x: Tensor, output: Tensor, now: Moment, then: Moment, noise: Tensor | None, _ask: Ask
        ) -> tuple[Tensor, Tensor]:
            alphas = self._alphas.to(x.device)
            clean = self._clean(x, output, alpha_bar_at(now.t, alphas, self._final))
            assert noise is not None
            return ddpm_step(
                x, output, now.t, then.t, alphas, noise=noise, final_alpha=self._final,
                prediction_type=self._prediction_type, clip_sample_range=self._clip,
            ), clean  # fmt: skip

        return step

    def _dpmpp_2m(self) -> Stepper:
        before: Before | None = None

        def step(
            x: Tensor, output: Tensor, now: Moment, then: Moment, noise: Tensor | None, _ask: Ask
        ) -> tuple[Tensor, Tensor]:
            nonlocal before
            assert noise is None
            a = (1 / (1 + now.sigma.square())).float().to(x.device)[None, None]
            clean = self._clean(x, output, a)
            stepped = dpmpp_2m_step(x, clean, now.sigma, then.sigma, before)
            before = Before(clean, now.sigma)
            return stepped, clean

        return step


def _grid(stock: Any) -> TimestepGrid:
    """The stock scheduler's own timesteps, or its sigmas if those are what it spaces."""
    alphas = stock.alphas_cumprod.double()
    train_sigmas = ((1 - alphas) / alphas).sqrt()
    if stock.config.get("use_karras_sigmas", False):
        return SigmaGrid(stock.sigmas[:-1].tolist(), train_sigmas)
    return TimestepGrid(stock.timesteps.tolist(), len(alphas), train_sigmas)
