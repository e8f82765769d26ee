"""Diffusion transformers with joint attention: a timestep for every image token.

In each block the timestep's embedding goes through one small Linear that yields shifts, scales and
gates. The model's ``timestep`` argument becomes the table of distinct timesteps (for each sample,
because pooled text and guidance are added to the embedding), and by their role
* *image* Linears give a ``RowTable`` that is gathered to the image tokens,
* *joint* Linears one that is gathered to the sequence [text, image] of single-stream blocks,
* *text* Linears see the one row that belongs to the text, and are stock otherwise.

Text takes the mean timestep of the tokens that are still being denoised; reference tokens (FLUX.1
Kontext) take that of the target token at the same place, or the text's where their grid differs.
A uniform map is the stock model either way (docs/decisions/009).
"""

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from asyndm.families.hooked_time import HookedTime, padded
from asyndm.row_table import RowTable

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle


@dataclass(frozen=True)
class Roles:
    """Which modules of a model class play which part; regular expressions of whole names.

    Attributes:
        image: Linears that modulate image tokens.
        text: Linears that modulate text tokens.
        joint: Linears that modulate the sequence [text, image].
        per_sample: embedders whose output is added to the time embedding, one row a sample.
        patch: latent pixels per token along a side, if the model is given latents (B, C, H, W);
            0 if it is given tokens (B, N, C).
    """

    image: str
    text: str
    joint: str = "(?!)"
    per_sample: str = r"time_text_embed\.(text_embedder|guidance_embedder)"
    patch: int = 0


SD3 = Roles(
    image=r"transformer_blocks\.\d+\.norm1\.linear|norm_out\.linear",
    text=r"transformer_blocks\.\d+\.norm1_context\.linear",
    patch=2,
)
FLUX = Roles(
    image=r"transformer_blocks\.\d+\.norm1\.linear|norm_out\.linear",
    text=r"transformer_blocks\.\d+\.norm1_context\.linear",
    joint=r"single_transformer_blocks\.\d+\.norm\.linear",
)


class TokenTime(HookedTime):
    """Maps (h, w) are on the token grid, in the model's own unit (SD 3: 0 to 1000; FLUX: 0 to 1).

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
        for name, module in model.named_modules():
            if re.fullmatch(roles.per_sample, name):
                handles.append(module.register_forward_hook(self._repeat))
            elif re.fullmatch(roles.text, name):
                handles.append(module.register_forward_pre_hook(self._pick_text))
            elif re.fullmatch(roles.image, name):
                handles.append(module.register_forward_hook(self._to_image))
            elif re.fullmatch(roles.joint, name):
                handles.append(module.register_forward_hook(self._to_joint))
        return handles

    def _forget(self) -> None:
        self._active = False
        nothing = torch.zeros(0, dtype=torch.long)
        self._sample_of_row = self._text = self._image = self._joint = nothing

    def _begin(
        self, _model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Put the distinct timesteps in the place of the batch's, and note each token's row."""
        if self._map is None:
            return None
        call = {**dict(zip(self._names, args, strict=False)), **kwargs}
        hidden: Tensor = call["hidden_states"]
        batch, device = hidden.shape[0], hidden.device
        tokens = self._tokens(hidden)
        # On the CPU: `unique` would otherwise make the host wait for the device.
        flat = self._map.detach().cpu().flatten(1).to(torch.float32)
        if not self._roles.patch:
            # FLUX rounds the timestep to its own precision first, and so do equal rows.
            flat = flat.to(hidden.dtype)
        distinct, inverse = torch.unique(torch.cat([flat, text_time(flat)], 1), return_inverse=True)
        count = len(distinct)
        inverse = inverse.repeat(batch // len(inverse), 1) + torch.arange(batch)[:, None] * count
        rows = padded(distinct.repeat(batch), batch)
        self._sample_of_row = (torch.arange(len(rows)) // count).clamp(max=batch - 1).to(device)
        text, image = inverse[:, -1], inverse[:, :-1]
        image = torch.cat([image, _reference(image, text, tokens - image.shape[1])], 1)
        words = call["encoder_hidden_states"].shape[1]
        self._text = text.to(device)
        self._image = image.to(device)
        self._joint = torch.cat([text[:, None].expand(-1, words), image], 1).to(device)
        self._active = True
        return (), {**call, "timestep": rows.to(device)}

    def _tokens(self, hidden: Tensor) -> int:
        """Number of image tokens of a call.

        Raises:
            ValueError: the map does not fit them.
        """
        assert self._map is not None
        (batch, height, width), patch = self._map.shape, self._roles.patch
        if patch:
            fits = (height * patch, width * patch) == tuple(hidden.shape[-2:])
            tokens = height * width
        else:
            tokens = hidden.shape[1]
            fits = height * width <= tokens
        if not fits or hidden.shape[0] % batch:
            raise ValueError(
                f"the timestep map is {tuple(self._map.shape)}, which does not fit an input of "
                f"{tuple(hidden.shape)}"
            )
        return tokens

    def _repeat(self, _module: nn.Module, _args: Any, output: Tensor) -> Tensor | None:
        return output.index_select(0, self._sample_of_row) if self._active else None

    def _pick_text(self, _module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        return (args[0].index_select(0, self._text), *args[1:]) if self._active else None

    def _to_image(self, _module: nn.Module, _args: Any, output: Tensor) -> RowTable | None:
        return (
            RowTable(output, lambda rows, _: F.embedding(self._image, rows))
            if self._active
            else None
        )

    def _to_joint(self, _module: nn.Module, _args: Any, output: Tensor) -> RowTable | None:
        return (
            RowTable(output, lambda rows, _: F.embedding(self._joint, rows))
            if self._active
            else None
        )


def text_time(flat: Tensor) -> Tensor:
    """The timestep of the text: the mean over tokens that are not clean yet, exact if all agree.

    Args:
        flat: timesteps of the tokens (b, N).

    Returns:
        (b, 1), in the dtype of `flat`; 0 where every token is clean.
    """
    moving = flat.double()
    is_moving = moving > 0
    highest = moving.amax(1, keepdim=True)
    # As a distance from the highest, so that the mean of equal values is that value to the bit.
    below = torch.where(is_moving, highest - moving, 0.0).sum(1, keepdim=True)
    return (highest - below / is_moving.sum(1, keepdim=True).clamp(min=1)).to(flat.dtype)


def _reference(image: Tensor, text: Tensor, count: int) -> Tensor:
    """Rows (B, count) of reference tokens, which follow the image's."""
    return image if count == image.shape[1] else text[:, None].expand(-1, count)
