"""What a change of the structure makes look different."""

from __future__ import annotations

from dataclasses import replace

from editing.geometry import EMPTY, Rect
from editing.layer import Layer
from editing.plane import TILE, Plane
from editing.region import Region
from editing.structure import Metadata, Structure
from editing.structure_change import changed_rect, extent, layer_extent

SHAPE = (3 * TILE + 10, 4 * TILE + 20)
BOUNDS = Rect.of_shape(SHAPE)


def plane_with(*places: tuple[int, int], channels: tuple[int, ...] = ()) -> Plane:
    """A plane written to in the tiles of some pixels (x, y)."""
    plane = Plane.zeros((*SHAPE, *channels))
    for x, y in places:
        plane.pixels[y, x] = 255
        plane.mark_dirty(Rect(x, y, 1, 1))
    return plane


def structure() -> Structure:
    layers = (
        Layer(plane_with((5, 5), channels=(4,)), "a"),
        Layer(plane_with((600, 300), channels=(4,)), "b"),
        Layer(plane_with((1040, 770), channels=(4,)), "c"),
    )
    regions = (Region(plane_with((300, 600)), "Region 1"), Region(Plane.zeros(SHAPE), "Region 2"))
    return Structure(layers, regions, Plane.zeros(SHAPE))


def test_an_extent_is_the_box_around_the_tiles_that_were_written_to() -> None:
    assert extent(Plane.zeros(SHAPE)) == EMPTY
    assert extent(plane_with((300, 600))) == Rect(TILE, 2 * TILE, TILE, TILE)
    corners = plane_with((300, 5), (1040, 770))
    assert extent(corners) == Rect.from_edges(TILE, 0, BOUNDS.right, BOUNDS.bottom)
    masked = Layer(corners, "masked", mask=plane_with((300, 600)))
    everything = Layer(Plane.zeros((*SHAPE, 4)), "empty", mask=corners)
    assert layer_extent(replace(masked, plane=plane_with((300, 600), channels=(4,)))).size == (
        TILE,
        TILE,
    )
    assert layer_extent(everything).is_empty


def test_only_what_is_seen_counts() -> None:
    old = structure()
    first, second, third = old.layers
    tile = Rect(2 * TILE, TILE, TILE, TILE)
    assert changed_rect(old, old) == EMPTY
    for layer in (replace(second, name="x"), replace(second, locked=True)):
        assert changed_rect(old, old.with_layer(layer)) == EMPTY
    for layer in (
        replace(second, opacity=0.5),
        replace(second, blend="screen"),
        replace(second, visible=False),
    ):
        assert changed_rect(old, old.with_layer(layer)) == tile
        assert changed_rect(old.with_layer(layer), old) == tile
    hidden = old.with_layer(replace(second, visible=False))
    assert changed_rect(hidden, hidden.with_layer(replace(second, visible=False, opacity=0.1))) == (
        EMPTY
    )
    assert changed_rect(old, replace(old, layers=(first, third))) == tile
    moved = replace(old, layers=(second, first, third))
    assert changed_rect(old, moved) == Rect(0, 0, 3 * TILE, 2 * TILE)


def test_regions_selection_metadata_and_size() -> None:
    old = structure()
    region = old.regions[0]
    tile = Rect(TILE, 2 * TILE, TILE, TILE)
    assert changed_rect(old, old.with_region(replace(region, colour=(1, 2, 3)))) == tile
    assert changed_rect(old, old.with_region(replace(region, concavity=0.1, prompt="x"))) == EMPTY
    assert changed_rect(old, replace(old, metadata=Metadata(xmp=b"x"))) == EMPTY
    assert changed_rect(old, replace(old, selection=Plane.zeros(SHAPE))) == BOUNDS
    small = Structure(
        (Layer(Plane.zeros((5, 6, 4)), "a"),),
        (Region(Plane.zeros((5, 6)), "r"),),
        Plane.zeros((5, 6)),
    )
    assert changed_rect(old, small) == Rect(0, 0, 6, 5)
