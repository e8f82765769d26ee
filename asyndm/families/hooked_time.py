"""What all families share: hooks that are installed on entering and removed on leaving.

The rows of the time embedding are padded to a safe number. A consumer of the embedding that is not
hooked then raises, instead of broadcasting silently.
"""

from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

ROW_MULTIPLE = 32


class HookedTime:
    """Base of the families: a context manager around calls of one model.

    Args:
        model: the model whose calls take maps.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._handles: list[RemovableHandle] = []
        self._map: Tensor | None = None

    def __enter__(self) -> "HookedTime":
        if self._handles:
            raise RuntimeError("per-pixel time is active on this model already")
        self._handles = self._install()
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
        self._map = None
        self._forget()

    def set(self, timestep_map: Tensor | None) -> None:
        """The timesteps of the next calls, until set again; see ``per_pixel_time.set``."""
        if timestep_map is not None:
            if timestep_map.ndim == 2:
                timestep_map = timestep_map[None]
            if timestep_map.ndim != 3:
                raise ValueError("a timestep map is (h, w) or (b, h, w)")
        self._map = timestep_map

    def _install(self) -> "list[RemovableHandle]":
        """Register the hooks; whatever was registered is removed on leaving."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Drop what belongs to one call; called after each call and on leaving."""
        raise NotImplementedError

    def _end(self, _model: nn.Module, _args: Any, _output: Any) -> None:
        self._forget()


def padded(rows: Tensor, batch: int) -> Tensor:
    """Rows (R,) with the last one repeated, so that their number is safe: see the module."""
    count = -(-len(rows) // ROW_MULTIPLE) * ROW_MULTIPLE
    if count == batch:
        count += ROW_MULTIPLE
    return torch.cat([rows, rows[-1:].expand(count - len(rows))])
