"""Which concavity each object of a run has: words, regions, and the order among them.

Three things say how late an object is decided, the first that speaks wins:

1. for a word, its entry in `word_concavity`;
2. the order, for what it names, word or region: ceiling * depth / deepest depth
   (``asyndm.object_order``). The ceiling is the largest concavity among the things that it names:
   of a region its own, of a word the request's. So nothing comes before what it waits for;
3. the region's own concavity; for a word the request's.

A word that is named in either place is an object word, whether it was found or not. A name stands
for the object words that overlap it in the prompt, so "truck" may name the object "fire truck". No
torch here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from asyndm.errors import RequestError
from asyndm.object_order import name_key, order_concavities
from asyndm.prompt_weights import parse
from asyndm.request import Region, Request
from asyndm.words import Word, occurrences, overlap, words_in_turn


def check_names(request: Request, region_names: Iterable[str] = ()) -> None:
    """Raise if a name stands for nothing.

    Args:
        request: the request.
        region_names: names of regions that there are besides those of the request.

    Raises:
        RequestError: the order names what is neither in the prompt nor a region, or a word with a
            concavity of its own is not in the prompt, or given more often than it is there.
    """
    text = _text(request)
    words_in_turn(text, [word for word, _ in request.word_concavity])
    regions = {name_key(region.name) for region in request.regions}
    regions |= set(map(name_key, region_names))
    for name in _names(request):
        if name_key(name) not in regions and not occurrences(text, name):
            raise RequestError(
                f"The order names “{name}”, which is neither in the prompt nor a region: choose "
                "words that the prompt has, or names of regions."
            )


def with_named_words(request: Request, words: Sequence[Word]) -> list[Word]:
    """Object words, and those that the order or a concavity of their own makes object words.

    Args:
        request: its `order` and `word_concavity` are looked at.
        words: object words that were found or given, without overlap, of the prompt without the
            marks of weights.

    Returns:
        words in the order of the prompt, without overlap.

    Raises:
        RequestError: a name stands for nothing.
    """
    check_names(request)
    joined = list(words)
    named = words_in_turn(_text(request), [text for text, _ in request.word_concavity])
    regions = {name_key(region.name) for region in request.regions}
    for name in _names(request):
        found = occurrences(_text(request), name)
        known = any(overlap(one, word) for one in found for word in joined)
        if not known and name_key(name) not in regions:
            named.append(found[0])
    for word in named:
        if not any(overlap(word, other) for other in joined):
            joined.append(word)
    return sorted(joined, key=lambda word: word.start)


def word_concavities(request: Request, words: Sequence[Word]) -> list[float | None]:
    """The concavity that each object word has of its own.

    Args:
        request: the request.
        words: its object words.

    Returns:
        for each word w, or None if neither an entry nor the order says anything about it.
    """
    entries = request.word_concavity
    named = words_in_turn(_text(request), [text for text, _ in entries])
    own = [(word, w) for word, (_, w) in zip(named, entries, strict=True)]
    by_order = _by_order(request, attends=True)
    ordered = [
        (one, by_order[name_key(name)])
        for name in _names(request)
        for one in occurrences(_text(request), name)
    ]
    # Of several entries for parts of one object the largest counts, as where objects overlap.
    return [_largest(word, own, default=_largest(word, ordered)) for word in words]


def timed_regions(request: Request, *, attends: bool) -> tuple[Region, ...]:
    """The regions of a request with the concavity that the order gives them.

    Args:
        request: the request.
        attends: whether object words take part in the run.
    """
    ordered = _by_order(request, attends=attends)
    return tuple(
        replace(region, concavity=ordered[name_key(region.name)])
        if name_key(region.name) in ordered
        else region
        for region in request.regions
    )


def _by_order(request: Request, *, attends: bool) -> dict[str, float]:
    """For the key of each name in the order its concavity."""
    if not request.order:
        return {}
    names = _names(request)
    keys = {name_key(name) for name in names}
    ceilings = [r.concavity for r in request.regions if name_key(r.name) in keys]
    if attends and any(occurrences(_text(request), name) for name in names):
        ceilings.append(request.concavity)
    return order_concavities(request.order, max(ceilings, default=request.concavity))


def _text(request: Request) -> str:
    """The prompt without the marks of weights: what words are counted in."""
    return parse(request.prompt).text


def _names(request: Request) -> list[str]:
    return [name for pair in request.order for name in pair]


def _largest(
    word: Word, entries: Sequence[tuple[Word, float]], default: float | None = None
) -> float | None:
    """The largest value among entries that overlap a word."""
    return max((w for one, w in entries if overlap(one, word)), default=default)
