"""Train the text-to-picture model: UNet and text encoder on cached latents.

python -m training.papertown.base --steps 6000
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import torch

from training.papertown.captions import parse
from training.papertown.dataset import DEFAULT_ROOT, assert_none_held_out, read_captions
from training.papertown.device import autocast, channels_last, choose_device
from training.papertown.diffusion import denoising_loss, noisy_batch
from training.papertown.loop import Losses, RunConfig, TrainingRun, batch_generator
from training.papertown.models import Denoiser, build_text_encoder, build_unet, tokenize
from training.papertown.restore import initial_weights
from training.papertown.threads import ThreadChooser
from training.papertown.tokenizer import build_tokenizer

CAPTION_DROPOUT: Final = 0.1
# Share of scenes with one object: it falls from the first to the last value in so many steps.
SINGLES_FIRST: Final = 0.7
SINGLES_LAST: Final = 0.4
SINGLES_STEPS: Final = 1500


def load_training_set(root: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents (N, 8, 32, 32) bf16 and tokens (N + 1, 32); the last row is the empty caption.

    Raises:
        ValueError: a caption contains a held-out combination.
    """
    latents: torch.Tensor = torch.load(root / "latents.pt", weights_only=True, mmap=True)
    captions = read_captions(root / "pictures")[: len(latents)]
    assert_none_held_out(captions)
    tokens = tokenize(build_tokenizer(root / "tokenizer"), [*captions, ""])
    return latents, tokens


def single_scenes(root: Path, count: int) -> np.ndarray:
    """For each of the first `count` scenes, whether it holds one object only (count,)."""
    prompts = [parse(text) for text in read_captions(root / "pictures")[:count]]
    return np.array([sum(group.count for group in p.groups) == 1 for p in prompts])


def curriculum(single: np.ndarray, step: int) -> np.ndarray:
    """Probability of each scene (N,) at a step: simple scenes first."""
    progress = min(1.0, step / SINGLES_STEPS)
    share = SINGLES_FIRST + (SINGLES_LAST - SINGLES_FIRST) * progress
    weights = np.where(single, share / single.sum(), (1 - share) / (~single).sum())
    probabilities: np.ndarray = weights / weights.sum()
    return probabilities


def draw_batch(
    latents: torch.Tensor,
    tokens: torch.Tensor,
    size: int,
    rng: np.random.Generator,
    probabilities: np.ndarray | None = None,
) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Draw scenes; about one caption in ten is replaced by the empty one.

    Returns:
        Latents (size, 8, 32, 32) float32, tokens (size, 32), and the scenes' indices.
    """
    chosen = rng.choice(len(latents), size=size, p=probabilities)
    dropped = rng.random(size) < CAPTION_DROPOUT
    rows = np.where(dropped, len(tokens) - 1, chosen)
    return latents[torch.from_numpy(chosen)].float(), tokens[torch.from_numpy(rows)], chosen


def build_denoiser(root: Path, in_channels: int = 8) -> Denoiser:
    """A UNet with fresh weights beside the pretrained text encoder."""
    torch.manual_seed(1)
    encoder = build_text_encoder(build_tokenizer(root / "tokenizer"))
    encoder.load_state_dict(torch.load(root / "text_encoder.pt", weights_only=True))
    return Denoiser(build_unet(in_channels), encoder)


def main() -> None:
    """Train the base model, or go on where a run was cut off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--deadline", type=float, default=None, help="end by this Unix time")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--adapt-threads", action="store_true", help="see threads.py")
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    latents, tokens = load_training_set(arguments.root)
    model = build_denoiser(arguments.root)
    initial_weights(model, arguments.root, "base")
    model = channels_last(model, device)
    single = single_scenes(arguments.root, len(latents))
    config = RunConfig(
        folder=arguments.root / "base",
        steps=arguments.steps,
        peak_rate=arguments.rate,
        flat_until=0.4,
        ema_decay=0.998,
        snapshot_steps=500,
        deadline=arguments.deadline,
    )
    run = TrainingRun(model, config)

    chooser = ThreadChooser() if arguments.adapt_threads else None

    def compute(step: int) -> Losses:
        if chooser is not None:
            chooser.before_step()
        rng = batch_generator(config.seed, step)
        clean, words, _ = draw_batch(
            latents, tokens, arguments.batch, rng, curriculum(single, step)
        )
        batch = noisy_batch(clean.to(device), rng)
        with autocast(device):
            predicted = model(batch.noisy, batch.timesteps, words.to(device))
        return {"loss": denoising_loss(predicted, batch)}

    run.train(compute)


if __name__ == "__main__":
    main()
