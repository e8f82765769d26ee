"""What a network's output means, per pixel: epsilon, v or the clean sample; alpha_bar look-up.

v-prediction: Salimans & Ho, arXiv:2202.00512, appendix D: v = sqrt(a) eps - sqrt(1 - a) x0.
"""

import torch
from torch import Tensor


def alpha_bar_at(
    t: Tensor, alphas_cumprod: Tensor, final_alpha: Tensor | float | None = None
) -> Tensor:
    """alpha_bar of every pixel, shaped to broadcast over channels.

    Args:
        t: integer timesteps, (h, w) or (B, h, w); below 0 means the final alpha.
        alphas_cumprod: (T,).
        final_alpha: alpha_bar of the clean end; None = ``alphas_cumprod[0]``.

    Returns:
        float32 (1, 1, h, w) or (B, 1, h, w), on the device of `alphas_cumprod`.
    """
    t = t.to(alphas_cumprod.device)
    final = alphas_cumprod[0] if final_alpha is None else final_alpha
    final = torch.as_tensor(final, dtype=alphas_cumprod.dtype, device=alphas_cumprod.device)
    a = torch.where(t >= 0, alphas_cumprod[t.clamp(min=0)], final).float()
    return a[None, None] if a.ndim == 2 else a[:, None]


def to_epsilon_and_clean(
    x: Tensor,
    model_output: Tensor,
    a: Tensor,
    prediction_type: str,
    clip_sample_range: float | None = None,
) -> tuple[Tensor, Tensor]:
    """The predicted noise and the predicted clean latents, float32 (B, C, h, w).

    Args:
        x: noisy latents.
        model_output: prediction of the same shape.
        a: alpha_bar, broadcast to x.
        prediction_type: "epsilon", "v_prediction" or "sample".
        clip_sample_range: clamp the clean latents to +- this, or None. As in diffusers' DDIM the
            noise is not recomputed from the clamped sample.

    Raises:
        ValueError: unknown prediction type.
    """
    x, out = x.float(), model_output.float()
    signal, noise = a.sqrt(), (1 - a).sqrt()
    if prediction_type == "epsilon":
        eps, clean = out, (x - noise * out) / signal
    elif prediction_type == "v_prediction":
        eps, clean = signal * out + noise * x, signal * x - noise * out
    elif prediction_type == "sample":
        eps, clean = (x - signal * out) / noise, out
    else:
        raise ValueError(f"unknown prediction type {prediction_type!r}")
    if clip_sample_range is not None:
        clean = clean.clamp(-clip_sample_range, clip_sample_range)
    return eps, clean


def keep_still(x: Tensor, out: Tensor, t: Tensor, t_next: Tensor) -> Tensor:
    """`out` in the dtype of x, with the pixels whose timestep does not change bit-equal to x."""
    still = (t == t_next).to(x.device)
    still = still[None, None] if still.ndim == 2 else still[:, None]
    return torch.where(still, x, out.to(x.dtype))
