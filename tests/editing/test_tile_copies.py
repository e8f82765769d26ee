"""Tiles held without a copy until they are read, or until somebody writes to them."""

from __future__ import annotations

import numpy as np

from editing.packed_tiles import ParkedPlane
from editing.plane import Plane, TileIndex, tile_rect, tiles_in
from editing.tile_copies import TileCopies

FIRST, SECOND, THIRD = TileIndex(0, 0), TileIndex(1, 0), TileIndex(0, 1)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (300, 400, 4), dtype=np.uint8)


def write(plane: Plane, tile: TileIndex, value: int) -> None:
    rect = tile_rect(tile, plane.width, plane.height)
    plane.before_write(tile)
    plane.pixels[rect.slices()] = value
    plane.mark_dirty(rect)


def test_tiles_are_read_as_they_were() -> None:
    plane, before = Plane(noise(1)), noise(1)
    copies = TileCopies(plane, (SECOND, FIRST, THIRD))
    write(plane, FIRST, 1)
    write(plane, FIRST, 2)
    seen = []
    for tile, pixels in copies.take():
        assert np.array_equal(pixels, before[tile_rect(tile, 400, 300).slices()])
        seen.append(tile)
        # In the middle of the reading: only what is still to come is copied.
        write(plane, SECOND, 3)
    assert seen == sorted([FIRST, SECOND, THIRD])
    assert plane.readers == ()


def test_a_plane_that_is_parked_and_comes_back_meanwhile_is_no_other() -> None:
    plane, before = Plane(noise(2)), noise(2)
    copies = TileCopies(plane, tiles_in(plane.bounds))
    assert plane.park(ParkedPlane(plane), plane.claims)
    plane.keep()
    write(plane, SECOND, 9)
    for tile, pixels in copies.take():
        assert np.array_equal(pixels, before[tile_rect(tile, 400, 300).slices()])


def test_what_is_let_go_is_copied_no_more() -> None:
    plane = Plane(noise(3))
    copies = TileCopies(plane, [FIRST])
    copies.close()
    assert plane.readers == ()
    write(plane, FIRST, 1)


def test_a_plane_that_is_claimed_while_it_is_packed_is_not_parked() -> None:
    plane = Plane(noise(4))
    claims = plane.claims
    parked = ParkedPlane(plane)
    plane.keep()
    plane.pixels[0, 0] = 7
    assert not plane.park(parked, claims)
    assert not plane.is_parked
    assert plane.park(ParkedPlane(plane), plane.claims)
    assert plane.is_parked
    assert plane.pixels[0, 0].tolist() == [7, 7, 7, 7]
