"""The autoencoder's quality: PSNR on scenes that were not trained on, held-out ones apart.

python -m training.papertown.vae_quality --count 200
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from training.papertown.bootstrap import Estimate, bootstrap
from training.papertown.dataset import DEFAULT_ROOT, FIRST_EVALUATION_SEED
from training.papertown.latents import decode, encode, load_vae
from training.papertown.world import Split, scene


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two uint8 pictures."""
    mse = float(((first.astype(np.float64) - second.astype(np.float64)) ** 2).mean())
    return 10 * float(np.log10(255**2 / max(mse, 1e-9)))


def measure_vae(vae: AutoencoderKL, split: Split, count: int) -> Estimate:
    """Mean PSNR of reconstructions of `count` unseen scenes of a split."""
    pictures = np.stack([scene(FIRST_EVALUATION_SEED + i, split).picture for i in range(count)])
    cpu = torch.device("cpu")
    values: list[float] = []
    for start in range(0, count, 16):
        batch = pictures[start : start + 16]
        again = decode(vae, encode(vae, batch, cpu) * vae.config["scaling_factor"])
        values += [psnr(a, b) for a, b in zip(batch, again, strict=True)]
    return bootstrap(values)


def main() -> None:
    """Print the PSNR of both splits and keep it in `vae.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    vae = load_vae(arguments.root, torch.device("cpu"))
    splits: tuple[Split, ...] = ("train", "held_out")
    results = {}
    for split in splits:
        estimate = measure_vae(vae, split, arguments.count)
        results[split] = asdict(estimate)
        print(f"{split:9} PSNR {estimate} dB")
    text = json.dumps(results, indent=2) + "\n"
    (arguments.root / "vae.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
