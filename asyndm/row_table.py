"""A modulation with few distinct rows that meets the activation as if it had one row per pixel.

A diffusers denoiser turns the timestep into ``temb`` (B, D) and sends it through one small Linear
per block; nothing between the embedder and that Linear's output cares that the leading axis is the
batch. So the leading axis can be a table of R distinct rows. A ``RowTable`` stands in for the
Linear's output: it stays a table through the reshaping a block does to it, and is gathered to
pixels only where it meets an activation. Any other operation raises, so that a block which treats
its modulation in a new way fails loudly instead of broadcasting wrongly.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Gather = Callable[[Tensor, Tensor], Tensor]
"""(rows (R, C), activation) -> rows spread over the activation's pixels, broadcastable to it."""


class RowTable:
    """Rows (R, C) that act like the (B, C) modulation a block expects.

    Args:
        rows: (R, C), one row per distinct timestep.
        gather: spreads the rows over the pixels of an activation.
    """

    __slots__ = ("gather", "rows")

    def __init__(self, rows: Tensor, gather: Gather) -> None:
        self.rows = rows
        self.gather = gather

    @property
    def shape(self) -> torch.Size:
        """The table's own shape (R, C)."""
        return self.rows.shape

    @property
    def ndim(self) -> int:
        """Two, as of the (B, C) modulation."""
        return 2

    @property
    def dtype(self) -> torch.dtype:
        """The rows' dtype."""
        return self.rows.dtype

    def chunk(self, chunks: int, dim: int = -1) -> tuple["RowTable", ...]:
        """Split the channels; they stay the last axis, whatever axes were added before them."""
        if dim not in (1, 2, -1):
            raise TypeError(f"a RowTable cannot be split along dimension {dim}")
        return tuple(RowTable(part, self.gather) for part in self.rows.chunk(chunks, dim=1))

    def unsqueeze(self, _dim: int) -> "RowTable":
        """Add an axis, as for ``__getitem__``."""
        return self

    def tanh(self) -> "RowTable":
        """Of every entry (the gates of Z-Image)."""
        return RowTable(self.rows.tanh(), self.gather)

    def __getitem__(self, key: object) -> "RowTable":
        """Accept what only adds axes, such as ``[:, :, None, None]``: the gather adds them."""
        for part in key if isinstance(key, tuple) else (key,):
            if not (part is None or part is Ellipsis or part == slice(None)):
                raise TypeError(f"a RowTable cannot be sliced with {key!r}")
        return self

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Tensor):
            spread = self.gather(self.rows, other)
            return spread.add_(other) if _may_overwrite(spread, other) else other + spread
        return RowTable(self.rows + other, self.gather)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Tensor):
            spread = self.gather(self.rows, other)
            return spread.mul_(other) if _may_overwrite(spread, other) else other * spread
        return RowTable(self.rows * other, self.gather)

    __rmul__ = __mul__

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Answer the torch functions that blocks call on their modulation; refuse all others."""
        if func is torch.chunk:
            return args[0].chunk(*args[1:], **(kwargs or {}))
        operation = _OPERATIONS.get(func.__name__)
        if operation is None:
            return NotImplemented
        table, other = args[:2] if isinstance(args[0], RowTable) else args[1::-1]
        return operation(table, other)


def _may_overwrite(spread: Tensor, other: Tensor) -> bool:
    """Whether the result fits the gathered rows, so that a block needs no more memory than stock.

    Sum and product do not depend on the order of two operands, not even in the last bit.
    """
    return (
        not torch.is_grad_enabled()
        and spread.dtype == other.dtype
        and spread.shape == other.shape
        and spread.stride() == other.stride()
    )


_OPERATIONS: dict[str, Callable[[RowTable, Any], Any]] = {
    "add": RowTable.__add__,
    "__add__": RowTable.__add__,
    "__radd__": RowTable.__add__,
    "mul": RowTable.__mul__,
    "__mul__": RowTable.__mul__,
    "__rmul__": RowTable.__mul__,
}
