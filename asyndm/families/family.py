"""What the engine asks of a family of models; everything else is the same for all of them.

A family knows its pipeline's parts: how prompts are encoded, which of the encoder's positions
belong to a word, what its network is called with, and on which grid and in which unit that takes
the time of each pixel. Latents are (B, C, h, w) everywhere outside a family.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from asyndm.prompt_chunks import TextLayout, unseen, word_positions
from asyndm.prompt_weights import parse
from asyndm.request import Request
from asyndm.words import Word

Positions = tuple[int, ...]
"""Of the pieces of one word in the sequence that the network attends to."""


class EncodedPrompt(NamedTuple):
    """What the text encoders make of a prompt.

    Attributes:
        embeddings: (1, L, D), or (2, L, D) with the unconditional half first if guided.
        pooled: (1, P) or (2, P); None of families that have none.
    """

    embeddings: Tensor
    pooled: Tensor | None = None

    @classmethod
    def joined(cls, encoded: Sequence[Tensor], *, guided: bool) -> "EncodedPrompt":
        """From what pipelines with pooled text give: text, negative text, and both pooled."""
        text, negative, pooled, negative_pooled = encoded
        if not guided:
            return cls(text, pooled)
        return cls(torch.cat([negative, text]), torch.cat([negative_pooled, pooled]))


class Watched(NamedTuple):
    """Whose attention maps are to be recorded, and where they are found in a call.

    Attributes:
        positions: of the pieces of each object word.
        grid: (h, w) of the latents.
        divisor: side of the latents over that of the layers to be read.
        guided: whether the first half of the batch is unconditional.
        others: samples at the end of the batch that are not read.
    """

    positions: Sequence[Positions]
    grid: tuple[int, int]
    divisor: int
    guided: bool
    others: int


class NetworkInput(NamedTuple):
    """What a network sees beside noisy latents and time, the same in all calls of a picture.

    Attributes:
        embeddings: (B, L, D) of all prompts.
        arguments: others that its forward takes.
        beside: (1, K, h, w) channels beside the latents: what an inpainting network knows of the
            picture.
        reference: (1, C, h, w) clean latents of the picture to be edited.
    """

    embeddings: Tensor
    arguments: dict[str, Any]
    beside: Tensor | None = None
    reference: Tensor | None = None


class Maps(Protocol):
    """Records attention maps while a network runs."""

    def __enter__(self) -> "Maps":
        """Begin."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        ...

    def take(self, height: int, width: int) -> Tensor:
        """The maps since the last take, float32 (B, K, height, width) on the CPU."""
        ...


class Family(ABC):
    """One family on one pipeline.

    Args:
        pipeline: a diffusers pipeline of the family, on its device.
    """

    network_part: ClassVar[str] = "unet"
    """Of the pipeline, the part that denoises."""
    patch: ClassVar[int] = 1
    """Latent pixels along the side of a token."""
    has_clip_layers: ClassVar[bool] = True
    """Whether the network attends to CLIP's text, so that CLIP skip means something."""
    keeps_sample: ClassVar[bool] = False
    """Whether the stock inpainting pipeline of an inpainting network draws a sample of the picture
    although it has no use for it; a seed then means the same noise only if ours does too."""

    guidance_name: ClassVar[str] = "guidance scale"
    """What the scale of classifier-free guidance is called."""
    takes_embeddings: ClassVar[bool] = False
    """Whether textual inversions exist for it."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline

    @property
    def network(self) -> nn.Module:
        """The denoising network."""
        network: nn.Module = getattr(self.pipeline, self.network_part)
        return network

    @property
    def input_channels(self) -> int:
        """Of the network, for each latent pixel: the latents, and what it takes beside them."""
        channels: int = getattr(self.pipeline, self.network_part).config.in_channels
        return channels

    def guidance(self, request: Request) -> float:
        """Scale of classifier-free guidance; at most 1 = off."""
        return request.guidance

    @property
    @abstractmethod
    def layout(self) -> TextLayout:
        """What the sequence of text embeddings consists of."""

    @abstractmethod
    def encode(
        self, prompt: str, negative: str | None, *, guided: bool, clip_skip: int = 0
    ) -> EncodedPrompt:
        """Text embeddings of one chunk as diffusers' pipeline makes them.

        Args:
            prompt: what the picture shows, without marks of weights.
            negative: what it should not show; used only if guided. None: there is no such prompt.
            guided: whether to put the unconditional half first.
            clip_skip: layers to leave out at the end of CLIP encoders, see `asyndm.clip_skip`.

        Raises:
            RequestError: an encoder has fewer layers.
        """

    @abstractmethod
    def arguments(
        self, prompts: Sequence[EncodedPrompt], request: Request, height: int, width: int
    ) -> dict[str, Any]:
        """What the network's forward takes beside latents, time and embeddings.

        Args:
            prompts: the picture's own, then those of regions.
            request: of the run.
            height: of the picture in pixels.
            width: likewise.
        """

    def positions(self, prompt: str, words: Sequence[Word]) -> list[Positions]:
        """Of each word's pieces; empty for a word that the network does not see.

        Args:
            prompt: as typed.
            words: of its text without marks.
        """
        return word_positions(parse(prompt), words, self.layout)

    def cut_off(self, prompt: str) -> str:
        """The end of the prompt that no text encoder sees; empty if all of it is seen."""
        return unseen(parse(prompt), self.layout)

    @abstractmethod
    def maps(self, watched: Watched) -> Maps:
        """Records the attention maps of object words."""

    def known_channels(self, mask: Tensor, area: Tensor, masked: Tensor) -> Tensor:
        """What an inpainting network is told of the picture.

        Args:
            mask: float (1, 1, H, W), 1 = redo, in picture pixels.
            area: float (1, 1, h, w), 1 = redo, on the latent grid.
            masked: (1, C, h, w) latents of the picture without what is masked.

        Returns:
            (1, K, h, w).
        """
        del mask
        return torch.cat([area, masked], dim=1)

    @abstractmethod
    def time_map(self, t: Tensor, dtype: torch.dtype) -> Tensor:
        """Timesteps (h, w) of latent pixels on the grid and in the unit of ``per_pixel_time``.

        Args:
            t: of the latent pixels.
            dtype: that the network is called in.
        """

    @abstractmethod
    def predict(self, latents: Tensor, t: Tensor, given: NetworkInput) -> Tensor:
        """One call of the network.

        Args:
            latents: noisy, (1, C, h, w).
            t: the timestep () of all pixels; not looked at while a map is set.
            given: the rest of the input, for B samples.

        Returns:
            the prediction in the network's dtype, (B, C, h, w).
        """
