"""What a release and an undo cost: strokes of 40 RGBA tiles on a large photograph-like layer.

Usage: python -m benchmarks.history [--size 8192] [--strokes 500] [--budget-mb 512]
"""

import argparse
import hashlib
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from editing.commands import restructure
from editing.document import Document
from editing.geometry import Rect
from editing.history import History, Touched
from editing.journal import Journal
from editing.layer import Layer
from editing.plane import TILE, Plane
from editing.recording import TileRecording

COLUMNS, ROWS = 8, 5


def photograph(size: int) -> npt.NDArray[np.uint8]:
    """A picture with soft shapes and grain, opaque."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (size // 32, size // 32, 4), dtype=np.uint8)
    picture = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    grain = rng.integers(0, 6, (1024, size, 4), dtype=np.uint8)
    for top in range(0, size, 1024):
        band = picture[top : top + 1024]
        cv2.add(band, grain[: len(band)], band)
    picture[..., 3] = 255
    return np.asarray(picture, np.uint8)


def draw(document: Document, number: int) -> TileRecording:
    """Change 40 tiles, somewhere."""
    plane = document.active_layer.plane
    rng = np.random.default_rng(number)
    column = int(rng.integers(0, plane.width // TILE - COLUMNS + 1))
    row = int(rng.integers(0, plane.height // TILE - ROWS + 1))
    rect = Rect(column * TILE, row * TILE, COLUMNS * TILE, ROWS * TILE).intersect(plane.bounds)
    recording = TileRecording("picture", plane)
    recording.touch(rect)
    view = plane.pixels[rect.slices()]
    centre = (int(rng.integers(0, rect.width)), int(rng.integers(0, rect.height)))
    shade = [int(value) for value in rng.integers(0, 256, 3)]
    cv2.line(view, (0, 0), centre, (*shade, 255), 200)
    cv2.line(view, centre, (rect.width, rect.height), (*shade, 255), 200)
    view[::TILE, ::TILE, 0] += 1
    plane.mark_dirty(rect)
    return recording


class Cost(NamedTuple):
    """Seconds on the wall, and seconds that the calling thread worked."""

    wall: float
    work: float


def say(title: str, costs: list[Cost]) -> None:
    """Print what calls cost in milliseconds; other programs lengthen the wall's time only."""
    wall = sorted(1000 * cost.wall for cost in costs)
    work = sorted(1000 * cost.work for cost in costs)
    late = int(0.95 * (len(wall) - 1))
    print(
        f"{title}: median {statistics.median(wall):.2f} ms, p95 {wall[late]:.2f} ms, "
        f"max {wall[-1]:.2f} ms; its thread's own work: median {statistics.median(work):.2f} ms, "
        f"p95 {work[late]:.2f} ms"
    )


def checksum(document: Document) -> str:
    """Of the layer's pixels."""
    return hashlib.blake2b(document.active_layer.plane.pixels.data).hexdigest()


def strokes(document: Document, history: History, count: int) -> None:
    """Paint, undo all, redo all."""
    first = checksum(document)
    release: list[Cost] = []
    for number in range(count):
        recording = draw(document, number)

        def finish(recording: TileRecording = recording) -> None:
            command = recording.finish("Paint")
            assert command is not None
            history.push(command)

        release.append(timed(finish))
        time.sleep(0.03)  # A hand needs longer than that between two strokes.
    say(f"release, {count} strokes of {COLUMNS * ROWS} RGBA tiles", release)
    history.wait_until_idle()
    megabytes = [size / 2**20 for size in (history.size_bytes, history.spilled_bytes)]
    print(f"history: {megabytes[0]:.0f} MB in memory, {megabytes[1]:.0f} MB on disk")
    last = checksum(document)
    say("undo, one after the other", [timed(history.undo) for _ in range(count)])
    print("undo all gives the first bytes:", checksum(document) == first)
    say("redo, one after the other", [timed(history.redo) for _ in range(count)])
    print("redo all gives the last bytes:", checksum(document) == last)
    paced: list[Cost] = []
    reach = min(count, 10)
    for step in range(6 * reach):
        paced.append(timed(history.undo if step % (2 * reach) < reach else history.redo))
        time.sleep(0.05)
    say("undo and redo at 20 a second", paced)


def timed(action: Callable[[], object]) -> Cost:
    """What a call costs."""
    start, work = time.perf_counter(), time.thread_time()
    action()
    return Cost(time.perf_counter() - start, time.thread_time() - work)


def deleted_layer(document: Document, history: History) -> None:
    """Delete a whole layer, go on, and come back."""
    layer = Layer(Plane(document.active_layer.plane.pixels[::-1].copy()), "Layer")
    both = replace(document.structure, layers=(*document.layers, layer))
    command = restructure(document, both, "Add layer")
    assert command is not None
    document.choose_layer(layer.id)
    history.push(command)
    before = checksum(document)
    single = replace(document.structure, layers=document.layers[:1])
    deletion = restructure(document, single, "Delete layer")
    assert deletion is not None
    history.push(deletion)
    history.wait_until_idle()
    print(f"a deleted layer, next to undo: {history.size_bytes / 2**20:.0f} MB in memory")
    say("its undo", [timed(history.undo)])
    history.redo()
    for number in range(4):
        stroke = draw(document, number).finish("Paint")
        assert stroke is not None
        history.push(stroke)
    history.wait_until_idle()
    print(f"a deleted layer, 5 steps back: {history.size_bytes / 2**20:.0f} MB in memory")
    for _ in range(4):
        history.undo()
    start = time.perf_counter()
    history.wait_until_idle()
    print(f"made ready in the background in {time.perf_counter() - start:.2f} s")
    say("its undo", [timed(history.undo)])
    print("the layer is back:", checksum(document) == before)


def journalled(document: Document, count: int) -> None:
    """What the journal costs: on the thread that paints, and until an edit is acknowledged."""
    acknowledged: dict[int, float] = {}
    done = threading.Event()
    with tempfile.TemporaryDirectory() as folder:

        def on_acknowledged(number: int) -> None:
            acknowledged[number] = time.perf_counter()
            if number == count + 1:
                done.set()

        journal = Journal(Path(folder), document, on_acknowledged)
        first = timed(lambda: journal.commit(Touched(structure=True)))
        start = time.perf_counter()
        while not acknowledged:
            time.sleep(0.01)
        print(f"whole document written to the journal in {acknowledged[1] - start:.2f} s")
        say("its commit on the painting thread", [first])
        costs: list[Cost] = []
        started: list[float] = []
        for number in range(count):
            command = draw(document, number).finish("Paint")
            assert command is not None
            started.append(time.perf_counter())
            costs.append(timed(partial(journal.commit, command.touched)))
            time.sleep(0.3)
        done.wait()
        late = sorted(acknowledged[k + 2] - begun for k, begun in enumerate(started))
        say("journal, commit of a stroke on the painting thread", costs)
        print(f"until it is acknowledged: median {1000 * statistics.median(late):.0f} ms")
        journal.close()


def say_peak() -> None:
    """Print the most memory that the process has had; the picture itself is part of it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process: {peak:.0f} MB")


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=8192)
    parser.add_argument("--strokes", type=int, default=500)
    parser.add_argument("--budget-mb", type=int, default=512)
    wanted = parser.parse_args()
    document = Document(photograph(wanted.size))
    history = History(document, wanted.budget_mb * 2**20)
    strokes(document, history, wanted.strokes)
    say_peak()
    history.close()
    history = History(document, wanted.budget_mb * 2**20)
    deleted_layer(document, history)
    history.close()
    journalled(document, 20)
    say_peak()


if __name__ == "__main__":
    main()
