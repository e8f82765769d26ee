"""What a run is conditioned on: the prompt's embeddings and the places of its object words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
        added: SDXL's pooled text and sizes, one row for each embedding; empty for other models.
        words: object words that the encoder sees, in order; none if no mask is taken from them.
        positions: for each word those of its pieces in the encoder's sequence.
    """

    embeddings: Tensor
    added: dict[str, Tensor] = field(default_factory=dict)
    words: tuple[Word, ...] = ()
    positions: tuple[tuple[int, ...], ...] = ()


class EncodedPrompt(NamedTuple):
    """What the text encoders make of a prompt.

    Attributes:
        embeddings: (1, L, D), or (2, L, D) with the unconditional half first if guided.
        pooled: (1, P) or (2, P), of SDXL only.
    """

    embeddings: Tensor
    pooled: Tensor | None = None


def condition(model: LoadedModel, plan: RunPlan) -> Conditioning:
    """Encode the prompts of a plan and find the object words of the picture's own.

    Raises:
        RequestError: a word given by hand is not in the prompt.
    """
    request = plan.request
    guided = is_guided(request.guidance)
    pipeline = model.pipeline
    encoded = [encode_prompt(pipeline, request.prompt, request.negative_prompt, guided=guided)]
    encoded += [
        encode_prompt(pipeline, region.prompt or "", "", guided=False)
        for region in prompted(request.regions)
    ]
    words = chosen_words(plan)
    positions = token_positions(request.prompt, words, pipeline.tokenizer)
    seen = [(word, where) for word, where in zip(words, positions, strict=True) if where]
    return Conditioning(
        torch.cat([prompt.embeddings for prompt in encoded]),
        _added(encoded, plan),
        tuple(word for word, _ in seen),
        tuple(where for _, where in seen),
    )


def _added(encoded: Sequence[EncodedPrompt], plan: RunPlan) -> dict[str, Tensor]:
    """SDXL's conditions beside the prompt (arXiv:2307.01952, section 2.2); none for others.

    The picture is asked for as a whole picture of its size: original and target size are that size,
    cropped at (0, 0), as diffusers' pipeline does it by default.
    """
    pooled = [prompt.pooled for prompt in encoded if prompt.pooled is not None]
    if not pooled:
        return {}
    texts = torch.cat(pooled)
    sizes = torch.tensor([[plan.height, plan.width, 0, 0, plan.height, plan.width]])
    return {"text_embeds": texts, "time_ids": sizes.to(texts).repeat(len(texts), 1)}


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


def encode_prompt(pipeline: Any, prompt: str, negative: str, *, guided: bool) -> EncodedPrompt:
    """Text embeddings as diffusers' pipeline makes them.

    Args:
        pipeline: a Stable Diffusion or SDXL pipeline on its device.
        prompt: what the picture shows.
        negative: what it should not show; used only if guided.
        guided: whether to put the unconditional half first.
    """
    with torch.no_grad(), quiet_libraries():  # what is cut off is told by a notice
        found = pipeline.encode_prompt(
            prompt,
            device=pipeline.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=guided,
            negative_prompt=negative or None,
        )
    positive, unconditional, *pooled = found
    embeddings: Tensor = torch.cat([unconditional, positive]) if guided else positive
    if not pooled:
        return EncodedPrompt(embeddings)
    return EncodedPrompt(embeddings, torch.cat([pooled[1], pooled[0]]) if guided else pooled[0])


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
