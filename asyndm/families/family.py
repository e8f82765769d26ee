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

    patch: ClassVar[int] = 1
    """Latent pixels along the side of a token."""
    keeps_sample: ClassVar[bool] = False
    """Whether the stock inpainting pipeline of an inpainting network draws a sample of the picture
    although it has no use for it; a seed then means the same noise only if ours does too."""

    takes_embeddings: ClassVar[bool] = False
    """Whether textual inversions exist for it."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline

    @property
    @abstractmethod
    def network(self) -> nn.Module:
        """The denoising network."""

    @property
    @abstractmethod
    def input_channels(self) -> int:
        """Of the network, for each latent pixel."""

    def guidance(self, request: Request) -> float:
        """Scale of classifier-free guidance; at most 1 = off."""
        return request.guidance

    @abstractmethod
    def encode(self, prompt: str, negative: str, *, guided: bool) -> EncodedPrompt:
        """Text embeddings as diffusers' pipeline makes them.

        Args:
            prompt: what the picture shows.
            negative: what it should not show; used only if guided.
            guided: whether to put the unconditional half first.
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

    @abstractmethod
    def positions(self, prompt: str, words: Sequence[Word]) -> list[Positions]:
        """Of each word's pieces; empty for a word that the network does not see."""

    @abstractmethod
    def cut_off(self, prompt: str) -> str:
        """The end of the prompt that no text encoder sees; empty if all of it is seen."""

    @abstractmethod
    def maps(
        self,
        positions: Sequence[Positions],
        grid: tuple[int, int],
        *,
        divisor: int,
        guided: bool,
        others: int,
    ) -> Maps:
        """Records the attention maps of object words.

        Args:
            positions: of the words' pieces.
            grid: (h, w) of the latents.
            divisor: side of the latents over that of the layers to be read.
            guided: whether the first half of the batch is unconditional.
            others: samples at the end of the batch that are not read.
        """

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
    def time_map(self, t: Tensor) -> Tensor:
        """Timesteps (h, w) of latent pixels on the grid and in the unit of ``per_pixel_time``."""

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


def cut_off(tokenizer: Any, prompt: str, limit: int | None = None) -> str:
    """The end of the prompt that does not fit a text encoder; empty if all of it fits.

    Args:
        tokenizer: of transformers.
        prompt: the text.
        limit: longest sequence, special tokens included; None = the tokenizer's own.
    """
    limit = tokenizer.model_max_length if limit is None else limit
    ids = tokenizer(prompt, truncation=False, verbose=False).input_ids
    if len(ids) <= limit:
        return ""
    kept = limit - 1  # the end token takes the last place of a cut sequence
    rest: str = tokenizer.decode(ids[kept:], skip_special_tokens=True)
    return rest.strip()
