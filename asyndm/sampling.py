"""Which sampler a request runs: its timesteps, its element-wise step, its noise.

A sampler is data: the diffusers scheduler that its timesteps are read from, and one of the plain
functions of ``asyndm.samplers``.
"""

from typing import Any

import torch
from torch import Tensor

from asyndm.request import Request
from asyndm.samplers.ddim import ddim_step
from asyndm.samplers.ddpm import ddpm_step
from asyndm.samplers.prediction import alpha_bar_at, to_epsilon_and_clean
from asyndm.timestep_map import TimestepGrid


class SamplerPlan:
    """The sampler of a request on a model.

    Args:
        request: names the sampler, the number of steps and eta.
        scheduler: the model's own diffusers scheduler; its betas, spacing, offset and prediction
            type are taken over.

    Attributes:
        grid: timesteps as a function of progress.
    """

    def __init__(self, request: Request, scheduler: Any) -> None:
        import diffusers

        kinds = {"ddim": diffusers.DDIMScheduler, "ddpm": diffusers.DDPMScheduler}
        # Stable Diffusion's latents are not clipped. Schedulers that know no clipping say nothing
        # of it in their settings, and diffusers' DDIM and DDPM would then clip.
        unsaid = {} if "clip_sample" in scheduler.config else {"clip_sample": False}
        stock = kinds[request.sampler].from_config(scheduler.config, **unsaid)
        stock.set_timesteps(request.steps)
        config = stock.config
        self.grid = TimestepGrid(stock.timesteps.tolist(), config.num_train_timesteps)
        self._alphas: Tensor = stock.alphas_cumprod
        self._final = stock.final_alpha_cumprod if request.sampler == "ddim" else stock.one
        self._eta = request.eta
        self._is_ddim = request.sampler == "ddim"
        self._prediction_type: str = config.prediction_type
        self._clip = float(config.clip_sample_range) if config.clip_sample else None

    @property
    def is_noisy(self) -> bool:
        """Whether each step adds noise."""
        return not self._is_ddim or self._eta > 0

    def step(
        self, x: Tensor, model_output: Tensor, t: Tensor, t_next: Tensor, noise: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """One step of every pixel; shapes as in ``asyndm.samplers.ddim.ddim_step``.

        Returns:
            The next latents, and the clean ones that the model's output implies.
        """
        alphas = self._alphas.to(x.device)
        a = alpha_bar_at(t, alphas, self._final)
        _, clean = to_epsilon_and_clean(x, model_output, a, self._prediction_type, self._clip)
        if self._is_ddim:
            return ddim_step(
                x, model_output, t, t_next, alphas, final_alpha=self._final, eta=self._eta,
                prediction_type=self._prediction_type, clip_sample_range=self._clip, noise=noise,
            ), clean  # fmt: skip
        assert noise is not None
        return ddpm_step(
            x, model_output, t, t_next, alphas, noise=noise, final_alpha=self._final,
            prediction_type=self._prediction_type, clip_sample_range=self._clip,
        ), clean  # fmt: skip

    def add_noise(self, clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Noise clean latents to each pixel's own timestep; t < 0 gives them back as they are.

        Args:
            clean: (1, C, h, w).
            noise: z, same shape.
            t: integer timesteps (h, w).
        """
        a = alpha_bar_at(t, self._alphas.to(clean.device), 1.0)
        noisy: Tensor = a.sqrt() * clean + (1 - a).sqrt() * noise
        return torch.where((t < 0).to(clean.device), clean, noisy)
