"""Turns, flips, scaling, rotation and frames of a large document: time, and gaps of the window.

    python -m benchmarks.reshape [--side 8192] [--layers 5]

The edits go the way they go in the window: worked out in a thread, pushed as one step, shown by a
canvas. A timer in the event loop tells the longest time in which the window could not have
answered.
"""

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.canvas.canvas_view import CanvasView
from app.jobs.document_work import DocumentWork, Edit
from app.models.document_model import DocumentModel
from app.models.run_model import RunModel
from editing.canvas_size import NewFrame
from editing.commands import restructure
from editing.document import Document
from editing.floating import picked_up, put_down
from editing.geometry import Rect
from editing.layer import Layer
from editing.placing import Placer, Shift, Transform
from editing.plane import Plane
from editing.region import Region
from editing.reshape import Reshape, reshaped
from editing.resize import Scale
from editing.rotate import Rotation
from editing.structure import Structure
from editing.turn import Turn

_TICK_MS = 2


def large_document(side: int, layers: int) -> Document:
    """An opaque picture, layers that are clear in part, two regions, one of them empty."""
    random = np.random.default_rng(1)
    tile = random.integers(0, 256, (512, 512, 4), dtype=np.uint8)
    repeats = (-(-side // 512), -(-side // 512), 1)
    made = []
    for index in range(layers):
        pixels = np.tile(tile, repeats)[:side, :side]
        if index == 0:
            pixels[..., 3] = 255
        made.append(Layer(Plane(np.ascontiguousarray(pixels)), f"Layer {index + 1}"))
    mask = Plane.zeros((side, side))
    spot = Rect(side // 4, side // 4, side // 8, side // 8)
    mask.pixels[spot.slices()] = 200
    mask.mark_dirty(spot)
    regions = (Region(mask, "Region 1"), Region(Plane.zeros((side, side)), "Region 2"))
    document = Document(structure=Structure(tuple(made), regions, Plane.zeros((side, side))))
    document.target = "layer"
    return document


class Meter:
    """The longest time between two turns of the event loop.

    Attributes:
        longest_s: by the clock; a machine that is busy with other things counts.
        busy_s: the most that the thread of the window itself worked between two turns.
    """

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._last = self.longest_s = self._last_busy = self.busy_s = 0.0

    def start(self) -> None:
        """Begin to watch."""
        self._last, self.longest_s = time.perf_counter(), 0.0
        self._last_busy, self.busy_s = time.thread_time(), 0.0
        self._timer.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()

    def _tick(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        self.longest_s = max(self.longest_s, now - self._last)
        self.busy_s = max(self.busy_s, busy - self._last_busy)
        self._last, self._last_busy = now, busy


def measure(side: int, layers: int) -> None:
    """Print a line per edit."""
    model, run = DocumentModel(), RunModel()
    work = DocumentWork(model, run)
    canvas = CanvasView()
    canvas.resize(1280, 800)
    canvas.set_model(model)
    canvas.show()
    model.set_document(large_document(side, layers))
    document = model.document
    if document is None:
        raise RuntimeError("no document is open")
    meter = Meter()
    _wait(lambda: not canvas.is_refining)
    print(
        f"{side} x {side}, {layers} layers, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"
    )
    print(f"{'edit':34} {'seconds':>8} {'longest gap, ms':>16} {'busy, ms':>10}")

    def report(name: str, edit: Edit[object]) -> None:
        _wait(lambda: not canvas.is_refining)
        meter.start()
        start = time.perf_counter()
        work.run(edit)
        _wait(lambda: not work.is_busy)
        seconds = time.perf_counter() - start
        _wait(lambda: not canvas.is_refining)
        meter.stop()
        print(
            f"{name:34} {seconds:8.2f} {1000 * meter.longest_s:16.0f} {1000 * meter.busy_s:10.0f}",
            flush=True,
        )
        model.undo()

    report("Move a whole layer", _part(document, Shift(100, 60)))
    half, frame = (side // 2, side // 2), Rect(-256, -256, side - 1024, side)
    for reshape in (
        Turn("right"),
        Turn("mirror"),
        NewFrame(frame),
        Scale(half),
        Scale((side * 9 // 8, side * 9 // 8)),
        Rotation(12.5, keeps_size=True),
    ):
        report(f"{reshape.name} ({type(reshape).__name__})", _whole(document, reshape))
    matrix = np.array([(0.8, -0.3, 900), (0.3, 0.8, 100), (0, 0, 1.0)])
    report("Transform a whole layer", _part(document, Transform(matrix)))
    work.close()
    canvas.close()
    model.close()


def _whole(document: Document, reshape: Reshape) -> Edit[object]:
    structure = document.structure
    made: list[Structure] = []

    def work(progress: Callable[[float], None]) -> None:
        made.append(reshaped(structure, reshape, progress))

    return Edit("…", work, lambda _: restructure(document, made.pop(), reshape.name))


def _part(document: Document, placer: Placer) -> Edit[object]:
    floating = picked_up(document)
    return Edit(
        "…",
        lambda _: put_down(floating, placer),
        lambda result: result.commit(document, "Move") if hasattr(result, "commit") else None,
    )


def _wait(condition: Callable[[], bool]) -> None:
    application = QApplication.instance()
    while application is not None:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        if condition():
            return
        time.sleep(0.0005)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--side", type=int, default=8192, help="width and height in pixels")
    parser.add_argument("--layers", type=int, default=5, help="how many layers")
    chosen = parser.parse_args()
    application = QApplication.instance() or QApplication([])
    measure(chosen.side, chosen.layers)
    application.quit()


if __name__ == "__main__":
    main()
