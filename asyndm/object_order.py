"""The order in which objects wait for each other: "rider > bike > street".

An *order* is a set of pairs (later, earlier) of names. Drawn as arrows it must be a directed
acyclic graph. The *depth* of a name is the length of the longest chain of things it waits for: what
waits for nothing has depth 0 and comes first. Depth sets concavity, evenly spaced (the paper,
arXiv:2510.04504, section 6, names such an order as open; the mapping is this project's):

    w = ceiling * depth / depth of the deepest

so the first things follow the standard schedule (w = 0) and the last ones have the full concavity.

Names are compared without regard to case and to the width of spaces. No torch here: the window and
the command line check an order before anything is run.
"""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from asyndm.errors import RequestError

Order = tuple[tuple[str, str], ...]
"""Pairs (later, earlier): the first waits for the second."""

WordConcavity = tuple[tuple[str, float], ...]
"""Pairs (object word, w)."""

LATER = ">"
CHAIN_ENDS = ";,\n"


def name_key(name: str) -> str:
    """What two names of the same thing have in common."""
    return " ".join(name.split()).casefold()


def parse_order(text: str) -> Order:
    """Read an order as a person writes it.

    "rider > bike > street" says that the rider waits for the bike, and the bike for the street.
    Chains are separated by semicolons, commas or line ends; two things that wait for the same one
    are two chains: "rider > bike; dog > bike". Blank text is no order.

    Args:
        text: any text.

    Raises:
        RequestError: a place in a chain is empty, a chain has one name only, or the order goes in
            a circle.
    """
    for end in CHAIN_ENDS[1:]:
        text = text.replace(end, CHAIN_ENDS[0])
    pairs: list[tuple[str, str]] = []
    for chain in filter(None, map(str.strip, text.split(CHAIN_ENDS[0]))):
        names = [" ".join(name.split()) for name in chain.split(LATER)]
        if not all(names):
            raise RequestError(
                f"A name is missing in the order “{chain}”: write one on each side of “{LATER}”."
            )
        if len(names) == 1:
            raise RequestError(
                f"The order says nothing that “{chain}” waits for: write it as in rider > bike."
            )
        pairs += pairwise(names)
    order = tuple(dict.fromkeys(pairs))
    depths(order)
    return order


def order_text(order: Order) -> str:
    """An order as a person writes it; ``parse_order`` reads the same order from it."""
    chains: list[list[str]] = []
    for later, earlier in order:
        if chains and chains[-1][-1] == later:
            chains[-1].append(earlier)
        else:
            chains.append([later, earlier])
    return "; ".join(f" {LATER} ".join(chain) for chain in chains)


def depths(order: Order) -> dict[str, int]:
    """The depth of each name.

    Args:
        order: pairs (later, earlier); the same pair may occur several times.

    Returns:
        For the key of each name its depth, from 0.

    Raises:
        RequestError: the order goes in a circle; the sentence names it.
    """
    waits = TopologicalSorter[str]()
    earlier_of: dict[str, set[str]] = {}
    for later, earlier in order:
        waits.add(name_key(later), name_key(earlier))
        earlier_of.setdefault(name_key(later), set()).add(name_key(earlier))
    try:
        first_to_last = list(waits.static_order())
    except CycleError as error:
        raise RequestError(_circle(error.args[1], order)) from None
    found: dict[str, int] = {}
    for key in first_to_last:
        found[key] = max((found[other] + 1 for other in earlier_of.get(key, ())), default=0)
    return found


def order_concavities(order: Order, ceiling: float) -> dict[str, float]:
    """The concavity that an order gives to each name.

    Args:
        order: pairs (later, earlier).
        ceiling: concavity of the deepest.

    Returns:
        For the key of each name ceiling * depth / depth of the deepest.

    Raises:
        RequestError: the order goes in a circle.
    """
    found = depths(order)
    deepest = max(found.values(), default=0)
    return {key: ceiling * depth / deepest for key, depth in found.items()}


def check_order(order: object) -> Order:
    """An order that came from outside, made immutable.

    Raises:
        RequestError: it is no list of pairs of names, a name is blank, or it goes in a circle.
    """
    checked: list[tuple[str, str]] = []
    for pair in order if isinstance(order, list | tuple) else [None]:
        match pair:
            case (str(later), str(earlier)) if later.strip() and earlier.strip():
                checked.append((later, earlier))
            case _:
                raise RequestError("The order must be a list of pairs of names: later, earlier.")
    depths(tuple(checked))
    return tuple(checked)


def check_word_concavity(pairs: object) -> WordConcavity:
    """Concavities of words that came from outside, made immutable.

    Raises:
        RequestError: it is no list of pairs of a word and a number from 0 to 1.
    """
    checked: list[tuple[str, float]] = []
    for pair in pairs if isinstance(pairs, list | tuple) else [None]:
        match pair:
            case (str(word), int(w) | float(w)) if word.strip() and not isinstance(w, bool):
                if not 0 <= w <= 1:
                    raise RequestError(f"The concavity of “{word}” is {w}; it must be from 0 to 1.")
                checked.append((word, float(w)))
            case _:
                raise RequestError(
                    "The concavity of words must be a list of pairs: a word and a number."
                )
    return tuple(checked)


def _circle(keys: Sequence[str], order: Order) -> str:
    """The sentence about a circle; each of its names but the last waits for the next."""
    written = {
        name_key(name): name for later, earlier in reversed(order) for name in (earlier, later)
    }
    names = [written[key] for key in reversed(keys)]
    if len(names) == 2:
        return f"In the order “{names[0]}” waits for itself: take that out."
    chain = f" {LATER} ".join(names)
    return f"The order goes in a circle: {chain}; take one of these out."
