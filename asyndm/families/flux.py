"""FLUX.1 dev, schnell, Fill and Kontext: a transformer that is given packed tokens.

Two by two latent pixels are one token. Fill sees mask and masked picture as further channels of
each token, Kontext the whole picture as further tokens (arXiv:2506.15742, section 3).
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from asyndm.families.family import EncodedPrompt, NetworkInput
from asyndm.families.token_family import TokenFamily
from asyndm.prompt_chunks import Encoder, TextLayout
from asyndm.request import Request

T5_LENGTH = 512
"""Most tokens of the T5 encoder that the network sees, as diffusers' pipeline gives them."""
_TRAIN_TIMESTEPS = 1000


class Flux(TokenFamily):
    """Text is up to 512 tokens of T5; CLIP gives its pooled text only."""

    has_clip_layers: ClassVar[bool] = False
    keeps_sample: ClassVar[bool] = True
    guidance_name: ClassVar[str] = "true guidance scale"

    @property
    def input_channels(self) -> int:
        """Latents, and what Fill takes beside them, for each latent pixel."""
        return super().input_channels // self.patch**2

    def guidance(self, request: Request) -> float:
        """The network is told the guidance scale; guidance by a second call needs a negative."""
        return request.true_guidance if request.negative_prompt.strip() else 1.0

    @property
    def _text_length(self) -> int:
        """Tokens of T5; a small model's tokenizer may say that it was trained with fewer."""
        return min(T5_LENGTH, int(self.pipeline.tokenizer_2.model_max_length))

    @property
    def layout(self) -> TextLayout:
        """T5's tokens."""
        return TextLayout((Encoder(self.pipeline.tokenizer_2, self._text_length),))

    def encode(
        self, prompt: str, negative: str | None, *, guided: bool, clip_skip: int = 0
    ) -> EncodedPrompt:
        """T5's embeddings and CLIP's pooled text, in which no layer can be left out."""
        del clip_skip
        texts = [negative or "", prompt] if guided else [prompt]
        encoded = [
            self.pipeline.encode_prompt(
                text,
                None,
                device=self.pipeline._execution_device,
                max_sequence_length=self._text_length,
            )
            for text in texts
        ]
        return EncodedPrompt(
            torch.cat([embeddings for embeddings, _, _ in encoded]),
            torch.cat([pooled for _, pooled, _ in encoded]),
        )

    def arguments(
        self, prompts: Sequence[EncodedPrompt], request: Request, height: int, width: int
    ) -> dict[str, Any]:
        """Pooled text, the places of the text tokens, and the guidance scale if it is told one."""
        del height, width
        pooled = torch.cat([prompt.pooled for prompt in prompts if prompt.pooled is not None])
        length = prompts[0].embeddings.shape[1]
        given = {"pooled_projections": pooled, "txt_ids": pooled.new_zeros(length, 3)}
        if self.pipeline.transformer.config.guidance_embeds:
            scale = torch.full([1], request.guidance, device=pooled.device, dtype=torch.float32)
            given["guidance"] = scale.expand(len(pooled))
        return given

    def known_channels(self, mask: Tensor, area: Tensor, masked: Tensor) -> Tensor:
        """The masked picture's latents, then the mask: a plane for each pixel of a latent."""
        factor = mask.shape[-1] // masked.shape[-1]
        del area
        return torch.cat([masked, F.pixel_unshuffle(mask, factor)], dim=1)

    def time_map(self, t: Tensor, dtype: torch.dtype) -> Tensor:
        """Timesteps of the tokens, 0 to 1, rounded as the stock pipeline rounds them."""
        return t[:: self.patch, :: self.patch].to(dtype) / _TRAIN_TIMESTEPS

    def predict(self, latents: Tensor, t: Tensor, given: NetworkInput) -> Tensor:
        """One call of the transformer."""
        transformer, count = self.pipeline.transformer, len(given.embeddings)
        inputs = latents if given.beside is None else torch.cat([latents, given.beside], dim=1)
        grid = (latents.shape[-2] // self.patch, latents.shape[-1] // self.patch)
        tokens, places = packed(inputs), image_ids(*grid, like=given.embeddings)
        own = tokens.shape[1]
        if given.reference is not None:
            tokens = torch.cat([tokens, packed(given.reference)], dim=1)
            places = torch.cat([places, image_ids(*grid, like=places, first=1)])
        told = t.to(given.embeddings) / _TRAIN_TIMESTEPS
        output: Tensor = transformer(
            hidden_states=tokens.expand(count, -1, -1).to(given.embeddings.dtype),
            timestep=told.expand(count),
            encoder_hidden_states=given.embeddings,
            img_ids=places,
            return_dict=False,
            **given.arguments,
        )[0]
        return unpacked(output[:, :own], grid)


def packed(latents: Tensor) -> Tensor:
    """Latents (B, C, h, w) as tokens (B, hw / 4, 4C)."""
    return F.pixel_unshuffle(latents, Flux.patch).flatten(2).transpose(1, 2)


def unpacked(tokens: Tensor, grid: tuple[int, int]) -> Tensor:
    """Tokens (B, N, 4C) of a grid (rows, columns) as latents (B, C, h, w)."""
    planes = tokens.transpose(1, 2).reshape(len(tokens), -1, *grid)
    return F.pixel_shuffle(planes, Flux.patch)


def image_ids(rows: int, columns: int, *, like: Tensor, first: int = 0) -> Tensor:
    """Places (N, 3) of the image tokens: (0, row, column); a reference picture begins with 1."""
    ids = torch.zeros(rows, columns, 3)
    ids[..., 0] = first
    ids[..., 1] = torch.arange(rows)[:, None]
    ids[..., 2] = torch.arange(columns)
    return ids.reshape(-1, 3).to(like)
