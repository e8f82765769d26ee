"""The parts of a Paper Town pipeline, in Stable Diffusion's classes at a small size.

Text encoder, UNet and scheduler follow the conventions of Stable Diffusion 1 and 2 (Rombach et
al., arXiv:2112.10752), with v-prediction (Salimans and Ho, arXiv:2202.00512), so that code written
for those models runs these unchanged.
"""

from typing import Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from training.papertown.tokenizer import MAX_LENGTH
from training.papertown.vae import LATENT_CHANNELS

TEXT_WIDTH: Final = 128
LATENT_SIZE: Final = 32
UNET_CHANNELS: Final = (64, 128, 192)
TRAIN_TIMESTEPS: Final = 1000


def build_text_encoder(
    tokenizer: CLIPTokenizer, width: int = TEXT_WIDTH, layers: int = 3
) -> CLIPTextModel:
    """A fresh CLIP text encoder whose last hidden state conditions the UNet."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=4 * width,
            projection_dim=width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            max_position_embeddings=MAX_LENGTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def build_unet(
    in_channels: int = LATENT_CHANNELS,
    channels: tuple[int, ...] = UNET_CHANNELS,
    text_width: int = TEXT_WIDTH,
) -> UNet2DConditionModel:
    """A fresh UNet for 32x32 latents with cross-attention at 16x16 and 8x8."""
    deeper = len(channels) - 1
    unet: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=LATENT_SIZE,
        in_channels=in_channels,
        out_channels=LATENT_CHANNELS,
        block_out_channels=channels,
        layers_per_block=1,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * deeper,
        up_block_types=("CrossAttnUpBlock2D",) * deeper + ("UpBlock2D",),
        cross_attention_dim=text_width,
        # Named for a dimension, read by Stable Diffusion 1 UNets as the number of heads.
        attention_head_dim=4,
        norm_num_groups=16,
    )
    return unet


def build_scheduler() -> DDIMScheduler:
    """The sampler's settings: Stable Diffusion's noise schedule with v-prediction."""
    scheduler: DDIMScheduler = DDIMScheduler(
        num_train_timesteps=TRAIN_TIMESTEPS,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        steps_offset=1,
        set_alpha_to_one=False,
        clip_sample=False,
        timestep_spacing="leading",
    )
    return scheduler


class Denoiser(nn.Module):
    """UNet and text encoder trained together."""

    def __init__(self, unet: UNet2DConditionModel, text_encoder: CLIPTextModel) -> None:
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder

    def forward(
        self, sample: torch.Tensor, timesteps: torch.Tensor, tokens: torch.Tensor
    ) -> torch.Tensor:
        """Predict v.

        Args:
            sample: (N, C, 32, 32) noisy latents, with mask channels for inpainting.
            timesteps: (N,) integers in [0, 1000).
            tokens: (N, 32) token ids.

        Returns:
            (N, 8, 32, 32) velocity.
        """
        states = self.text_encoder(tokens).last_hidden_state
        velocity: torch.Tensor = self.unet(sample, timesteps, states).sample
        return velocity


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> torch.Tensor:
    """Captions to (N, 32) token ids, padded as Stable Diffusion's pipelines pad them."""
    encoded = tokenizer(
        captions, padding="max_length", max_length=MAX_LENGTH, truncation=True, return_tensors="pt"
    )
    tokens: torch.Tensor = encoded.input_ids
    return tokens
