"""The world: determinism, ground truth, captions, held-out combinations, no overlap."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from training.papertown.captions import Group, Prompt, caption, parse
from training.papertown.dataset import assert_none_held_out, read_captions, write_pictures
from training.papertown.shapes import EXTENTS
from training.papertown.vocabulary import (
    COLOURS,
    HELD_OUT_COLOURS,
    HELD_OUT_COUPLES,
    INVISIBLE,
    KINDS,
    is_held_out,
)
from training.papertown.world import SIZE, Split, scene

SCENES = [scene(seed) for seed in range(150)]


def test_a_seed_gives_the_same_scene() -> None:
    for seed in (3, 77):
        first, second = scene(seed), scene(seed)
        assert np.array_equal(first.picture, second.picture)
        assert first.caption == second.caption
        assert first.picture.shape == (SIZE, SIZE, 3)
        assert first.picture.dtype == np.uint8
    assert not np.array_equal(scene(3).picture, scene(4).picture)


def test_the_caption_says_what_is_drawn() -> None:
    for drawn in SCENES:
        wanted = sorted((g.colour, g.kind) for g in drawn.prompt.groups for _ in range(g.count))
        assert wanted == sorted((item.colour, item.kind) for item in drawn.objects)
        assert drawn.prompt.background in (None, drawn.background)
        for item in drawn.objects:
            assert (item.colour, drawn.background) not in INVISIBLE


def test_a_relation_holds_between_the_drawn_objects() -> None:
    related = [drawn for drawn in SCENES if drawn.prompt.relation is not None]
    assert len(related) > 10
    for drawn in related:
        first, second = (
            ((o.box[0] + o.box[2]) / 2, (o.box[1] + o.box[3]) / 2) for o in drawn.objects
        )
        dx, dy = second[0] - first[0], second[1] - first[1]
        assert drawn.prompt.relation is not None
        along = {"left": dx, "right": -dx, "above": dy, "below": -dy}[drawn.prompt.relation]
        assert along > 10, drawn.caption


def test_objects_do_not_overlap_and_lie_inside_the_picture() -> None:
    for drawn in SCENES:
        for item in drawn.objects:
            left, top, right, bottom = item.box
            assert 0 <= left < right <= SIZE
            assert 0 <= top < bottom <= SIZE
            assert item.mask.sum() > 100
        for one, other in itertools.combinations(drawn.objects, 2):
            assert not (one.mask & other.mask).any(), drawn.caption


def test_a_mask_covers_the_pixels_of_its_object() -> None:
    colour = np.array(COLOURS["red"], dtype=np.int64)
    boxes = [o for s in SCENES for o in s.objects if (o.kind, o.colour) == ("ball", "red")]
    assert boxes
    for drawn in SCENES:
        for item in drawn.objects:
            if (item.kind, item.colour) == ("ball", "red"):
                distance = np.abs(drawn.picture.astype(np.int64) - colour).max(axis=2)
                assert (distance[item.mask] < 12).mean() > 0.6


def test_persons_have_four_limbs_within_reach_of_their_box() -> None:
    persons = [item for drawn in SCENES for item in drawn.objects if item.kind == "person"]
    assert persons
    for person in persons:
        assert set(person.limbs) == {"left arm", "right arm", "left leg", "right leg"}
        left, top, right, bottom = person.box
        for limb in person.limbs.values():
            assert limb[0] > left - 2
            assert limb[1] > top - 2
            assert limb[2] < right + 2
            assert limb[3] < bottom + 2
    assert set(EXTENTS) == set(KINDS)


def test_about_a_tenth_is_held_out() -> None:
    assert len(HELD_OUT_COLOURS) == 8
    assert len(HELD_OUT_COUPLES) == 5
    assert {colour for colour, _ in HELD_OUT_COLOURS} == set(COLOURS)


def test_held_out_combinations_never_occur_in_training_and_always_in_their_split() -> None:
    def found(split: Split) -> list[bool]:
        return [
            is_held_out([(item.colour, item.kind) for item in scene(seed, split).objects])
            for seed in range(60)
        ]

    assert not any(found("train"))
    assert all(found("held_out"))


def test_the_training_code_refuses_a_held_out_caption() -> None:
    colour, kind = next(iter(sorted(HELD_OUT_COLOURS)))
    bad = caption(Prompt((Group(1, colour, kind),)))
    assert_none_held_out([drawn.caption for drawn in SCENES])
    with pytest.raises(ValueError, match="held-out"):
        assert_none_held_out([SCENES[0].caption, bad])


def test_captions_read_back_to_their_meaning() -> None:
    for drawn in SCENES:
        assert parse(drawn.caption) == drawn.prompt
    assert parse("three yellow stars at night") == Prompt(
        (Group(3, "yellow", "star"),), None, "night"
    )
    assert parse("an orange cat to the left of a person in a white shirt") == Prompt(
        (Group(1, "orange", "cat"), Group(1, "white", "person")), "left", None
    )


@pytest.mark.parametrize("text", ["", "a rabbit", "a red ball and", "a red ball banana"])
def test_other_sentences_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Paper Town"):
        parse(text)


def test_a_written_set_is_what_the_seeds_give(tmp_path: Path) -> None:
    write_pictures(tmp_path, 3, first=20)
    pictures = np.load(tmp_path / "pictures.npy")
    captions = read_captions(tmp_path)
    for offset in range(3):
        drawn = scene(20 + offset)
        assert np.array_equal(pictures[offset], drawn.picture)
        assert captions[offset] == drawn.caption
