"""How fast the canvas is: dabs, moving and zooming the view, memory, and the first frame.

A dab is timed from the mouse event to the end of the painted frame, on a document of 8192 x 8192
pixels with five layers and two regions, on a region and on the middle layer. Figures are printed
and not judged: they depend on what else the machine does, of which the load average gives an idea.
The last columns, the processor time that the thread itself took, are nearly free of that.

    python -m benchmarks.canvas                        without a display (Qt's offscreen platform)
    QT_QPA_PLATFORM=xcb xvfb-run -s "-screen 0 1920x1200x24" python -m benchmarks.canvas
    python -m benchmarks.canvas --view 3840 2160       on a large screen
    python -m benchmarks.canvas --first-frame          start of the window to its first frame

The exit code of ``--first-frame`` is 1 if the window process has loaded torch.
"""

import argparse
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtWidgets import QApplication

from benchmarks.canvas_hand import LEFT, MIDDLE, Hand, Taken
from benchmarks.large_document import layered_document
from editing.document import Document
from editing.history import Change

ROOT = Path(__file__).resolve().parent.parent
SIZE = 8192
VIEW = (1600, 1000)
ZOOMS = (0.1, 1.0, 3.3, 8.0)
RADII = (20, 100, 400)
STARTS = 10
ANTS_S = 4.0


def report(name: str, times: list[Taken]) -> None:
    """Print one row."""
    wall = sorted(taken.wall for taken in times)
    p95 = wall[min(len(wall) - 1, int(len(wall) * 0.95))]
    own = sorted(taken.processor for taken in times)
    own_p95 = own[min(len(own) - 1, int(len(own) * 0.95))]
    figures = (statistics.median(wall), p95, wall[-1], statistics.median(own), own_p95)
    print(f"{name:32s}" + "".join(f"{figure:10.2f}" for figure in figures), flush=True)


def report_heads() -> None:
    """Print the heads of the columns."""
    heads = ("median", "p95", "max", "processor", "its p95")
    print(f"{'milliseconds':32s}" + "".join(f"{head:>10s}" for head in heads))


