"""Tiny SD 3.5 and FLUX.1 folders in the real diffusers format, with random weights.

The text encoders' joint width is 32 in all of them; T5 knows the words of ``tiny_models.WORDS``.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import diffusers
import torch
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from tests.asyndm.tiny_models import (
    WORDS,
    jitter_parameters,
    tiny_text_encoder,
    tiny_tokenizer,
    tiny_vae,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FluxKind = Literal["dev", "schnell", "fill", "kontext"]
CLIP_LENGTH, WIDTH, LATENT_CHANNELS, VAE_BLOCKS = 16, 32, 16, 3


def tiny_sd3_folder(path: Path, *, t5: bool = True, seed: int = 0, **scheduler: Any) -> Path:
    """Write a StableDiffusion3Pipeline with one plain and one dual-attention block.

    Args:
        path: the folder to write.
        t5: whether it has the third text encoder.
        seed: of all weights.
        scheduler: settings of its scheduler; the shift is 3 unless told otherwise.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        clip = tiny_tokenizer(CLIP_LENGTH)
        transformer = _built(
            diffusers.SD3Transformer2DModel,
            sample_size=16, patch_size=2, in_channels=LATENT_CHANNELS,
            out_channels=LATENT_CHANNELS, num_layers=2, attention_head_dim=8,
            num_attention_heads=4, joint_attention_dim=WIDTH, caption_projection_dim=32,
            pooled_projection_dim=2 * 12, pos_embed_max_size=24, qk_norm="rms_norm",
            dual_attention_layers=(1,),
        )  # fmt: skip
        parts: dict[str, Any] = {
            "transformer": transformer,
            "vae": _vae(),
            "text_encoder": _projected_clip(clip),
            "text_encoder_2": _projected_clip(clip),
            "text_encoder_3": _t5() if t5 else None,
        }
        for part in parts.values():
            if part is not None:
                jitter_parameters(part, 0.05)
    schedule: Any = diffusers.FlowMatchEulerDiscreteScheduler
    pipeline: Any = cast("Any", diffusers.StableDiffusion3Pipeline)(
        **parts,
        tokenizer=clip,
        tokenizer_2=clip,
        tokenizer_3=tiny_t5_tokenizer() if t5 else None,
        scheduler=schedule(**{"shift": 3.0, **scheduler}),
    )
    pipeline.save_pretrained(path)
    return path


def tiny_flux_folder(
    path: Path, kind: FluxKind = "dev", *, seed: int = 0, **scheduler: Any
) -> Path:
    """Write a pipeline of the FLUX.1 family: one double and one single block.

    Args:
        path: the folder to write.
        kind: dev and kontext are told the guidance scale, schnell is not, fill takes mask and
            masked picture too.
        seed: of all weights.
        scheduler: settings of its scheduler; a dynamic shift unless told otherwise.
    """
    factor = 2 ** (VAE_BLOCKS - 1)
    inputs = 2 * LATENT_CHANNELS + factor**2 if kind == "fill" else LATENT_CHANNELS
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        clip = tiny_tokenizer(CLIP_LENGTH)
        transformer = _built(
            diffusers.FluxTransformer2DModel,
            in_channels=4 * inputs, out_channels=4 * LATENT_CHANNELS, num_layers=1,
            num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=WIDTH, pooled_projection_dim=WIDTH, axes_dims_rope=(4, 6, 6),
            guidance_embeds=kind != "schnell",
        )  # fmt: skip
        parts: dict[str, Any] = {
            "transformer": transformer,
            "vae": _vae(),
            "text_encoder": tiny_text_encoder(clip, WIDTH, CLIP_LENGTH),
            "text_encoder_2": _t5(),
        }
        for part in parts.values():
            jitter_parameters(part, 0.05)
    name = {"fill": "FluxFillPipeline", "kontext": "FluxKontextPipeline"}.get(kind, "FluxPipeline")
    schedule: Any = diffusers.FlowMatchEulerDiscreteScheduler
    settings = {"use_dynamic_shifting": kind != "schnell", "shift": 3.0, **scheduler}
    pipeline = getattr(diffusers, name)(
        **parts, tokenizer=clip, tokenizer_2=tiny_t5_tokenizer(), scheduler=schedule(**settings)
    )
    pipeline.save_pretrained(path)
    return path


def tiny_t5_tokenizer() -> T5Tokenizer:
    """T5's unigram tokenizer: the words are one piece each, letters make up all others."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -4.0)]
    pieces += [(f"▁{word}", -2.0) for word in WORDS if word != "a"]
    pieces += [("▁a", -2.0), *((letter, -6.0) for letter in letters)]
    build = cast("Callable[..., T5Tokenizer]", T5Tokenizer)
    return build(vocab=pieces, extra_ids=0, model_max_length=512)


def _t5() -> torch.nn.Module:
    config = T5Config(
        vocab_size=64, d_model=WIDTH, d_kv=8, d_ff=48, num_layers=2, num_heads=4,
        feed_forward_proj="gated-gelu",
    )  # fmt: skip
    return _built(T5EncoderModel, config=config)


def _projected_clip(tokenizer: CLIPTokenizer) -> torch.nn.Module:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=12, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=CLIP_LENGTH, projection_dim=12,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return _built(CLIPTextModelWithProjection, config=config)


def _vae() -> torch.nn.Module:
    vae: Any = tiny_vae(LATENT_CHANNELS, VAE_BLOCKS, 16)
    vae.register_to_config(shift_factor=0.1)
    built: torch.nn.Module = vae
    return built


def _built(kind: object, **config: Any) -> torch.nn.Module:
    module = cast("Callable[..., torch.nn.Module]", kind)(**config)
    module.requires_grad_(requires_grad=False)
    return module.train(mode=False)
