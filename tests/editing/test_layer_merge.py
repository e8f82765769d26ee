"""Copies and merges of layers: what the picture looks like before and after."""

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
from editing.layer import BLEND_MODES, BlendMode, Layer
from editing.layer_merge import copied, duplicate_layer, flatten_document, merge_down
from editing.plane import TILE, Plane
from tests.editing.layer_parts import (
    layered,
    opaque_pixels,
    soft_mask,
    soft_pixels,
    three_layers,
)

if TYPE_CHECKING:
    from editing.plane import Pixels


def seen(pixels: Pixels) -> Pixels:
    """The pixels without the colours of clear ones."""
    return np.asarray(np.where(pixels[..., 3:] > 0, pixels, 0), np.uint8)


def most_off(first: Pixels, second: Pixels) -> int:
    return int(np.abs(seen(first).astype(int) - seen(second)).max())


def test_a_copy_has_planes_of_its_own() -> None:
    document = three_layers()
    layer = document.layers[2]
    commands.set_locked(document, layer.id, True)
    command = duplicate_layer(document, layer.id)
    copy = document.active_layer
    assert command is not None
    assert copy.name == "Copy of Birds"
    assert document.layers.index(copy) == 3
    assert not copy.locked
    assert copy.mask is not None
    assert layer.mask is not None
    assert np.array_equal(copy.plane.pixels, layer.plane.pixels)
    assert np.array_equal(copy.mask.pixels, layer.mask.pixels)
    copy.plane.pixels[...] = 0
    copy.mask.pixels[...] = 0
    assert layer.plane.pixels.any()
    assert layer.mask.pixels.any()


def test_a_copy_of_a_plane_is_touched_where_the_plane_is() -> None:
    plane = Plane.zeros((3 * TILE, 2 * TILE))
    plane.pixels[TILE, TILE] = 9
    plane.mark_dirty(plane.bounds._replace(y=TILE, height=1))
    copy = copied(plane)
    assert np.array_equal(copy.pixels, plane.pixels)
    assert copy.touched_tiles() == plane.touched_tiles()


@pytest.mark.parametrize("blend", BLEND_MODES)
def test_merging_onto_the_lowest_layer_keeps_every_byte(blend: BlendMode) -> None:
    document = three_layers(blend)
    before = flattened(document.layers)
    command = merge_down(document, document.layers[1].id)
    assert [layer.name for layer in document.layers] == ["Background", "Birds"]
    assert document.active_layer.name == "Background"
    assert document.layers[0].is_plain
    assert np.array_equal(flattened(document.layers), before)
    assert command is not None
    command.undo()
    assert len(document.layers) == 3


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 1000),
    first=st.sampled_from(BLEND_MODES),
    second=st.sampled_from(BLEND_MODES),
    opacities=st.tuples(*[st.sampled_from([0.0, 0.02, 0.5, 1.0])] * 2),
    is_masked=st.booleans(),
)
def test_merging_over_an_opaque_picture_keeps_every_byte(
    seed: int, first: BlendMode, second: BlendMode, opacities: tuple[float, ...], is_masked: bool
) -> None:
    document = layered(
        Layer(opaque_pixels(seed), "base"),
        Layer(soft_pixels(seed + 1), "first", opacity=opacities[0], blend=first),
        Layer(
            soft_pixels(seed + 2),
            "second",
            opacity=opacities[1],
            blend=second,
            mask=soft_mask(seed + 3) if is_masked else None,
        ),
    )
    before = flattened(document.layers)
    merge_down(document, document.layers[2].id)
    assert len(document.layers) == 2
    assert document.layers[1].is_plain
    assert most_off(flattened(document.layers), before) <= 1


def test_merging_over_a_soft_picture_is_within_a_level_as_it_is_seen() -> None:
    for blend in BLEND_MODES:
        document = layered(
            Layer(soft_pixels(1), "base"),
            Layer(soft_pixels(2), "first", opacity=0.4),
            Layer(soft_pixels(3), "second", blend=blend),
        )
        before = flattened(document.layers).astype(float)
        merge_down(document, document.layers[2].id)
        after = flattened(document.layers).astype(float)
        assert np.array_equal(after[..., 3], before[..., 3])
        weighted = np.abs(after - before)[..., :3] * before[..., 3:] / 255
        assert weighted.max() <= 1.01, blend


def test_soft_edges_stay_soft_when_layers_are_merged() -> None:
    document = layered(
        Layer(opaque_pixels(1), "base"), Layer(soft_pixels(2), "a"), Layer(soft_pixels(3), "b")
    )
    a, b = (layer.plane.pixels[..., 3].astype(float) for layer in document.layers[1:])
    merge_down(document, document.layers[2].id)
    alpha = document.layers[1].plane.pixels[..., 3]
    assert np.abs(alpha - (a + b - a * b / 255)).max() <= 1


def test_what_cannot_be_merged_is_refused() -> None:
    document = three_layers()
    with pytest.raises(EditingError, match="Below the layer Background there is none"):
        merge_down(document, document.layers[0].id)
    commands.set_visible(document, document.layers[1].id, False)
    for layer in document.layers[1:]:
        with pytest.raises(EditingError, match="The layer Trees is hidden: show it first"):
            merge_down(document, layer.id)


def test_flattening_keeps_the_picture_and_drops_hidden_layers() -> None:
    document = three_layers("overlay")
    hidden = Layer(opaque_pixels(9), "hidden", visible=False)
    layers = (*document.layers, hidden)
    document.structure = replace(document.structure, layers=layers)
    before = flattened(document.layers)
    command = flatten_document(document)
    assert [layer.name for layer in document.layers] == ["Background"]
    assert np.array_equal(flattened(document.layers), before)
    assert flatten_document(document) is None
    assert command is not None
    command.undo()
    assert document.layers == layers


def test_nothing_visible_is_not_flattened() -> None:
    document = layered(Layer(opaque_pixels(1), "a", visible=False))
    with pytest.raises(EditingError, match="No layer is visible"):
        flatten_document(document)
