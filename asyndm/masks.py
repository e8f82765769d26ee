"""From masks of the picture and of attention to one concavity for every latent pixel.

A latent pixel is decided later the larger its concavity w is; w = 0 is the standard schedule. All
maps here live on the CPU: they are tiny and steer a schedule that is kept there too.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from asyndm.request import FloatArray, MaskSource, Region


def to_latent_grid(mask: FloatArray, factor: int) -> Tensor:
    """A picture's mask on the latent grid, by maximum, so that a thin stroke survives.

    Args:
        mask: float32 (H, W) in [0, 1]; H and W are multiples of `factor`.
        factor: picture pixels per latent pixel, along a side.

    Returns:
        float32 (H / factor, W / factor).
    """
    return F.max_pool2d(torch.from_numpy(np.array(mask))[None, None], factor)[0, 0]


def painted_concavity(regions: Sequence[Region], factor: int, shape: tuple[int, int]) -> Tensor:
    """Concavity times mask, w, of every latent pixel; where regions overlap the largest counts.

    Args:
        regions: painted regions.
        factor: picture pixels per latent pixel.
        shape: (h, w) of the latents.

    Returns:
        float64 (h, w).
    """
    w = torch.zeros(shape, dtype=torch.float64)
    for region in regions:
        grid = to_latent_grid(region.mask, factor).double()
        w = torch.maximum(w, region.concavity * grid)
    return w


def painted_area(regions: Sequence[Region], factor: int, shape: tuple[int, int]) -> Tensor:
    """The latent pixels that any region touches, also with concavity 0, as bool (h, w)."""
    area = torch.zeros(shape, dtype=torch.bool)
    for region in regions:
        area |= to_latent_grid(region.mask, factor) > 0
    return area


def to_tokens(values: Tensor, patch: int) -> Tensor:
    """One value for all latent pixels of a token, the largest: (h, w) to the same (h, w)."""
    if patch == 1:
        return values
    largest = F.max_pool2d(values.double()[None, None], patch)
    spread = F.interpolate(largest, scale_factor=patch, mode="nearest")[0, 0]
    return spread.to(values.dtype)


def attended_concavity(masks: Tensor, concavity: Sequence[float]) -> Tensor:
    """The concavity that attention gives to every latent pixel, 0 where no object claims it.

    A pixel that several objects claim takes the largest (arXiv:2510.04504, the authors' code).

    Args:
        masks: of each object, bool (K, h, w).
        concavity: w of each object, K numbers.

    Returns:
        float64 (h, w).
    """
    w = torch.tensor(concavity, dtype=torch.float64)
    return torch.where(masks, w[:, None, None], 0.0).amax(dim=0)


def combined_concavity(painted: Tensor, attended: Tensor, source: MaskSource) -> Tensor:
    """Join what was painted with what attention found.

    Args:
        painted: w of the painted regions, (h, w).
        attended: w of the objects, (h, w). While there is no mask yet it is that of the last object
            word everywhere (arXiv:2510.04504, the authors' code: the first mask is all ones).
        source: which of the two counts: one alone, their union (the larger w), or their
            intersection (the smaller w).

    Returns:
        float64 (h, w).
    """
    if source == "painted":
        return painted
    if source == "attention":
        return attended
    join = torch.minimum if source == "intersection" else torch.maximum
    return join(painted, attended)
