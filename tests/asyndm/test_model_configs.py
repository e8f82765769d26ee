"""The settings that come with the application, at full size and without a single weight.

Each network, autoencoder and text encoder is built on the meta device, renamed to its publisher's
layout and given to the detection and to diffusers' conversion: shapes and names, no numbers.
"""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import diffusers
import pytest
import torch
import transformers
from diffusers.loaders.single_file_utils import (
    convert_flux_transformer_checkpoint_to_diffusers,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_sd3_transformer_checkpoint_to_diffusers,
)

from asyndm.architecture import ARCHITECTURES, Identity
from asyndm.flux_names import diffusers_names
from asyndm.model_files import MODEL_CONFIGS
from asyndm.model_folder import read_json
from asyndm.weight_header import Header, TensorEntry
from asyndm.weight_kinds import identify
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

NETWORKS: dict[str, Callable[[Any], Tensors]] = {
    "UNet2DConditionModel": ldm_unet,
    "SD3Transformer2DModel": sd3_transformer,
    "FluxTransformer2DModel": flux_transformer,
}


def on_meta(folder: Path, kind: str) -> Any:
    """A part, built without memory for its weights."""
    config = read_json(folder / "config.json")
    with torch.device("meta"):
        if hasattr(diffusers, kind):
            return getattr(diffusers, kind).from_config(config)
        library = getattr(transformers, kind)
        return library(library.config_class(**config))


def identity_of(tensors: Tensors, metadata: dict[str, str] | None = None) -> Identity:
    """What a file with these tensors would be taken for."""
    entries = {name: TensorEntry("F8_E4M3", tuple(t.shape), 0, 0) for name, t in tensors.items()}
    return identify(Header(Path("a.safetensors"), entries, metadata or {}, 0))


@functools.cache
def network_of(architecture: str) -> tuple[Any, str, str]:
    """The network of an architecture, its class and its part."""
    index = read_json(MODEL_CONFIGS / architecture / "model_index.json")
    part = "unet" if "unet" in index else "transformer"
    kind = index[part][1]
    return on_meta(MODEL_CONFIGS / architecture / part, kind), kind, part


def test_every_architecture_has_settings() -> None:
    assert {path.name for path in MODEL_CONFIGS.iterdir() if path.is_dir()} == set(ARCHITECTURES)


# The published sizes, in millions of parameters.
SIZES = {
    "sd1": 860, "sd1-inpaint": 860, "sd2": 866, "sd2-v": 866, "sd2-inpaint": 866, "sdxl": 2567,
    "sdxl-inpaint": 2567, "sd3-medium": 2028, "sd3.5-medium": 2243, "sd3.5-large": 8057,
    "flux-dev": 11901, "flux-schnell": 11891, "flux-fill": 11902, "flux-kontext": 11901,
}  # fmt: skip


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_full_size_network_is_recognised_and_converted(architecture: str) -> None:
    network, kind, _ = network_of(architecture)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert round(count / 1e6) == SIZES[architecture]
    original = NETWORKS[kind](network)
    metadata = {
        "sd2-v": {"modelspec.architecture": "stable-diffusion-v2-768-v"},
        "flux-kontext": {"modelspec.title": "FLUX.1-Kontext-dev"},
    }
    identity = identity_of(original, metadata.get(architecture))
    assert (identity.kind, identity.architecture) == ("model", architecture)
    assert identity.problem == ""
    bare = {name.removeprefix("model.diffusion_model."): t for name, t in original.items()}
    assert identity_of(bare, metadata.get(architecture)).architecture == architecture
    converted = convert(kind, dict(original), network)
    wanted = network.state_dict()
    assert {n: t.shape for n, t in converted.items()} == {n: t.shape for n, t in wanted.items()}


def convert(kind: str, tensors: Tensors, network: Any) -> Tensors:
    """As the loader does; every original tensor has to be used."""
    counted = sum(tensor.numel() for tensor in tensors.values())
    if kind == "UNet2DConditionModel":
        convert_unet = cast("Callable[..., Tensors]", convert_ldm_unet_checkpoint)
        converted = convert_unet(tensors, dict(network.config))
    elif kind == "SD3Transformer2DModel":
        convert_sd3 = cast(
            "Callable[..., Tensors]", convert_sd3_transformer_checkpoint_to_diffusers
        )
        converted = convert_sd3(tensors)
        assert tensors == {}
    else:
        converted = diffusers_names(tensors)
    assert sum(tensor.numel() for tensor in converted.values()) == counted
    return converted


