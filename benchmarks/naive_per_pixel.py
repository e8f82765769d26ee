"""Per-pixel time done the direct way: every pixel's timestep goes through every Linear.

This is what the engine's row table replaces; it serves as the reference of a test and as the
column "naive" of the speed benchmark. The residual block's forward is written out here, for the
stock blocks of Stable Diffusion (no resampling inside, embedding added before the second norm).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def naive_per_pixel_time(unet: Any, timestep_map: Tensor) -> Iterator[None]:
    """Let a UNet take the timesteps (b, h, w), b its batch, pixel by pixel.

    Args:
        unet: a ``UNet2DConditionModel`` with stock residual blocks.
        timestep_map: the timestep of every latent pixel.
    """
    blocks = [m for m in unet.modules() if type(m).__name__ == "ResnetBlock2D"]
    state: dict[str, Tensor] = {}

    def embed(_module: nn.Module, _args: Any) -> None:
        batch, height, width = timestep_map.shape
        dtype = unet.dtype
        rows = unet.time_embedding(unet.time_proj(timestep_map.flatten()).to(dtype))
        state["temb"] = rows.reshape(batch, height, width, -1)
        if "added" in state:
            state["temb"] = state["temb"] + state["added"][:, None, None]

    def keep(_module: nn.Module, _args: Any, output: Tensor) -> None:
        state["added"] = output

    handles = [unet.conv_in.register_forward_pre_hook(embed)]
    if getattr(unet, "add_embedding", None) is not None:  # SDXL's pooled text and sizes
        handles.append(unet.add_embedding.register_forward_hook(keep))
    for block in blocks:
        block.forward = _Forward(block, state)
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for block in blocks:
            del block.forward


class _Forward:
    """A residual block's forward with an embedding per pixel."""

    def __init__(self, block: Any, state: dict[str, Tensor]) -> None:
        self._block, self._state = block, state

    def __call__(self, x: Tensor, _temb: Tensor) -> Tensor:
        block, temb = self._block, self._state["temb"]
        hidden = block.conv1(block.nonlinearity(block.norm1(x)))
        height, width = hidden.shape[-2:]
        rows = torch.arange(height) * temb.shape[1] // height
        columns = torch.arange(width) * temb.shape[2] // width
        here = temb[:, rows][:, :, columns]
        spread = block.time_emb_proj(block.nonlinearity(here)).permute(0, 3, 1, 2)
        hidden = block.conv2(block.nonlinearity(block.norm2(hidden + spread)))
        shortcut = x if block.conv_shortcut is None else block.conv_shortcut(x)
        total: Tensor = (shortcut + hidden) / block.output_scale_factor
        return total
