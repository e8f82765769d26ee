"""The words of Paper Town: object kinds, colours, backgrounds, counts, and what is held out.

"Held out" means that a combination never occurs in training: eight (colour, kind) pairs (10 % of
80) and five unordered (kind, kind) pairs (11 % of 45), drawn once from a fixed seed. Tests of
generalisation report prompts that contain a held-out combination apart from the others.
"""

import random
from typing import Final

KINDS: Final = (
    "ball", "box", "star", "heart", "cat", "fish", "house", "tree", "car", "person",
)  # fmt: skip
PLURALS: Final = {
    "ball": "balls",
    "box": "boxes",
    "star": "stars",
    "heart": "hearts",
    "cat": "cats",
    "fish": "fish",
    "house": "houses",
    "tree": "trees",
    "car": "cars",
    "person": "people",
}
COLOURS: Final = {
    "red": (214, 40, 40),
    "green": (46, 160, 67),
    "blue": (40, 88, 210),
    "yellow": (250, 205, 20),
    "orange": (250, 135, 35),
    "purple": (130, 60, 170),
    "white": (245, 245, 250),
    "black": (32, 32, 36),
}
BACKGROUNDS: Final = {
    "grass": "on grass",
    "snow": "in the snow",
    "night": "at night",
    "beach": "on the beach",
    "desert": "in the desert",
    "gray": "on a gray background",
}
COUNT_WORDS: Final = {1: "a", 2: "two", 3: "three", 4: "four", 5: "five"}
RELATIONS: Final = {
    "left": "to the left of",
    "right": "to the right of",
    "above": "above",
    "below": "below",
}
# An object must stand out from what is behind it.
INVISIBLE: Final = frozenset({("white", "snow"), ("black", "night")})

HELD_OUT_SEED: Final = 20240607


def _held_out() -> tuple[frozenset[tuple[str, str]], frozenset[frozenset[str]]]:
    rng = random.Random(HELD_OUT_SEED)
    kinds = rng.sample(KINDS, len(COLOURS))
    colour_pairs = frozenset(zip(COLOURS, kinds, strict=True))
    couples = [frozenset((a, b)) for i, a in enumerate(KINDS) for b in KINDS[i + 1 :]]
    return colour_pairs, frozenset(rng.sample(couples, 5))


HELD_OUT_COLOURS, HELD_OUT_COUPLES = _held_out()


def is_held_out(objects: list[tuple[str, str]]) -> bool:
    """Whether a scene of (colour, kind) objects contains a held-out combination."""
    if any(pair in HELD_OUT_COLOURS for pair in objects):
        return True
    kinds = {kind for _, kind in objects}
    return any(couple <= kinds for couple in HELD_OUT_COUPLES)
