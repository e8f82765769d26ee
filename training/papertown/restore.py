"""Rebuild a training folder from the shipped models, to go on when the old folder is gone.

The weights come back as they were released: in half precision and without the optimiser's state. A
run that starts from them warms up anew.

    python -m training.papertown.restore --root FOLDER
"""

import argparse
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.export import MODELS
from training.papertown.models import Denoiser
from training.papertown.tokenizer import build_tokenizer

RUNS = {"base": "papertown", "inpaint": "papertown-inpaint"}


def _state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.float() for name, value in module.state_dict().items()}


def restore(models: Path, root: Path) -> None:
    """Write what the trainings read: autoencoder, tokenizer, text encoder, and where to start from.

    Args:
        models: folder with the released pipelines.
        root: folder of the trainings; runs in it are not touched.
    """
    base = models / RUNS["base"]
    (root / "vae").mkdir(parents=True, exist_ok=True)
    vae = AutoencoderKL.from_pretrained(base / "vae", torch_dtype=torch.float32)
    torch.save({"ema": _state(vae)}, root / "vae" / "checkpoint.pt")
    build_tokenizer(root / "tokenizer")
    for run, folder in RUNS.items():
        unet = UNet2DConditionModel.from_pretrained(models / folder / "unet")
        encoder = CLIPTextModel.from_pretrained(models / folder / "text_encoder")
        (root / run).mkdir(exist_ok=True)
        torch.save(_state(Denoiser(unet, encoder)), root / run / "initial.pt")
        if run == "base":
            torch.save(_state(encoder), root / "text_encoder.pt")


def initial_weights(model: nn.Module, root: Path, run: str) -> bool:
    """Load what ``restore`` left for a run into a fresh model; whether there was anything."""
    path = root / run / "initial.pt"
    if not path.exists():
        return False
    model.load_state_dict(torch.load(path, weights_only=True))
    return True


def main() -> None:
    """Restore the training folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--models-folder", type=Path, default=MODELS)
    arguments = parser.parse_args()
    restore(arguments.models_folder, arguments.root)
    print("wrote", arguments.root)


if __name__ == "__main__":
    main()
