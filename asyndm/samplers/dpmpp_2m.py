"""DPM-Solver++ of second order with two calls of memory (2M), element-wise.

Source: Lu et al., arXiv:2211.01095, algorithm 2 (data prediction, midpoint): with lambda = -log
sigma, h = lambda' - lambda, and the clean latents that this call and the one before predict,
    x' = (s'/s) x - alpha' (e^-h - 1) D,   D = x0 + (x0 - x0_before) h / (2 h_before)
where alpha = 1 / sqrt(1 + sigma^2) and s = sigma alpha. All of it is element-wise, so every pixel
takes its own h; the memory is per pixel too. On a uniform map this is diffusers'
``DPMSolverMultistepScheduler`` with "dpmsolver++", order 2, "midpoint".
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Before(NamedTuple):
    """What the call before found.

    Attributes:
        clean: predicted clean latents (B, C, h, w).
        sigma: noise over signal at which it was asked, (h, w).
    """

    clean: Tensor
    sigma: Tensor


def dpmpp_2m_step(
    x: Tensor, clean: Tensor, sigma: Tensor, sigma_next: Tensor, before: Before | None = None
) -> Tensor:
    """One step of every pixel.

    Args:
        x: noisy latents (B, C, h, w).
        clean: the clean latents that the model's output implies, same shape.
        sigma: noise over signal (h, w), above 0.
        sigma_next: after the step; 0 gives the clean latents.
        before: the call before, or None for a step of first order. A pixel that stood still
            before has no slope to continue, and takes a step of first order too.

    Returns:
        The next latents in the dtype of x. A pixel with sigma_next == sigma stays bit-equal.
    """
    now, then = sigma.double(), sigma_next.double()
    step = torch.where(then > 0, (now / then).log(), torch.inf)
    alpha = (1 + then.square()).rsqrt()
    shrink = then * alpha / (now * (1 + now.square()).rsqrt())
    target = clean.float()
    if before is not None:
        last = (before.sigma.double() / now).log()
        is_moving = (last > 0) & step.isfinite()
        slope = torch.where(is_moving, step / last.clamp(min=1e-12), 0.0) / 2
        target = target + _over_channels(slope, x) * (target - before.clean.float())
    gain = _over_channels(-alpha * torch.expm1(-step), x)
    out = _over_channels(shrink, x) * x.float() + gain * target
    return torch.where((now == then).to(x.device), x, out.to(x.dtype))


def _over_channels(values: Tensor, like: Tensor) -> Tensor:
    return values.float().to(like.device)
