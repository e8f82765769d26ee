"""Put trained weights into resources/models as folders that diffusers loads.

python -m training.papertown.release base inpaint scorer
"""

import argparse
import copy
import json
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from training.papertown.base import build_denoiser
from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.export import MODELS, export_pipeline, write_checksums
from training.papertown.inpaint import IN_CHANNELS, start_from_base
from training.papertown.latents import load_vae
from training.papertown.models import Denoiser
from training.papertown.scorer import Scorer
from training.papertown.scorer_network import ScorerNetwork
from training.papertown.tokenizer import build_tokenizer


def load_denoiser(root: Path, name: str, snapshot: Path | None = None) -> Denoiser:
    """The EMA weights of a run, from its checkpoint or from a snapshot.

    An inpainting run without a checkpoint gives what it would start from.
    """
    checkpoint = root / name / "checkpoint.pt"
    if name == "inpaint" and not checkpoint.exists():
        return start_from_base(root)
    model = build_denoiser(root, IN_CHANNELS if name == "inpaint" else 8)
    if snapshot is not None:
        state = torch.load(snapshot, weights_only=True)
        state = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
    else:
        state = torch.load(checkpoint, weights_only=True)["ema"]
    model.load_state_dict(state)
    return model


def export_denoiser(model: Denoiser, vae: AutoencoderKL, root: Path, target: Path) -> None:
    """Write a denoiser with the shared autoencoder and tokenizer as a pipeline folder."""
    preview = json.loads((root / "latent_rgb.json").read_text(encoding="utf-8"))
    export_pipeline(
        target,
        copy.deepcopy(vae),
        model.text_encoder,
        build_tokenizer(root / "tokenizer"),
        model.unet,
        {key: preview[key] for key in ("version", "matrix", "bias")},
    )


def release_scorer(root: Path, target: Path) -> None:
    """Write the scorer's EMA weights."""
    network = ScorerNetwork()
    network.load_state_dict(torch.load(root / "scorer" / "checkpoint.pt", weights_only=True)["ema"])
    Scorer(network).save(target)
    write_checksums(target)


def main() -> None:
    """Export the named models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", choices=("base", "inpaint", "scorer"))
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--models-folder", type=Path, default=MODELS)
    arguments = parser.parse_args()
    root: Path = arguments.root
    vae = load_vae(root, torch.device("cpu"))
    for name in arguments.models:
        if name == "scorer":
            release_scorer(root, arguments.models_folder / "papertown-scorer")
            continue
        folder = "papertown" if name == "base" else "papertown-inpaint"
        export_denoiser(load_denoiser(root, name), vae, root, arguments.models_folder / folder)
        print("wrote", arguments.models_folder / folder)


if __name__ == "__main__":
    main()
