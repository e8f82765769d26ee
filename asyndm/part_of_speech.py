"""Tokens of a prompt and their parts of speech, from TextBlob's copy of Brill's lexicon.

The lexicon (E. Brill, *A simple rule-based part of speech tagger*, 1992; MIT licence) gives each
word its most frequent Penn Treebank tag. It is read straight from TextBlob's files: importing
TextBlob itself imports NLTK, which takes a second. The corrections by context are written for
captions ("a bear playing chess"), not for the newspapers that Brill's contextual rules come from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from asyndm.errors import EngineError
from asyndm.word_lexicon import (
    ACTIONS,
    COLORS,
    ING_NOUNS,
    PICTURE_NOUNS,
    is_in,
)


class Tag(Enum):
    """Coarse part of speech; what a caption's grammar needs."""

    NOUN = "noun"
    VERB = "finite verb or infinitive"
    GERUND = "form in -ing"
    PARTICIPLE = "past tense or past participle"
    ADJECTIVE = "adjective"
    ADVERB = "adverb or particle"
    DETERMINER = "article, possessive, quantifier"
    NUMBER = "number"
    PREPOSITION = "preposition"
    CONJUNCTION = "and, or"
    COMMA = "comma"
    OTHER = "anything that ends a phrase, such as a pronoun"
    BREAK = "end of a sentence"


@dataclass(frozen=True)
class Token:
    """A word or a mark of punctuation: ``prompt[start:end] == text``."""

    text: str
    start: int
    end: int
    tag: Tag

    @property
    def lower(self) -> str:
        """The text in lower case, by which tables are searched."""
        return self.text.lower()


_PENN = {
    "NN": Tag.NOUN, "NNS": Tag.NOUN, "NNP": Tag.NOUN, "NNPS": Tag.NOUN, "FW": Tag.NOUN,
    "JJ": Tag.ADJECTIVE, "JJR": Tag.ADJECTIVE, "JJS": Tag.ADJECTIVE,
    "VB": Tag.VERB, "VBP": Tag.VERB, "VBZ": Tag.VERB,
    "VBG": Tag.GERUND, "VBN": Tag.PARTICIPLE, "VBD": Tag.PARTICIPLE,
    "RB": Tag.ADVERB, "RBR": Tag.ADVERB, "RBS": Tag.ADVERB, "RP": Tag.ADVERB,
    "DT": Tag.DETERMINER, "PDT": Tag.DETERMINER, "PRP$": Tag.DETERMINER, "WP$": Tag.DETERMINER,
    "CD": Tag.NUMBER, "IN": Tag.PREPOSITION, "TO": Tag.PREPOSITION, "CC": Tag.CONJUNCTION,
}  # fmt: skip
_FIXED = {
    "that": Tag.OTHER, "while": Tag.OTHER, "because": Tag.OTHER, "if": Tag.OTHER,
    "several": Tag.DETERMINER, "many": Tag.DETERMINER, "few": Tag.DETERMINER,
    "multiple": Tag.DETERMINER, "various": Tag.DETERMINER, "her": Tag.DETERMINER,
    "no": Tag.DETERMINER, "both": Tag.DETERMINER, "round": Tag.ADJECTIVE, "left": Tag.ADJECTIVE,
    "next": Tag.ADVERB, "amid": Tag.PREPOSITION, "amidst": Tag.PREPOSITION,
    "beside": Tag.PREPOSITION, "atop": Tag.PREPOSITION, "inside": Tag.PREPOSITION,
    "outside": Tag.PREPOSITION, "near": Tag.PREPOSITION, "underneath": Tag.PREPOSITION,
    "beneath": Tag.PREPOSITION, "onto": Tag.PREPOSITION, "along": Tag.PREPOSITION,
    "past": Tag.PREPOSITION, "wearing": Tag.GERUND, "wears": Tag.VERB, "s": Tag.OTHER,
}  # fmt: skip
_ENDINGS = (
    ("ing", Tag.GERUND), ("ed", Tag.PARTICIPLE), ("ly", Tag.ADVERB), ("less", Tag.ADJECTIVE),
    ("ful", Tag.ADJECTIVE), ("ous", Tag.ADJECTIVE), ("ish", Tag.ADJECTIVE), ("ible", Tag.ADJECTIVE),
    ("able", Tag.ADJECTIVE), ("ive", Tag.ADJECTIVE), ("esque", Tag.ADJECTIVE),
)  # fmt: skip

