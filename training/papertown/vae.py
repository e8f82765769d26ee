"""The picture autoencoder: 128x128x3 pictures to 32x32x8 latents and back (AutoencoderKL, f = 4).

Trained on rendered scenes with an L1 loss, the L1 loss of the finite differences (which keeps
edges crisp without an adversary), and a small KL term. Kingma and Welling, arXiv:1312.6114;
Rombach et al., arXiv:2112.10752.

    python -m training.papertown.vae --steps 6000
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from training.papertown.dataset import (
    DEFAULT_ROOT,
    assert_none_held_out,
    read_captions,
    read_pictures,
)
from training.papertown.device import autocast, channels_last, choose_device
from training.papertown.loop import Losses, RunConfig, TrainingRun, batch_generator

LATENT_CHANNELS: Final = 8
KL_WEIGHT: Final = 5e-4
GRADIENT_WEIGHT: Final = 1.0


def build_vae(channels: tuple[int, ...] = (16, 48, 80), layers: int = 1) -> AutoencoderKL:
    """A fresh autoencoder; latents are smaller by `2 ** (len(channels) - 1)`."""
    vae: AutoencoderKL = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        block_out_channels=channels,
        layers_per_block=layers,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=1,
        sample_size=128,
        scaling_factor=1.0,
        mid_block_add_attention=False,
        force_upcast=False,
    )
    return vae


def to_tensor(pictures: np.ndarray, device: torch.device) -> torch.Tensor:
    """Pictures (N, H, W, 3) uint8 to (N, 3, H, W) float in [-1, 1], channels last."""
    tensor = torch.from_numpy(np.array(pictures)).to(device)
    return tensor.permute(0, 3, 1, 2).float().div(127.5).sub(1)


def gradient_loss(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """L1 distance of the horizontal and vertical finite differences."""
    difference = first - second
    across = (difference[..., :, 1:] - difference[..., :, :-1]).abs().mean()
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
    return across + down


def autoencoder_losses(vae: AutoencoderKL, pictures: torch.Tensor, noise: torch.Tensor) -> Losses:
    """Losses of one batch.

    Args:
        vae: the autoencoder.
        pictures: (N, 3, H, W) in [-1, 1].
        noise: (N, 8, H / 4, W / 4) standard normal, for the reparameterisation.
    """
    with autocast(pictures.device):
        posterior = vae.encode(pictures).latent_dist
        sample = posterior.mean + posterior.std * noise
        decoded = vae.decode(sample).sample
    decoded = decoded.float()
    l1 = (decoded - pictures).abs().mean()
    gradient = gradient_loss(decoded, pictures)
    mean, logvar = posterior.mean.float(), posterior.logvar.float()
    kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
    loss = l1 + GRADIENT_WEIGHT * gradient + KL_WEIGHT * kl
    mse = (decoded.clamp(-1, 1) - pictures).square().mean(dim=(1, 2, 3))
    psnr = (10 * torch.log10(4 / mse)).mean()
    return {"loss": loss, "l1": l1, "gradient": gradient, "kl": kl, "psnr": psnr}


def main() -> None:
    """Train the autoencoder, or go on where a run was cut off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--deadline", type=float, default=None, help="end by this Unix time")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    torch.manual_seed(0)
    assert_none_held_out(read_captions(arguments.root / "pictures"))
    pictures = read_pictures(arguments.root / "pictures")
    vae = channels_last(build_vae(), device)
    config = RunConfig(
        folder=arguments.root / "vae",
        steps=arguments.steps,
        peak_rate=3e-3,
        warm_up=200,
        flat_until=0.4,
        ema_decay=0.997,
        snapshot_steps=500,
        deadline=arguments.deadline,
    )
    run = TrainingRun(vae, config)

    def compute(step: int) -> Losses:
        rng = batch_generator(config.seed, step)
        chosen = np.sort(rng.integers(len(pictures), size=arguments.batch))
        batch = to_tensor(pictures[chosen], device)
        shape = (len(batch), LATENT_CHANNELS, batch.shape[2] // 4, batch.shape[3] // 4)
        noise = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)).to(device)
        return autoencoder_losses(vae, batch, noise)

    run.train(compute)


if __name__ == "__main__":
    main()
