"""Diffusion transformers with joint attention: a timestep for every image token.

In each block the timestep's embedding goes through one small Linear that yields shifts, scales and
gates. The model's timestep argument becomes the table of distinct timesteps (for each sample,
because pooled text and guidance are added to the embedding), and by their role
* *image* Linears give a ``RowTable`` that is gathered to the image tokens,
* *joint* Linears one that is gathered to the sequence [text, image] of single-stream blocks,
* *lead* Linears one for a sequence that begins with the image; all that follows is text,
* *text* Linears see the one row that belongs to the text, and are stock otherwise.

Text takes the mean timestep of the tokens that are still being denoised; reference tokens (FLUX.1
Kontext, FLUX.2, Qwen-Image-Edit) take that of the target token at the same place, or the text's
where their grid differs. A uniform map is the stock model either way (docs/decisions/009). Which
module of which class plays which role is in ``asyndm.families.token_roles``.
"""

import inspect
import re
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from asyndm.families.hooked_time import HookedTime, padded
from asyndm.families.token_roles import Roles
from asyndm.row_table import RowTable

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle


class TokenTime(HookedTime):
    """Maps (h, w) are on the token grid, in the model's own unit (SD 3: 0 to 1000; others: 0 to 1).

    Args:
        model: the transformer.
        roles: of its modules.
    """

    def __init__(self, model: nn.Module, roles: Roles) -> None:
        super().__init__(model)
        self._roles = roles
        self._names = list(inspect.signature(type(model).forward).parameters)[1:]
        self._forget()

    def _install(self) -> "list[RemovableHandle]":
        model, roles = self._model, self._roles
        handles = [
            model.register_forward_pre_hook(self._begin, with_kwargs=True),
            model.register_forward_hook(self._end, always_call=True),
        ]
        for name, module in list(model.named_modules())[1:]:  # the first is the model itself
            if re.fullmatch(roles.text, name):
                handles.append(module.register_forward_pre_hook(self._pick_text))
            elif re.fullmatch(roles.indexed_blocks, name):
                handles.append(module.register_forward_pre_hook(self._drop_index, with_kwargs=True))
            for pattern, hook in (
                (roles.per_sample, self._repeat),
                (roles.image, self._to_image),
                (roles.joint, self._to_joint),
                (roles.lead, self._to_lead),
            ):
                if re.fullmatch(pattern, name):
                    handles.append(module.register_forward_hook(hook))
        return handles

    def _forget(self) -> None:
        self._active = False
        nothing = torch.zeros(0, dtype=torch.long)
        self._sample_of_row = self._text = self._image = self._joint = self._clean = nothing

    def _begin(
        self, _model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Put the distinct timesteps in the place of the batch's, and note each token's row."""
        if self._map is None:
            return None
        call = {**dict(zip(self._names, args, strict=False)), **kwargs}
        hidden = call[self._roles.sample]
        batch, first = len(hidden), hidden[0]
        count = self._tokens(batch, first.shape)
        # On the CPU: `unique` would otherwise make the host wait for the device.
        flat = self._map.detach().cpu().flatten(1).to(torch.float32)
        if not self._roles.patch:
            # FLUX rounds the timestep to its own precision first, and so do equal rows.
            flat = flat.to(first.dtype)
        words = text_time(flat, self._roles.clean)
        distinct, inverse = torch.unique(torch.cat([flat, words], 1), return_inverse=True)
        inverse = inverse.repeat(batch // len(inverse), 1)
        inverse = inverse + torch.arange(batch)[:, None] * len(distinct)
        rows = padded(distinct.repeat(batch), batch)
        self._note(inverse, count - inverse.shape[1] + 1, len(distinct), len(rows), first.device)
        if self._roles.joint:
            length = call["encoder_hidden_states"].shape[1]
            text = self._text[:, None].expand(-1, length)
            self._joint = torch.cat([text, self._image], 1)
        self._active = True
        return (), {**call, self._roles.timestep: rows.to(first.device)}

    def _note(
        self, inverse: Tensor, others: int, distinct: int, rows: int, device: torch.device
    ) -> None:
        """Keep the rows of text, image and `others`, the reference tokens behind the image."""
        samples = torch.arange(rows) // distinct
        self._sample_of_row = samples.clamp(max=len(inverse) - 1).to(device)
        image, text = inverse[:, :-1], inverse[:, -1:]
        reference = image if others == image.shape[1] else text.expand(-1, others)
        self._text = text[:, 0].to(device)
        self._image = torch.cat([image, reference], 1).to(device)
        # Where a model has a second table for clean tokens, it lies behind the first.
        self._clean = torch.cat([image, reference + rows], 1).to(device)

    def _tokens(self, batch: int, shape: torch.Size) -> int:
        """Number of image tokens of each sample of a call.

        Raises:
            ValueError: the map does not fit them.
        """
        assert self._map is not None
        (maps, height, width), patch = self._map.shape, self._roles.patch
        if patch:
            fits = (height * patch, width * patch) == tuple(shape[-2:])
            tokens = height * width
        else:
            tokens = shape[0]
            fits = height * width <= tokens
        if not fits or batch % maps:
            raise ValueError(
                f"the timestep map is {tuple(self._map.shape)}, which does not fit an input of "
                f"{(batch, *shape)}"
            )
        return tokens

    def _repeat(self, _module: nn.Module, _args: Any, output: Tensor) -> Tensor | None:
        return output.index_select(0, self._sample_of_row) if self._active else None

    def _pick_text(self, _module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        return (args[0].index_select(0, self._text), *args[1:]) if self._active else None

    def _drop_index(
        self, _module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        return (args, {**kwargs, "modulate_index": None}) if self._active else None

    def _to_image(self, _module: nn.Module, _args: Any, output: Tensor) -> RowTable | None:
        return RowTable(output, self._over_image) if self._active else None

    def _to_joint(self, _module: nn.Module, _args: Any, output: Tensor) -> RowTable | None:
        return RowTable(output, self._over_joint) if self._active else None

    def _to_lead(self, _module: nn.Module, _args: Any, output: Tensor) -> RowTable | None:
        return RowTable(output, self._over_lead) if self._active else None

    def _over_image(self, rows: Tensor, _activation: Tensor) -> Tensor:
        two_tables = len(rows) == 2 * len(self._sample_of_row)
        return F.embedding(self._clean if two_tables else self._image, rows)

    def _over_joint(self, rows: Tensor, _activation: Tensor) -> Tensor:
        return F.embedding(self._joint, rows)

    def _over_lead(self, rows: Tensor, activation: Tensor) -> Tensor:
        rest = activation.shape[1] - self._image.shape[1]
        text = self._text[:, None].expand(-1, rest)
        return F.embedding(torch.cat([self._image, text], 1), rows)


def text_time(flat: Tensor, clean: float = 0.0) -> Tensor:
    """The timestep of the text: the mean over tokens that are not clean yet, exact if all agree.

    Args:
        flat: timesteps of the tokens (b, N).
        clean: timestep of a clean token.

    Returns:
        (b, 1), in the dtype of `flat`; `clean` where every token is clean.
    """
    moving = flat.double()
    is_moving = moving != clean
    highest = moving.amax(1, keepdim=True)
    # As a distance from the highest, so that the mean of equal values is that value to the bit.
    below = torch.where(is_moving, highest - moving, 0.0).sum(1, keepdim=True)
    return (highest - below / is_moving.sum(1, keepdim=True).clamp(min=1)).to(flat.dtype)