@pytest.mark.parametrize("architecture", ["sd1", "sdxl", "sd3.5-medium", "flux-dev"])
def test_a_full_size_autoencoder_is_converted(architecture: str) -> None:
    vae = on_meta(MODEL_CONFIGS / architecture / "vae", "AutoencoderKL")
    original = ldm_vae(vae, "")
    convert_vae = cast("Callable[..., Tensors]", convert_ldm_vae_checkpoint)
    converted = convert_vae(original, dict(vae.config))
    wanted = vae.state_dict()
    assert {n: t.shape for n, t in converted.items()} == {n: t.shape for n, t in wanted.items()}
    identity = identity_of(original)
    assert (identity.kind, identity.width) == ("vae", vae.config.latent_channels)


def test_full_size_text_encoders_are_recognised() -> None:
    large = on_meta(MODEL_CONFIGS / "sd1" / "text_encoder", "CLIPTextModel")
    giant = on_meta(MODEL_CONFIGS / "sdxl" / "text_encoder_2", "CLIPTextModelWithProjection")
    xxl = on_meta(MODEL_CONFIGS / "flux-dev" / "text_encoder_2", "T5EncoderModel")
    for tensors, architecture, width in (
        (clip(large, ""), "clip_l", 768),
        (clip(giant, ""), "clip_g", 1280),
        (t5(xxl, ""), "t5", 4096),
    ):
        identity = identity_of(tensors)
        assert (identity.kind, identity.architecture) == ("text_encoder", architecture)
        assert identity.width == width
    unet, _, _ = network_of("sdxl")
    whole = ldm_unet(unet) | clip(large, "conditioner.embedders.0.transformer.")
    whole |= open_clip(giant, "conditioner.embedders.1.model.")
    assert identity_of(whole).holds == ("text_encoder", "text_encoder_2")
    transformer, _, _ = network_of("flux-dev")
    whole = flux_transformer(transformer, "model.diffusion_model.")
    whole |= t5(xxl, "text_encoders.t5xxl.transformer.")
    assert identity_of(whole).holds == ("text_encoder_2",)


def test_the_conversion_of_flux_is_that_of_diffusers() -> None:
    """With the width of FLUX.1, which diffusers' conversion has written into it.

    One column is enough: both take matrices apart by rows. Each row is a number of its own.
    """
    config = read_json(MODEL_CONFIGS / "flux-dev" / "transformer" / "config.json")
    config |= {"num_layers": 1, "num_single_layers": 1}
    with torch.device("meta"):
        network = cast("Any", diffusers.FluxTransformer2DModel).from_config(config)
    tensors: Tensors = {}
    start = 0
    for name, tensor in flux_transformer(network).items():
        rows = tensor.shape[0]
        shape = (rows, 1) if tensor.ndim > 1 else (rows,)
        tensors[name] = torch.arange(start, start + rows).reshape(shape)
        start += rows
    stock = cast("Callable[..., Tensors]", convert_flux_transformer_checkpoint_to_diffusers)
    expected = stock(dict(tensors))
    ours = diffusers_names(tensors)
    assert ours.keys() == expected.keys() == network.state_dict().keys()
    assert all(torch.equal(ours[name], expected[name]) for name in expected)


def test_settings_are_whole() -> None:
    for path in MODEL_CONFIGS.rglob("*.json"):
        json.loads(path.read_text("utf-8"))
    for architecture in ARCHITECTURES:
        index = read_json(MODEL_CONFIGS / architecture / "model_index.json")
        for part, entry in index.items():
            if part.startswith("_") or not isinstance(entry, list) or "tokenizer" in part:
                continue
            name = "scheduler_config.json" if part == "scheduler" else "config.json"
            assert (MODEL_CONFIGS / architecture / part / name).is_file(), (architecture, part)
