"""Answer the attention calls of chosen layers, and of no others.

A pre-hook puts a ``TorchFunctionMode`` around a layer's forward, inside which every call of scaled
dot-product attention goes to a function of ours; a hook that is always called takes it away again.
Processors, rotary embeddings, fused projections and LoRAs stay as they are.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

Attend = Callable[..., Tensor]
"""Takes what ``F.scaled_dot_product_attention`` takes, and gives what it gives."""


def tap_attention(layer: nn.Module, attend: Attend) -> "list[RemovableHandle]":
    """Let `attend` answer the attention calls of a layer until the handles are removed."""
    tap = _Tap(attend)
    return [
        layer.register_forward_pre_hook(tap.open),
        layer.register_forward_hook(tap.close, always_call=True),
    ]


class _Tap:
    """Opens and closes the function mode around one layer's forward."""

    def __init__(self, attend: Attend) -> None:
        self._attend = attend
        self._mode = ExitStack()

    def open(self, _module: nn.Module, _args: Any) -> None:
        self._mode.enter_context(_AttentionMode(self._attend))

    def close(self, _module: nn.Module, _args: Any, _output: Any) -> None:
        self._mode.close()


class _AttentionMode(TorchFunctionMode):
    """Hands scaled dot-product attention to `attend`."""

    def __init__(self, attend: Attend) -> None:
        super().__init__()
        self._attend = attend

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is F.scaled_dot_product_attention:
            return self._attend(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))
