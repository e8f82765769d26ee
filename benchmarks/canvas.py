"""How fast the canvas is: dabs, moving and zooming the view, memory, and the first frame.

A dab is timed from the mouse event to the end of the painted frame, on a document of
8192 x 8192 pixels in a view of 1600 x 1000. Figures are printed and not judged: they depend on
what else the machine does, of which the load average gives an idea. The last column, the processor
time that the thread itself took, is nearly free of that.

    python -m benchmarks.canvas                        without a display (Qt's offscreen platform)
    QT_QPA_PLATFORM=xcb xvfb-run -s "-screen 0 1920x1200x24" python -m benchmarks.canvas
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
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.canvas_view import CanvasView
from app.models.document_model import DocumentModel
from app.tools.brush_tool import BrushTool
from editing.brush import Brush
from editing.document import Document

ROOT = Path(__file__).resolve().parent.parent
SIZE = 8192
VIEW = (1600, 1000)
ZOOMS = (0.1, 0.37, 1.0, 3.3, 8.0)
RADII = (20, 100, 400)
STARTS = 10
FRAME_LIMIT_S = 5.0
_LEFT = Qt.MouseButton.LeftButton
_MIDDLE = Qt.MouseButton.MiddleButton
_NONE = Qt.MouseButton.NoButton


class Taken(NamedTuple):
    """Milliseconds: on the clock, and of the processor in this thread."""

    wall: float
    processor: float


class TimedCanvas(CanvasView):
    """A canvas that counts its frames."""

    frames = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then count."""
        super().paintEvent(event)
        self.frames += 1


class Bench:
    """A canvas on a large document, and what a hand does to it."""

    def __init__(self) -> None:
        self.model = DocumentModel()
        self.canvas = TimedCanvas()
        self.canvas.resize(*VIEW)
        self.canvas.set_model(self.model)
        self.tool = BrushTool(self.canvas)
        self.canvas.set_tool(self.tool)
        self.canvas.show()

    def open(self, document: Document) -> None:
        """Show a document."""
        self.model.set_document(document)
        self.settle()

    def settle(self) -> None:
        """Wait until no frame has been painted for a moment."""
        quiet_since, frames = time.perf_counter(), self.canvas.frames
        while time.perf_counter() - quiet_since < 0.05:
            QApplication.processEvents()
            if self.canvas.frames != frames:
                quiet_since, frames = time.perf_counter(), self.canvas.frames

    def timed(self, act: Callable[[], object]) -> Taken:
        """Time from an action to the end of the frame that shows it."""
        frames = self.canvas.frames
        started, own_started = time.perf_counter(), time.thread_time()
        act()
        while self.canvas.frames == frames:
            QApplication.processEvents()
            if time.perf_counter() - started > FRAME_LIMIT_S:
                raise RuntimeError("the canvas did not paint")
        now, own = time.perf_counter(), time.thread_time()
        return Taken((now - started) * 1000, (own - own_started) * 1000)

    def mouse(
        self, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
    ) -> None:
        """Send a mouse event."""
        place = QPointF(place)
        where = self.canvas.mapToGlobal(place)
        event = QMouseEvent(kind, place, where, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.canvas, event)

    def show_middle(self, zoom: float) -> None:
        """Show the middle of the document, so that all of a path lies on it."""
        self.canvas.fit()
        self.canvas.set_zoom(zoom)
        self.settle()

    def drag(self, button: Qt.MouseButton, path: Iterable[QPointF]) -> list[Taken]:
        """Press, time each move along the path, release."""
        places = list(path)
        self.mouse(QEvent.Type.MouseButtonPress, places[0], button, button)
        self.settle()
        move = partial(self.mouse, QEvent.Type.MouseMove, button=_NONE, held=button)
        times = [self.timed(partial(move, place)) for place in places[1:]]
        self.mouse(QEvent.Type.MouseButtonRelease, places[-1], button, _NONE)
        self.settle()
        return times

    def wheel(self, notches: int) -> None:
        """Turn the wheel in the middle of the view."""
        place = QPointF(VIEW[0] / 2, VIEW[1] / 2)
        event = QWheelEvent(
            place,
            self.canvas.mapToGlobal(place),
            QPoint(),
            QPoint(0, 120 * notches),
            _NONE,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)


def picture(size: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """An opaque RGBA picture with some content everywhere."""
    random = np.random.default_rng(1)
    block = random.integers(0, 256, (512, 512, 4), dtype=np.uint8)
    block[..., 3] = 255
    count = -(-size // 512)
    return np.ascontiguousarray(np.tile(block, (count, count, 1))[:size, :size])


def wave(count: int) -> list[QPointF]:
    """A hand's path round the middle of the view: about 13 pixels from place to place."""
    return [
        QPointF(800.3 + 400 * math.sin(k / 40), 500.6 + 250 * math.sin(k / 23) + 3 * math.cos(k))
        for k in range(count)
    ]


def report(name: str, times: list[Taken]) -> None:
    """Print one row."""
    wall = sorted(taken.wall for taken in times)
    p95 = wall[min(len(wall) - 1, int(len(wall) * 0.95))]
    own = statistics.median(taken.processor for taken in times)
    figures = (statistics.median(wall), p95, wall[-1], own)
    print(f"{name:32s}" + "".join(f"{figure:10.2f}" for figure in figures), flush=True)


def report_heads() -> None:
    """Print the heads of the columns."""
    heads = ("median", "p95", "max", "processor")
    print(f"{'milliseconds':32s}" + "".join(f"{head:>10s}" for head in heads))


def memory_mb() -> float:
    """Resident memory of this process now, in MB (Linux; elsewhere its peak)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def measure_canvas(size: int, moves: int) -> None:
    """Print the table of dabs, moves and zoom steps."""
    application = QApplication([])
    print(f"document {size} x {size}, view {VIEW[0]} x {VIEW[1]}, {application.platformName()},")
    print("load average " + " ".join(f"{load:.1f}" for load in os.getloadavg()))
    report_heads()
    before = memory_mb()
    bench = Bench()
    document = Document(picture(size))
    held = memory_mb()
    report("open: longest frame", [bench.timed(lambda: bench.model.set_document(document))])
    bench.settle()
    for zoom in ZOOMS:
        for radius in RADII:
            bench.show_middle(zoom)
            bench.tool.brush = replace(Brush(), radius_px=float(radius))
            bench.settle()
            report(f"dab, radius {radius}, {zoom:.0%}", bench.drag(_LEFT, wave(moves)))
        report(f"move the view, {zoom:.0%}", bench.drag(_MIDDLE, wave(moves)))
    bench.canvas.fit()
    bench.settle()
    notches = [1] * 24 + [-1] * 24
    for name in ("zoom by a notch, first visit", "zoom by a notch"):
        report(name, [bench.timed(partial(bench.wheel, notch)) for notch in notches])
        bench.settle()
    data = document.active_layer.plane.pixels.nbytes + document.mask.pixels.nbytes
    print(f"document: {data / 2**20:.0f} MB (picture and mask), resident {held - before:.0f} MB")
    print(f"canvas on top: {memory_mb() - held:.0f} MB, of them", end=" ")
    print(f"{bench.canvas.cache_bytes / 2**20:.0f} MB tiles and screen buffer")
    print(f"whole process: {memory_mb():.0f} MB")
    bench.model.close()


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
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if arguments.first_frame:
        return measure_first_frame(STARTS)
    measure_canvas(arguments.size, arguments.moves)
    return 0


if __name__ == "__main__":
    sys.exit(main())
