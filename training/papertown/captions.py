"""Captions of Paper Town: what a prompt asks for, and the sentence that says it.

A `Prompt` is the meaning (groups of like objects, an optional relation, an optional background);
`caption` writes it and `parse` reads the sentence back, so that a benchmark may take plain text.
"""

import re
from dataclasses import dataclass
from typing import Final

from training.papertown.vocabulary import (
    BACKGROUNDS,
    COLOURS,
    COUNT_WORDS,
    KINDS,
    PLURALS,
    RELATIONS,
    is_held_out,
)


@dataclass(frozen=True)
class Group:
    """`count` objects of one kind and colour."""

    count: int
    colour: str
    kind: str


@dataclass(frozen=True)
class Prompt:
    """What a scene must contain.

    Attributes:
        groups: one to three groups; with a relation, exactly two of one object each.
        relation: a key of `RELATIONS`: where the first object is, seen from the second.
        background: a key of `BACKGROUNDS`, or None when the sentence names none.
    """

    groups: tuple[Group, ...]
    relation: str | None = None
    background: str | None = None

    @property
    def held_out(self) -> bool:
        """Whether it asks for a combination that never occurs in training."""
        return is_held_out([(group.colour, group.kind) for group in self.groups])


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _noun_phrase(group: Group) -> str:
    if group.kind == "person":
        if group.count == 1:
            return f"a person in {_article(group.colour)} {group.colour} shirt"
        return f"{COUNT_WORDS[group.count]} people in {group.colour} shirts"
    if group.count == 1:
        return f"{_article(group.colour)} {group.colour} {group.kind}"
    return f"{COUNT_WORDS[group.count]} {group.colour} {PLURALS[group.kind]}"


def caption(prompt: Prompt) -> str:
    """The sentence of a prompt, for instance "a red ball above a blue box in the snow"."""
    phrases = [_noun_phrase(group) for group in prompt.groups]
    if prompt.relation is not None:
        text = f"{phrases[0]} {RELATIONS[prompt.relation]} {phrases[1]}"
    elif len(phrases) == 1:
        text = phrases[0]
    else:
        text = ", ".join(phrases[:-1]) + " and " + phrases[-1]
    return text if prompt.background is None else f"{text} {BACKGROUNDS[prompt.background]}"


_COUNTS: Final = {word: count for count, word in COUNT_WORDS.items()} | {"an": 1}
_SINGULARS: Final = {plural: kind for kind, plural in PLURALS.items()} | {k: k for k in KINDS}
_GROUP: Final = re.compile(
    rf"({'|'.join(_COUNTS)}) (?:({'|'.join(COLOURS)}) ({'|'.join(_SINGULARS)})"
    rf"|(?:person|people) in (?:an? )?({'|'.join(COLOURS)}) shirts?)\b"
)


def parse(text: str) -> Prompt:
    """Read a caption back into its meaning.

    Raises:
        ValueError: the sentence is not one of this grammar.
    """
    rest = " ".join(text.lower().split())
    background = None
    for name, phrase in BACKGROUNDS.items():
        if rest.endswith(" " + phrase):
            background, rest = name, rest[: -len(phrase) - 1]
    groups: list[Group] = []
    joints: list[str] = []
    while match := _GROUP.match(rest):
        count, colour, noun, shirt = match.groups()
        kind = _SINGULARS[noun] if noun else "person"
        groups.append(Group(_COUNTS[count], colour or shirt, kind))
        rest = rest[match.end() :]
        joint = re.match(rf",? ?(and|{'|'.join(RELATIONS.values())})? ?", rest)
        if joint and joint.group():
            joints.append(joint.group().strip())
            rest = rest[joint.end() :]
    if rest or not groups or len(joints) != len(groups) - 1:
        raise ValueError(f"Not a caption of Paper Town: {text!r}")
    phrases = {phrase: name for name, phrase in RELATIONS.items()}
    relation = phrases.get(joints[0]) if len(joints) == 1 else None
    return Prompt(tuple(groups), relation, background)
