"""Which layers there are, their order and their properties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editing import layer_commands as commands
from editing.errors import EditingError
from editing.flatten import flattened
from editing.geometry import Rect
from editing.history import History
from editing.layer import BLEND_MODES, Layer
from editing.layer_masks import add_layer_mask, delete_layer_mask
from editing.layer_merge import duplicate_layer, flatten_document, merge_down
from editing.plane import TILE, Plane
from tests.editing.layer_parts import layered, opaque_pixels, three_layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.document import Document
    from editing.history import Command


def names(document: Document) -> list[str]:
    return [layer.name for layer in document.layers]


def test_a_new_layer_is_clear_above_the_active_one_and_becomes_active() -> None:
    document = three_layers()
    before = flattened(document.layers)
    document.choose_layer(document.layers[0].id)
    command = commands.add_layer(document)
    assert names(document) == ["Background", "Layer 4", "Trees", "Birds"]
    assert document.active_layer.name == "Layer 4"
    assert command is not None
    assert command.change.kind == "layers"
    assert command.change.rect.is_empty
    assert np.array_equal(flattened(document.layers), before)
    command.undo()
    assert names(document) == ["Background", "Trees", "Birds"]


def test_new_names_are_not_taken() -> None:
    document = layered(Layer(opaque_pixels(1), "Layer 2"))
    commands.add_layer(document)
    commands.add_layer(document)
    assert names(document) == ["Layer 2", "Layer 3", "Layer 4"]
    for _ in range(3):
        duplicate_layer(document, document.layers[0].id)
    copies = [name for name in names(document) if name.startswith("Copy")]
    assert sorted(copies) == [
        "Copy of Layer 2",
        "Copy of Layer 2 2",
        "Copy of Layer 2 3",
    ]


def test_deleting_the_active_layer_makes_the_one_below_active() -> None:
    document = three_layers()
    document.choose_layer(document.layers[1].id)
    commands.delete_layer(document, document.layers[1].id)
    assert names(document) == ["Background", "Birds"]
    assert document.active_layer.name == "Background"
    commands.delete_layer(document, document.layers[0].id)
    assert document.active_layer.name == "Birds"
    with pytest.raises(EditingError, match="only layer cannot be deleted"):
        commands.delete_layer(document, document.layers[0].id)


def test_deleting_another_layer_leaves_the_active_one() -> None:
    document = three_layers()
    commands.delete_layer(document, document.layers[0].id)
    assert document.active_layer.name == "Birds"


@pytest.mark.parametrize(("index", "expected"), [(0, "BTr"), (1, "TrB"), (9, "TrB"), (-3, "BTr")])
def test_moving_a_layer(index: int, expected: str) -> None:
    document = layered(Layer(opaque_pixels(1), "Tr"), Layer(opaque_pixels(2), "B"))
    moved = document.layers[1]
    commands.move_layer(document, moved.id, index)
    assert "".join(names(document)) == expected


def test_moving_to_its_own_place_is_no_edit() -> None:
    document = three_layers()
    assert commands.move_layer(document, document.layers[1].id, 1) is None


def test_properties_change_and_come_back() -> None:
    document = three_layers()
    layer = document.layers[1]
    history = History(document)
    for command in (
        commands.rename(document, layer.id, "  Two\n words "),
        commands.set_visible(document, layer.id, False),
        commands.set_locked(document, layer.id, True),
        commands.set_blend(document, layer.id, "screen"),
        commands.set_opacity(document, layer.id, 1.7),
    ):
        assert command is not None
        history.push(command)
    changed = document.structure.layer(layer.id)
    assert changed == replace(
        layer, name="Two words", visible=False, locked=True, blend="screen", opacity=1.0
    )
    assert history.names == ["Rename layer", "Hide layer", "Lock layer", "Blend mode", "Opacity"]
    while history.can_undo:
        history.undo()
    assert document.structure.layer(layer.id) == layer
    history.close()


def test_what_changes_nothing_is_no_edit() -> None:
    document = three_layers()
    layer = document.layers[1]
    assert commands.rename(document, layer.id, "   ") is None
    assert commands.rename(document, layer.id, "Trees") is None
    assert commands.set_opacity(document, layer.id, 0.7) is None
    assert commands.set_visible(document, layer.id, True) is None


def test_a_locked_layer_refuses_edits_of_its_pixels() -> None:
    document = three_layers()
    layer = document.layers[1]
    commands.set_locked(document, layer.id, True)
    sentence = "The layer Trees is locked: unlock it first."
    document.choose_layer(layer.id)
    for target in ("layer", "layer_mask"):
        document.target = target
        with pytest.raises(EditingError) as refusal:
            commands.editable_plane(document)
        assert refusal.value.sentence == sentence
    for edit in (commands.delete_layer, merge_down, add_layer_mask, delete_layer_mask):
        before = document.structure
        with pytest.raises(EditingError):
            edit(document, layer.id)
        assert document.structure is before
    with pytest.raises(EditingError, match="Trees is locked"):
        merge_down(document, document.layers[2].id)
    document.target = "region"
    assert commands.editable_plane(document) is document.mask


def test_the_plane_to_edit_follows_the_target() -> None:
    document = three_layers()
    assert commands.editable_plane(document) is document.mask
    document.target = "layer"
    assert commands.editable_plane(document) is document.layers[2].plane
    document.target = "layer_mask"
    assert commands.editable_plane(document) is document.layers[2].mask
    document.choose_layer(document.layers[0].id)
    with pytest.raises(EditingError, match="Background has no mask: add one first"):
        commands.editable_plane(document)
    document.target = "layer"
    commands.set_visible(document, document.layers[0].id, False)
    with pytest.raises(EditingError, match="Background is hidden: show it first"):
        commands.editable_plane(document)


def test_a_change_reports_only_where_the_layer_was_written_to() -> None:
    shape = (4 * TILE, 3 * TILE)
    stroke = Plane.zeros((*shape, 4))
    place = Rect(TILE + 5, 2 * TILE + 5, 10, 10)
    stroke.pixels[place.slices()] = 200
    stroke.mark_dirty(place)
    document = layered(Layer(opaque_pixels(1, shape), "base"), Layer(stroke, "stroke"))
    around = Rect(TILE, 2 * TILE, TILE, TILE)
    layer = document.layers[1]
    for command in (
        commands.set_opacity(document, layer.id, 0.5),
        commands.set_visible(document, layer.id, False),
    ):
        assert command is not None
        assert command.change.rect == around
        assert command.undo().rect == around
        assert command.redo().rect == around
    hidden = commands.set_opacity(document, layer.id, 0.25)
    assert hidden is not None
    assert hidden.change.rect.is_empty
    renamed = commands.rename(document, layer.id, "other")
    assert renamed is not None
    assert renamed.change.rect.is_empty
    assert renamed.change.kind == "layers"


def test_dragging_the_opacity_is_one_step() -> None:
    document = three_layers()
    layer = document.layers[1]
    drag = commands.OpacityDrag(document, layer.id)
    for opacity in (0.6, 0.2, -1.0, 0.4):
        change = drag.move_to(opacity, 0.0)
        assert change.kind == "layers"
        assert not change.rect.is_empty
    assert document.structure.layer(layer.id).opacity == 0.4
    command = drag.finish()
    assert drag.is_over
    assert command is not None
    command.undo()
    assert document.structure.layer(layer.id) == layer
    command.redo()
    assert document.structure.layer(layer.id).opacity == 0.4


def test_a_drag_that_is_given_up_or_ends_where_it_began_is_no_step() -> None:
    document = three_layers()
    layer, before = document.layers[1], document.structure
    drag = commands.OpacityDrag(document, layer.id)
    drag.move_to(0.1, 0.0)
    assert not drag.abort().rect.is_empty
    assert document.structure == before
    drag = commands.OpacityDrag(document, layer.id)
    drag.move_to(0.1, 0.0)
    drag.move_to(0.7, 0.0)
    assert drag.finish() is None
    assert document.structure == before


EDITS: tuple[Callable[[Document, int, int], Command | None], ...] = (
    lambda document, _, __: commands.add_layer(document),
    lambda document, layer_id, _: commands.delete_layer(document, layer_id),
    commands.move_layer,
    lambda document, layer_id, k: commands.set_visible(document, layer_id, k % 2 == 0),
    lambda document, layer_id, k: commands.set_opacity(document, layer_id, k / 5),
    lambda document, layer_id, k: commands.set_blend(document, layer_id, BLEND_MODES[k]),
    lambda document, layer_id, _: duplicate_layer(document, layer_id),
    lambda document, layer_id, _: merge_down(document, layer_id),
    lambda document, _, __: flatten_document(document),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_any_edits_undone_give_the_picture_of_before(steps: list[tuple[int, int, int]]) -> None:
    document = three_layers("multiply")
    history = History(document)
    pictures = [flattened(document.layers)]
    for kind, which, value in steps:
        layer = document.layers[which % len(document.layers)]
        try:
            command = EDITS[kind](document, layer.id, value)
        except EditingError:
            continue
        if command is not None:
            history.push(command)
            pictures.append(flattened(document.layers))
    for picture in reversed(pictures):
        assert np.array_equal(flattened(document.layers), picture)
        if history.can_undo:
            history.undo()
    for picture in pictures[1:]:
        history.redo()
        assert np.array_equal(flattened(document.layers), picture)
    history.close()
