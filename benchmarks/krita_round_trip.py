"""Does Krita show an .ora file of this program as it is shown here, and the other way round?

Usage: ``python -m benchmarks.krita_round_trip [--keep FOLDER]``; needs ``krita`` and ``Xvfb``
(Debian: ``apt install krita xvfb``; Krita's Debian package accepts no offscreen platform).

One document holds a field for each blend mode, with full and half opacity and with soft alpha over
a half transparent background; it also has a hidden layer, a layer mask, offsets, a locked layer and
a name in other scripts. Krita exports it to PNG, and the difference is printed for each field. Then
Krita writes the document as .ora and .psd, which are opened here and compared with Krita's PNG.

Where what is below is opaque, the difference is at most 1 level. Where soft alpha meets soft alpha
in another mode than normal, Krita rounds each of three products to a byte before it divides by the
alpha, so that it is up to 3 levels from the formula (W3C), and the files here are within 1 of that.
The exit code is 1 if a difference is larger than that.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from editing.document import Document
from editing.files.document_file import load_document, save_document
from editing.files.raster import load_picture
from editing.flatten import flattened
from editing.geometry import Rect
from editing.layer import BLEND_MODES, BlendMode, Layer
from editing.plane import Pixels, Plane
from editing.region import Region
from editing.snapshot import take_snapshot
from editing.structure import Structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FIELD = 256
_TIMEOUT_S = 180
_ROUGH = 3


class Field(NamedTuple):
    """A part of the test document and the layer that is tried there."""

    mode: BlendMode
    opacity: float
    alpha: int
    backdrop: int
    rect: Rect

    @property
    def name(self) -> str:
        """What is tried."""
        opacity = f"opacity {self.opacity:.2f} alpha {self.alpha:3d}"
        return f"{self.mode:12s} {opacity} over {self.backdrop:3d}"


def fields() -> list[Field]:
    """Return all fields: a row for each mode."""
    kinds = ((1.0, 255, 255), (0.5, 255, 255), (1.0, 128, 255), (0.3, 200, 150))
    return [
        Field(mode, *kind, Rect(column * FIELD, row * FIELD, FIELD, FIELD))
        for row, mode in enumerate(BLEND_MODES)
        for column, kind in enumerate(kinds)
    ]


def ramps(turned: bool) -> Pixels:
    """Return (FIELD, FIELD, 4), opaque: ramps down or, turned, across; one runs the other way."""
    ramp = np.arange(FIELD, dtype=np.uint8)
    picture = np.full((FIELD, FIELD, 4), 255, np.uint8)
    for channel in range(3):
        values = ramp[::-1] if channel == 1 + turned else ramp
        picture[..., channel] = values[None, :] if turned else values[:, None]
    return picture


def test_document() -> tuple[Document, list[Field]]:
    """Return the document and its fields."""
    tried = fields()
    width = max(field.rect.right for field in tried)
    height = max(field.rect.bottom for field in tried) + FIELD
    background = np.zeros((height, width, 4), np.uint8)
    background[...] = (120, 80, 200, 255)
    for field in tried:
        backdrop = ramps(turned=False)
        backdrop[..., 3] = field.backdrop
        background[field.rect.slices()] = backdrop
    layers = [Layer(Plane(background), "Background, \N{GREEK SMALL LETTER OMEGA} & <others>")]
    for field in tried:
        picture = ramps(turned=True)
        picture[..., 3] = field.alpha
        plane = _placed(picture, field.rect, (height, width))
        layers.append(Layer(plane, field.name, opacity=field.opacity, blend=field.mode))
    layers += _others(width, height)
    region = Region(Plane.zeros((height, width)), "Region 1")
    structure = Structure(tuple(layers), (region,), Plane.zeros((height, width)))
    return Document(structure=structure), tried


def _placed(pixels: Pixels, rect: Rect, size: tuple[int, int]) -> Plane:
    plane = Plane.zeros((*size, *pixels.shape[2:]))
    plane.pixels[rect.slices()] = pixels
    plane.mark_dirty(rect)
    return plane


def _others(width: int, height: int) -> list[Layer]:
    """Return a masked, a hidden and a locked layer for the lowest row."""
    top = height - FIELD
    mask = np.broadcast_to(np.arange(FIELD, dtype=np.uint8), (FIELD, FIELD)).copy()
    places = [Rect(column * FIELD, top, FIELD, FIELD) for column in range(3)]
    planes = [_placed(ramps(turned=True), place, (height, width)) for place in places]
    return [
        Layer(planes[0], "Masked", mask=_placed(mask, places[0], (height, width))),
        Layer(planes[1], "Hidden", visible=False),
        Layer(planes[2], "Locked", opacity=0.8, locked=True),
    ]


@contextmanager
def display() -> Iterator[str]:
    """Start a display of our own for Krita; yields its name."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        if server.stdout is None:
            raise RuntimeError("Xvfb has no output")
        try:
            yield ":" + server.stdout.readline().strip()
        finally:
            server.terminate()