def memory_mb() -> float:
    """Resident memory of this process now, in MB (Linux; elsewhere its peak)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def measure_canvas(size: int, moves: int, view: tuple[int, int]) -> None:
    """Print the table of dabs, moves and zoom steps."""
    application = QApplication([])
    document = layered_document(size)
    print(
        f"document {size} x {size}, {len(document.layers)} layers, {len(document.regions)} regions,"
    )
    print(f"view {view[0]} x {view[1]}, {application.platformName()}, ", end="")
    print("load average " + " ".join(f"{load:.1f}" for load in os.getloadavg()))
    report_heads()
    before = memory_mb()
    hand = Hand(*view)
    report("open: to the first frame", [hand.timed(lambda: hand.model.set_document(document))])
    started = time.perf_counter()
    hand.settle()
    opened = time.perf_counter() - started
    zoom_in, zoom_out = partial(hand.wheel, 1), partial(hand.wheel, -1)
    notches = [zoom_in] * 24 + [zoom_out] * 24
    report("zoom by a notch, first visit", [hand.timed(notch) for notch in notches])
    hand.settle()
    report("zoom by a notch", [hand.timed(notch) for notch in notches])
    for zoom in ZOOMS:
        hand.show_middle(zoom)
        for paints_layer, name in ((False, "region"), (True, "layer")):
            for radius in RADII:
                hand.tool.radius, hand.tool.paints_layer = radius, paints_layer
                times = hand.drag(LEFT, hand.wave(moves))
                report(f"{name}, radius {radius}, {zoom:.0%}", times)
                hand.model.undo()
                hand.settle()
        report(f"move the view, {zoom:.0%}", hand.drag(MIDDLE, hand.wave(moves)))
    ids = [layer.id for layer in document.layers]
    blocked = [_blocked(partial(hand.model.choose_layer, layer_id)) for layer_id in ids * 4]
    report("switch the active layer", blocked)
    report_ants(hand, document)
    print(f"from the first frame to the sharp picture: {opened:.2f} s")
    report_memory(hand, document, before)
    hand.model.close()


def _blocked(act: "partial[None]") -> Taken:
    """Time an action that changes nothing on the screen, until events are handled again."""
    started, own = time.perf_counter(), time.thread_time()
    act()
    QApplication.processEvents()
    return Taken((time.perf_counter() - started) * 1000, (time.thread_time() - own) * 1000)


def report_ants(hand: Hand, document: Document) -> None:
    """Print what the outline of a complicated selection costs while nothing else happens."""
    plane = document.selection
    blobs = cv2.resize(
        np.random.default_rng(7).integers(
            0, 256, (plane.height // 32, plane.width // 32), np.uint8
        ),
        (plane.width, plane.height),
        interpolation=cv2.INTER_CUBIC,
    )
    plane.pixels[...] = blobs
    plane.mark_dirty(plane.bounds)
    hand.model.occupancy(plane).mark_dirty(plane.bounds)
    hand.canvas.activateWindow()
    for zoom in (0.11, 1.0):
        hand.show_middle(zoom)
        hand.model.changed.emit(Change("selection", plane.bounds, plane))
        hand.settle_for(1.0)
        frames, own, started = hand.canvas.frames, time.process_time(), time.perf_counter()
        hand.settle_for(ANTS_S)
        passed = time.perf_counter() - started
        share, steps = (time.process_time() - own) / passed, hand.canvas.frames - frames
        print(f"ants at {zoom:.0%}: {share:.1%} of a core, {steps / passed:.1f} steps a second")


def report_memory(hand: Hand, document: Document, before: float) -> None:
    """Print what the document and the canvas hold."""
    planes = list(document.structure.planes())
    held = sum(plane.pixels.nbytes for plane in planes) / 2**20
    mips = sum(level.nbytes for plane in planes for level in plane.levels[1:]) / 2**20
    cache = hand.canvas.cache_bytes / 2**20
    print(f"document: {held:.0f} MB of planes (also those parts that take no memory)")
    print(f"canvas: {mips:.0f} MB mip levels, {cache:.0f} MB tiles, films and screen buffer,")
    print(f"    {(mips + cache) / held:.2f} times the document")
    print(f"resident: {memory_mb():.0f} MB, before the canvas {before:.0f} MB")


def measure_first_frame(starts: int) -> int:
    """Start the window several times; returns the exit code."""
    times, loaded = [], False
    for _ in range(starts):
        environment = {
            **os.environ,
            "ASYNDM_TIME_FIRST_FRAME": "1",
            "ASYNDM_STARTED_AT": repr(time.time()),
        }
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py")],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        said = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        shown_after = float(said["first frame"].split()[0])
        times.append(Taken(shown_after, math.nan))
        loaded = loaded or said["torch loaded"] != "False"
    report_heads()
    report(f"first frame, {starts} starts", times)
    print(f"torch loaded in the window process: {loaded}")
    return 1 if loaded else 0


def main() -> int:
    """Measure what the arguments ask for; returns the exit code."""
    parser = argparse.ArgumentParser(description="Measure the canvas.")
    parser.add_argument("--first-frame", action="store_true", help="time the start of the window")
    parser.add_argument("--size", type=int, default=SIZE, help="side of the document in pixels")
    parser.add_argument("--moves", type=int, default=120, help="moves of the pointer in each row")
    parser.add_argument("--view", type=int, nargs=2, default=VIEW, metavar=("WIDTH", "HEIGHT"))
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if arguments.first_frame:
        return measure_first_frame(STARTS)
    measure_canvas(arguments.size, arguments.moves, tuple(arguments.view))
    return 0


if __name__ == "__main__":
    sys.exit(main())