_PIECES = re.compile(
    r"""
    (?P<skip> <[^<>]*> | :\s*\d+(?:\.\d+)?(?=\s*[)\]}]) )  # <lora:x:1>, the weight of (cat:1.2)
  | (?P<quote>
        "[^"]*" | \u201c[^\u201c\u201d]*\u201d
      | \u2018[^\u2018\u2019]*\u2019(?!\w) | (?<!\w)'[^']*'(?!\w)
    )
  | (?P<word> [^\W_]+(?:['\u2019\-][^\W_]+)* )
  | (?P<comma> , )
  | (?P<conjunction> [&+] )
  | (?P<break> [.;:!?|/\n\u2013\u2014] )
    """,
    re.VERBOSE,
)
_POSSESSIVE = ("'s", "\u2019s")
_MODIFIERS = frozenset((Tag.ADJECTIVE, Tag.PARTICIPLE, Tag.GERUND))
_BEFORE_NOUN = frozenset((Tag.DETERMINER, Tag.NUMBER, Tag.ADJECTIVE))
_LIKE_ADJECTIVES = frozenset(("colored", "coloured", "shaped", "sized", "themed", "covered"))
_PEOPLE = frozenset(("people", "men", "women", "children"))
_LONGEST_PHRASE = 16
"""Tokens; a bound, so that a prompt of one word repeated takes time in proportion to its length."""
_COUNTED_PERSON = re.compile(r"\d+(?:girl|boy|woman|man)s?")
_SINGULAR = frozenset(("a", "an", "one", "another", "each", "every", "this"))
_CLAUSE_ENDS = frozenset((Tag.BREAK, Tag.OTHER, Tag.COMMA, Tag.CONJUNCTION))
_AFTER_VERB = _CLAUSE_ENDS | {Tag.DETERMINER, Tag.PREPOSITION, Tag.ADVERB, Tag.NUMBER}


@cache
def _lexicon() -> dict[str, str]:
    """Word -> Penn tag, 94,000 entries; read on the first use (about 0.1 s)."""
    package = find_spec("textblob")  # finds the folder; imports nothing
    folders = (package.submodule_search_locations or []) if package else []
    path = Path(folders[0], "en", "en-lexicon.txt") if folders else None
    if path is None or not path.is_file():
        raise EngineError("TextBlob's word list is missing: run “pip install textblob”.")
    lines = path.read_text(encoding="utf-8").splitlines()
    lexicon = {}
    for line in lines:
        if line[:1].isalpha():
            word, tag = line.split()[:2]
            lexicon[word] = tag
    return lexicon


def _tag_alone(word: str) -> Tag:
    """The most likely tag of a word without its context."""
    lower = word.lower()
    if lower in _FIXED:
        return _FIXED[lower]
    if lower.endswith(_POSSESSIVE):
        return Tag.OTHER if lower[:-2] in {"it", "that", "there", "who"} else Tag.DETERMINER
    if lower[0].isdigit():
        return Tag.NOUN if _COUNTED_PERSON.fullmatch(lower) else Tag.NUMBER
    penn = _lexicon().get(lower) or _lexicon().get(word)
    if penn is not None:
        return _PENN.get(penn, Tag.OTHER)
    if "-" in lower:
        last = _tag_alone(lower.rsplit("-", 1)[1])
        return Tag.ADJECTIVE if last in _MODIFIERS else last
    for ending, tag in _ENDINGS:
        if lower.endswith(ending) and len(lower) > len(ending) + 2:
            return tag
    return Tag.NOUN


def _pieces(prompt: str) -> Iterator[Token]:
    """Tokens with the tags they have alone; brackets are dropped, quoted text is opaque."""
    for match in _PIECES.finditer(prompt):
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind == "quote" and not prompt[:start].strip():
            # A prompt that is quoted as a whole is a prompt; only later quotes are lettering.
            for token in _pieces(match.group()[1:-1]):
                yield Token(token.text, token.start + start + 1, token.end + start + 1, token.tag)
            continue
        tag = {
            "comma": Tag.COMMA, "conjunction": Tag.CONJUNCTION, "break": Tag.BREAK,
            "quote": Tag.OTHER, "word": None,
        }.get(kind or "", Tag.BREAK)  # fmt: skip
        if kind != "skip":
            text = match.group()
            yield Token(text, start, end, tag or _tag_alone(text))


def tokens(prompt: str) -> list[Token]:
    """Words and punctuation of a prompt, tagged by the lexicon and then by their context."""
    found = list(_pieces(prompt))
    for index in range(len(found)):
        token = found[index]
        tag = _Context(found, index).tag()
        if tag is not token.tag:
            found[index] = Token(token.text, token.start, token.end, tag)
    return found


def is_plural(word: str) -> bool:
    """Whether a lower-case noun looks like a plural."""
    is_s = word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return is_s or word in _PEOPLE or word in {"mice", "geese", "sheep"}


