"""Tiny models as single files: weights in the publisher's layout, settings beside them."""

import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from tests.asyndm.original_layouts import (
    Tensors,
    clip,
    flux_transformer,
    ldm_unet,
    ldm_vae,
    open_clip,
    sd3_transformer,
    t5,
)


def settings_of(folder: Path, target: Path) -> Path:
    """The settings and tokenizers of a model folder, without its weights."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.safetensors", "README.md"))
    return target


def publish(pipeline: Any, path: Path, *, network_only: bool = False, **metadata: str) -> Path:
    """Write a pipeline as its publisher would give it out: one file, the original names."""
    tensors: Tensors = _NETWORKS[type(pipeline.components[_network(pipeline)]).__name__](pipeline)
    if not network_only:
        tensors |= _PARTS[type(pipeline).__name__.replace("Inpaint", "")](pipeline)
    save_file({name: t.clone() for name, t in tensors.items()}, path, metadata=metadata or None)
    return path


def _network(pipeline: Any) -> str:
    return "unet" if "unet" in pipeline.components else "transformer"


_NETWORKS: dict[str, Any] = {
    "UNet2DConditionModel": lambda pipeline: ldm_unet(pipeline.unet),
    "SD3Transformer2DModel": lambda pipeline: sd3_transformer(pipeline.transformer),
    "FluxTransformer2DModel": lambda pipeline: flux_transformer(pipeline.transformer),  # bare
}


def _sd1(pipeline: Any) -> Tensors:
    return ldm_vae(pipeline.vae) | clip(pipeline.text_encoder, "cond_stage_model.transformer.")


def sd2_parts(pipeline: Any) -> Tensors:
    """VAE and text encoder of Stable Diffusion 2."""
    return ldm_vae(pipeline.vae) | open_clip(pipeline.text_encoder, "cond_stage_model.model.")


def _sdxl(pipeline: Any) -> Tensors:
    return (
        ldm_vae(pipeline.vae)
        | clip(pipeline.text_encoder, "conditioner.embedders.0.transformer.")
        | open_clip(pipeline.text_encoder_2, "conditioner.embedders.1.model.")
    )


def _sd3(pipeline: Any) -> Tensors:
    first = clip(pipeline.text_encoder, "text_encoders.clip_l.transformer.")
    third = pipeline.text_encoder_3
    return (
        ldm_vae(pipeline.vae)
        | {name: t for name, t in first.items() if "text_projection" not in name}
        | clip(pipeline.text_encoder_2, "text_encoders.clip_g.transformer.")
        | (t5(third, "text_encoders.t5xxl.transformer.") if third is not None else {})
    )


def _flux(pipeline: Any) -> Tensors:
    return (
        ldm_vae(pipeline.vae, "vae.")
        | clip(pipeline.text_encoder, "text_encoders.clip_l.transformer.")
        | t5(pipeline.text_encoder_2, "text_encoders.t5xxl.transformer.")
    )


_PARTS: dict[str, Any] = {
    "StableDiffusionPipeline": _sd1,
    "StableDiffusionXLPipeline": _sdxl,
    "StableDiffusion3Pipeline": _sd3,
    "FluxPipeline": _flux,
    "FluxFillPipeline": _flux,
    "FluxKontextPipeline": _flux,
}
