"""Encode the rendered training set once: scaled latents on disk in bf16, and their statistics.

Also fits the linear map from latents to colours that a cheap live preview uses.

    python -m training.papertown.latents
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch.nn import functional

from training.papertown.dataset import DEFAULT_ROOT, read_pictures
from training.papertown.device import autocast, choose_device, place
from training.papertown.vae import build_vae, to_tensor

if TYPE_CHECKING:
    from collections.abc import Callable

FITTED: Final = 2000  # pictures from which scale and preview are fitted


def load_vae(root: Path, device: torch.device) -> AutoencoderKL:
    """The trained autoencoder (EMA weights), with its scaling factor once that is known."""
    vae = build_vae()
    state = torch.load(root / "vae" / "checkpoint.pt", weights_only=True, map_location="cpu")
    vae.load_state_dict(state["ema"])
    scale = root / "scale.json"
    if scale.exists():
        factor = json.loads(scale.read_text(encoding="utf-8"))["scaling_factor"]
        register: Callable[..., None] = vae.register_to_config
        register(scaling_factor=factor)
    vae.eval()
    return place(vae, device)


@torch.no_grad()
def encode(vae: AutoencoderKL, pictures: np.ndarray, device: torch.device) -> torch.Tensor:
    """Unscaled latent means (N, 8, H / 4, W / 4) of pictures (N, H, W, 3) uint8."""
    with autocast(device):
        mean: torch.Tensor = vae.encode(to_tensor(pictures, device)).latent_dist.mean
    return mean.float()


@torch.no_grad()
def decode(vae: AutoencoderKL, latents: torch.Tensor) -> np.ndarray:
    """Pictures (N, H, W, 3) uint8 of scaled latents (N, 8, H / 4, W / 4)."""
    with autocast(latents.device):
        decoded = vae.decode(latents / vae.config["scaling_factor"]).sample
    pixels = decoded.float().clamp(-1, 1).add(1).mul(127.5).round().byte()
    pictures: np.ndarray = pixels.permute(0, 2, 3, 1).cpu().numpy()
    return pictures


def fit_latent_rgb(latents: torch.Tensor, pictures: np.ndarray) -> dict[str, object]:
    """Least-squares map from scaled latents to the 4x-downsampled picture in [0, 1].

    Returns:
        The contents of `latent_rgb.json`: "matrix" 8 x 3, "bias" 3, "rmse" of the fit.
    """
    colours = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 255
    small = functional.avg_pool2d(colours, 4).permute(0, 2, 3, 1).reshape(-1, 3).double()
    inputs = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1]).double()
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=torch.float64)], dim=1)
    solution = torch.linalg.lstsq(inputs, small).solution
    rmse = float((inputs @ solution - small).square().mean().sqrt())
    return {
        "version": 1,
        "matrix": [[round(float(v), 6) for v in row] for row in solution[:-1]],
        "bias": [round(float(v), 6) for v in solution[-1]],
        "rmse": round(rmse, 4),
    }


def main() -> None:
    """Encode the training set with the trained autoencoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--count", type=int, default=None, help="encode only the first so many")
    arguments = parser.parse_args()
    root: Path = arguments.root
    device = choose_device(arguments.device)
    pictures = read_pictures(root / "pictures")[: arguments.count]
    vae = load_vae(root, device)
    first = torch.cat(
        [encode(vae, pictures[i : i + arguments.batch], device) for i in range(0, FITTED, 16)]
    ).cpu()
    factor = round(float(1 / first.std()), 5)
    (root / "scale.json").write_text(json.dumps({"scaling_factor": factor}), encoding="utf-8")
    preview = fit_latent_rgb(first * factor, pictures[: len(first)])
    (root / "latent_rgb.json").write_text(json.dumps(preview), encoding="utf-8")
    print("scaling factor", factor, "preview rmse", preview["rmse"], flush=True)
    latents = torch.empty(len(pictures), *first.shape[1:], dtype=torch.bfloat16)
    for start in range(0, len(pictures), arguments.batch):
        batch = encode(vae, pictures[start : start + arguments.batch], device) * factor
        latents[start : start + len(batch)] = batch.bfloat16().cpu()
    torch.save(latents, root / "latents.pt")
    print("channel std", [round(float(v), 3) for v in latents.float().std(dim=(0, 2, 3))])


if __name__ == "__main__":
    main()
