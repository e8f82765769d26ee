"""How long saving takes, and how long it keeps the program from answering.

Usage: ``python -m benchmarks.save [--size 8192] [--runs 3] [--out FOLDER]``

Saves a document of three layers (a photograph-like background, two painted layers) as OpenRaster
with a true merged image, in a background thread, while this thread ticks like a window's event
loop and paints: once whole, and again after one stroke. Then it reads the file back and compares.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from editing.document import Document
from editing.files.document_file import load_document, save_document
from editing.geometry import Rect
from editing.layer import Layer
from editing.plane import Pixels, Plane
from editing.recording import TileRecording
from editing.region import Region
from editing.snapshot import take_snapshot
from editing.structure import Structure

if TYPE_CHECKING:
    from editing.snapshot import Snapshot

TICK_S = 0.001


class Measured(NamedTuple):
    """One save: wall and processor seconds, the hold of the snapshot and the longest tick in ms."""

    wall_s: float
    cpu_s: float
    snapshot_ms: float
    gap_ms: float


def photograph(size: int, seed: int) -> Pixels:
    """Return (size, size, 4), opaque: soft shapes of many sizes and the noise of a camera."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((size, size, 3), np.float32)
    for cells, weight in ((6, 70), (40, 35), (300, 18)):
        coarse = rng.normal(0, weight, (cells, cells, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    noise = rng.normal(0, 2.5, (1024, 1024, 3)).astype(np.float32)
    picture += np.tile(noise, (-(-size // 1024), -(-size // 1024), 1))[:size, :size]
    rgba = np.full((size, size, 4), 255, np.uint8)
    rgba[..., :3] = np.clip(picture + 128, 0, 255)
    return rgba


def painted(size: int, seed: int) -> Pixels:
    """Return (size, size, 4): strokes on a clear layer that reach everywhere."""
    rng = np.random.default_rng(seed)
    layer = np.zeros((size, size, 4), np.uint8)
    for _ in range(60):
        points = rng.integers(0, size, (4, 2)).astype(np.int32)
        colour = (*(int(value) for value in rng.integers(0, 256, 3)), 255)
        cv2.polylines(layer, [points], False, colour, max(1, size // 60), cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 2), np.uint8)


def document_of(size: int) -> Document:
    """Return the document that is saved."""
    layers = (
        Layer(Plane(photograph(size, 1)), "Background"),
        Layer(Plane(photograph(size, 2)), "Retouched", opacity=0.6, blend="soft_light"),
        Layer(Plane(painted(size, 3)), "Painted"),
    )
    mask = Plane.zeros((size, size))
    spot = Rect(size // 4, size // 4, size // 2, size // 2)
    mask.pixels[spot.slices()] = 255
    mask.mark_dirty(spot)
    structure = Structure(layers, (Region(mask, "Region 1"),), Plane.zeros((size, size)))
    return Document(structure=structure)


def stroke(document: Document, at: float) -> None:
    """Paint one stroke of about 20 tiles into the highest layer, ``at`` in [0, 1] from the top."""
    plane = document.layers[-1].plane
    size = document.bounds.width
    rect = Rect(size // 8, int(size * at), min(size // 2, 5000), 150).intersect(document.bounds)
    recording = TileRecording("picture", plane)
    recording.touch(rect)
    plane.pixels[rect.slices()] = (20, 90, 200, 255)
    plane.mark_dirty(rect)
    recording.finish("Stroke")


def save(document: Document, path: Path) -> Measured:
    """Save in the background while this thread ticks and paints now and then."""
    began = time.perf_counter()
    snapshot = take_snapshot(document)
    snapshot_ms = (time.perf_counter() - began) * 1e3
    cpu = time.process_time()
    failures: list[BaseException] = []
    thread = threading.Thread(target=_save, args=(snapshot, path, failures))
    thread.start()
    gaps = []
    last = time.perf_counter()
    ticking_cpu = 0.0
    while thread.is_alive():
        own = time.thread_time()
        time.sleep(TICK_S)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
        ticking_cpu += time.thread_time() - own
    thread.join()
    if failures:
        raise failures[0]
    return Measured(
        time.perf_counter() - began,
        time.process_time() - cpu - ticking_cpu,
        snapshot_ms,
        max(gaps) * 1e3,
    )


def idle_gap_ms(seconds: float = 3.0) -> float:
    """Return the longest tick in ms while nothing is saved: what others on the machine cause."""
    end = time.perf_counter() + seconds
    longest, last = 0.0, time.perf_counter()
    while last < end:
        time.sleep(TICK_S)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest * 1e3


def _save(snapshot: Snapshot, path: Path, failures: list[BaseException]) -> None:
    try:
        with snapshot:
            save_document(snapshot, path)
    except BaseException as error:
        failures.append(error)


def _report(what: str, runs: list[Measured]) -> None:
    def of(values: list[float]) -> str:
        return f"{statistics.median(values):7.2f} ({min(values):.2f} to {max(values):.2f})"

    print(f"{what}, median of {len(runs)} (least to most):")
    print(f"  in the background, s     {of([run.wall_s for run in runs])}")
    print(f"  processor time, s        {of([run.cpu_s for run in runs])}")
    print(f"  taking the snapshot, ms  {of([run.snapshot_ms for run in runs])}")
    print(f"  longest gap of ticks, ms {of([run.gap_ms for run in runs])}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=8192)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    folder = arguments.out or Path(tempfile.mkdtemp())
    path = folder / "saved.ora"
    document = document_of(arguments.size)
    first: list[Measured] = []
    second: list[Measured] = []
    load = os.getloadavg()
    for run in range(arguments.runs):
        fresh = Document(structure=document.structure)  # It knows of no earlier file.
        first.append(save(fresh, path))
        stroke(fresh, 0.1 + 0.8 * run / arguments.runs)
        second.append(save(fresh, path))
    print(f"{arguments.size} x {arguments.size}, three layers, {path.stat().st_size / 1e6:.0f} MB")
    print(
        f"load average before {load[0]:.1f}, after {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"
    )
    print(f"longest gap of ticks while nothing is saved: {idle_gap_ms():.2f} ms")
    _report("First save", first)
    _report("Second save, after one stroke", second)
    began = time.perf_counter()
    loaded = load_document(path).document
    print(f"Opening, s                 {time.perf_counter() - began:7.2f}")
    pairs = zip(document.structure.planes(), loaded.structure.planes(), strict=True)
    same = all(np.array_equal(mine.pixels, theirs.pixels) for mine, theirs in pairs)
    print(f"Read back equals the document: {same}")
    path.unlink()


if __name__ == "__main__":
    main()