def krita(source: Path, target: Path, screen: str) -> None:
    """Let Krita convert a file."""
    home = target.parent / "home"
    home.mkdir(exist_ok=True, mode=0o700)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QT_")}
    folders = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
    environment = kept | dict.fromkeys(folders, str(home)) | {"DISPLAY": screen}
    command = ["krita", "--export", "--export-filename", str(target), str(source)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    if not target.exists():
        raise RuntimeError(f"Krita did not write {target}: {done.stderr[-500:]}")


def difference(one: Pixels, other: Pixels) -> NDArray[np.int16]:
    """Return (H, W): the largest difference of the channels, of clear pixels only in alpha."""
    levels = np.abs(one.astype(np.int16) - other)
    clear = (one[..., 3] == 0) & (other[..., 3] == 0)
    levels[clear, :3] = 0
    return np.asarray(levels.max(axis=2), np.int16)


def compare_fields(shown: Pixels, ours: Pixels, tried: list[Field]) -> bool:
    """Print the difference of each field; returns whether all are within 1."""
    fine = True
    for field in tried:
        there = field.rect.slices()
        levels = difference(shown[there], ours[there])
        off = int((levels > 1).sum())
        fine = fine and levels.max() <= (_ROUGH if field.backdrop < 255 else 1)
        print(f"  {field.name}: max {levels.max():3d}, pixels above 1: {off} of {levels.size}")
    rest = difference(shown, ours)[-FIELD:]
    print(f"  masked, hidden and locked layers: max {rest.max()}")
    return fine and rest.max() <= 1


def compare_reading(path: Path, shown: Pixels) -> bool:
    """Open a file of Krita and compare; returns whether it looks the same within 1."""
    loaded = load_document(path)
    levels = difference(flattened(loaded.document.layers), shown)
    count = len(loaded.document.layers)
    print(
        f"{path.suffix} written by Krita: {count} layers, notes {loaded.notes}, max {levels.max()}"
    )
    print(f"  pixels above 1: {int((levels > 1).sum())} of {levels.size}")
    return bool(levels.max() <= _ROUGH)


def main() -> int:
    """Convert, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, default=None, help="folder for the files")
    arguments = parser.parse_args()
    if shutil.which("krita") is None or shutil.which("Xvfb") is None:
        print("krita or Xvfb is not installed: apt install krita xvfb")
        return 2
    folder = arguments.keep or Path(tempfile.mkdtemp())
    document, tried = test_document()
    ours = flattened(document.layers)
    with take_snapshot(document) as snapshot:
        save_document(snapshot, folder / "ours.ora")
    written = [folder / name for name in ("shown.png", "krita.ora", "krita.psd")]
    with display() as screen:
        for target in written:
            target.unlink(missing_ok=True)
            krita(folder / "ours.ora", target, screen)
    shown = load_picture(folder / "shown.png").pixels
    print(f".ora written here, shown by Krita ({len(document.layers)} layers):")
    fine = compare_fields(shown, ours, tried)
    for path in written[1:]:
        fine = compare_reading(path, shown) and fine
    if arguments.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
