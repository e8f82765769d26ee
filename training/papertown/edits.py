"""Edits of Paper Town: a scene as data, one change to it, and the sentence that asks for it.

Everything that a drawing leaves to chance hangs on a seed of its own (one for the background, one
for each object), so that a scene with one change, drawn again, differs nowhere else. Arms are
both up or both down here, so that "raise the arms" has one meaning; an added object stands at
a fixed place of its side and has a fixed size, so that an instruction has one answer to learn.
"""

import random
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from training.papertown.backgrounds import draw_background
from training.papertown.captions import Group, Prompt
from training.papertown.vocabulary import BACKGROUNDS, COLOURS, INVISIBLE, KINDS, is_held_out
from training.papertown.world import SIZE, Canvas, Placement, SceneObject, layout, touch

Operation = Literal["recolour", "add", "remove", "arms", "background"]
OPERATIONS: Final[tuple[Operation, ...]] = ("recolour", "add", "remove", "arms", "background")
EditSplit = Literal["train", "held_out"]
# Half-sizes in pixels by number of objects: smaller than in `world`, to leave room for one more.
HALF_SIZES: Final = {1: (20, 32), 2: (17, 25), 3: (16, 21)}
ADDED_SIZE: Final = 18.0
PERSON_SHARE: Final = 0.35  # of the scenes, besides those that draw one by chance
PLACES: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "on the left": ((25, 64), (25, 96), (25, 32)),
    "on the right": ((103, 64), (103, 96), (103, 32)),
    "at the top": ((64, 25), (32, 25), (96, 25)),
    "at the bottom": ((64, 103), (32, 103), (96, 103)),
    "in the middle": ((64, 64),),
}
MOVES: Final = {
    "grass": ("move it to the grass", "put it on grass"),
    "snow": ("move it to the snow", "put it in the snow"),
    "night": ("make it night", "put it at night"),
    "beach": ("move it to the beach", "put it on the beach"),
    "desert": ("move it to the desert", "put it in the desert"),
    "gray": ("make the background gray", "put it on a gray background"),
}


@dataclass(frozen=True)
class Item:
    """An object of a plan.

    Attributes:
        placement: kind, colour, place and size.
        seed: of what the drawing leaves to chance.
        raised: whether a person's arms are up; without meaning for other kinds.
    """

    placement: Placement
    seed: int
    raised: bool = False


@dataclass(frozen=True)
class Plan:
    """A scene as data: each kind occurs once at most.

    Attributes:
        background: a key of `BACKGROUNDS`.
        seed: of the horizon, the brightness and the sky.
        items: one to four objects.
    """

    background: str
    seed: int
    items: tuple[Item, ...]

    @property
    def held_out(self) -> bool:
        """Whether it holds a combination that never occurs in training."""
        return is_held_out([(i.placement.colour, i.placement.kind) for i in self.items])

    @property
    def visible(self) -> bool:
        """Whether every object stands out from the background."""
        return all((i.placement.colour, self.background) not in INVISIBLE for i in self.items)


@dataclass(frozen=True)
class Edit:
    """One change and its instruction.

    Attributes:
        operation: what kind of change.
        instruction: the sentence.
        before: the scene.
        after: the same scene with the change.
        kind: kind of the object concerned, "" for a background.
        colour: the colour asked for, of a new or recoloured object, or "".
        place: a key of `PLACES` where an object is added, or "".
    """

    operation: Operation
    instruction: str
    before: Plan
    after: Plan
    kind: str = ""
    colour: str = ""
    place: str = ""

    @property
    def held_out(self) -> bool:
        """Whether the scene before or after holds a held-out combination."""
        return self.before.held_out or self.after.held_out


def draw(plan: Plan) -> tuple[npt.NDArray[np.uint8], list[SceneObject]]:
    """Draw a plan: the picture (SIZE, SIZE, 3) uint8 and the ground truth of its objects."""
    canvas = Canvas()
    draw_background(plan.background, canvas.draw, SIZE, random.Random(plan.seed))
    objects = [
        canvas.paint(item.placement, random.Random(item.seed), item.raised) for item in plan.items
    ]
    return canvas.picture(), objects


def sample_plan(rng: random.Random) -> Plan:
    """Draw a scene of one to three objects of different kinds."""
    while True:
        background = rng.choice(list(BACKGROUNDS))
        colours = [c for c in COLOURS if (c, background) not in INVISIBLE]
        count = rng.choices((1, 2, 3), (0.4, 0.4, 0.2))[0]
        kinds = rng.sample(KINDS, count)
        if "person" not in kinds and rng.random() < PERSON_SHARE:
            kinds[0] = "person"
        prompt = Prompt(tuple(Group(1, rng.choice(colours), kind) for kind in kinds))
        placements = layout(prompt, rng, HALF_SIZES[count])
        if placements is not None:
            items = tuple(
                Item(placement, rng.getrandbits(32), rng.random() < 0.5) for placement in placements
            )
            return Plan(background, rng.getrandbits(32), items)


def _with_item(plan: Plan, index: int, item: Item) -> Plan:
    return replace(plan, items=(*plan.items[:index], item, *plan.items[index + 1 :]))


