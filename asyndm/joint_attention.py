"""Where the prompt's object words look in a transformer with joint attention (SD 3, FLUX).

Image queries attend to text and image keys at once; A_k of arXiv:2510.04504, eq. 7, is the
probability that the image queries give to an object token, the softmax being over *all* keys,
averaged over heads and layers. It is exp(q.k s - lse) with the log-sum-exp that the attention
kernel computes anyway, so that nothing of the size N x N is formed.
"""

import math
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from asyndm.attention_tap import tap_attention
from asyndm.errors import EngineError
from asyndm.log_sum_exp import attention_with_lse

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

Positions = Sequence[Sequence[int]]
"""For each object word, the positions of its pieces in the text sequence."""


class JointAttentionMaps:
    """Context manager that records the maps of object tokens while a transformer runs.

    Args:
        model: an ``SD3Transformer2DModel`` or a ``FluxTransformer2DModel``.
        positions: for each object word the positions of its pieces; their maps are averaged.
        grid: (rows, columns) of the image tokens.
        guided: whether the batch is [unconditional, conditional], so that only the second half
            is read.
        others: samples at the end of the batch that are not read: those of other prompts.
    """

    def __init__(
        self,
        model: nn.Module,
        positions: Positions,
        grid: tuple[int, int],
        *,
        guided: bool,
        others: int = 0,
    ) -> None:
        self._model = model
        # SD 3 joins [image, text], FLUX [text, image].
        self._text_first = type(model).__name__ == "FluxTransformer2DModel"
        self._tokens = [token for word in positions for token in word]
        self._lengths = [len(word) for word in positions]
        self._grid = grid
        self._guided = guided
        self._others = others
        self._words = 0
        self._handles: list[RemovableHandle] = []
        self._sum: Tensor | None = None
        self._count = 0

    def __enter__(self) -> "JointAttentionMaps":
        see = self._model.register_forward_pre_hook(self._see_call, with_kwargs=True)
        self._handles.append(see)
        for name, layer in self._model.named_modules():
            # `attn2` of SD 3.5's dual blocks sees the image alone.
            if name.endswith(".attn"):
                self._handles += tap_attention(layer, self._attend)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def take(self, height: int | None = None, width: int | None = None) -> Tensor:
        """The maps of the calls since the last take, float32 (B, K, height, width) on the CPU.

        Args:
            height: of the latents; the maps are enlarged to it (nearest). None = not at all.
            width: of the latents.

        Raises:
            EngineError: no layer was recorded, for example because the model was compiled.
        """
        if self._sum is None:
            raise EngineError("The attention of the model could not be read in this run.")
        maps = (self._sum / self._count).float().cpu()
        self._sum, self._count = None, 0
        words = torch.stack(
            [part.mean(dim=-1) for part in torch.split(maps, self._lengths, -1)], dim=1
        )
        small = words.reshape(*words.shape[:2], *self._grid)
        if height is None or width is None:
            return small
        return F.interpolate(small, size=(height, width), mode="nearest")

    def _see_call(self, _model: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        text = kwargs["encoder_hidden_states"] if "encoder_hidden_states" in kwargs else args[1]
        self._words = text.shape[1]

    def _attend(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        """Answer an attention call, and add its probabilities of the object tokens."""
        if dropout_p or is_causal or enable_gqa:
            raise EngineError("The attention of this model cannot be read.")
        out, lse = attention_with_lse(query, key, value, attn_mask, scale)
        count = self._grid[0] * self._grid[1]
        last = query.shape[0] - self._others
        first = last // 2 if self._guided else 0
        read = slice(first, last)
        image = self._words if self._text_first else 0
        text = 0 if self._text_first else key.shape[-2] - self._words
        rows = slice(image, image + count)
        columns = [text + token for token in self._tokens]
        q, k = query[read, :, rows], key[read][:, :, columns]
        scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
        logits = (q.float() * scale) @ k.float().transpose(-1, -2)
        if attn_mask is not None:
            logits = logits + _bias(attn_mask, read, rows, columns)
        maps = (logits - lse[read, :, rows, None].float()).exp().mean(dim=1)
        self._sum = maps if self._sum is None else self._sum + maps
        self._count += 1
        return out


def _bias(mask: Tensor, read: slice, rows: slice, columns: list[int]) -> Tensor:
    """The part of an attention mask that belongs to some queries and keys, as an addend."""
    mask = mask[read] if mask.shape[0] > 1 else mask
    mask = mask[..., rows, :] if mask.shape[-2] > 1 else mask
    mask = mask[..., columns]
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, device=mask.device).masked_fill(~mask, -math.inf)
