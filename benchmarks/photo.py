"""Inpaint a photograph of many megapixels; count what changed outside mask and border.

    python -m benchmarks.photo [--width 3600 --height 2400 --steps 30]

The photograph is drawn by code, saved, loaded, inpainted through the same preparation as the window
and the command line use, saved and loaded again. Then every pixel farther from the mask than the
border must be identical, counted here with a distance map of the whole picture. Printed are the
time of each stage and the largest memory of the process. Exit code 1 if a pixel changed outside, or
if nothing changed inside.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Process
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.jobs.engine_environment import set_engine_environment
from app.jobs.preparation import PasteOptions, PreparedRun, Source, prepare
from app.jobs.results import Result, finish
from asyndm.catalogue import Catalogue
from asyndm.events import Failed, Finished
from asyndm.request import Region, Request
from editing.files.raster import load_picture, save_picture
from tests.editing.photograph import photograph

Pixels = NDArray[np.uint8]


def main() -> int:
    """Run the benchmark and print its figures."""
    arguments = _arguments()
    size = (arguments.width, arguments.height)
    print(f"photograph: {size[0]} x {size[1]} pixels ({size[0] * size[1] / 1e6:.1f} megapixels)")
    with tempfile.TemporaryDirectory() as name:
        path, result_path = Path(name, "photo.png"), Path(name, "result.png")
        with _stage("draw and save the photograph"):
            _draw(path, *size)
        with _stage("load it"):
            source = load_picture(path).pixels
        loaded = _peak_mb()
        catalogue = Catalogue()
        with _stage("prepare the request"):
            run = _prepare(source, catalogue, arguments)
        with _stage("import and load the engine, run"):
            finished = _run(run, catalogue)
        print(f"  of this the run itself: {finished.seconds:.2f} s, {arguments.steps} steps")
        with _stage("paste back"):
            (result,) = finish(run, finished)
            whole = result.whole()
        with _stage("save the result"):
            save_picture(result_path, whole, generation=result.record)
        saved = load_picture(result_path).pixels
    print(f"peak memory: {_peak_mb():.0f} MB, {loaded:.0f} MB of it with the picture just loaded")
    return _report(source, saved, run, result)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--width", type=int, default=3600)
    parser.add_argument("--height", type=int, default=2400)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--model", default=None, help="default: the one that serves inpaint")
    parser.add_argument("--prompt", default="a red ball on grass")
    parser.add_argument("--strict-border", action="store_true")
    return parser.parse_args()


def _draw(path: Path, width: int, height: int) -> None:
    """Draw and save the photograph, in a process of its own: its memory is not the matter here."""
    drawing = Process(target=_draw_here, args=(path, width, height))
    drawing.start()
    drawing.join()
    if drawing.exitcode != 0:
        sys.exit("The photograph could not be drawn.")


def _draw_here(path: Path, width: int, height: int) -> None:
    save_picture(path, photograph(width, height))


def _mask(width: int, height: int) -> NDArray[np.float32]:
    """A soft-edged blob, a hard stroke of one pixel and one of two, in the middle third."""
    mask = np.zeros((height, width), np.float32)
    centre, radius = (width // 2, height // 2), min(width, height) // 12
    cv2.circle(mask, centre, radius, 1.0, -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), radius / 12), np.float32)
    mask[mask < 0.02] = 0
    end = (centre[0] + 2 * radius, centre[1] - 2 * radius)
    cv2.line(mask, centre, end, 1.0, 1)
    cv2.line(mask, centre, (end[0], centre[1] + radius), 0.6, 2)
    return mask


def _prepare(source: Pixels, catalogue: Catalogue, arguments: argparse.Namespace) -> PreparedRun:
    height, width = source.shape[:2]
    settings = Request(
        prompt=arguments.prompt, seed=7, steps=arguments.steps, model=arguments.model
    )
    region = Region(mask=_mask(width, height))
    options = PasteOptions(strict_border=arguments.strict_border)
    run = prepare("inpaint", settings, catalogue, Source(source), [region], options)
    assert run.plan is not None
    print(
        f"  crop {run.plan.box.width} x {run.plan.box.height}, for the model "
        f"{run.plan.model_size[0]} x {run.plan.model_size[1]}, border {run.border_px} px"
    )
    return run


def _run(run: PreparedRun, catalogue: Catalogue) -> Finished:
    set_engine_environment()
    from asyndm.engine import Engine

    for event in Engine(catalogue=catalogue).run(run.request):
        if isinstance(event, Failed):
            sys.exit(event.reason)
        if isinstance(event, Finished):
            return event
    sys.exit("The run ended without a result.")


def _report(before: Pixels, after: Pixels, run: PreparedRun, result: Result) -> int:
    """Count with a distance map of the whole picture, apart from what the pasting computed."""
    assert run.mask is not None
    unmasked = np.equal(run.mask, 0).astype(np.uint8)
    distance = cv2.distanceTransform(unmasked, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    changed = (before != after).any(axis=2)
    outside = int(np.count_nonzero(changed & (distance > run.border_px)))
    inside = int(np.count_nonzero(changed & (unmasked == 0)))
    masked = int(np.count_nonzero(unmasked == 0))
    print(f"pixels changed outside mask and border: {outside} (the caption: {result.caption})")
    print(f"pixels changed in the mask: {inside} of {masked}")
    return 0 if outside == 0 and inside > 0 else 1


def _peak_mb() -> float:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


@contextmanager
def _stage(name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"{name}: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    sys.exit(main())
