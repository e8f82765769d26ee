"""Put the trained edit model into resources/models as a folder that diffusers loads.

The autoencoder is the file of `papertown`, byte for byte; only its configuration gains the
`shift_factor` that FLUX's pipelines read, with the value 0.

    python -m training.papertown.edit_release
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel
from diffusers.pipelines.flux.pipeline_flux_kontext import FluxKontextPipeline
from torch import nn

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.edit_data import released_vae
from training.papertown.edit_models import (
    build_clip_tokenizer,
    build_edit_scheduler,
    build_t5_tokenizer,
    build_transformer,
)
from training.papertown.edit_text import load_encoders
from training.papertown.export import MODELS, publish

WEIGHTS = "diffusion_pytorch_model.safetensors"


def trained_transformer(root: Path) -> FluxTransformer2DModel:
    """The EMA weights of the run."""
    transformer = build_transformer()
    state = torch.load(root / "edit" / "checkpoint.pt", weights_only=True, map_location="cpu")
    transformer.load_state_dict(state["ema"])
    return transformer


def _half(module: nn.Module) -> nn.Module:
    return module.to(torch.float16).eval()


def _edit_json(path: Path, **values: object) -> None:
    config = json.loads(path.read_text(encoding="utf-8"))
    config.update(values)
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def export_edit(
    target: Path, root: Path, transformer: FluxTransformer2DModel, base: Path = MODELS / "papertown"
) -> None:
    """Write the pipeline folder.

    Args:
        target: the folder; replaced in one step.
        root: folder of the trainings, with the text encoders.
        transformer: converted to half precision in place.
        base: the released model whose autoencoder and preview are shared.
    """
    clip, t5 = load_encoders(root)
    parts: dict[str, Any] = {
        "scheduler": build_edit_scheduler(),
        "vae": _half(released_vae(torch.device("cpu"), base / "vae")),
        "text_encoder": _half(clip),
        "tokenizer": build_clip_tokenizer(root / "edit_tokenizer"),
        "text_encoder_2": _half(t5),
        "tokenizer_2": build_t5_tokenizer(),
        "transformer": _half(transformer),
    }
    pipeline = FluxKontextPipeline(**parts)
    staging = target.with_name(f".{target.name}.new")
    shutil.rmtree(staging, ignore_errors=True)
    pipeline.save_pretrained(staging)
    shutil.copy2(base / "vae" / WEIGHTS, staging / "vae" / WEIGHTS)
    shutil.copy2(base / "latent_rgb.json", staging / "latent_rgb.json")
    _edit_json(staging / "vae" / "config.json", shift_factor=0.0)
    # Encoders load in float32, as the other parts do, where no dtype is asked for.
    for part in ("text_encoder", "text_encoder_2"):
        _edit_json(staging / part / "config.json", dtype="float32")
    publish(staging, target)


def main() -> None:
    """Export the trained model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--target", type=Path, default=MODELS / "papertown-edit")
    arguments = parser.parse_args()
    export_edit(arguments.target, arguments.root, trained_transformer(arguments.root))
    print("wrote", arguments.target)


if __name__ == "__main__":
    main()
