"""Embeddings of prompts with weights, and of prompts longer than the text encoder.

Every text is encoded by the pipeline's own ``encode_prompt``, so a prompt without weights that fits
the encoder gives the stock embeddings to the bit. A longer one is encoded chunk by chunk
(`asyndm.prompt_chunks`). A weight w moves the embedding z of a token along the line from the one
that the empty prompt has at the same place, z0 + w (z - z0): at 1 it is z, at 0 the token says
nothing, and other tokens keep their embeddings. This is the interpolation of compel and ComfyUI;
the web UI of AUTOMATIC1111 multiplies z by w and rescales all tokens to the mean from before,
which moves every token for the sake of one.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from asyndm.families.family import EncodedPrompt, Family
from asyndm.prompt_chunks import TextLayout, chunk_spans, token_weights
from asyndm.prompt_weights import Weighted, parse

StockEncoder = Callable[[str, str | None], EncodedPrompt]
"""Prompt and negative prompt (None: none was given) -> what the stock pipeline makes of them."""


def encode_prompts(
    family: Family,
    prompt: str,
    negative: str,
    others: Sequence[str] = (),
    *,
    guided: bool,
    clip_skip: int = 0,
) -> list[EncodedPrompt]:
    """Encode all prompts of a run, in the same number of chunks.

    Args:
        family: of the model.
        prompt: of the picture, as typed.
        negative: what it should not show; used only if guided.
        others: prompts of regions.
        guided: whether to put the unconditional half of the picture's own prompt first.
        clip_skip: see `asyndm.clip_skip`.

    Raises:
        RequestError: the text encoder has too few layers for the CLIP skip.
    """
    layout = family.layout
    encode = partial(family.encode, clip_skip=clip_skip)
    used = (prompt, *others, *([negative] if guided else []))
    chunks = max(len(chunk_spans(parse(text), layout)) for text in used)
    first = encode_weighted(
        partial(encode, guided=guided), layout, prompt, negative if guided else "", chunks=chunks
    )
    plain = partial(encode, guided=False)
    return [first] + [encode_weighted(plain, layout, text, chunks=chunks) for text in others]


def encode_weighted(
    stock: StockEncoder, layout: TextLayout, prompt: str, negative: str = "", *, chunks: int = 1
) -> EncodedPrompt:
    """Encode a prompt with its weights, in as many chunks as it takes.

    Args:
        stock: the pipeline's own encoder.
        layout: of the model.
        prompt: as typed, with marks.
        negative: likewise; used if `stock` makes an unconditional half.
        chunks: at least so many; the rest are those of the empty prompt.

    Returns:
        the embeddings, L the chunks times ``layout.length``; the pooled text of the first chunk.
    """
    texts = (parse(prompt), parse(negative))
    spans = [chunk_spans(text, layout) for text in texts]
    count = max(chunks, *map(len, spans))
    positives, negatives = (
        [text.text[start:end] for start, end in span] + [""] * (count - len(span))
        for text, span in zip(texts, spans, strict=True)
    )
    # Whether there is a negative prompt at all matters: some models have zeros in its place.
    given = [part if texts[1].text else None for part in negatives]
    encoded = [stock(*pair) for pair in zip(positives, given, strict=True)]
    embeddings = torch.cat([part.embeddings for part in encoded], dim=1)
    # The unconditional half comes first, so the negative prompt does if there are two.
    rows = texts[::-1][-len(embeddings) :]
    weights = _weights(rows, layout, count)
    if weights is not None:
        empty = stock("", "" if texts[1].text else None).embeddings.repeat(1, count, 1)
        embeddings = _interpolated(embeddings, empty, weights.to(embeddings.device))
    return EncodedPrompt(embeddings, encoded[0].pooled)


def _weights(texts: Sequence[Weighted], layout: TextLayout, count: int) -> Tensor | None:
    """Weights (B, L) of all tokens, or None if all are 1."""
    rows = [token_weights(text, layout) for text in texts]
    if all(weight == 1 for row in rows for weight in row):
        return None
    length = count * layout.length
    return torch.tensor([row + [1.0] * (length - len(row)) for row in rows])


def _interpolated(embeddings: Tensor, empty: Tensor, weights: Tensor) -> Tensor:
    """z0 + w (z - z0) in float32; where w is 1, z itself to the bit."""
    moved = empty.float() + weights[..., None] * (embeddings.float() - empty.float())
    return torch.where(weights[..., None] == 1, embeddings, moved.to(embeddings))
