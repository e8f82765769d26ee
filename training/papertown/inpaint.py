"""Fine-tune the base model for inpainting: latents, mask and masked latents as 17 channels.

The channels beyond the base model's eight start at zero weight, so that training begins from what
the base model does (as Stable Diffusion's inpainting model did). Masked pictures are gray inside
the mask, as `StableDiffusionInpaintPipeline` prepares them, and are encoded anew for every sample.

    python -m training.papertown.inpaint --steps 2000
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch.nn import functional

from training.papertown.base import build_denoiser, draw_batch, load_training_set
from training.papertown.dataset import DEFAULT_ROOT, read_pictures
from training.papertown.device import autocast, channels_last, choose_device
from training.papertown.diffusion import denoising_loss, noisy_batch
from training.papertown.inpaint_masks import draw_mask
from training.papertown.latents import load_vae
from training.papertown.loop import Losses, RunConfig, TrainingRun, batch_generator
from training.papertown.models import Denoiser
from training.papertown.restore import initial_weights
from training.papertown.threads import ThreadChooser
from training.papertown.vae import LATENT_CHANNELS, to_tensor
from training.papertown.world import scene

IN_CHANNELS = 2 * LATENT_CHANNELS + 1


def start_from_base(root: Path) -> Denoiser:
    """An inpainting denoiser with the base model's EMA weights and silent new channels.

    One that ``restore`` left is taken as it is.
    """
    model = build_denoiser(root, IN_CHANNELS)
    if initial_weights(model, root, "inpaint"):
        return model
    state = torch.load(root / "base" / "checkpoint.pt", weights_only=True)["ema"]
    key = "unet.conv_in.weight"
    widened = torch.zeros_like(model.state_dict()[key])
    widened[:, : state[key].shape[1]] = state[key]
    model.load_state_dict({**state, key: widened})
    return model


def scene_masks(indices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A mask (N, 128, 128) for each scene of the training set, from its own ground truth."""
    masks = []
    for index in indices:
        drawn = scene(int(index), "train")
        objects = [item.box for item in drawn.objects]
        limbs = [box for item in drawn.objects for box in item.limbs.values()]
        masks.append(draw_mask(objects, limbs, random.Random(int(rng.integers(2**31)))))
    return np.stack(masks)


@torch.no_grad()
def mask_channels(vae: AutoencoderKL, pictures: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """The nine channels beside the noisy latents, in the pipeline's order.

    Args:
        vae: the autoencoder.
        pictures: (N, 3, H, W) in [-1, 1].
        masks: (N, 1, H, W), 1 where to paint.

    Returns:
        (N, 9, H / 4, W / 4): mask, then scaled latents of the masked picture.
    """
    hidden = pictures * (masks < 0.5)
    with autocast(pictures.device):
        latents = vae.encode(hidden).latent_dist.mean
    small = functional.interpolate(masks, size=latents.shape[-2:])
    return torch.cat([small, latents.float() * vae.config["scaling_factor"]], dim=1)


def main() -> None:
    """Fine-tune the inpainting model, or go on where a run was cut off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--deadline", type=float, default=None, help="end by this Unix time")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--adapt-threads", action="store_true", help="see threads.py")
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    root: Path = arguments.root
    device = choose_device(arguments.device)
    latents, tokens = load_training_set(root)
    pictures = read_pictures(root / "pictures")
    vae = load_vae(root, device)
    model = channels_last(start_from_base(root), device)
    config = RunConfig(
        folder=root / "inpaint",
        steps=arguments.steps,
        seed=1,
        peak_rate=arguments.rate,
        warm_up=50,
        flat_until=0.3,
        ema_decay=0.995,
        snapshot_steps=500,
        deadline=arguments.deadline,
    )
    run = TrainingRun(model, config)

    chooser = ThreadChooser() if arguments.adapt_threads else None

    def compute(step: int) -> Losses:
        if chooser is not None:
            chooser.before_step()
        rng = batch_generator(config.seed, step)
        clean, words, chosen = draw_batch(latents, tokens, arguments.batch, rng)
        batch = noisy_batch(clean.to(device), rng)
        masks = torch.from_numpy(scene_masks(chosen, rng)).unsqueeze(1).to(device)
        extra = mask_channels(vae, to_tensor(pictures[chosen], device), masks)
        with autocast(device):
            sample = torch.cat([batch.noisy, extra], dim=1)
            predicted = model(sample, batch.timesteps, words.to(device))
        return {"loss": denoising_loss(predicted, batch)}

    run.train(compute)


if __name__ == "__main__":
    main()
