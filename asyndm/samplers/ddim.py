"""DDIM, element-wise: every latent pixel steps from its own timestep to its own next one.

Source: Song et al., arXiv:2010.02502, eq. 12 and 16; per pixel as in arXiv:2510.04504, eq. 14-15:
    x0    = (x - sqrt(1 - a) eps) / sqrt(a)
    s     = eta sqrt((1 - a') / (1 - a)) sqrt(1 - a / a')
    x'    = sqrt(a') x0 + sqrt(1 - a' - s^2) eps + s z
with a, a' = alpha_bar at the pixel's timestep and at its next one. On a uniform map this is
diffusers' ``DDIMScheduler.step``.
"""

from torch import Tensor

from asyndm.samplers.prediction import alpha_bar_at, keep_still, to_epsilon_and_clean


def ddim_step(
    x: Tensor,
    model_output: Tensor,
    t: Tensor,
    t_next: Tensor,
    alphas_cumprod: Tensor,
    *,
    final_alpha: Tensor | float | None = None,
    eta: float = 0.0,
    prediction_type: str = "epsilon",
    clip_sample_range: float | None = None,
    noise: Tensor | None = None,
) -> Tensor:
    """One DDIM step of every pixel.

    Args:
        x: noisy latents (B, C, h, w).
        model_output: the model's (guided) prediction, same shape.
        t: integer timesteps, (h, w) or (B, h, w).
        t_next: those after the step; below 0 means the final alpha.
        alphas_cumprod: alpha_bar of the T training timesteps, (T,).
        final_alpha: alpha_bar of the clean end; None = ``alphas_cumprod[0]``.
        eta: 0 deterministic, 1 as noisy as DDPM. eta > 0 needs `noise`.
        prediction_type: "epsilon", "v_prediction" or "sample".
        clip_sample_range: clamp x0 to +- this, or None.
        noise: z of the shape of x.

    Returns:
        The next latents, in the dtype of x. A pixel with t_next == t stays bit-equal.

    Raises:
        ValueError: eta > 0 without noise, or an unknown prediction type.
    """
    if eta > 0 and noise is None:
        raise ValueError("eta above 0 needs noise")
    a = alpha_bar_at(t, alphas_cumprod, final_alpha)
    a_next = alpha_bar_at(t_next, alphas_cumprod, final_alpha)
    eps, clean = to_epsilon_and_clean(x, model_output, a, prediction_type, clip_sample_range)
    variance = eta**2 * ((1 - a_next) / (1 - a)) * (1 - a / a_next)
    out = a_next.sqrt() * clean + (1 - a_next - variance).clamp(min=0).sqrt() * eps
    if noise is not None and eta > 0:
        out = out + variance.clamp(min=0).sqrt() * noise.float()
    return keep_still(x, out, t, t_next)
