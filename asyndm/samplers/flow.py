"""Flow matching, element-wise: every latent pixel moves from its own sigma to its own next one.

The model predicts a velocity v = noise - clean, where x = (1 - sigma) clean + sigma noise (Liu et
al., arXiv:2209.03003; Esser et al., arXiv:2403.03206). Euler's step is
    x' = x + (sigma' - sigma) v
and Heun's uses the mean of that v and the one predicted at x' (Karras et al., arXiv:2206.00364,
algorithm 1 without churn). On a uniform map these are diffusers'
``FlowMatchEulerDiscreteScheduler`` and ``FlowMatchHeunDiscreteScheduler``.
"""

import torch
from torch import Tensor


def flow_euler_step(x: Tensor, velocity: Tensor, sigma: Tensor, sigma_next: Tensor) -> Tensor:
    """One Euler step of every pixel.

    Args:
        x: noisy latents (B, C, h, w).
        velocity: the model's (guided) prediction, same shape.
        sigma: noise level in [0, 1], (h, w) or (B, h, w).
        sigma_next: after the step; 0 is clean.

    Returns:
        The next latents in the dtype of x. A pixel with sigma_next == sigma stays bit-equal.
    """
    step = _over_channels(sigma_next - sigma, x)
    return torch.where(step == 0, x, (x.float() + step * velocity.float()).to(x.dtype))


def flow_heun_step(
    x: Tensor, velocity: Tensor, velocity_next: Tensor, sigma: Tensor, sigma_next: Tensor
) -> Tensor:
    """One Heun step of every pixel: the second half, after an Euler step.

    Args:
        x: noisy latents before the Euler step (B, C, h, w).
        velocity: predicted there.
        velocity_next: predicted where the Euler step led, at `sigma_next`.
        sigma: noise level before the step, (h, w) or (B, h, w).
        sigma_next: after the step. A pixel that ends clean keeps its Euler step, because nothing
            is predicted at 0.

    Returns:
        The next latents in the dtype of x. A pixel with sigma_next == sigma stays bit-equal.
    """
    ends = _over_channels(sigma_next, x) == 0
    mean = (velocity.float() + velocity_next.float()) / 2
    return flow_euler_step(x, torch.where(ends, velocity.float(), mean), sigma, sigma_next)


def _over_channels(values: Tensor, like: Tensor) -> Tensor:
    values = values.float().to(like.device)
    return values[None, None] if values.ndim == 2 else values[:, None]
