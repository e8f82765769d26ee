"""Scenes of Paper Town: a random prompt, a layout without overlap, a picture and its ground truth.

A scene depends on nothing but its seed: `scene(seed, split)` gives the same picture on every
machine with the same Pillow. Splits: "train" never contains a held-out combination, "held_out"
always does, "all" draws freely (for the scorer, which must know every combination).
"""

import random
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from training.papertown.backgrounds import draw_background
from training.papertown.captions import Group, Prompt, caption
from training.papertown.shapes import EXTENTS, SUPERSAMPLING, Box, Pen, draw_object
from training.papertown.vocabulary import BACKGROUNDS, COLOURS, INVISIBLE, KINDS, RELATIONS

SIZE: Final = 128
MARGIN: Final = 3.0  # pixels between objects and to the border
Split = Literal["train", "held_out", "all"]
# Half-sizes in pixels by number of objects: 13 to 44, falling.
HALF_SIZES: Final = {1: (27, 44), 2: (20, 29), 3: (17, 23), 4: (15, 20), 5: (13, 17)}


@dataclass(frozen=True)
class SceneObject:
    """Ground truth of one object.

    Attributes:
        kind: a word of `KINDS`.
        colour: a key of `COLOURS`.
        box: left, top, right, bottom in pixels, of the drawn pixels.
        mask: (SIZE, SIZE) bool.
        limbs: boxes of a person's arms and legs in pixels; empty for other kinds.
    """

    kind: str
    colour: str
    box: Box
    mask: npt.NDArray[np.bool_]
    limbs: dict[str, Box] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """A picture (SIZE, SIZE, 3) uint8 with its caption and ground truth."""

    picture: npt.NDArray[np.uint8]
    prompt: Prompt
    caption: str
    background: str
    objects: list[SceneObject]


@dataclass(frozen=True)
class Placement:
    """Where an object will be drawn, in pixels."""

    kind: str
    colour: str
    x: float
    y: float
    size: float

    def bounds(self) -> Box:
        """The box that the drawing cannot leave."""
        left, up, right, down = EXTENTS[self.kind]
        return (
            self.x - left * self.size,
            self.y - up * self.size,
            self.x + right * self.size,
            self.y + down * self.size,
        )


def scene(seed: int, split: Split = "train", singles: float = 0.34) -> Scene:
    """Draw the scene of a seed.

    Args:
        seed: any integer; equal seeds give equal scenes.
        split: which combinations may occur, see the module's docstring.
        singles: share of scenes with one object; the others keep their proportions.
    """
    rng = random.Random(f"papertown-{split}-{seed}")
    while True:
        prompt, background = sample_prompt(rng, split, singles)
        placements = layout(prompt, rng)
        if placements is not None:
            return render(prompt, background, placements, rng)


def sample_prompt(
    rng: random.Random, split: Split = "train", singles: float = 0.34
) -> tuple[Prompt, str]:
    """Draw a prompt and the background to paint (which the prompt names 11 times in 12)."""
    while True:
        background = rng.choice(list(BACKGROUNDS))
        groups, relation = _sample_groups(rng, background, singles)
        named = background if rng.random() < 11 / 12 else None
        prompt = Prompt(groups, relation, named)
        if split == "all" or prompt.held_out == (split == "held_out"):
            return prompt, background


def _sample_groups(
    rng: random.Random, background: str, singles: float
) -> tuple[tuple[Group, ...], str | None]:
    visible = [c for c in COLOURS if (c, background) not in INVISIBLE]

    def group(count: int, kind: str) -> Group:
        return Group(count, rng.choice(visible), kind)

    if rng.random() < singles:
        return (group(1, rng.choice(KINDS)),), None
    share = rng.random() * 0.66
    if share < 0.20:
        return (group(rng.randint(2, 5), rng.choice(KINDS)),), None
    if share < 0.54:
        first, second = rng.sample(KINDS, 2)
        relation = rng.choice((None, *RELATIONS)) if rng.random() < 0.8 else None
        return (group(1, first), group(1, second)), relation
    if rng.random() < 0.5:
        return tuple(group(1, kind) for kind in rng.sample(KINDS, 3)), None
    first, second = rng.sample(KINDS, 2)
    count = rng.randint(2, 3)
    counts = (count, rng.randint(1, 4 - count + 1))
    return (group(counts[0], first), group(counts[1], second)), None


