"""How a prompt lies in the sequence of text embeddings: chunks, pieces, positions, weights.

A CLIP encoder reads 77 tokens, of which the first and the last are marks. A longer prompt is cut
into *chunks* of at most 75 tokens, each of which is encoded by itself; the network sees their
embeddings one after the other. A *piece* is a token of the text; its *position* counts the tokens
of the whole sequence from 0, marks and padding included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from asyndm.prompt_weights import Weighted
from asyndm.words import Word

_LOOK_BACK = 20
"""A chunk rather ends behind a comma or full stop if there is one among its last so many pieces."""


@dataclass(frozen=True)
class Encoder:
    """One text encoder's part of the sequence.

    Attributes:
        tokenizer: a fast transformers tokenizer; None for a part that says nothing, such as the
            zeros in the place of SD 3's T5 where that was left out.
        length: tokens of its part, marks and padding included.
    """

    tokenizer: Any
    length: int


@dataclass(frozen=True)
class TextLayout:
    """What the sequence of text embeddings consists of.

    Attributes:
        encoders: one after the other along the sequence; of encoders that lie side by side in the
            channels (SDXL) the first.
        chunked: whether a prompt that is too long goes on in a further chunk; else it is cut.
    """

    encoders: tuple[Encoder, ...]
    chunked: bool = False

    @property
    def length(self) -> int:
        """Tokens of one chunk."""
        return sum(encoder.length for encoder in self.encoders)


@dataclass(frozen=True)
class Pieces:
    """The tokens of a text.

    Attributes:
        spans: the characters of each piece, text[start:end].
        before: marks at the start of the sequence.
        after: marks at its end.
    """

    spans: tuple[tuple[int, int], ...]
    before: int
    after: int


def pieces(tokenizer: Any, text: str) -> Pieces:
    """Cut a text into pieces as the encoder's tokenizer does.

    A learned word of several vectors (``<cat>``, ``<cat>_1``, ...) is as many pieces as it has
    vectors: diffusers' ``maybe_convert_prompt`` writes them out before the text is encoded.

    Args:
        tokenizer: a fast transformers tokenizer.
        text: any length.
    """
    if tokenizer is None:
        return Pieces((), 0, 0)
    found = tokenizer(
        text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
    )
    marks = list(found["special_tokens_mask"])
    before = marks.index(0) if 0 in marks else int(marks.count(1) > 1)
    after = marks[::-1].index(0) if 0 in marks else marks.count(1) - before
    learned = getattr(tokenizer, "added_tokens_encoder", {})
    spans: list[tuple[int, int]] = []
    for number, span, is_mark in zip(
        found["input_ids"], found["offset_mapping"], marks, strict=True
    ):
        if is_mark:
            continue
        spans.append(tuple(span))
        name, vector = tokenizer.convert_ids_to_tokens(number), 1
        while f"{name}_{vector}" in learned:
            spans.append(tuple(span))
            vector += 1
    return Pieces(tuple(spans), before, after)


def chunk_spans(weighted: Weighted, layout: TextLayout) -> list[tuple[int, int]]:
    """Where the chunks of a prompt begin and end in its text; at least one.

    Args:
        weighted: the prompt; its BREAKs begin a chunk, unless nothing is in it.
        layout: of the model.
    """
    text = weighted.text
    if not layout.chunked:
        return [(0, len(text))]
    edges = [0, *weighted.breaks, len(text)]
    spans = []
    for start, end in pairwise(edges):
        if text[start:end].strip():
            spans += _fitting(text, start, end, layout.encoders[0])
    return spans or [(0, len(text))]


def _fitting(text: str, start: int, end: int, encoder: Encoder) -> list[tuple[int, int]]:
    """Cut a section into parts that fit the encoder."""
    spans: list[tuple[int, int]] = []
    while True:
        found = pieces(encoder.tokenizer, text[start:end])
        room = encoder.length - found.before - found.after
        if len(found.spans) <= room:
            return [*spans, (start, end)]
        cut = start + _cut(text[start:end], found.spans, room)
        # A word that is cut in its middle may fall into other, more pieces than before.
        while len(pieces(encoder.tokenizer, text[start:cut]).spans) > room and cut > start + 1:
            cut -= 1
        spans.append((start, cut))
        start = cut


def _cut(text: str, spans: Sequence[tuple[int, int]], room: int) -> int:
    """Where to cut a text of which the first `room` pieces fit: index of the first character left.

    Behind a comma or a full stop near the end, else between words, else within a word.
    """
    between = [k for k in range(room, 0, -1) if spans[k - 1][1] < spans[k][0]]
    for k in between:
        if k > room - _LOOK_BACK and text[spans[k - 1][1] - 1] in ",.;":
            return spans[k][0]
    # At least one piece goes, or a word without end would be cut for ever.
    return spans[between[0] if between else room][0] or 1


def word_positions(
    weighted: Weighted, words: Sequence[Word], layout: TextLayout
) -> list[tuple[int, ...]]:
    """Positions of the pieces of each word in the sequence, over all chunks and encoders.

    Args:
        weighted: the prompt.
        words: words of its text.
        layout: of the model.

    Returns:
        ascending positions, one tuple per word; empty for a word that no encoder sees.
    """
    found: list[list[int]] = [[] for _ in words]
    for position, (start, end) in _placed(weighted, layout):
        for where, word in zip(found, words, strict=True):
            if max(start, word.start) < min(end, word.end):
                where.append(position)
    return [tuple(sorted(where)) for where in found]


def token_weights(weighted: Weighted, layout: TextLayout) -> list[float]:
    """The weight of each token of the whole sequence; 1 for marks and padding."""
    chunks = len(chunk_spans(weighted, layout))
    weights = [1.0] * (chunks * layout.length)
    for position, (_, end) in _placed(weighted, layout):
        weights[position] = weighted.weights[end - 1]
    return weights


def unseen(weighted: Weighted, layout: TextLayout) -> str:
    """The end of a prompt that no encoder sees, because it is too long; empty if there is none."""
    seen = [end for _, (_, end) in _placed(weighted, layout)]
    return weighted.text[max(seen, default=0) :].strip()


def _placed(weighted: Weighted, layout: TextLayout) -> list[tuple[int, tuple[int, int]]]:
    """Each piece that is seen: its position, and its characters in the text."""
    placed = []
    base = 0
    for first, last in chunk_spans(weighted, layout):
        for encoder in layout.encoders:
            found = pieces(encoder.tokenizer, weighted.text[first:last])
            room = encoder.length - found.before - found.after
            placed += [
                (base + found.before + k, (first + start, first + end))
                for k, (start, end) in enumerate(found.spans[:room])
            ]
            base += encoder.length
    return placed
