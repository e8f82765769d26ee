"""How late each word of the prompt is decided, as the engine will see it. No Qt, no torch.

What is half typed counts as not written: an order that cannot be used orders nothing.
"""

from collections.abc import Iterable, Sequence

from asyndm.errors import RequestError
from asyndm.object_order import Order, parse_order
from asyndm.object_times import check_names, word_concavities
from asyndm.prompt_weights import parse
from asyndm.request import Request
from asyndm.words import occurrences, overlap, words_in_turn


def order_complaint(text: str, prompt: str, regions: Iterable[str]) -> str:
    """What is wrong with an order, in a sentence; "" if nothing is.

    Args:
        text: the order as it is written.
        prompt: of the picture.
        regions: names of the regions.
    """
    try:
        check_names(Request(prompt=prompt, order=parse_order(text)), regions)
    except RequestError as error:
        return str(error)
    return ""


def word_times(
    prompt: str, texts: Sequence[str], own: dict[str, float], order: str, concavity: float
) -> list[float]:
    """How late words are decided.

    Args:
        prompt: of the picture.
        texts: words of the prompt.
        own: what was set for single words.
        order: as it is written.
        concavity: of all words without a value of their own.

    Returns:
        a concavity for each text.
    """
    request = Request(
        prompt=prompt,
        order=usable_order(order),
        word_concavity=tuple((text, own[text]) for text in texts if text in own),
        concavity=concavity,
    )
    try:
        found = word_concavities(request, words_in_turn(parse(prompt).text, texts))
    except RequestError:  # a part of a word, such as the letters of "3cats", is no word
        found = [own.get(text) for text in texts]
    return [concavity if w is None else w for w in found]


def words_in_order(prompt: str, texts: Sequence[str], order: str) -> set[str]:
    """Those of some words that an order names, whole or as part of a name."""
    plain = parse(prompt).text
    named = [
        one for pair in usable_order(order) for name in pair for one in occurrences(plain, name)
    ]
    return {
        text
        for text in texts
        if any(overlap(one, word) for one in named for word in occurrences(plain, text))
    }


def usable_order(text: str) -> Order:
    """The order that is written; none if it cannot be used."""
    try:
        return parse_order(text)
    except RequestError:
        return ()
