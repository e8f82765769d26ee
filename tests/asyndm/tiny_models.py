"""Tiny model folders in the real diffusers format, with random weights, made in a second.

The classes, the file layout, the tokenizer and the scheduler settings are those of Stable
Diffusion; only the sizes are small (64 x 64 pixels, 16 x 16 latents). Every parameter is moved a
little from its initial value, so that a part that starts at zero cannot hide an error.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

# In this order no merge of one word breaks up a later one ("at" would, before "cat").
WORDS = ("three", "cat", "ball", "stars", "star", "yellow", "night", "blue", "red", "at", "on", "a")
"""Each of these is one token; other words fall apart into pieces."""


def tiny_pipeline_folder(
    path: Path,
    *,
    inpaint: bool = False,
    prediction_type: Literal["epsilon", "v_prediction", "sample"] = "epsilon",
    seed: int = 0,
    cross_attention_dim: int = 32,
    latent_channels: int = 4,
    vae_blocks: int = 3,
    latent_size: int = 16,
    max_length: int = 32,
    jitter: float = 0.05,
) -> Path:
    """Write a StableDiffusionPipeline (or its inpainting sibling) with random weights.

    Args:
        path: the folder to write; made if it is not there.
        inpaint: a network that takes latents, mask and masked latents.
        prediction_type: what the network is said to predict.
        seed: of all weights.
        cross_attention_dim: width of the text encoder.
        latent_channels: of the autoencoder.
        vae_blocks: levels of the autoencoder; a latent pixel is 2 ** (vae_blocks - 1) pixels wide.
        latent_size: native side of the latents.
        max_length: positions of the text encoder.
        jitter: standard deviation of what is added to each parameter.

    Returns:
        `path`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tokenizer = tiny_tokenizer(max_length)
        unet_channels = 2 * latent_channels + 1 if inpaint else latent_channels
        parts: dict[str, torch.nn.Module] = {
            "vae": tiny_vae(latent_channels, vae_blocks, latent_size),
            "text_encoder": tiny_text_encoder(tokenizer, cross_attention_dim, max_length),
            "unet": tiny_unet(unet_channels, latent_channels, cross_attention_dim, latent_size),
        }
        for part in parts.values():
            jitter_parameters(part, jitter)
    pipeline_class: Any = StableDiffusionInpaintPipeline if inpaint else StableDiffusionPipeline
    pipeline = pipeline_class(
        **parts,
        tokenizer=tokenizer,
        scheduler=ddim_scheduler(prediction_type),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(path)
    return path


def tiny_unet(
    in_channels: int, out_channels: int, cross_attention_dim: int, sample_size: int
) -> torch.nn.Module:
    """A UNet of three levels; cross-attention at a half and a quarter of the latent side."""
    return _built(
        UNet2DConditionModel,
        sample_size=sample_size,
        in_channels=in_channels,
        out_channels=out_channels,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(16, 32, 32),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=2,
        cross_attention_dim=cross_attention_dim,
    )


def tiny_vae(latent_channels: int, blocks: int, latent_size: int) -> torch.nn.Module:
    """An autoencoder of `blocks` levels without attention."""
    return _built(
        AutoencoderKL,
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=(8,) + (16,) * (blocks - 1),
        layers_per_block=1,
        latent_channels=latent_channels,
        norm_num_groups=4,
        sample_size=latent_size * 2 ** (blocks - 1),
        scaling_factor=0.5,
        mid_block_add_attention=False,
        force_upcast=False,
    )


def tiny_text_encoder(tokenizer: CLIPTokenizer, width: int, max_length: int) -> torch.nn.Module:
    """A CLIP text encoder of two layers."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=max_length,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return _built(CLIPTextModel, config=config)


def tiny_tokenizer(max_length: int) -> CLIPTokenizer:
    """CLIP's byte pair encoding with merges for WORDS only."""
    letters = sorted(ByteLevel.alphabet())
    pieces = letters + [letter + "</w>" for letter in letters]
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        symbols = [*word[:-1], word[-1] + "</w>"]
        while len(symbols) > 1:
            pair = (symbols[0], symbols[1])
            symbols[:2] = ["".join(pair)]
            if pair not in merges:
                merges.append(pair)
                pieces.append(symbols[0])
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    build = cast("Callable[..., CLIPTokenizer]", CLIPTokenizer)
    return build(vocab=vocabulary, merges=merges, model_max_length=max_length)


def ddim_scheduler(
    prediction_type: Literal["epsilon", "v_prediction", "sample"] = "epsilon",
) -> DDIMScheduler:
    """The noise schedule of Stable Diffusion."""
    build = cast("Callable[..., DDIMScheduler]", DDIMScheduler)
    return build(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type=prediction_type,
    )


@torch.no_grad()
def jitter_parameters(module: torch.nn.Module, scale: float) -> None:
    """Add normal noise to every parameter."""
    for parameter in module.parameters():
        parameter.add_(scale * torch.randn_like(parameter))


def _built(kind: object, **config: Any) -> torch.nn.Module:
    """A module ready for inference; the libraries' classes are not typed."""
    module = cast("Callable[..., torch.nn.Module]", kind)(**config)
    module.requires_grad_(requires_grad=False)
    return module.train(mode=False)
