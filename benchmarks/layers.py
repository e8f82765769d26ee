"""What layers cost at 8192 x 8192: flattening, copying, merging.

Usage: python -m benchmarks.layers [--size 8192] [--repeats 3]

"part" layers cover a quarter of the picture, as painted or inpainted ones do; "full" ones cover all
of it with soft alpha in every pixel, which is the worst case.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np

from editing.flatten import flattened
from editing.geometry import Rect
from editing.layer import BlendMode, Layer
from editing.layer_merge import with_copy, with_merged
from editing.plane import Plane
from editing.region import Region
from editing.structure import Structure

MODES: tuple[BlendMode, ...] = ("normal", "multiply", "normal", "soft_light")


def noise(size: int, *, opaque: bool) -> Plane:
    """Random pixels, the same in each block of 256."""
    block = np.random.default_rng(int(opaque)).integers(0, 256, (256, 256, 4), np.uint8)
    if opaque:
        block[..., 3] = 255
    return Plane(np.tile(block, (size // 256, size // 256, 1)))


def part(size: int) -> Plane:
    """A plane with random pixels in its middle."""
    plane = Plane.zeros((size, size, 4))
    rect = Rect(size // 4, size // 4, size // 2, size // 2)
    plane.pixels[rect.slices()] = noise(size // 2, opaque=False).pixels
    plane.mark_dirty(rect)
    return plane


def stack(size: int, count: int, *, full: bool) -> Structure:
    """An opaque layer and others over it, of several modes and 80 % opacity."""
    layers = [Layer(noise(size, opaque=True), "Background")]
    for k in range(count - 1):
        plane = noise(size, opaque=False) if full else part(size)
        layers.append(Layer(plane, f"Layer {k + 2}", opacity=0.8, blend=MODES[k % len(MODES)]))
    region = Region(Plane.zeros((size, size)), "Region 1")
    return Structure(tuple(layers), (region,), Plane.zeros((size, size)))


def measure(title: str, work: Callable[[], object], repeats: int) -> None:
    """Print the median of wall and of processor time, in seconds."""
    wall, cpu = [], []
    for _ in range(repeats):
        started, began = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - began)
    times = f"{statistics.median(wall):6.2f} s   processor {statistics.median(cpu):6.2f} s"
    print(f"{title:32s}{times}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=8192)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    size, repeats = arguments.size, arguments.repeats
    print(f"{size} x {size}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for count in (1, 3, 5):
        for full in (False, True) if count > 1 else (False,):
            structure = stack(size, count, full=full)
            kind = "full" if full else "part"
            title = f"flatten {count} layers, {kind}" if count > 1 else "flatten 1 layer"
            measure(title, lambda: flattened(structure.layers), repeats)  # noqa: B023
    structure = stack(size, 3, full=False)
    measure("copy a part layer", lambda: with_copy(structure, structure.layers[1].id), repeats)
    measure("copy an opaque layer", lambda: with_copy(structure, structure.layers[0].id), repeats)
    measure("merge a layer down", lambda: with_merged(structure, structure.layers[2].id), repeats)


if __name__ == "__main__":
    main()
