"""Scaled dot-product attention that also tells each query's log-sum-exp, from the flash kernels.

With it the probability of a single key is exp(q.k s - lse): exact columns of a softmax over
thousands of keys, without the N x N matrix. The kernels compute the number anyway.
"""

import math

import torch
from torch import Tensor

_aten = torch.ops.aten
_CHUNK = 512


def attention_with_lse(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, scale: float | None
) -> tuple[Tensor, Tensor]:
    """Attention, and the logarithm of the softmax's denominator.

    Args:
        query: (B, H, N, D).
        key: (B, H, M, D).
        value: likewise.
        bias: added to the scaled products, or a bool mask (True = attend), or None.
        scale: of the products; None = 1 / sqrt(D).

    Returns:
        The output (B, H, N, D) and lse (B, H, N), float32 or the dtype of a float64 query.
    """
    bias = _additive(bias, query)
    if query.device.type == "cpu":
        out, lse = _aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, 0.0, False, attn_mask=bias, scale=scale
        )
        return out, lse
    if query.device.type == "cuda":
        return _on_cuda(query, key, value, bias, scale)
    out = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=bias, scale=scale
    )
    return out, _by_hand(query, key, bias, scale)


def _on_cuda(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, scale: float | None
) -> tuple[Tensor, Tensor]:
    count = query.shape[-2]
    if bias is None and query.dtype in (torch.float16, torch.bfloat16):
        out, lse = _aten._scaled_dot_product_flash_attention(
            query, key, value, 0.0, False, False, scale=scale
        )[:2]
    else:
        if bias is not None:
            bias = bias.expand(*query.shape[:2], count, key.shape[-2])
        out, lse = _aten._scaled_dot_product_efficient_attention(
            query, key, value, bias, True, 0.0, False, scale=scale
        )[:2]
    return out, lse[..., :count]  # padded to a multiple of 32


def _by_hand(query: Tensor, key: Tensor, bias: Tensor | None, scale: float | None) -> Tensor:
    """A second product of queries and keys, a part of the queries at a time."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    parts = []
    for first in range(0, query.shape[-2], _CHUNK):
        rows = slice(first, first + _CHUNK)
        logits = (query[..., rows, :].float() * scale) @ key.float().transpose(-1, -2)
        if bias is not None:
            logits = logits + (bias if bias.shape[-2] == 1 else bias[..., rows, :])
        parts.append(logits.logsumexp(-1))
    return torch.cat(parts, -1)


def _additive(bias: Tensor | None, like: Tensor) -> Tensor | None:
    if bias is None or bias.dtype != torch.bool:
        return bias
    zeros = torch.zeros(bias.shape, dtype=like.dtype, device=bias.device)
    return zeros.masked_fill(~bias, -math.inf)