def layout(
    prompt: Prompt, rng: random.Random, half_sizes: tuple[float, float] | None = None
) -> list[Placement] | None:
    """Place every object without overlap, or None where this attempt finds no room.

    Args:
        prompt: what to place.
        rng: the scene's generator.
        half_sizes: smallest and largest half-size in pixels; by default that of `HALF_SIZES`.
    """
    wanted = [(g.colour, g.kind) for g in prompt.groups for _ in range(g.count)]
    low, high = half_sizes or HALF_SIZES[len(wanted)]
    common = rng.uniform(low, high)
    placed: list[Placement] = []
    for index, (colour, kind) in enumerate(wanted):
        for _ in range(40):
            size = min(high, max(low, common * rng.uniform(0.85, 1.15)))
            candidate = _candidate(kind, colour, size, rng)
            if index == 1 and prompt.relation is not None:
                fits = _related(prompt.relation, placed[0], candidate)
            else:
                fits = True
            if fits and not any(touch(candidate, other) for other in placed):
                placed.append(candidate)
                break
        else:
            return None
    return placed


def _candidate(kind: str, colour: str, size: float, rng: random.Random) -> Placement:
    left, up, right, down = (reach * size + MARGIN for reach in EXTENTS[kind])
    x = rng.uniform(left, SIZE - right)
    y = rng.uniform(up, SIZE - down)
    return Placement(kind, colour, x, y, size)


def touch(a: Placement, b: Placement) -> bool:
    """Whether two objects come nearer to each other than `MARGIN`."""
    first, second = a.bounds(), b.bounds()
    apart = (
        first[2] + MARGIN < second[0]
        or second[2] + MARGIN < first[0]
        or first[3] + MARGIN < second[1]
        or second[3] + MARGIN < first[1]
    )
    return not apart


def _related(relation: str, first: Placement, second: Placement) -> bool:
    """Whether the first lies where the relation says, clearly: more along it than across it."""
    dx, dy = second.x - first.x, second.y - first.y
    along, across = {
        "left": (dx, dy),
        "right": (-dx, dy),
        "above": (dy, dx),
        "below": (-dy, dx),
    }[relation]
    return along > 24 and along > abs(across)


def render(
    prompt: Prompt, background: str, placements: list[Placement], rng: random.Random
) -> Scene:
    """Draw placed objects on a background, supersampled, and measure their ground truth."""
    canvas = Canvas()
    draw_background(background, canvas.draw, SIZE, rng)
    objects = [canvas.paint(placement, rng) for placement in placements]
    return Scene(canvas.picture(), prompt, caption(prompt), background, objects)


class Canvas:
    """A supersampled picture onto which a scene is drawn, object by object."""

    def __init__(self) -> None:
        self._full = SIZE * SUPERSAMPLING
        self._image = Image.new("RGB", (self._full, self._full))
        self.draw = ImageDraw.Draw(self._image)

    def paint(
        self, placement: Placement, rng: random.Random, raised: bool | None = None
    ) -> SceneObject:
        """Draw one object (see `draw_object`) and measure its ground truth."""
        mask = Image.new("L", (self._full, self._full))
        pen = Pen(self.draw, ImageDraw.Draw(mask), placement.x, placement.y, placement.size)
        limbs = draw_object(placement.kind, pen, COLOURS[placement.colour], rng, raised)
        pixels = np.asarray(mask.reduce(SUPERSAMPLING)) >= 128
        rows, columns = np.nonzero(pixels)
        box = (
            float(columns.min()),
            float(rows.min()),
            float(columns.max() + 1),
            float(rows.max() + 1),
        )
        return SceneObject(placement.kind, placement.colour, box, pixels, limbs)

    def picture(self) -> npt.NDArray[np.uint8]:
        """What has been drawn, at its final size (SIZE, SIZE, 3) uint8."""
        return np.asarray(self._image.reduce(SUPERSAMPLING))
