"""Ancestral DDPM sampling, element-wise: every pixel has its own timestep and next timestep.

Source: Ho et al., arXiv:2006.11239, eq. 6-7 (posterior mean and variance), between any two
timesteps: with a, a' = alpha_bar now and next and r = a / a',
    mean     = sqrt(a') (1 - r) / (1 - a) x0 + sqrt(r) (1 - a') / (1 - a) x
    variance = (1 - a') / (1 - a) (1 - r)
On a uniform map this is diffusers' ``DDPMScheduler.step`` with variance "fixed_small".
"""

from torch import Tensor

from asyndm.samplers.prediction import alpha_bar_at, keep_still, to_epsilon_and_clean

_MIN_VARIANCE = 1e-20  # as diffusers: the last step's variance is 0


def ddpm_step(
    x: Tensor,
    model_output: Tensor,
    t: Tensor,
    t_next: Tensor,
    alphas_cumprod: Tensor,
    *,
    noise: Tensor,
    final_alpha: Tensor | float | None = 1.0,
    prediction_type: str = "epsilon",
    clip_sample_range: float | None = None,
) -> Tensor:
    """One DDPM step of every pixel.

    Args:
        x: noisy latents (B, C, h, w).
        model_output: the model's (guided) prediction, same shape.
        t: integer timesteps, (h, w) or (B, h, w).
        t_next: those after the step; below 0 means the final alpha.
        alphas_cumprod: alpha_bar of the T training timesteps, (T,).
        noise: z of the shape of x.
        final_alpha: alpha_bar of the clean end; diffusers' DDPM ends at 1.
        prediction_type: "epsilon", "v_prediction" or "sample".
        clip_sample_range: clamp x0 to +- this, or None.

    Returns:
        The next latents, in the dtype of x. A pixel with t_next == t stays bit-equal.

    Raises:
        ValueError: unknown prediction type.
    """
    a = alpha_bar_at(t, alphas_cumprod, final_alpha)
    a_next = alpha_bar_at(t_next, alphas_cumprod, final_alpha)
    _, clean = to_epsilon_and_clean(x, model_output, a, prediction_type, clip_sample_range)
    ratio = a / a_next
    keep_clean = a_next.sqrt() * (1 - ratio) / (1 - a)
    keep_noisy = ratio.sqrt() * (1 - a_next) / (1 - a)
    variance = ((1 - a_next) / (1 - a) * (1 - ratio)).clamp(min=_MIN_VARIANCE)
    out = keep_clean * clean + keep_noisy * x.float() + variance.sqrt() * noise.float()
    return keep_still(x, out, t, t_next)
