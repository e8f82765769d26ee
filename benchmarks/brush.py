"""Time of one dab in a document of 8192 x 8192, without any painting on the screen.

    python -m benchmarks.brush [--dabs 200]

Prints medians of the processor time of this process, in milliseconds, for the region's mask and for
a layer that is opaque, clear, or partly transparent under the stroke. The brush is as soft as a
fresh one and moves by its spacing, so that each dab lies mostly on the one before. "pen" presses
harder and softer, so that nearly every dab is of another size.
"""

import argparse
import math
import statistics
import time

import cv2
import numpy as np

from editing.brush import Brush, Stroke
from editing.document import Document
from editing.gesture import MOUSE, Pen

SIDE = 8192
RADII = (20, 100, 400)


def dab_ms(
    document: Document, radius: float, dabs: int, *, erase: bool, pen: bool
) -> tuple[float, float]:
    """Median and 95th percentile of the time of a dab, in milliseconds."""
    brush = Brush(radius_px=radius, hardness=0.8, erase=erase, pressure_size=pen)
    stroke = Stroke(document, brush, (200, 40, 90))
    step = radius * brush.spacing
    stroke.move_to(1000, 3000)
    times = []
    for k in range(dabs):
        x = 1000 + step * (k + 1) % 6000
        y = 3000 + 5 * radius * ((k + 1) * step // 6000)
        held = Pen(0.8 + 0.2 * math.sin(k / 7)) if pen else MOUSE
        start = time.process_time_ns()
        stroke.move_to(x + 0.001, min(y, 7500), held)
        times.append((time.process_time_ns() - start) / 1e6)
    stroke.abort()
    times.sort()
    return statistics.median(times), times[int(0.95 * len(times))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dabs", type=int, default=200)
    dabs = parser.parse_args().dabs
    cv2.setNumThreads(1)
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    document = Document(picture)
    alphas = {"opaque": 255, "clear": 0, "mixed": 100}
    print("ms of processor time per dab, 8192 x 8192: median / 95th percentile")
    print(f"{'':20}" + "".join(f"{f'radius {radius}':>18}" for radius in RADII))
    rows = ["region", "region, pen", "region, erase"]
    rows += [f"layer, {name}" for name in (*alphas, "pen", "erase")]
    for name in rows:
        pen, erase = name.endswith("pen"), name.endswith("erase")
        document.target = "region" if name.startswith("region") else "layer"
        picture[..., 3] = alphas.get(name.partition(", ")[2], 255)
        figures = [dab_ms(document, radius, dabs, erase=erase, pen=pen) for radius in RADII]
        print(f"{name:20}" + "".join(f"{m:>10.3f} /{p:>6.3f}" for m, p in figures))


if __name__ == "__main__":
    main()
