"""What a run is conditioned on: the prompt's embeddings and the places of its object words."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from asyndm.guidance import is_guided
from asyndm.loading import LoadedModel, quiet_libraries
from asyndm.plan import RunPlan
from asyndm.regional_prompts import prompted
from asyndm.words import Word, object_words, token_positions, words_from_list


@dataclass(frozen=True)
class Conditioning:
    """A prompt as a network takes it.

    Attributes:
        embeddings: (1 + K, L, D), or (2 + K, L, D) with the unconditional one first if guided:
            the prompt, then those of the K regions that have one of their own.
        words: object words that the encoder sees, in order; none if no mask is taken from them.
        positions: for each word those of its pieces in the encoder's sequence.
    """

    embeddings: Tensor
    words: tuple[Word, ...] = ()
    positions: tuple[tuple[int, ...], ...] = ()


def condition(model: LoadedModel, plan: RunPlan) -> Conditioning:
    """Encode the prompt of a plan and find its object words.

    Raises:
        RequestError: a word given by hand is not in the prompt.
    """
    request = plan.request
    embeddings = encode_prompt(
        model.pipeline, request.prompt, request.negative_prompt, guided=is_guided(request.guidance)
    )
    regional = [
        encode_prompt(model.pipeline, region.prompt or "", "", guided=False)
        for region in prompted(request.regions)
    ]
    embeddings = torch.cat([embeddings, *regional])
    words = chosen_words(plan)
    positions = token_positions(request.prompt, words, model.pipeline.tokenizer)
    seen = [(word, where) for word, where in zip(words, positions, strict=True) if where]
    return Conditioning(
        embeddings, tuple(word for word, _ in seen), tuple(where for _, where in seen)
    )


def chosen_words(plan: RunPlan) -> list[Word]:
    """Object words chosen by hand, or found in the prompt; none where attention has no say.

    Raises:
        RequestError: a word given by hand is not in the prompt.
    """
    if plan.attention == "no":
        return []
    if plan.request.words is None:
        return object_words(plan.request.prompt)
    return words_from_list(plan.request.prompt, plan.request.words)


def encode_prompt(pipeline: Any, prompt: str, negative: str, *, guided: bool) -> Tensor:
    """Text embeddings as diffusers' pipeline makes them.

    Args:
        pipeline: a Stable Diffusion pipeline on its device.
        prompt: what the picture shows.
        negative: what it should not show; used only if guided.
        guided: whether to put the unconditional half first.

    Returns:
        (1, L, D), or (2, L, D) if guided.
    """
    with torch.no_grad(), quiet_libraries():  # what is cut off is told by a notice
        positive, unconditional = pipeline.encode_prompt(
            prompt, pipeline.device, 1, guided, negative or None
        )
    embeddings: Tensor = torch.cat([unconditional, positive]) if guided else positive
    return embeddings


def cut_off(tokenizer: Any, prompt: str) -> str:
    """The end of the prompt that does not fit the text encoder; empty if all of it fits.

    Args:
        tokenizer: a transformers tokenizer with ``model_max_length``.
        prompt: the text.
    """
    limit = tokenizer.model_max_length
    ids = tokenizer(prompt, truncation=False, verbose=False).input_ids
    if len(ids) <= limit:
        return ""
    kept = limit - 1  # the end token takes the last place of a cut sequence
    rest: str = tokenizer.decode(ids[kept:], skip_special_tokens=True)
    return rest.strip()
