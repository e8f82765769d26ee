"""Which edits are trained on and which are measured: by seed, held-out combinations apart."""

import random
from typing import Final

from training.papertown.edits import (
    Edit,
    EditSplit,
    Operation,
    inverse,
    sample_edit,
    sample_plan,
)


def evaluation_edit(seed: int, operation: Operation, split: EditSplit) -> Edit:
    """The edit of a seed: a random scene and a change of the operation, of one split."""
    rng = random.Random(f"papertown-edit-{split}-{operation}-{seed}")
    while True:
        edit = sample_edit(sample_plan(rng), operation, rng, split)
        if edit is not None:
            return edit


# How often a scene of the training set is changed in each way, as far as it can be.
CHANGES: Final[tuple[Operation, ...]] = (
    "recolour", "recolour", "remove", "add", "add", "arms", "background",
)  # fmt: skip


def training_edits(seed: int) -> list[Edit]:
    """Every edit of one training scene, with its inverses: about ten, of eight pictures.

    The first picture of each edit is the scene or an edit of it, so that few pictures have to
    be encoded.
    """
    rng = random.Random(f"papertown-edit-train-{seed}")
    while True:
        plan = sample_plan(rng)
        if not plan.held_out:
            break
    edits: list[Edit] = []
    for operation in CHANGES:
        for _ in range(4):
            edit = sample_edit(plan, operation, rng)
            if edit is not None:
                undone = inverse(edit, rng)
                edits += [edit] if undone is None else [edit, undone]
                break
    return edits


def assert_none_held_out(edits: list[Edit]) -> None:
    """Stop a training whose edits contain a held-out combination.

    Raises:
        ValueError: one does; the message names it.
    """
    for edit in edits:
        if edit.held_out:
            raise ValueError(f"A held-out combination is in the training set: {edit.instruction!r}")
