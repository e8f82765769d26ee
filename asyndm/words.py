"""The words of a prompt that name objects, and their positions in a text encoder's sequence.

The attention masks of AsynDM (arXiv:2510.04504, eq. 7) are taken from the cross-attention to the
*object words*: "a **rabbit** playing **basketball**". The authors list them by hand; here they are
found (`object_words`) or given (`words_from_list`). A *position* counts the tokens of the encoder's
sequence from 0, its start token included, so the rabbit above is at 2 for a CLIP encoder.

An object is a countable thing that the picture must show. Scenery ("on the beach"), media ("a photo
of"), places in the picture ("in front of"), parts, liquids and clothing that somebody wears ("a
person in a red shirt") are not; whoever wants them decided late names them by hand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from asyndm.errors import RequestError

_NO_LIMIT = 100_000
"""Tokenizers without a limit report an astronomical number."""


@dataclass(frozen=True)
class Word:
    """A word of a prompt.

    Attributes:
        text: as written; ``prompt[start:end]``.
        start: index of its first character.
        end: index after its last character.
    """

    text: str
    start: int
    end: int


class UnknownWordError(RequestError, ValueError):
    """A word given by hand is not in the prompt."""


class Tokenizer(Protocol):
    """What is used of a transformers tokenizer (fast or slow, CLIP, T5 and their like)."""

    @property
    def model_max_length(self) -> int:
        """Longest sequence of the encoder, special tokens included."""
        ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Mapping with ``input_ids`` and, if asked for, ``offset_mapping``."""
        ...


def object_words(prompt: str) -> list[Word]:
    """The head nouns of the objects in a prompt, in order.

    Args:
        prompt: any text; English is understood.

    Returns:
        words that do not overlap; empty if no object was found.
    """
    # The grammar is loaded with the first prompt: words given by hand do without it.
    from asyndm.noun_phrases import object_heads

    return [Word(head.text, head.start, head.end) for head in object_heads(prompt)]


def words_from_list(prompt: str, texts: Sequence[str]) -> list[Word]:
    """Words given by hand, found in the prompt.

    A text is matched as a whole, in any case, and may be several words. The n-th mention of a text
    stands for its n-th occurrence. Blank texts are passed over.

    Args:
        prompt: the prompt.
        texts: what to find, in any order.

    Returns:
        words in the order of the prompt, without overlap.

    Raises:
        UnknownWordError: (a ValueError) a text is not in the prompt, or mentioned too often.
    """
    return sorted(words_in_turn(prompt, texts), key=lambda word: word.start)


def words_in_turn(prompt: str, texts: Sequence[str]) -> list[Word]:
    """``words_from_list``, but in the turn of the texts; blank texts have no word."""
    parts = [text.split() for text in texts if text.strip()]
    found: dict[int, Word] = {}
    # Longest first, so that "bear" leaves the "bear" of "teddy bear" alone where both are given.
    for place in sorted(range(len(parts)), key=lambda place: len(parts[place]), reverse=True):
        text = " ".join(parts[place])
        taken = list(found.values())
        words = occurrences(prompt, text)
        word = next((word for word in words if not any(overlap(word, old) for old in taken)), None)
        if word is None:
            raise UnknownWordError(_missing(text, taken))
        found[place] = word
    return [found[place] for place in range(len(parts))]


def occurrences(prompt: str, text: str) -> list[Word]:
    """All places where a prompt has a text as a whole, in any case; none of a blank text.

    Args:
        prompt: the prompt.
        text: one or several words.
    """
    parts = text.split()
    if not parts:
        return []
    pattern = r"(?<!\w)" + r"\s+".join(re.escape(part) for part in parts) + r"(?!\w)"
    matches = re.finditer(pattern, prompt, re.IGNORECASE)
    return [Word(match.group(), match.start(), match.end()) for match in matches]


def _missing(text: str, taken: Sequence[Word]) -> str:
    """The sentence about a text that was not found."""
    if any(text.lower() in " ".join(word.text.split()).lower() for word in taken):
        return f"The word “{text}” is given more often than the prompt has it: give it fewer times."
    return f"The word “{text}” is not in the prompt: choose words that the prompt has."


def overlap(one: Word, other: Word) -> bool:
    """Whether two words of a prompt share characters."""
    return one.start < other.end and other.start < one.end


def object_tokens(prompt: str, tokenizer: Tokenizer) -> list[tuple[Word, tuple[int, ...]]]:
    """The object words of a prompt with the positions of their word pieces.

    Words beyond the encoder's limit are dropped: the model never sees them.

    Args:
        prompt: the prompt, as the encoder gets it.
        tokenizer: the encoder's.
    """
    words = object_words(prompt)
    positions = token_positions(prompt, words, tokenizer)
    return [(word, where) for word, where in zip(words, positions, strict=True) if where]


def token_positions(
    prompt: str, words: Sequence[Word], tokenizer: Tokenizer
) -> list[tuple[int, ...]]:
    """Positions of the word pieces of each word in the encoder's sequence.

    Args:
        prompt: the prompt, as the encoder gets it.
        words: words of the prompt.
        tokenizer: the encoder's.

    Returns:
        ascending positions, special tokens counted, one tuple per word; of a word that is cut by
        the encoder's limit only what is left of it, so an empty tuple beyond the limit.
    """
    if not words:
        return []
    if getattr(tokenizer, "is_fast", False):
        return _positions_by_offsets(prompt, words, tokenizer)
    return _positions_by_counting(prompt, words, tokenizer)


def _positions_by_offsets(
    prompt: str, words: Sequence[Word], tokenizer: Tokenizer
) -> list[tuple[int, ...]]:
    """From the characters that each piece covers; special tokens cover none."""
    limit = tokenizer.model_max_length
    cut = {"truncation": True, "max_length": limit} if limit < _NO_LIMIT else {}
    spans = tokenizer(prompt, return_offsets_mapping=True, **cut)["offset_mapping"]
    return [
        tuple(
            index
            for index, (start, end) in enumerate(spans)
            if max(start, word.start) < min(end, word.end)
        )
        for word in words
    ]


def _positions_by_counting(
    prompt: str, words: Sequence[Word], tokenizer: Tokenizer
) -> list[tuple[int, ...]]:
    """From the number of pieces before and with the word, for tokenizers that give no offsets.

    Word pieces never cross the spaces between words, so the text up to a word has the pieces that
    it has in the whole prompt.
    """

    def ids(text: str, *, special: bool = False) -> list[int]:
        return list(tokenizer(text, add_special_tokens=special, verbose=False)["input_ids"])

    plain, full = ids(prompt), ids(prompt, special=True)
    room = len(full) - len(plain)
    first = next((n for n in range(room + 1) if full[n : n + len(plain)] == plain), 0)
    end = tokenizer.model_max_length - (room - first)
    positions = []
    for word in words:
        begin = first + len(ids(prompt[: word.start].rstrip()))
        stop = first + len(ids(prompt[: word.end]))
        positions.append(tuple(range(begin, min(stop, end))))
    return positions