def _recolour(plan: Plan, rng: random.Random) -> Edit | None:
    index = rng.randrange(len(plan.items))
    item = plan.items[index]
    old = item.placement.colour
    new = rng.choice([c for c in COLOURS if c != old])
    after = _with_item(plan, index, replace(item, placement=replace(item.placement, colour=new)))
    return recolouring(plan, after, index, rng)


def recolouring(before: Plan, after: Plan, index: int, rng: random.Random) -> Edit:
    """The edit that gives the object at a place in the list its colour of the plan after."""
    kind = before.items[index].placement.kind
    old, new = (plan.items[index].placement.colour for plan in (before, after))
    noun = "shirt" if kind == "person" else kind
    phrases = (
        f"make the {noun} {new}",
        f"make the {noun} {new}",
        f"make the {old} {noun} {new}",
        f"paint the {noun} {new}",
        f"change the {noun} to {new}",
    )
    return Edit("recolour", rng.choice(phrases), before, after, kind, new)


def _remove(plan: Plan, rng: random.Random) -> Edit | None:
    return removal(plan, rng.randrange(len(plan.items)), rng)


def removal(before: Plan, index: int, rng: random.Random) -> Edit:
    """The edit that takes the object at a place in the list away."""
    placement = before.items[index].placement
    noun = placement.kind
    coloured = "person" if noun == "person" else f"{placement.colour} {noun}"
    phrases = (f"remove the {noun}", f"remove the {coloured}", f"take away the {noun}")
    items = (*before.items[:index], *before.items[index + 1 :])
    after = replace(before, items=items)
    return Edit("remove", rng.choice(phrases), before, after, noun)


def _add(plan: Plan, rng: random.Random) -> Edit | None:
    present = {item.placement.kind for item in plan.items}
    kind = rng.choice([k for k in KINDS if k not in present])
    colour = rng.choice(list(COLOURS))
    place = rng.choice(list(PLACES))
    for x, y in PLACES[place]:
        placement = Placement(kind, colour, float(x), float(y), ADDED_SIZE)
        if not any(touch(placement, item.placement) for item in plan.items):
            break
    else:
        return None
    article = "an" if colour[0] in "aeiou" else "a"
    phrase = f"{article} {colour} {kind}"
    if kind == "person":
        phrase = f"a person in {article} {colour} shirt"
    verb = rng.choice(("add", "add", "draw"))
    item = Item(placement, rng.getrandbits(32), raised=False)
    after = replace(plan, items=(*plan.items, item))
    return Edit("add", f"{verb} {phrase} {place}", plan, after, kind, colour, place)


def _arms(plan: Plan, rng: random.Random) -> Edit | None:
    for index, item in enumerate(plan.items):
        if item.placement.kind == "person":
            return arms(plan, index, rng)
    return None


def arms(before: Plan, index: int, rng: random.Random) -> Edit:
    """The edit that raises a person's arms, or lowers raised ones."""
    item = before.items[index]
    verbs = ("lower", "put down") if item.raised else ("raise", "put up")
    after = _with_item(before, index, replace(item, raised=not item.raised))
    return Edit("arms", f"{rng.choice(verbs)} the arms", before, after, "person")


def _background(plan: Plan, rng: random.Random) -> Edit | None:
    name = rng.choice([name for name in BACKGROUNDS if name != plan.background])
    return relocation(plan, replace(plan, background=name), rng)


def relocation(before: Plan, after: Plan, rng: random.Random) -> Edit:
    """The edit that gives a scene the background of the plan after."""
    return Edit("background", rng.choice(MOVES[after.background]), before, after)


_SAMPLERS: Final = {
    "recolour": _recolour,
    "add": _add,
    "remove": _remove,
    "arms": _arms,
    "background": _background,
}


def sample_edit(
    plan: Plan, operation: Operation, rng: random.Random, split: EditSplit = "train"
) -> Edit | None:
    """Draw an edit of a scene, or None where this attempt finds none that fits.

    Args:
        plan: the scene before.
        operation: what kind of change.
        rng: decides the rest.
        split: "train" gives edits without any held-out combination, "held_out" only edits with one.
    """
    edit = _SAMPLERS[operation](plan, rng)
    if edit is None or not (edit.before.visible and edit.after.visible):
        return None
    return edit if edit.held_out == (split == "held_out") else None


def inverse(edit: Edit, rng: random.Random) -> Edit | None:
    """The edit that undoes another, or None: a removed object's size and place cannot be asked for.

    Args:
        edit: the edit to undo.
        rng: chooses the words.
    """
    if edit.operation == "add":
        return removal(edit.after, len(edit.after.items) - 1, rng)
    if edit.operation == "background":
        return relocation(edit.after, edit.before, rng)
    if edit.operation == "remove":
        return None
    pairs = zip(edit.before.items, edit.after.items, strict=True)
    index = next(i for i, (old, new) in enumerate(pairs) if old != new)
    if edit.operation == "arms":
        return arms(edit.after, index, rng)
    return recolouring(edit.after, edit.before, index, rng)
