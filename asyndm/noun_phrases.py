"""Noun phrases of a prompt, and which of their heads are objects.

A phrase is what stands between two verbs, prepositions or conjunctions; its head is its last noun.
Its *governor* is the verb or preposition before it ("on" in "on the beach"). A head is an object
unless its meaning (`asyndm.word_lexicon`) or its governor says otherwise: scenery, time, position,
media, parts, liquids, what is worn, made of, compared with or denied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from asyndm.part_of_speech import Tag, Token, tokens
from asyndm.word_lexicon import (
    ABSTRACT,
    ABSTRACT_ENDINGS,
    ABSTRACT_ENDINGS_EXCEPT,
    BUILDINGS,
    CLOTHING,
    ING_NOUNS,
    LIQUID,
    MADE_PICTURES,
    MEASURE,
    PARTS,
    POSITION,
    SCENERY,
    THING_COMPOUNDS,
    TIME,
    VIEW,
    is_in,
    singulars,
)

_NEVER = SCENERY | TIME | POSITION | VIEW | PARTS | LIQUID | ABSTRACT
_GOVERNORS = frozenset((Tag.VERB, Tag.GERUND, Tag.PARTICIPLE, Tag.PREPOSITION))
_WORN_AFTER = frozenset(("wear", "wears", "wearing", "wore", "worn", "donning", "sporting", "clad"))
_DRESSED = frozenset(("dressed", "clothed"))
_NOT_SHOWN_AFTER = frozenset(("like", "as", "than", "resembling", "without", "about", "unlike"))
_LIKENESSES = frozenset(("shape", "form", "style", "likeness"))
_MADE = frozenset(("made", "built", "carved", "constructed", "composed", "consisting", "crafted"))
_ARRANGED = frozenset(("in", "into"))
_INSIDE = frozenset(("in", "inside", "into", "at", "within"))
_BEFORE_NAME = frozenset(("in", "at", "from", "by"))
_TOWARDS = frozenset(("at", "for", "to", "toward", "towards", "into", "facing"))
_BESIDE = frozenset(("at", "with", "under", "below", "above", "near", "beside", "behind", "to"))
_TAKE = frozenset(("take", "takes", "taking", "took", "taken"))


@dataclass(frozen=True)
class NounPhrase:
    """A noun with what belongs to it.

    Attributes:
        nouns: the run of nouns; the last is the head.
        determiner: in lower case; empty if there is none.
        governor: in lower case, with the word before it; empty strings if there is none.
        governor_tag: the governor's tag; None if there is none.
        is_joined: whether a comma or conjunction joins it to the phrase before.
        is_measured: whether "of" follows.
    """

    nouns: tuple[Token, ...]
    determiner: str
    governor: tuple[str, str]
    governor_tag: Tag | None
    is_joined: bool
    is_measured: bool

    @property
    def head(self) -> Token:
        """The noun that names the thing."""
        return self.nouns[-1]


class _Chunker:
    """Collects tokens into phrases, left to right."""

    def __init__(self) -> None:
        self._nouns: list[Token] = []
        self._determiner = ""
        self._has_modifier = False
        self._governor = ("", "")
        self._governor_tag: Tag | None = None
        self._is_joined = False
        self._last = ""

    def phrases(self, found: list[Token]) -> Iterator[NounPhrase]:
        """The phrases of a tagged prompt, in order."""
        for token in found:
            if self._ends_phrase(token):
                yield from self._take(token)
            self._add(token)
            self._last = token.lower
        yield from self._take(None)

    def _ends_phrase(self, token: Token) -> bool:
        if token.tag is Tag.NOUN:
            return False
        if token.tag is Tag.BREAK:
            return True
        return bool(self._nouns)

    def _take(self, token: Token | None) -> Iterator[NounPhrase]:
        """Ends the phrase, if there is one."""
        if self._nouns:
            is_measured = token is not None and token.lower == "of"
            yield NounPhrase(
                tuple(self._nouns), self._determiner, self._governor, self._governor_tag,
                self._is_joined, is_measured,
            )  # fmt: skip
        self._nouns = []
        self._determiner = ""
        self._has_modifier = False

    def _add(self, token: Token) -> None:
        if token.tag is Tag.NOUN:
            self._nouns.append(token)
        elif token.tag is Tag.DETERMINER:
            self._determiner = token.lower
        elif token.tag in {Tag.ADJECTIVE, Tag.NUMBER}:
            self._has_modifier = True
        elif token.tag in {Tag.COMMA, Tag.CONJUNCTION}:
            # "a black and white cat": nothing has ended, so nothing is joined.
            self._is_joined = self._is_joined or not self._has_modifier
        elif token.tag in {Tag.GERUND, Tag.PARTICIPLE} and self._is_open():
            self._has_modifier = True
        elif token.tag in _GOVERNORS:
            self._govern((token.lower, self._last), token.tag)
        elif token.tag is not Tag.ADVERB:
            self._govern(("", ""), None)

    def _govern(self, governor: tuple[str, str], tag: Tag | None) -> None:
        """Sets what stands before the next phrase, which begins after it."""
        self._governor, self._governor_tag = governor, tag
        self._is_joined = self._has_modifier = False
        self._determiner = ""

    def _is_open(self) -> bool:
        """Whether a phrase has begun without a noun: "the sleeping" before "cat"."""
        return bool(self._determiner) or self._has_modifier


class _Why(Enum):
    """Why a head is no object."""

    MEANING = "scenery, time, position, medium, part, liquid, measure or activity"
    WORN = "clothing belongs to its wearer"
    NOT_SHOWN = "compared with, denied, a topic, or what a thing is made of"
    NAMED = "an artist or a place by name"


class _Judge:
    """Judges phrases in order; what one is rejected for may hold for the next ("hat and coat")."""

    def __init__(self, *, has_case: bool) -> None:
        self._has_case = has_case
        self._why_before: _Why | None = None
        self._before: NounPhrase | None = None

    def is_object(self, phrase: NounPhrase) -> bool:
        """Whether the head of the next phrase is an object."""
        why = self._inherited(phrase)
        if why is None and not phrase.is_joined:
            why = self._by_governor(phrase)
        if why is None and _is_rejected_by_meaning(phrase):
            why = _Why.MEANING
        self._why_before, self._before = why, phrase
        return why is None

    def _inherited(self, phrase: NounPhrase) -> _Why | None:
        """What the phrase before was rejected for, if it holds for this one."""
        why = self._why_before
        if phrase.is_joined:
            is_more_clothing = why is _Why.WORN and is_in(CLOTHING, phrase.head.lower)
            is_same_list = why in {_Why.NOT_SHOWN, _Why.NAMED} and not phrase.determiner
            return why if is_more_clothing or is_same_list else None
        is_of = phrase.governor[0] == "of"
        return why if is_of and why in {_Why.WORN, _Why.NOT_SHOWN, _Why.NAMED} else None

    def _by_governor(self, phrase: NounPhrase) -> _Why | None:
        governor, word_before = phrase.governor
        if _is_worn(phrase):
            return _Why.WORN
        if phrase.determiner == "no" or (governor in _NOT_SHOWN_AFTER and word_before != "such"):
            return _Why.NOT_SHOWN
        if governor in {"of", "from", "out"} and (word_before in _MADE or word_before == "out"):
            return _Why.NOT_SHOWN
        if (governor == "of" and self._is_likeness()) or _is_viewer(phrase):
            return _Why.NOT_SHOWN
        return _Why.NAMED if _is_name(phrase, has_case=self._has_case) else None

    def _is_likeness(self) -> bool:
        """Whether the phrase before is "in the shape ..." or "in the style ..."."""
        before = self._before
        return (
            before is not None and before.governor[0] == "in" and before.head.lower in _LIKENESSES
        )


def _is_worn(phrase: NounPhrase) -> bool:
    governor, word_before = phrase.governor
    if governor in _WORN_AFTER or word_before in _DRESSED:
        return True
    # "Glasses of beer" are measured, so not the ones on a nose.
    is_clothing = is_in(CLOTHING, phrase.head.lower) and not phrase.is_measured
    return governor in {"in", "with"} and is_clothing


def _is_viewer(phrase: NounPhrase) -> bool:
    """Whether it is the camera in "looking at the camera", which is not in the picture."""
    return phrase.determiner == "the" and (
        phrase.governor[0] in _TOWARDS and phrase.head.lower in {"camera", "viewer", "photographer"}
    )


def _is_credit(word_before: str) -> bool:
    """Whether "by" names an artist: after a medium or at the start of a clause."""
    return not word_before[:1].isalpha() or is_in(VIEW, word_before)


def _is_name(phrase: NounPhrase, *, has_case: bool) -> bool:
    """Whether it is "Paris" in "in Paris" or "Rembrandt" in "by Rembrandt"."""
    governor, word_before = phrase.governor
    if governor == "by" and not phrase.determiner and _is_credit(word_before):
        return True
    return (
        has_case
        and governor in _BEFORE_NAME
        and not phrase.determiner
        and phrase.head.text[:1].isupper()
        and not phrase.head.text.isupper()
    )


def _is_rejected_by_meaning(phrase: NounPhrase) -> bool:
    word = phrase.head.lower
    if is_in(MADE_PICTURES, word) and _is_handled(phrase):
        return False
    if _is_thing_compound(phrase):
        return False
    if is_in(MEASURE, word) and (phrase.is_measured or phrase.governor[0] in _ARRANGED):
        return True  # "a pair of scissors", "in large groups"
    if phrase.governor[0] in _INSIDE and not phrase.is_joined and is_in(BUILDINGS, word):
        return True
    return is_in(_NEVER, word) or _is_activity(word) or (word.isascii() and len(word) == 1)


def _is_handled(phrase: NounPhrase) -> bool:
    """Whether a picture is a thing in the scene: somebody makes it, or something is beside it."""
    is_verb = phrase.governor_tag in {Tag.VERB, Tag.GERUND}
    return (is_verb and phrase.governor[0] not in _TAKE) or phrase.governor[0] in _BESIDE


def _is_thing_compound(phrase: NounPhrase) -> bool:
    if len(phrase.nouns) < 2:
        return False
    return is_in(THING_COMPOUNDS, f"{phrase.nouns[-2].lower}-{phrase.nouns[-1].lower}")


def _is_activity(word: str) -> bool:
    """Whether the ending makes it an activity or a quality: "skating", "happiness"."""
    if word.endswith("ing"):
        return not is_in(ING_NOUNS, word)
    is_abstract = any(form.endswith(ABSTRACT_ENDINGS) for form in singulars(word))
    return is_abstract and not is_in(ABSTRACT_ENDINGS_EXCEPT, word)


def object_heads(prompt: str) -> list[Token]:
    """The heads of the phrases that name objects, in order.

    Args:
        prompt: any text.
    """
    found = tokens(prompt)
    has_case = any(token.tag is Tag.NOUN and token.text[0].islower() for token in found)
    judge = _Judge(has_case=has_case)
    return [phrase.head for phrase in _Chunker().phrases(found) if judge.is_object(phrase)]
