"""The denoising objective: v-prediction on stratified timesteps, weighted by noise level.

v-prediction: Salimans and Ho, arXiv:2202.00512, appendix D. Weights: gamma / (SNR + gamma). Like
min-SNR-gamma (Hang et al., arXiv:2303.09556) this spends little on the last details, where SNR is
high; unlike it, it keeps full weight at high noise, where a short training decides what a caption's
words look like and where things stand.

Stable Diffusion's schedule leaves signal at its last step (alpha_bar = 0.0047), but a sampler
starts from noise alone, so a model trained on that leftover infers a medium background from its
absence (Lin et al., arXiv:2305.08891). The schedule is kept, so that code for Stable Diffusion
fits; instead, half of the samples at the highest noise levels are shown with no signal at all.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from training.papertown.models import TRAIN_TIMESTEPS, build_scheduler

SNR_GAMMA: Final = 5.0
UNIFORM_SHARE: Final = 0.4
MIDDLE: Final = (0.15, 0.85)
SIGNAL_FREE_FROM: Final = 900  # samplers of 10 steps and more start at or above this timestep
SIGNAL_FREE_SHARE: Final = 0.5


@dataclass(frozen=True)
class NoisyBatch:
    """Inputs and targets of one training step.

    Attributes:
        noisy: (N, 8, H, W) noisy latents.
        timesteps: (N,) integers.
        velocity: (N, 8, H, W) target.
        weights: (N,) loss weights in (0, 1].
    """

    noisy: torch.Tensor
    timesteps: torch.Tensor
    velocity: torch.Tensor
    weights: torch.Tensor


def stratified_timesteps(count: int, rng: np.random.Generator) -> np.ndarray:
    """Timesteps from `count` equal parts of their distribution, shuffled.

    Four tenths are uniform over the schedule, six tenths over the middle, where shapes form.
    """
    places = (rng.permutation(count) + rng.random(count)) / count
    knots = np.array([0.0, MIDDLE[0], MIDDLE[1], 1.0])
    shares = UNIFORM_SHARE * knots
    shares[2:] += 1 - UNIFORM_SHARE
    steps = np.interp(places, shares, knots) * TRAIN_TIMESTEPS
    timesteps: np.ndarray = np.minimum(steps.astype(np.int64), TRAIN_TIMESTEPS - 1)
    return timesteps


def noisy_batch(latents: torch.Tensor, rng: np.random.Generator) -> NoisyBatch:
    """Noise a batch of scaled latents (N, 8, H, W) and compute its targets."""
    device = latents.device
    steps = stratified_timesteps(len(latents), rng)
    noise = torch.from_numpy(rng.standard_normal(latents.shape, dtype=np.float32)).to(device)
    signal_free = (steps >= SIGNAL_FREE_FROM) & (rng.random(len(steps)) < SIGNAL_FREE_SHARE)
    timesteps = torch.from_numpy(steps).to(device)
    alpha_bar = build_scheduler().alphas_cumprod.to(device)[timesteps].view(-1, 1, 1, 1)
    signal, spread = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    kept = torch.from_numpy(~signal_free).to(device).view(-1, 1, 1, 1)
    noisy = torch.where(kept, signal * latents + spread * noise, noise)
    # The v that makes x0 = signal * noisy - spread * v; the usual one wherever signal was kept.
    velocity = (signal * noisy - latents) / spread.clamp(min=1e-3)
    velocity = torch.where(kept, signal * noise - spread * latents, velocity)
    snr = alpha_bar / (1 - alpha_bar)
    weights = SNR_GAMMA / (snr + SNR_GAMMA)
    return NoisyBatch(noisy, timesteps, velocity, weights.flatten())


def denoising_loss(predicted: torch.Tensor, batch: NoisyBatch) -> torch.Tensor:
    """Weighted mean squared error of the velocity, a scalar."""
    errors = (predicted.float() - batch.velocity).square().mean(dim=(1, 2, 3))
    return (errors * batch.weights).mean()
