"""Put a pipeline on its device, or have its parts wait in main memory, by diffusers' own hooks.

With hooks a part is on the device only while it runs: its parameters' own device says nothing, and
inputs must be put on the device that computes, which ``LoadedModel.device`` names. Layer by layer
is diffusers' group offloading of single layers; accelerate's own form of it does not run where the
device is a CPU, so that it could not be tested everywhere.
"""

from collections.abc import Sequence
from typing import Any

import torch

from asyndm.memory_needs import TILE_PX, Offload, VaeMode


def place(pipeline: Any, weighted: Sequence[str], device: torch.device, offload: Offload) -> None:
    """Put a pipeline where it runs.

    Args:
        pipeline: in main memory.
        weighted: its parts that have weights, the network first.
        device: that computes.
        offload: what waits in main memory.

    Raises:
        torch.OutOfMemoryError: there is no room on the device.
    """
    if offload == "none":
        pipeline.to(device)
        return
    vae = pipeline.vae
    if vae.dtype == torch.float16 and vae.config.get("force_upcast"):
        # Decoding again in float32 would have to change weights that a hook holds.
        vae.to(torch.float32)
    if offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        blocks = weighted[:1] if offload == "group" else ()
        _group(pipeline, weighted, device, blocks)


def _group(
    pipeline: Any, weighted: Sequence[str], device: torch.device, blocks: Sequence[str]
) -> None:
    """Some parts by their blocks, the others, which run but once, layer by layer."""
    from diffusers.hooks.group_offloading import apply_group_offloading

    for part in weighted:
        module = getattr(pipeline, part)
        if module is None:
            continue
        by_blocks = part in blocks
        apply_group_offloading(
            module,
            onload_device=device,
            offload_device=torch.device("cpu"),
            offload_type="block_level" if by_blocks else "leaf_level",
            num_blocks_per_group=1 if by_blocks else None,
            # The next block arrives while one computes.
            use_stream=by_blocks and device.type == "cuda",
        )


def begin_run(pipeline: Any, vae: VaeMode) -> None:
    """Bring a pipeline into the state that a run begins with, whatever the last one left.

    Args:
        pipeline: placed.
        vae: whether to decode in tiles.
    """
    pipeline.maybe_free_model_hooks()
    autoencoder = pipeline.vae
    if vae == "whole":
        autoencoder.disable_tiling()
        return
    factor = 2 ** (len(autoencoder.config.block_out_channels) - 1)
    autoencoder.enable_tiling()
    autoencoder.tile_sample_min_size = TILE_PX
    autoencoder.tile_latent_min_size = TILE_PX // factor
