"""Train the scorer on rendered scenes with their ground truth, degraded but never generated.

python -m training.papertown.scorer_training --steps 1500
"""

import argparse
import io
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image, ImageFilter
from torch.nn import functional

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.device import autocast, channels_last, choose_device
from training.papertown.latents import decode, encode, load_vae
from training.papertown.loop import Losses, RunConfig, TrainingRun, batch_generator
from training.papertown.scorer_network import BACKGROUND, ScorerNetwork
from training.papertown.vae import to_tensor
from training.papertown.vocabulary import COLOURS, KINDS
from training.papertown.world import SIZE, Scene, scene

HALF: Final = SIZE // 2
OFFSET_UNIT: Final = 16.0
FIRST_SEED: Final = 5_000_000  # away from the generator's training scenes
COLOUR_NAMES: Final = list(COLOURS)
UNKNOWN: Final = -100


def pixel_labels(drawn: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels at half resolution: kinds (64, 64), colours (64, 64), offsets (2, 64, 64)."""
    kinds = np.full((HALF, HALF), BACKGROUND, dtype=np.int64)
    colours = np.full((HALF, HALF), UNKNOWN, dtype=np.int64)
    offsets = np.zeros((2, HALF, HALF), dtype=np.float32)
    rows, columns = np.mgrid[0:HALF, 0:HALF] * 2 + 1
    for item in drawn.objects:
        inside = item.mask.reshape(HALF, 2, HALF, 2).mean(axis=(1, 3)) >= 0.5
        kinds[inside] = KINDS.index(item.kind)
        colours[inside] = COLOUR_NAMES.index(item.colour)
        left, top, right, bottom = item.box
        offsets[0][inside] = ((left + right) / 2 - columns[inside]) / OFFSET_UNIT
        offsets[1][inside] = ((top + bottom) / 2 - rows[inside]) / OFFSET_UNIT
    return kinds, colours, offsets


def degrade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur, shift colours, add noise and compress a picture (H, W, 3) uint8, each at random."""
    image = Image.fromarray(picture)
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 1.3))))
    pixels = np.asarray(image, dtype=np.float64)
    pixels = pixels * rng.uniform(0.93, 1.07, size=3) + rng.uniform(-10, 10, size=3)
    if rng.random() < 0.5:
        pixels = pixels + rng.normal(0, rng.uniform(1, 14), size=pixels.shape)
    if rng.random() < 0.3:
        coarse = rng.normal(0, rng.uniform(4, 16), size=(8, 8, 3))
        pixels = pixels + np.kron(coarse, np.ones((SIZE // 8, SIZE // 8, 1)))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if rng.random() < 0.3:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(rng.integers(35, 90)))
        image = Image.open(buffer)
    return np.array(image)


def _through_vae(
    vae: AutoencoderKL, pictures: np.ndarray, device: torch.device, rng: np.random.Generator
) -> np.ndarray:
    """Encode, disturb the latents a little, decode: what a generator's output looks like."""
    latents = encode(vae, pictures, device) * vae.config["scaling_factor"]
    strength = torch.from_numpy(rng.uniform(0, 0.25, size=(len(pictures), 1, 1, 1))).float()
    noise = torch.from_numpy(rng.standard_normal(latents.shape, dtype=np.float32))
    return decode(vae, latents + (strength * noise).to(device))


def draw_batch(
    size: int,
    rng: np.random.Generator,
    vae: AutoencoderKL | None,
    device: torch.device,
) -> tuple[torch.Tensor, ...]:
    """Render, degrade and label a batch: pictures, kinds, colours, offsets."""
    seeds = FIRST_SEED + rng.integers(4_000_000, size=size)
    scenes = [scene(int(seed), "all", singles=0.2) for seed in seeds]
    pictures = np.stack([drawn.picture for drawn in scenes])
    if vae is not None:
        some = size // 3
        pictures[:some] = _through_vae(vae, pictures[:some], device, rng)
    pictures = np.stack([degrade(p, rng) if rng.random() < 0.8 else p for p in pictures])
    labels = [pixel_labels(drawn) for drawn in scenes]
    stacked = [torch.from_numpy(np.stack(part)).to(device) for part in zip(*labels, strict=True)]
    return to_tensor(pictures, device), *stacked


def labelling_losses(
    network: ScorerNetwork,
    pictures: torch.Tensor,
    kinds: torch.Tensor,
    colours: torch.Tensor,
    offsets: torch.Tensor,
) -> Losses:
    """Cross-entropies of kind and colour and L1 of the centre offsets."""
    with autocast(pictures.device):
        kind_logits, colour_logits, predicted = network(pictures)
    by_pixel = functional.cross_entropy(kind_logits.float(), kinds, reduction="none")
    foreground = kinds != BACKGROUND
    # Objects cover a tenth of the pixels, and are what the loss is about.
    kind_loss = by_pixel[foreground].mean() + by_pixel[~foreground].mean()
    colour_loss = functional.cross_entropy(colour_logits.float(), colours, ignore_index=UNKNOWN)
    inside = foreground.unsqueeze(1)
    offset_loss = ((predicted.float() - offsets).abs() * inside).sum() / inside.sum() / 2
    loss = kind_loss + colour_loss + 0.5 * offset_loss
    accuracy = (kind_logits.argmax(1) == kinds)[foreground].float().mean()
    return {"loss": loss, "colour": colour_loss, "offset": offset_loss, "accuracy": accuracy}


def main() -> None:
    """Train the scorer, or go on where a run was cut off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--deadline", type=float, default=None, help="end by this Unix time")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    torch.manual_seed(2)
    network = channels_last(ScorerNetwork(), device)
    config = RunConfig(
        folder=arguments.root / "scorer",
        steps=arguments.steps,
        peak_rate=3e-3,
        flat_until=0.3,
        ema_decay=0.99,
        deadline=arguments.deadline,
    )
    run = TrainingRun(network, config)
    vae = load_vae(arguments.root, device)

    def compute(step: int) -> Losses:
        batch = draw_batch(arguments.batch, batch_generator(config.seed, step), vae, device)
        return labelling_losses(network, *batch)

    run.train(compute)


if __name__ == "__main__":
    main()
