"""Write trained parts as diffusers folders: half precision, checksums, replaced in one step."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint import (
    StableDiffusionInpaintPipeline,
)
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from training.papertown.device import with_layout
from training.papertown.models import build_scheduler

MODELS: Final = Path(__file__).resolve().parents[2] / "resources" / "models"
KEPT: Final = ("README.md",)  # written by hand or by another script: survives a new export


def write_checksums(folder: Path) -> None:
    """Write `checksums.json`: SHA-256 of every file of a folder but README.md and itself."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in ("README.md", "checksums.json"):
            digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps({"version": 1, "sha256": digests}, indent=2) + "\n"
    (folder / "checksums.json").write_text(text, encoding="utf-8")


def publish(staging: Path, target: Path) -> None:
    """Put a finished folder in the place of another, so that no reader meets a half-written one."""
    for name in KEPT:
        if (target / name).exists() and not (staging / name).exists():
            shutil.copy2(target / name, staging / name)
    write_checksums(staging)
    old = target.with_name(f".{target.name}.old")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rename(old)
    staging.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _half(module: nn.Module) -> nn.Module:
    return with_layout(module.to(torch.float16), torch.contiguous_format).eval()


def _ask_for_float32(path: Path) -> None:
    """Let a text encoder load in float32, as the other parts do, where no dtype is asked for."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config["dtype"] = "float32"
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def export_pipeline(
    target: Path,
    vae: AutoencoderKL,
    text_encoder: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    unet: UNet2DConditionModel,
    latent_rgb: dict[str, object],
) -> None:
    """Write a pipeline folder; the UNet's input channels decide which class it is.

    The modules are converted to half precision in place: pass copies of what is still needed.
    """
    kind = (
        StableDiffusionPipeline
        if unet.config["in_channels"] == vae.config["latent_channels"]
        else StableDiffusionInpaintPipeline
    )
    parts: dict[str, Any] = {
        "vae": _half(vae),
        "text_encoder": _half(text_encoder),
        "tokenizer": tokenizer,
        "unet": _half(unet),
        "scheduler": build_scheduler(),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    pipeline = kind(**parts)
    staging = target.with_name(f".{target.name}.new")
    shutil.rmtree(staging, ignore_errors=True)
    pipeline.save_pretrained(staging)
    _ask_for_float32(staging / "text_encoder" / "config.json")
    text = json.dumps(latent_rgb, indent=2) + "\n"
    (staging / "latent_rgb.json").write_text(text, encoding="utf-8")
    publish(staging, target)
