"""What a run is conditioned on: the prompts' embeddings and the places of its object words."""

from dataclasses import dataclass

import torch

from asyndm.families.family import NetworkInput, Positions
from asyndm.guidance import is_guided
from asyndm.loading import LoadedModel, quiet_libraries
from asyndm.object_times import with_named_words
from asyndm.plan import RunPlan
from asyndm.prompt_weights import parse
from asyndm.regional_prompts import prompted
from asyndm.weighted_prompts import encode_prompts
from asyndm.words import Word, object_words, words_from_list


@dataclass(frozen=True)
class Conditioning:
    """Prompts as a network takes them.

    Attributes:
        given: embeddings (1 + K, L, D), or (2 + K, L, D) with the unconditional one first if
            guided: the prompt, then those of the K regions that have one of their own; and what
            belongs to them.
        guidance: scale of classifier-free guidance; at most 1 = off.
        words: object words that the network sees, in order; none if no mask is taken from them.
        positions: for each word those of its pieces in the sequence that the network attends to.
    """

    given: NetworkInput
    guidance: float = 1.0
    words: tuple[Word, ...] = ()
    positions: tuple[Positions, ...] = ()

    @property
    def is_guided(self) -> bool:
        """Whether the first sample of the batch is the unconditional one."""
        return is_guided(self.guidance)


@torch.no_grad()
def condition(model: LoadedModel, plan: RunPlan) -> Conditioning:
    """Encode the prompts of a plan and find the object words of the picture's own.

    Raises:
        RequestError: a word given by hand is not in the prompt.
    """
    request, family = plan.request, model.family
    scale = family.guidance(request)
    with quiet_libraries():  # what is cut off is told by a notice
        encoded = encode_prompts(
            family,
            request.prompt,
            request.negative_prompt,
            [region.prompt or "" for region in prompted(request.regions)],
            guided=is_guided(scale),
            clip_skip=request.clip_skip,
        )
    words = chosen_words(plan)
    positions = family.positions(request.prompt, words)
    seen = [(word, where) for word, where in zip(words, positions, strict=True) if where]
    return Conditioning(
        NetworkInput(
            torch.cat([prompt.embeddings for prompt in encoded]),
            family.arguments(encoded, request, plan.height, plan.width),
        ),
        scale,
        tuple(word for word, _ in seen),
        tuple(where for _, where in seen),
    )


def chosen_words(plan: RunPlan) -> list[Word]:
    """Object words chosen by hand, or found in the prompt; none where attention has no say.

    Words that an order names or that have a concavity of their own are object words too.

    Raises:
        RequestError: a word given by hand is not in the prompt.
    """
    if plan.attention == "no":
        return []
    request = plan.request
    text = parse(request.prompt).text
    words = object_words(text) if request.words is None else words_from_list(text, request.words)
    return with_named_words(request, words)
