"""UNet2DConditionModel (SD 1.x, 2.x, inpainting, SDXL), ControlNetModel: time for every pixel.

The distinct timesteps of the map become the leading axis of the time embedding, in place of the
batch. The embedder and every residual block's ``time_emb_proj`` then run on that short table of
rows (their cost follows the number of distinct timesteps, not of pixels), and a ``RowTable``
spreads the rows over the pixels where the block adds them. At a lower resolution a pixel takes the
timestep of its top-left pixel: the authors' sub-sampling with stride h / h0 (arXiv:2510.04504,
appendix B.2), here for any size.
"""

from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from asyndm.families.hooked_time import HookedTime, padded
from asyndm.row_table import RowTable

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

_PER_SAMPLE = ("class_embedding", "add_embedding")


class _TimeEmbedded(Protocol):
    """The parts of a UNet2DConditionModel that this module touches."""

    time_proj: nn.Module
    down_blocks: nn.ModuleList


class UNetTime(HookedTime):
    """Maps (h, w) are on the latent grid, in timesteps from 0 to 1000."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        self._active = False
        self._rows: Tensor | None = None
        self._rows_per_sample = 0
        self._index = torch.zeros(0, dtype=torch.long)
        self._levels: dict[tuple[int, int], Tensor] = {}

    def _install(self) -> "list[RemovableHandle]":
        model = self._model
        time_proj = cast("_TimeEmbedded", model).time_proj
        handles = [
            model.register_forward_pre_hook(self._begin, with_kwargs=True),
            model.register_forward_hook(self._end, always_call=True),
            time_proj.register_forward_pre_hook(self._substitute_rows),
        ]
        for name, module in model.named_modules():
            if name in _PER_SAMPLE:
                handles.append(module.register_forward_hook(self._repeat_per_row))
            elif name.endswith("time_emb_proj"):
                handles.append(module.register_forward_hook(self._to_table))
        return handles

    def _forget(self) -> None:
        self._active = False
        self._rows = None

    def _begin(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Make the table of distinct timesteps and each pixel's row in it."""
        self._active = self._map is not None
        if self._map is None:
            return
        sample: Tensor = args[0] if args else kwargs["sample"]
        self._check(sample)
        batch = sample.shape[0]
        # On the CPU: `unique` would otherwise make the host wait for the device.
        distinct, index = torch.unique(self._map.detach().cpu(), return_inverse=True)
        self._rows = padded(distinct, batch).to(sample.device)
        if any(getattr(model, name, None) is not None for name in _PER_SAMPLE):
            # The embedding differs by sample, so each sample gets a block of rows of its own.
            self._rows_per_sample = len(self._rows)
            index = index.repeat(batch // len(index), 1, 1)
            index = index + torch.arange(batch)[:, None, None] * self._rows_per_sample
            self._rows = self._rows.repeat(batch)
        self._index = index.to(sample.device)
        self._levels = {}
        size = (index.shape[-2], index.shape[-1])
        for _ in cast("_TimeEmbedded", model).down_blocks:
            self._levels[size] = _subsampled(self._index, size)
            size = (-(-size[0] // 2), -(-size[1] // 2))

    def _check(self, sample: Tensor) -> None:
        assert self._map is not None
        batch, size = self._map.shape[0], self._map.shape[-2:]
        if size != sample.shape[-2:] or sample.shape[0] % batch:
            raise ValueError(
                f"the timestep map is {tuple(self._map.shape)}, which does not fit latents of "
                f"{tuple(sample.shape)}"
            )

    def _substitute_rows(self, _module: nn.Module, _args: tuple[Any, ...]) -> tuple[Tensor] | None:
        """Embed the distinct timesteps in place of the batch's scalar one."""
        if not self._active or self._rows is None:
            return None
        rows, self._rows = self._rows, None  # class embeddings may call time_proj a second time
        return (rows,)

    def _repeat_per_row(self, _module: nn.Module, _args: Any, output: Tensor) -> Tensor | None:
        """One row of another embedding (class, size, pooled text) for each row of the table."""
        if not self._active:
            return None
        return output.repeat_interleave(self._rows_per_sample, dim=0)

    def _to_table(self, _module: nn.Module, _args: Any, output: Tensor) -> RowTable | None:
        return RowTable(output, self._spread) if self._active else None

    def _spread(self, rows: Tensor, activation: Tensor) -> Tensor:
        """Rows (R, C) at every pixel of an activation (B, C, h, w)."""
        size = (activation.shape[-2], activation.shape[-1])
        index = self._levels.get(size)
        if index is None:  # of a kind of sampling that is not stock
            index = _subsampled(self._index, size)
        spread = F.embedding(index, rows).permute(0, 3, 1, 2)
        if len(index) in (1, activation.shape[0]):
            return spread
        return spread.repeat(activation.shape[0] // len(index), 1, 1, 1)


def _subsampled(index: Tensor, size: tuple[int, int]) -> Tensor:
    """Row index at a lower resolution: the pixel at the top left of each cell."""
    if index.shape[-2:] == size:
        return index
    rows, columns = (
        torch.arange(small, device=index.device) * large // small  # the authors' stride h / h0
        for large, small in zip(index.shape[-2:], size, strict=True)
    )
    return index[:, rows[:, None], columns]
