"""A tiny SDXL folder in the real diffusers format, with random weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from diffusers import (
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from tests.asyndm.tiny_models import (
    ddim_scheduler,
    jitter_parameters,
    tiny_text_encoder,
    tiny_tokenizer,
    tiny_vae,
)

if TYPE_CHECKING:
    from collections.abc import Callable

POOLED, MAX_LENGTH = 24, 32


def tiny_sdxl_folder(path: Path, *, inpaint: bool = False) -> Path:
    """Write a StableDiffusionXLPipeline, or its inpainting sibling with 9 input channels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tokenizer = tiny_tokenizer(MAX_LENGTH)
        second: Any = cast("Callable[..., torch.nn.Module]", CLIPTextModelWithProjection)(
            CLIPTextConfig(
                vocab_size=len(tokenizer),
                hidden_size=16,
                intermediate_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=MAX_LENGTH,
                projection_dim=POOLED,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        unet = cast("Callable[..., torch.nn.Module]", UNet2DConditionModel)(
            sample_size=16,
            in_channels=9 if inpaint else 4,
            out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            block_out_channels=(16, 32, 32),
            layers_per_block=1,
            norm_num_groups=8,
            attention_head_dim=(2, 2, 4),
            transformer_layers_per_block=(1, 2, 3),
            use_linear_projection=True,
            cross_attention_dim=48,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + POOLED,
        )
        parts: dict[str, Any] = {
            "vae": tiny_vae(4, 3, 16),
            "text_encoder": tiny_text_encoder(tokenizer, 32, MAX_LENGTH),
            "text_encoder_2": second,
            "unet": unet,
        }
        for part in parts.values():
            jitter_parameters(part, 0.05)
            part.requires_grad_(requires_grad=False)
            part.eval()
    kind: Any = StableDiffusionXLInpaintPipeline if inpaint else StableDiffusionXLPipeline
    pipeline = kind(
        **parts,
        tokenizer=tokenizer,
        tokenizer_2=tiny_tokenizer(MAX_LENGTH),
        scheduler=ddim_scheduler(),
        add_watermarker=False,
    )
    pipeline.save_pretrained(path)
    return path
