r"""Weights in a prompt as other tools write them: ``(word:1.2)``, ``(word)``, ``[word]``, BREAK.

``(word)`` multiplies the weight of a word by 1.1, ``[word]`` divides it by 1.1, ``(word:1.2)``
multiplies it by 1.2; nesting multiplies. A backslash before a bracket or a backslash makes it
stand for itself, and so does a bracket without its partner: no prompt is an error. ``BREAK``, in
capitals, begins a new chunk of a text encoder that reads in chunks (`asyndm.prompt_chunks`).

The notation is that of AUTOMATIC1111's Stable Diffusion web UI; the code is our own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

STEP = 1.1
"""What one pair of brackets without a number multiplies or divides by."""
HIGHEST = 3.0
"""Weights end here, and at 0: beyond, embeddings are far from any that a network was trained on."""

_LARGE = 1e9
_LONGEST_NUMBER = 24

_PARTNERS = {")": "(", "]": "["}
_ESCAPED = "()[]\\"
_NUMBER = re.compile(r":\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$")
_BREAK = re.compile(r"\s*\bBREAK\b\s*")


@dataclass(frozen=True)
class Weighted:
    """A prompt without its marks, and what the marks said.

    Attributes:
        text: what the text encoder reads and the object words are looked for in.
        weights: of each character of the text, 0 to 3; 1 where no mark says otherwise.
        places: for each character of the text its index in the prompt as typed, ascending.
        breaks: indices in the text, ascending, where BREAK begins a new chunk.
    """

    text: str
    weights: tuple[float, ...]
    places: tuple[int, ...]
    breaks: tuple[int, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether all weights are 1 and no chunk is asked for."""
        return not self.breaks and all(weight == 1 for weight in self.weights)

    def typed(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of the text, text[start:end], is in the prompt as typed; not empty."""
        return self.places[start], self.places[end - 1] + 1


class _Mark(NamedTuple):
    """A pair of brackets in the prompt as typed, and what it multiplies by."""

    start: int
    inside_end: int  # where ":1.2" begins, else the closing bracket
    end: int  # the closing bracket
    factor: float


def parse(prompt: str) -> Weighted:
    """Read the marks of a prompt.

    Args:
        prompt: any text.

    Returns:
        the text without marks, with the weight and the place of every character.
    """
    literal, escapes = _characters(prompt)
    marks = _marks(prompt, literal)
    hidden = set(escapes)
    for mark in marks:
        hidden.add(mark.start)
        hidden.update(range(mark.inside_end, mark.end + 1))
    factors = _factors(len(prompt), marks)
    places = [place for place in range(len(prompt)) if place not in hidden]
    weights = [min(round(factors[place], 4), HIGHEST) for place in places]
    return _broken("".join(prompt[place] for place in places), weights, places)


def _characters(prompt: str) -> tuple[set[int], list[int]]:
    """Brackets that stand for themselves, and the backslashes that make them do so."""
    literal: set[int] = set()
    escapes: list[int] = []
    place = 0
    while place < len(prompt) - 1:
        if prompt[place] == "\\" and prompt[place + 1] in _ESCAPED:
            escapes.append(place)
            literal.add(place + 1)
            place += 1
        place += 1
    return literal, escapes


def _marks(prompt: str, literal: Iterable[int]) -> list[_Mark]:
    """The pairs of brackets; a bracket without a partner, or within a crossed pair, is none."""
    skipped = set(literal)
    waiting: list[int] = []
    open_now = {"(": 0, "[": 0}
    marks: list[_Mark] = []
    for place, character in enumerate(prompt):
        if place in skipped:
            continue
        if character in open_now:
            waiting.append(place)
            open_now[character] += 1
        partner = _PARTNERS.get(character, "")
        while open_now.get(partner, 0):
            start = waiting.pop()
            open_now[prompt[start]] -= 1
            if prompt[start] == partner:
                marks.append(_mark(prompt, start, place))
                break
    return marks


def _factors(length: int, marks: Iterable[_Mark]) -> list[float]:
    """What the marks multiply every character by; pairs of marks never cross."""
    begins = {mark.start: mark.factor for mark in marks}
    ends = {mark.end for mark in marks}
    factors = []
    around = [1.0]
    for place in range(length):
        if place in begins:
            around.append(min(around[-1] * begins[place], _LARGE))
        elif place in ends:
            around.pop()
        factors.append(around[-1])
    return factors


def _mark(prompt: str, start: int, end: int) -> _Mark:
    if prompt[start] == "[":
        return _Mark(start, end, end, 1 / STEP)
    # Something must come before the colon.
    number = _NUMBER.search(prompt, max(start + 2, end - _LONGEST_NUMBER), end)
    if number is None:
        return _Mark(start, end, end, STEP)
    return _Mark(start, number.start(), end, min(max(float(number[1]), 0.0), HIGHEST))


def _broken(text: str, weights: Sequence[float], places: Sequence[int]) -> Weighted:
    """Put a line break in the place of every BREAK, so that no phrase runs across it."""
    letters: list[str] = []
    kept_weights: list[float] = []
    kept_places: list[int] = []
    breaks: list[int] = []
    last = 0
    for match in _BREAK.finditer(text):
        letters += text[last : match.start()]
        kept_weights += weights[last : match.start()]
        kept_places += places[last : match.start()]
        letters.append("\n")
        kept_weights.append(1.0)
        kept_places.append(places[match.start()])
        breaks.append(len(letters))
        last = match.end()
    letters += text[last:]
    kept_weights += weights[last:]
    kept_places += places[last:]
    return Weighted("".join(letters), tuple(kept_weights), tuple(kept_places), tuple(breaks))
