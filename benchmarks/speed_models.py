"""The models whose step is timed: full width, random weights, one guided step each.

Transformers are built with as many blocks as fit beside other work; their blocks are alike, so the
ratio does not depend on the number. The steps are those of a 1024 x 1024 picture, but for SD 2.1 of
512 x 512, and for SDXL too unless asked for otherwise: its UNet at 128 x 128 takes four times as
long.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from asyndm.attention_maps import AttentionMaps
from asyndm.families.token_time import text_time
from asyndm.joint_attention import JointAttentionMaps
from benchmarks.naive_per_pixel import naive_per_pixel_time
from benchmarks.naive_transformers import naive_flux, naive_sd3

POSITIONS = [(2,), (4,)]
"""Two object words of one piece each."""

SD21 = {
    "sample_size": 64, "in_channels": 4, "out_channels": 4, "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20), "use_linear_projection": True,
    "block_out_channels": (320, 640, 1280, 1280), "layers_per_block": 2,
}  # fmt: skip
"""The UNet of Stable Diffusion 2.1 base, 866 million parameters."""
TINY = {**SD21, "sample_size": 32, "block_out_channels": (32, 64, 64, 64),
        "attention_head_dim": (1, 2, 2, 2), "cross_attention_dim": 64}  # fmt: skip
SDXL = {
    "sample_size": 128, "in_channels": 4, "out_channels": 4, "cross_attention_dim": 2048,
    "attention_head_dim": (5, 10, 20), "use_linear_projection": True, "layers_per_block": 2,
    "block_out_channels": (320, 640, 1280), "transformer_layers_per_block": (1, 2, 10),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}  # fmt: skip
"""The UNet of SDXL base, 2.6 billion parameters."""
SD35 = {
    "sample_size": 128, "patch_size": 2, "in_channels": 16, "out_channels": 16,
    "attention_head_dim": 64, "num_attention_heads": 24, "joint_attention_dim": 4096,
    "caption_projection_dim": 1536, "pooled_projection_dim": 2048, "pos_embed_max_size": 384,
    "qk_norm": "rms_norm",
}  # fmt: skip
"""Stable Diffusion 3.5 medium but for its number of blocks; half of them have dual attention."""
FLUX = {
    "in_channels": 64, "attention_head_dim": 128, "num_attention_heads": 24,
    "joint_attention_dim": 4096, "pooled_projection_dim": 768, "guidance_embeds": True,
}  # fmt: skip
"""FLUX.1 dev but for its number of blocks."""


@dataclass(frozen=True)
class Subject:
    """One model with its inputs.

    Attributes:
        name: for the table's head.
        model: on its device.
        grid: (h, w) of a timestep map.
        unit: largest timestep.
        step: one guided step at a scalar timestep.
        capture: a context that records attention maps; ``finish`` reads them off it.
        finish: takes what ``capture`` gave.
        naive: one step with a map (h, w), every pixel's or token's modulation by itself.
    """

    name: str
    model: Any
    grid: tuple[int, int]
    unit: float
    step: Callable[[], Tensor]
    capture: Callable[[], AbstractContextManager[Any]]
    finish: Callable[[Any], Tensor]
    naive: Callable[[Tensor], Tensor]


def build(
    name: str, dtype: torch.dtype, device: str, blocks: tuple[int, int], side: int | None = None
) -> Subject:
    """Make a subject: "sd21", "tiny", "sdxl", "sd35" or "flux".

    Args:
        name: of the model.
        dtype: of its weights.
        device: where it is put.
        blocks: number of a transformer's blocks: with and without dual attention (SD 3.5),
            double and single (FLUX).
        side: of a UNet's latents; None = 64.
    """
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    torch.manual_seed(0)
    if name in ("sd35", "flux"):
        return (_sd35 if name == "sd35" else _flux)(dtype, device, blocks)
    kind: Any = diffusers.UNet2DConditionModel
    config = {"sd21": SD21, "tiny": TINY, "sdxl": SDXL}[name]
    return _unet(name, _ready(kind, config, dtype, device), side or (32 if name == "tiny" else 64))


def _ready(kind: Any, config: dict[str, Any], dtype: torch.dtype, device: str) -> Any:
    # Built on its device in its type: the float32 form of a large model need not fit.
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            model = kind(**config)
    finally:
        torch.set_default_dtype(before)
    return model.to(dtype).eval().requires_grad_(requires_grad=False)


def _drawn(model: Any, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(len(shape) + sum(shape))
    return torch.randn(shape, generator=generator).to(model.device, model.dtype)


def _unet(kind: str, unet: Any, side: int) -> Subject:
    config = unet.config
    x, text = _drawn(unet, 2, 4, side, side), _drawn(unet, 2, 77, config.cross_attention_dim)
    extra: dict[str, Any] = {}
    if config.addition_embed_type:
        extra["added_cond_kwargs"] = {
            "text_embeds": _drawn(unet, 2, 1280),
            "time_ids": torch.full((2, 6), 1024.0, device=unet.device),
        }

    def step() -> Tensor:
        with torch.no_grad():
            out: Tensor = unet(x, 500, encoder_hidden_states=text, return_dict=False, **extra)[0]
        return out

    def capture() -> AbstractContextManager[Any]:
        return AttentionMaps(unet, POSITIONS, divisor=4)

    def finish(maps: AttentionMaps) -> Tensor:
        return maps.take(side, side)

    def naive(timesteps: Tensor) -> Tensor:
        every = timesteps.to(unet.device).expand(2, -1, -1)
        with naive_per_pixel_time(unet, every):
            return step()

    name = f"{kind} UNet, latents {side} x {side}, batch 2"
    return Subject(name, unet, (side, side), 1000.0, step, capture, finish, naive)


def _sd35(dtype: torch.dtype, device: str, blocks: tuple[int, int]) -> Subject:
    import diffusers

    kind: Any = diffusers.SD3Transformer2DModel
    config = {
        **SD35, "num_layers": sum(blocks), "dual_attention_layers": tuple(range(blocks[0])),
    }  # fmt: skip
    model = _ready(kind, config, dtype, device)
    x, text, pooled = (
        _drawn(model, 2, 16, 128, 128), _drawn(model, 2, 333, 4096), _drawn(model, 2, 2048)
    )  # fmt: skip
    time = torch.full((2,), 500.0, device=model.device)

    def step() -> Tensor:
        with torch.no_grad():
            out: Tensor = model(x, text, pooled, time, return_dict=False)[0]
        return out

    def naive(timesteps: Tensor) -> Tensor:
        flat = timesteps.to(model.device).flatten()[None].expand(2, -1)
        with torch.no_grad():
            return naive_sd3(model, x, text, pooled, flat, text_time(flat)[:, 0])

    name = f"SD 3.5 medium, {blocks[0]} dual + {blocks[1]} blocks, 4096 + 333 tokens, batch 2"
    return _joint(name, model, 1000.0, step, naive, guided=True)


def _flux(dtype: torch.dtype, device: str, blocks: tuple[int, int]) -> Subject:
    import diffusers

    kind: Any = diffusers.FluxTransformer2DModel
    config = {**FLUX, "num_layers": blocks[0], "num_single_layers": blocks[1]}
    model = _ready(kind, config, dtype, device)
    x, text, pooled = (
        _drawn(model, 1, 4096, 64), _drawn(model, 1, 512, 4096), _drawn(model, 1, 768)
    )  # fmt: skip
    rows, columns = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    places = torch.stack([torch.zeros(64, 64), rows, columns], -1).reshape(-1, 3)
    inputs = {
        "hidden_states": x,
        "encoder_hidden_states": text,
        "pooled_projections": pooled,
        "timestep": torch.full((1,), 0.5, device=model.device, dtype=dtype),
        "guidance": torch.full((1,), 3.5, device=model.device, dtype=dtype),
        "img_ids": places.to(model.device, dtype),
        "txt_ids": torch.zeros((512, 3), device=model.device, dtype=dtype),
    }

    def step() -> Tensor:
        with torch.no_grad():
            out: Tensor = model(**inputs, return_dict=False)[0]
        return out

    def naive(timesteps: Tensor) -> Tensor:
        flat = timesteps.to(model.device, dtype).flatten()[None]
        with torch.no_grad():
            return naive_flux(
                model, x, text, pooled, flat, text_time(flat)[:, 0], guidance=inputs["guidance"],
                image_ids=inputs["img_ids"], text_ids=inputs["txt_ids"],
            )  # fmt: skip

    name = f"FLUX.1, {blocks[0]} double + {blocks[1]} single blocks, 4096 + 512 tokens, batch 1"
    return _joint(name, model, 1.0, step, naive, guided=False)


def _joint(
    name: str,
    model: Any,
    unit: float,
    step: Callable[[], Tensor],
    naive: Callable[[Tensor], Tensor],
    *,
    guided: bool,
) -> Subject:
    def capture() -> AbstractContextManager[Any]:
        return JointAttentionMaps(model, POSITIONS, (64, 64), guided=guided)

    def finish(maps: JointAttentionMaps) -> Tensor:
        return maps.take()

    return Subject(name, model, (64, 64), unit, step, capture, finish, naive)
