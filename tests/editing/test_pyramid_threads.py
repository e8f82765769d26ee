"""Mip levels that one thread builds while another asks and writes."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from editing.geometry import Rect
from editing.packed_tiles import ParkedPlane
from editing.plane import Plane
from editing.pyramid import Pyramid

PATIENCE_S = 10.0


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)


def test_who_asks_or_writes_does_not_wait_for_who_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(noise(600, 700))
    begun, go_on = threading.Event(), threading.Event()
    build = Pyramid._build

    def slow(self: Pyramid, n: int, part: Rect) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        build(self, n, part)

    monkeypatch.setattr(Pyramid, "_build", slow)
    whole = plane.level_bounds(1)
    thread = threading.Thread(target=plane.level, args=(1, whole))
    thread.start()
    assert begun.wait(PATIENCE_S)
    # A tile in work is not built yet.
    assert plane.unbuilt(1, Rect(0, 0, 10, 10)) > 0
    plane.pixels[:100, :100] = 7
    plane.mark_dirty(Rect(0, 0, 100, 100))
    go_on.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    # What was written meanwhile is still to be built.
    assert plane.unbuilt(1, whole) == Rect(0, 0, 50, 50).area << 2
    assert plane.level(1, Rect(0, 0, 50, 50)).max() == 7
    assert plane.is_valid(1, whole)


def test_two_threads_build_what_one_builds() -> None:
    pixels = noise(1500, 1300)
    plane, other = Plane(pixels.copy()), Plane(pixels.copy())
    top = plane.level_count - 1
    threads = [
        threading.Thread(target=plane.level, args=(n, plane.level_bounds(n)))
        for n in (top, 1, 2, top)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    for n in range(top + 1):
        assert np.array_equal(
            plane.level(n, plane.level_bounds(n)), other.level(n, other.level_bounds(n))
        )


@pytest.mark.parametrize("size", [(1, 1), (256, 1), (257, 3), (700, 1025), (512, 512), (5, 2049)])
def test_sizes_of_levels_are_known_of_a_parked_plane(size: tuple[int, int]) -> None:
    plane = Plane(noise(*size))
    shapes = [level.shape for level in plane.levels]
    assert plane.park(ParkedPlane(plane), plane.claims)
    assert plane.level_count == len(shapes)
    for n, (height, width) in enumerate(shapes):
        assert plane.level_bounds(n).size == (width, height)
    assert plane.is_parked
