"""How long edits of the selection take on a large picture.

    python benchmarks/selection.py [side]

Prints the median processor time of each step: "work" may happen in another thread, "put in place"
is what the user interface waits for. An edit by a brush or lasso is small, so the same filters are
timed on a part of 1024 x 1024 too.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing import mask_edits
from editing.colour_range import colour_range
from editing.document import Document
from editing.geometry import Rect
from editing.grabcut import Hints, cut_out
from editing.region_commands import plan_from_selection
from editing.sampling import Sample
from editing.selection import combine, plan_combine
from editing.shapes import Shape, ellipse, polygon, rectangle
from editing.wand import wand

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.tile_plan import TilePlan

SIDE = 8192
PART = 1024
_ROUNDS = 3


def main() -> None:
    """Print the table."""
    side = int(sys.argv[1]) if len(sys.argv) > 1 else SIDE
    cv2.setNumThreads(1)
    document = Document(_picture(side))
    bounds = document.bounds
    print(f"{side} x {side}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, ms")
    print(f"{'':34}{'work':>9}{'in place':>10}{'undo':>8}")
    everything: list[tuple[str, Callable[[], TilePlan]]] = [
        (name, _combining(document, make))
        for name, make in (
            ("rectangle, all of it", lambda: rectangle((1, 1), (side - 1, side - 1), bounds)),
            ("ellipse, all of it", lambda: ellipse((0, 0), (side, side), bounds)),
            ("lasso of 4000 points", lambda: polygon(_star(side), bounds)),
            ("wand, joined", lambda: wand(Sample(document, all_layers=True), 5, 5, 24)),
            (
                "wand, everywhere",
                lambda: wand(Sample(document, all_layers=True), 5, 5, 24, contiguous=False),
            ),
            (
                "colour range",
                lambda: colour_range(Sample(document, all_layers=True), [(90, 150, 80)], 16, 12),
            ),
            (
                "object by click",
                lambda: cut_out(
                    Sample(document, all_layers=True), Hints(plus=((side / 2, side / 2),))
                ),
            ),
        )
    ]
    everything.append(("all", lambda: mask_edits.fill("selection", document.selection)))
    for name, plan in everything:
        _report(name, document, None, plan)
    part = Rect(side // 3, side // 3, PART, PART)
    whole = Rect(8, 8, side - 16, side - 16)
    for size, rect in (("1024 x 1024", part), ("all of it", whole)):
        shape = ellipse((rect.x, rect.y), (rect.right, rect.bottom), bounds)
        for name, edit in (
            ("grow 8", mask_edits.grow(8)),
            ("shrink 8", mask_edits.shrink(8)),
            ("feather 16", mask_edits.feather(16)),
            ("fill holes", mask_edits.fill_holes),
            ("keep largest", mask_edits.keep_largest),
            ("invert", mask_edits.invert),
        ):
            _report(
                f"{name}, {size}",
                document,
                shape,
                partial(edit, "selection", document.selection),
            )
    _report_region(document, part, whole)


def _picture(side: int) -> np.ndarray:
    """Make a picture of noise on four colours, with a disc in the middle."""
    picture = np.full((side, side, 4), 255, np.uint8)
    picture[..., :3] = (90, 150, 80)
    picture[: side // 2, side // 2 :, :3] = (150, 190, 230)
    cv2.circle(picture, (side // 2, side // 2), 200, (200, 60, 50, 255), -1)
    noise = np.random.default_rng(1).integers(-6, 7, (256, 256, 1))
    tiled = np.tile(noise.astype(np.int16), (side // 256 + 1, side // 256 + 1, 1))
    for top in range(0, side, 256):
        strip = picture[top : top + 256, :, :3]
        strip[:] = np.clip(strip + tiled[top : top + strip.shape[0], :side], 0, 255)
    return picture


def _star(side: int) -> list[tuple[float, float]]:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    radius = side * (0.4 + 0.05 * np.sin(40 * angle))
    x, y = side / 2 + radius * np.cos(angle), side / 2 + radius * np.sin(angle)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _combining(document: Document, make: Callable[[], Shape]) -> Callable[[], TilePlan]:
    return lambda: plan_combine(document.selection, make(), "replace")


def _report(
    name: str, document: Document, before: Shape | None, plan: Callable[[], TilePlan]
) -> None:
    times: list[tuple[float, float, float]] = []
    for _ in range(_ROUNDS):
        mask_edits.clear("selection", document.selection).commit("Deselect")
        if before is not None:
            combine(document.selection, before.mask, before.rect, "replace")
        start = time.process_time()
        made = plan()
        planned = time.process_time()
        command = made.commit(name)
        placed = time.process_time()
        if command is not None:
            command.undo()
        times.append((planned - start, placed - planned, time.process_time() - placed))
    work, place, undo = (1000 * float(np.median(column)) for column in zip(*times, strict=True))
    print(f"{name:34}{work:9.1f}{place:10.1f}{undo:8.1f}")


def _report_region(document: Document, *rects: Rect) -> None:
    for rect in rects:
        times: list[tuple[float, float]] = []
        for _ in range(_ROUNDS):
            mask = np.full((rect.height, rect.width), 255, np.uint8)
            combine(document.selection, mask, rect, "replace")
            start = time.process_time()
            made = plan_from_selection(document, as_new=True)
            planned = time.process_time()
            command = None if made is None else made.commit("Region from selection")
            times.append((planned - start, time.process_time() - planned))
            if command is not None:
                command.undo()
        work, place = (1000 * float(np.median(column)) for column in zip(*times, strict=True))
        print(f"{f'region from {rect.width} x {rect.height}':34}{work:9.1f}{place:10.1f}")


if __name__ == "__main__":
    main()
