"""Where the prompt's object words look: cross-attention maps of a UNet, and the masks from them.

Source: arXiv:2510.04504, eq. 7 and appendix B.1, B.3: A_k is the cross-attention probability of
object token k at the layers of resolution h / 4 (another divisor where the catalogue says so), for
the conditional half of a guided batch, averaged over heads and layers; the mask is
1[A_k >= threshold * mean(A_k)], joined over the objects.

Only the layers that are used are touched (``asyndm.attention_tap``): their attention is answered as
usual and its probabilities for the chosen tokens are computed beside it. All other layers run as
they are.
"""

import math
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from asyndm.attention_tap import tap_attention
from asyndm.errors import EngineError, ModelError

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

Positions = Sequence[Sequence[int]]
"""For each object word, the positions of its pieces in the encoder's sequence."""


def token_masks(
    attention: Tensor, threshold: float = 1.0, concavity: Tensor | None = None
) -> Tensor:
    """The masks of eq. 7.

    Args:
        attention: maps A_k, (B, K, h, w), for K object words.
        threshold: relative to each map's mean over the picture.
        concavity: (K,); with it a pixel claimed by several objects goes to the one with the
            largest concavity (the earlier one of equals).

    Returns:
        bool (B, K, h, w).
    """
    masks = attention >= threshold * attention.mean(dim=(-2, -1), keepdim=True)
    if concavity is None or not masks.shape[1]:
        return masks
    rank = torch.where(masks, concavity[:, None, None] + 1.0, 0.0)
    first = rank.argmax(dim=1, keepdim=True)
    only = torch.zeros_like(masks).scatter_(1, first, value=True)
    return masks & only


class AttentionMaps:
    """Context manager that records cross-attention maps of a UNet while it runs.

    Args:
        unet: a ``UNet2DConditionModel``.
        positions: for each object word the positions of its pieces; their maps are averaged.
        divisor: latent side over the side of the layers to use, a power of 2.
        guided: whether the batch is [unconditional, conditional], so that only the second half
            is read.
        others: samples at the end of the batch that are not read: those of other prompts.

    Raises:
        ModelError: the UNet has no cross-attention at that resolution.
    """

    def __init__(
        self,
        unet: nn.Module,
        positions: Positions,
        *,
        divisor: int = 4,
        guided: bool = True,
        others: int = 0,
    ) -> None:
        self._layers = cross_attention_layers(unet, divisor)
        self._tokens = [token for word in positions for token in word]
        self._lengths = [len(word) for word in positions]
        self._divisor = divisor
        self._guided = guided
        self._others = others
        self._handles: list[RemovableHandle] = []
        self._sum: Tensor | None = None
        self._count = 0

    def __enter__(self) -> "AttentionMaps":
        for layer in self._layers:
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

    def take(self, height: int, width: int) -> Tensor:
        """The maps of the calls since the last take, float32 (B, K, height, width) on the CPU.

        Args:
            height: of the latents; the maps are enlarged to it (nearest).
            width: of the latents.

        Raises:
            EngineError: no layer was recorded, for example because the model was compiled.
        """
        if self._sum is None:
            raise EngineError("The attention of the model could not be read in this run.")
        maps = (self._sum / self._count).cpu()
        self._sum, self._count = None, 0
        words = torch.stack(
            [part.mean(dim=-1) for part in torch.split(maps, self._lengths, -1)], dim=1
        )
        rows = -(-height // self._divisor)
        small = words.reshape(*words.shape[:2], rows, -1)
        return F.interpolate(small, size=(height, width), mode="nearest")

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, **how: Any) -> Tensor:
        """Answer an attention call as usual, and add its probabilities beside it."""
        self._record(query, key, how.get("scale"), how.get("attn_mask"))
        return F.scaled_dot_product_attention(query, key, value, **how)

    def _record(self, query: Tensor, key: Tensor, scale: float | None, bias: Tensor | None) -> None:
        """Add one layer's probabilities of the tokens: softmax over all keys, mean over heads."""
        last = query.shape[0] - self._others
        first = last // 2 if self._guided else 0
        q, k = query[first:last], key[first:last]
        scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
        # In float32 from the start: the bare products of some models exceed float16.
        logits = (q.float() * scale) @ k.float().transpose(-1, -2)
        if bias is not None:
            rows = bias[first:last] if bias.shape[0] == query.shape[0] else bias
            logits = (
                logits.masked_fill(~rows, -math.inf) if rows.dtype == torch.bool else logits + rows
            )
        maps = logits.softmax(dim=-1)[..., self._tokens].mean(dim=1)
        self._sum = maps if self._sum is None else self._sum + maps
        self._count += 1


def cross_attention_layers(unet: nn.Module, divisor: int) -> list[nn.Module]:
    """The cross-attention modules whose queries are the latents at 1 / divisor of their side.

    Raises:
        ModelError: there is none.
    """
    level = divisor.bit_length() - 1
    down, up = getattr(unet, "down_blocks", []), getattr(unet, "up_blocks", [])
    blocks: list[nn.Module] = []
    if level < len(down):
        blocks = [down[level], up[len(up) - 1 - level]]
    if level == len(down) - 1 and getattr(unet, "mid_block", None) is not None:
        blocks.append(unet.get_submodule("mid_block"))
    found = [m for block in blocks for name, m in block.named_modules() if name.endswith("attn2")]
    if not found or divisor != 1 << level:
        raise ModelError(
            f"The model has no cross-attention at 1/{divisor} of its latents' side to take "
            "masks from."
        )
    return found
