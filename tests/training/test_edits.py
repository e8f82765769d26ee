"""Edits: one change and nothing else, instructions that say it, nothing held out in training."""

import random

import numpy as np
import pytest
from PIL import Image, ImageFilter

from training.papertown.edit_quality import changed_pixels, succeeded
from training.papertown.edit_sampling import (
    assert_none_held_out,
    evaluation_edit,
    training_edits,
)
from training.papertown.edits import OPERATIONS, Edit, Operation, Plan, draw, inverse, sample_plan
from training.papertown.scorer import FoundObject
from training.papertown.vocabulary import COLOURS, is_held_out

EDITS = [edit for seed in range(12) for edit in training_edits(seed)]


def _combinations(plan: Plan) -> list[tuple[str, str]]:
    return [(item.placement.colour, item.placement.kind) for item in plan.items]


def test_a_seed_gives_the_same_edits() -> None:
    assert training_edits(5) == training_edits(5)
    assert training_edits(5) != training_edits(6)
    plan = sample_plan(random.Random(3))
    assert np.array_equal(draw(plan)[0], draw(plan)[0])


def test_every_operation_occurs_and_changes_the_picture() -> None:
    assert {edit.operation for edit in EDITS} == set(OPERATIONS)
    for edit in EDITS:
        assert (draw(edit.before)[0] != draw(edit.after)[0]).any(), edit.instruction


def test_nothing_changes_outside_the_object_concerned() -> None:
    for edit in EDITS:
        before, first = draw(edit.before)
        after, second = draw(edit.after)
        same = [
            item
            for item in first
            if any(item.kind == o.kind and np.array_equal(item.mask, o.mask) for o in second)
        ]
        unconcerned = [item for item in same if item.kind != edit.kind]
        if edit.operation == "background":
            allowed = ~np.any([item.mask for item in first], axis=0)
        else:
            both = [item.mask for item in (*first, *second) if item.kind == edit.kind]
            allowed = np.any(both, axis=0)
            assert len(unconcerned) == len([i for i in first if i.kind != edit.kind])
        # An outline is up to two pixels wide, and more at its corners.
        wider = Image.fromarray(allowed.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(7))
        differs = (before != after).any(axis=2)
        assert not (differs & ~(np.asarray(wider) > 0)).any(), edit.instruction


def test_a_recoloured_object_keeps_its_shape_and_an_instruction_names_its_colour() -> None:
    recolourings = [edit for edit in EDITS if edit.operation == "recolour"]
    assert recolourings
    for edit in recolourings:
        masks = [{o.kind: o.mask for o in draw(plan)[1]} for plan in (edit.before, edit.after)]
        assert np.array_equal(masks[0][edit.kind], masks[1][edit.kind])
        assert edit.instruction.split()[-1] == edit.colour
        assert (edit.colour, edit.kind) in _combinations(edit.after)


def test_an_inverse_undoes_an_edit() -> None:
    rng = random.Random(0)
    undone = [(edit, inverse(edit, rng)) for edit in EDITS]
    assert {edit.operation for edit, back in undone if back is None} == {"remove"}
    for edit, back in undone:
        if back is not None:
            assert (back.before, back.after) == (edit.after, edit.before)


def test_training_never_holds_a_held_out_combination_and_the_other_split_always_does() -> None:
    for edit in EDITS:
        assert not is_held_out(_combinations(edit.before))
        assert not is_held_out(_combinations(edit.after))
    for operation in OPERATIONS:
        seen = evaluation_edit(1, operation, "train")
        unseen = evaluation_edit(1, operation, "held_out")
        assert seen.operation == unseen.operation == operation
        assert not seen.held_out
        assert is_held_out(_combinations(unseen.before)) or is_held_out(_combinations(unseen.after))


def test_the_training_code_refuses_a_held_out_edit() -> None:
    assert_none_held_out(EDITS)
    with pytest.raises(ValueError, match="held-out"):
        assert_none_held_out([*EDITS, evaluation_edit(0, "recolour", "held_out")])


def _found(plan: Plan) -> list[FoundObject]:
    return [
        FoundObject(
            item.placement.kind, item.placement.colour, item.placement.x, item.placement.y, 400, 1.0
        )
        for item in plan.items
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_right_answer_is_a_success_and_doing_nothing_is_none(operation: Operation) -> None:
    edits: list[Edit] = [edit for edit in EDITS if edit.operation == operation][:6]
    for edit in edits:
        assert succeeded(edit, draw(edit.after)[0], _found(edit.after)), edit.instruction
        assert not succeeded(edit, draw(edit.before)[0], _found(edit.before)), edit.instruction


def test_a_wrong_colour_or_place_is_no_success() -> None:
    recolouring = next(edit for edit in EDITS if edit.operation == "recolour")
    other = next(colour for colour in COLOURS if colour != recolouring.colour)
    wrong = [FoundObject(recolouring.kind, other, 64, 64, 400, 1.0)]
    assert not succeeded(recolouring, draw(recolouring.after)[0], wrong)
    adding = next(edit for edit in EDITS if edit.place == "on the left")
    right = [FoundObject(adding.kind, adding.colour, 110, 64, 400, 1.0)]
    assert not succeeded(adding, draw(adding.after)[0], right)


def test_what_counts_as_changed_has_a_border() -> None:
    before = np.zeros((128, 128, 3), dtype=np.uint8)
    after = before.copy()
    after[60, 60] = 255
    assert changed_pixels(before, after).sum() == 9 * 9
