"""Regions: added, duplicated, deleted, ordered, renamed, and their masks edited; all with undo."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from editing import mask_edits
from editing import region_commands as regions
from editing.concavity_drag import ConcavityDrag
from editing.document import Document
from editing.errors import FileError
from editing.geometry import Rect
from editing.history import ChangeKind
from editing.mask_pictures import read_mask, save_mask
from editing.plane import Plane
from editing.region import LARGEST_CONCAVITY
from editing.selection import combine
from editing.tile_plan import TilePlan


def document() -> Document:
    made = Document.blank(300, 280)
    rng = np.random.default_rng(2)
    mask = made.mask.pixels
    mask[40:140, 30:130] = 255
    mask[60:80, 50:70] = 0
    mask[250:260, 250:270] = rng.integers(1, 255, (10, 20))
    made.mask.mark_dirty(made.bounds)
    return made


def select(made: Document, rect: Rect) -> np.ndarray:
    values = np.random.default_rng(4).integers(0, 256, (rect.height, rect.width), np.uint8)
    combine(made.selection, values, rect, "replace")
    return made.selection.pixels.copy()


def names(made: Document) -> list[str]:
    return [region.name for region in made.regions]


def test_regions_get_names_and_colours_of_their_own() -> None:
    made = document()
    for _ in range(6):
        assert regions.add_region(made) is not None
    assert names(made) == [f"Region {n}" for n in range(1, 8)]
    colours = [region.colour for region in made.regions]
    assert len(set(colours[:6])) == 6
    assert made.active_region.name == "Region 7"


def test_a_region_is_added_above_the_active_one_and_undone() -> None:
    made = document()
    regions.add_region(made)
    made.choose_region(made.regions[0].id)
    command = regions.add_region(made, "Hand")
    assert command is not None
    assert names(made) == ["Region 1", "Hand", "Region 2"]
    command.undo()
    assert names(made) == ["Region 1", "Region 2"]
    command.redo()
    assert names(made) == ["Region 1", "Hand", "Region 2"]


def test_a_duplicate_has_a_mask_of_its_own() -> None:
    made = document()
    first = made.active_region
    regions.set_prompt(made, first.id, "a hand")
    regions.set_concavity(made, first.id, 0.4)
    regions.duplicate_region(made)
    copy = made.active_region
    assert (copy.name, copy.prompt, copy.concavity) == ("Region 1 copy", "a hand", 0.4)
    assert copy.colour != first.colour
    np.testing.assert_array_equal(copy.mask.pixels, first.mask.pixels)
    mask_edits.invert("mask", made.mask).commit("Invert")
    assert first.mask.pixels[0, 0] == 0
    assert copy.mask.pixels[0, 0] == 255


def test_the_last_region_is_emptied() -> None:
    made = document()
    regions.add_region(made)
    command = regions.delete_region(made)
    assert command is not None
    assert names(made) == ["Region 1"]
    emptied = regions.delete_region(made)
    assert emptied is not None
    assert names(made) == ["Region 1"]
    assert not made.mask.pixels.any()
    assert regions.delete_region(made) is None
    emptied.undo()
    assert made.mask.pixels.any()
    command.undo()
    assert names(made) == ["Region 1", "Region 2"]


def test_the_order_changes() -> None:
    made = document()
    regions.add_region(made)
    regions.add_region(made)
    first = made.regions[0].id
    command = regions.move_region(made, first, 2)
    assert command is not None
    assert names(made) == ["Region 2", "Region 3", "Region 1"]
    assert regions.move_region(made, first, 2) is None
    command.undo()
    assert names(made) == ["Region 1", "Region 2", "Region 3"]


def test_properties() -> None:
    made = document()
    key = made.active_region.id
    for command in (
        regions.rename(made, key, "  Hand "),
        regions.set_colour(made, key, (1, 2, 3)),
        regions.set_concavity(made, key, 2.0),
        regions.set_prompt(made, key, "a hand"),
        regions.set_visible(made, key, False),
    ):
        assert command is not None
    region = made.active_region
    assert (region.name, region.colour, region.concavity, region.prompt, region.visible) == (
        "Hand", (1, 2, 3), LARGEST_CONCAVITY, "a hand", False,
    )  # fmt: skip
    assert regions.rename(made, key, " ") is None
    assert regions.rename(made, key, "Hand") is None
    assert regions.set_prompt(made, key, "  ") is not None
    assert made.active_region.prompt is None


def test_an_empty_region_takes_the_selection_and_a_full_one_does_not() -> None:
    made = Document.blank(300, 280)
    assert regions.region_from_selection(made) is None
    selected = select(made, Rect(20, 30, 100, 90))
    command = regions.region_from_selection(made)
    assert command is not None
    assert names(made) == ["Region 1"]
    np.testing.assert_array_equal(made.mask.pixels, selected)
    regions.region_from_selection(made)
    assert names(made) == ["Region 1", "Region 2"]
    np.testing.assert_array_equal(made.mask.pixels, selected)
    regions.region_from_selection(made, as_new=True)
    assert len(made.regions) == 3


def test_using_the_selection_takes_it_away_in_the_same_step() -> None:
    made = document()
    selected = select(made, Rect(20, 30, 100, 90))
    plan = regions.plan_use_of_selection(made)
    assert plan is not None
    command = plan.commit("Region from selection")
    assert command is not None
    assert not made.selection.pixels.any()
    np.testing.assert_array_equal(made.mask.pixels, selected)
    command.undo()
    np.testing.assert_array_equal(made.selection.pixels, selected)
    assert names(made) == ["Region 1"]
    command.redo()
    assert names(made) == ["Region 1", "Region 2"]
    assert not made.selection.pixels.any()


def test_a_region_is_selected() -> None:
    made = document()
    select(made, Rect(0, 0, 300, 280))
    command = regions.selection_from_region(made)
    assert command is not None
    np.testing.assert_array_equal(made.selection.pixels, made.mask.pixels)
    assert made.selection is not made.mask


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        (mask_edits.grow(6), lambda old, new: (new >= old).all() and new[34, 80] == 255),
        (mask_edits.shrink(6), lambda old, new: (new <= old).all() and new[45, 80] == 0),
        (mask_edits.feather(6), lambda _, new: 0 < new[39, 80] < 128 < new[40, 80]),
        (
            mask_edits.fill_holes,
            lambda old, new: new[70, 60] == 255 and new[255, 260] == old[255, 260],
        ),
        (mask_edits.keep_largest, lambda _, new: not new[240:].any() and new[50, 50] == 255),
        (mask_edits.invert, lambda old, new: (new == 255 - old).all()),
    ],
)
def test_masks_are_edited_and_undone(
    edit: Callable[[ChangeKind, Plane], TilePlan], check: Callable[[np.ndarray, np.ndarray], bool]
) -> None:
    made = document()
    before = made.mask.pixels.copy()
    command = edit("mask", made.mask).commit("Edit")
    assert command is not None
    assert command.change.kind == "mask"
    after = made.mask.pixels.copy()
    assert check(before, after)
    command.undo()
    np.testing.assert_array_equal(made.mask.pixels, before)
    command.redo()
    np.testing.assert_array_equal(made.mask.pixels, after)


def test_a_mask_goes_to_a_file_and_back(tmp_path: Path) -> None:
    made = document()
    path = tmp_path / "Hand.png"
    save_mask(path, made.mask.pixels)
    read = read_mask(path, made.size)
    np.testing.assert_array_equal(read.pixels, made.mask.pixels)
    assert np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)).ndim == 2
    regions.region_from_mask(made, read, "Hand")
    assert names(made) == ["Region 1", "Hand"]
    empty = Document.blank(300, 280)
    command = regions.region_from_mask(empty, read, "Hand")
    assert command is not None
    assert names(empty) == ["Hand"]
    np.testing.assert_array_equal(empty.mask.pixels, made.mask.pixels)
    command.undo()
    assert names(empty) == ["Region 1"]
    assert not empty.mask.pixels.any()


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    made = document()
    path = tmp_path / "mask.png"
    save_mask(path, made.mask.pixels)
    with pytest.raises(FileError, match="same size"):
        read_mask(path, (30, 28))
    with pytest.raises(FileError, match=r"suffix \.png"):
        save_mask(tmp_path / "mask.jpg", made.mask.pixels)
    with pytest.raises(ValueError, match="does not fit"):
        regions.region_from_mask(Document.blank(3, 4), read_mask(path, made.size), "Hand")


def test_a_drag_of_the_slider_is_one_step() -> None:
    made = document()
    drag = ConcavityDrag(made, made.active_region.id)
    for value in (0.5, 0.2, 3.0, 0.1):
        drag.move_to(value, 0)
        assert made.active_region.concavity == min(value, LARGEST_CONCAVITY)
    command = drag.finish()
    assert drag.is_over
    assert command is not None
    assert made.active_region.concavity == 0.1
    command.undo()
    assert made.active_region.concavity == 0.7
    command.redo()
    assert made.active_region.concavity == 0.1


def test_a_drag_can_be_taken_back_or_come_to_nothing() -> None:
    made = document()
    drag = ConcavityDrag(made, made.active_region.id)
    drag.move_to(0.3, 0)
    drag.abort()
    assert made.active_region.concavity == 0.7
    again = ConcavityDrag(made, made.active_region.id)
    again.move_to(0.3, 0)
    again.move_to(0.7, 0)
    assert again.finish() is None


def test_a_drag_outlives_its_region() -> None:
    made = document()
    regions.add_region(made)
    drag = ConcavityDrag(made, made.active_region.id)
    drag.move_to(0.3, 0)
    regions.delete_region(made)
    drag.move_to(0.4, 0)
    drag.finish()
    assert names(made) == ["Region 1"]