class _Context:
    """One token among its neighbours: those before it already have their final tags."""

    def __init__(self, found: list[Token], index: int) -> None:
        self._found = found
        self._index = index
        self._word = found[index].lower
        self._alone = found[index].tag
        self._before = found[index - 1].tag if index else Tag.BREAK
        self._next = self._tag_after(1)

    def tag(self) -> Tag:
        """The tag in this context."""
        is_picture_noun = is_in(PICTURE_NOUNS, self._word)
        if self._alone is Tag.NOUN:
            return self._noun()
        if self._alone is Tag.VERB:
            return self._verb(is_picture_noun)
        if self._alone is Tag.ADJECTIVE or is_picture_noun:
            return self._adjective(is_picture_noun)
        return self._alone

    def _tag_after(self, steps: int) -> Tag:
        """The tag of a later token as far as it is known; picture nouns count as nouns."""
        if self._index + steps >= len(self._found):
            return Tag.BREAK
        token = self._found[self._index + steps]
        return Tag.NOUN if is_in(PICTURE_NOUNS, token.lower) else token.tag

    def _word_after(self) -> str:
        return self._found[self._index + 1].lower if self._index + 1 < len(self._found) else ""

    def _phrase_start(self) -> int:
        """Index of the first token of the noun phrase that the token before belongs to."""
        start, farthest = self._index, max(0, self._index - _LONGEST_PHRASE)
        while start > farthest and self._found[start - 1].tag in _BEFORE_NOUN | {Tag.NOUN}:
            start -= 1
        return start

    def _noun(self) -> Tag:
        """A noun in the lexicon: verb after its subject ("the dog jumps"), gerund, or noun."""
        if self._word.endswith("ing") and not is_in(ING_NOUNS, self._word):
            return self._ing()
        if self._word == "right" and self._before is Tag.NOUN:
            return Tag.ADVERB  # "a cup right of a plate"
        if self._word_after() in _LIKE_ADJECTIVES:
            return Tag.ADJECTIVE  # "a violet coloured bird"
        if self._index and self._found[self._index - 1].lower == "to":
            return Tag.VERB if self._next is Tag.DETERMINER else Tag.NOUN
        if self._before is not Tag.NOUN:
            return Tag.NOUN
        subject, first = self._found[self._index - 1].lower, self._found[self._phrase_start()].lower
        if is_plural(self._word):
            if is_plural(subject):
                return Tag.NOUN
            is_verb = first in _SINGULAR or (
                is_in(ACTIONS, self._word) and self._next in _AFTER_VERB
            )
            return Tag.VERB if is_verb else Tag.NOUN
        if not is_in(ACTIONS, self._word):
            return Tag.NOUN
        if subject in _PEOPLE:
            return Tag.VERB
        is_verb = is_plural(subject) or self._has_joined_subject()
        return Tag.VERB if is_verb and self._next in _AFTER_VERB else Tag.NOUN

    def _has_joined_subject(self) -> bool:
        """Whether the phrase before is the second of two: "a boy and a girl dance"."""
        first = self._phrase_start()
        return (
            first > 1
            and self._found[first - 1].tag is Tag.CONJUNCTION
            and self._found[first - 2].tag is Tag.NOUN
            and self._found[first].tag is Tag.DETERMINER
        )

    def _ing(self) -> Tag:
        """An activity that the lexicon has as a noun ("typing"): a gerund after its subject."""
        if self._before is Tag.NOUN or self._next is Tag.DETERMINER:
            return Tag.GERUND
        return Tag.NOUN

    def _verb(self, is_picture_noun: bool) -> Tag:
        """A verb in the lexicon: a noun where only a noun can stand ("a bear", "brown leaves")."""
        if self._before in _BEFORE_NOUN:
            return Tag.NOUN
        if self._before is Tag.PREPOSITION:
            return Tag.VERB if self._found[self._index - 1].lower == "to" else Tag.NOUN
        if self._before is Tag.NOUN:
            subject = self._found[self._index - 1].lower
            is_noun = is_picture_noun and not is_plural(subject) and not self._word.endswith("s")
            return Tag.NOUN if is_noun or self._is_seasonal() else Tag.VERB
        if self._before is Tag.OTHER or self._before is Tag.ADVERB:
            return Tag.VERB
        is_object = self._before in {Tag.VERB, Tag.GERUND, Tag.PARTICIPLE}
        return Tag.NOUN if is_picture_noun or (is_object and self._word.endswith("s")) else Tag.VERB

    def _is_seasonal(self) -> bool:
        """Whether these are "autumn leaves", not "the dog leaves the house"."""
        return self._word == "leaves" and self._next is not Tag.DETERMINER

    def _adjective(self, is_picture_noun: bool) -> Tag:
        """An adjective in the lexicon: a noun where it ends its phrase ("a white orange")."""
        if self._word in COLORS or self._is_followed_by_noun(is_picture_noun):
            return self._alone
        if self._before in _BEFORE_NOUN:
            is_noun = is_picture_noun or self._next not in _MODIFIERS
            return Tag.NOUN if is_noun else self._alone
        return Tag.NOUN if is_picture_noun and self._before is not Tag.OTHER else self._alone

    def _is_followed_by_noun(self, is_picture_noun: bool) -> bool:
        """Whether this is one of the adjectives before a noun ("big and scary dog")."""
        if self._next in {Tag.COMMA, Tag.CONJUNCTION}:
            return self._tag_after(2) in {Tag.ADJECTIVE, Tag.PARTICIPLE}
        if self._next is Tag.NOUN:
            # "An orange typing on a laptop", but "a large painting".
            return not (is_picture_noun and self._word_after().endswith("ing"))
        return self._next is Tag.ADJECTIVE
