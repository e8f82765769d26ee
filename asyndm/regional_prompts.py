"""Regions with a prompt of their own: one prediction per prompt, joined pixel by pixel.

Each prompt is one more sample of the network's batch on the same latents. Where a region with a
prompt lies, its prediction takes the place of the picture's; soft masks mix the two. Source: the
fusion of predictions by per-pixel weights of MultiDiffusion, arXiv:2302.08113, eq. 5, with the
masks as weights and the whole picture as every prompt's crop.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from asyndm.masks import to_latent_grid
from asyndm.request import Region


def prompted(regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions that have a prompt of their own and any masked pixel."""
    return tuple(r for r in regions if r.prompt and r.prompt.strip() and not r.is_empty)


def prompt_shares(regions: Sequence[Region], factor: int, shape: tuple[int, int]) -> Tensor:
    """How much each prompt counts at each latent pixel; the shares of a pixel sum to 1.

    Args:
        regions: those with a prompt, K of them.
        factor: picture pixels per latent pixel.
        shape: (h, w) of the latents.

    Returns:
        float32 (K + 1, h, w): the picture's own prompt, then one for each region. Where regions
        overlap by more than 1 in sum they share the pixel in proportion to their masks.
    """
    if not regions:
        return torch.ones((1, *shape))
    masks = torch.stack([to_latent_grid(region.mask, factor) for region in regions])
    total = masks.sum(dim=0)
    masks = masks / total.clamp(min=1.0)
    return torch.cat([(1 - total).clamp(min=0.0)[None], masks])


def join_predictions(predictions: Tensor, shares: Tensor) -> Tensor:
    """Weigh the predictions of all prompts.

    Args:
        predictions: (K + 1, C, h, w), in the order of `shares`.
        shares: (K + 1, h, w).

    Returns:
        (1, C, h, w).
    """
    return (predictions * shares.to(predictions)[:, None]).sum(dim=0, keepdim=True)
