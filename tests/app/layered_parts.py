"""Documents with layers of every kind, and strokes on a layer, for tests of the canvas."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from editing.document import Document
from editing.geometry import Rect
from editing.gesture import MOUSE, Pen
from editing.history import Change, Command
from editing.layer import BlendMode, Layer
from editing.plane import Plane
from editing.recording import TileRecording
from editing.region import REGION_COLOURS, Region

Pixels = npt.NDArray[np.uint8]


def noise_layer(
    width: int,
    height: int,
    seed: int,
    blend: BlendMode = "normal",
    *,
    opacity: float = 1.0,
    opaque: bool = False,
    masked: bool = False,
) -> Layer:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[random.random((height, width)) < 0.2] = 0
    if opaque:
        pixels[..., 3] = 255
    mask = None
    if masked:
        mask = Plane(random.integers(0, 256, (height, width), dtype=np.uint8))
    return Layer(Plane(pixels), f"Layer {seed}", opacity=opacity, blend=blend, mask=mask)


def layered(layers: tuple[Layer, ...], *, selected: bool = False) -> Document:
    """These layers with two soft regions, and a selection if wanted."""
    height, width = layers[0].plane.pixels.shape[:2]
    random = np.random.default_rng(99)
    regions = []
    for k in range(2):
        mask = Plane.zeros((height, width))
        area = Rect(width // 8 + k * width // 5, height // 6, width // 3, height // 2)
        area = area.intersect(mask.bounds)
        mask.pixels[area.slices()] = random.integers(0, 256, (area.height, area.width), np.uint8)
        mask.mark_dirty(area)
        regions.append(Region(mask, f"Region {k + 1}", REGION_COLOURS[k]))
    selection = Plane.zeros((height, width))
    if selected:
        area = Rect(width // 5, height // 5, width // 2, height // 2)
        selection.pixels[area.slices()] = 255
        selection.mark_dirty(area)
    document = Document(np.zeros((1, 1, 4), np.uint8))
    structure = replace(
        document.structure, layers=layers, regions=tuple(regions), selection=selection
    )
    return Document(structure=structure)


def every_kind(width: int, height: int, *, selected: bool = False) -> Document:
    """Six layers; the third one, in part empty, is active."""
    paint = Plane.zeros((height, width, 4))
    paint.pixels[height // 3 : height // 2, width // 4 : width // 2] = (250, 180, 20, 200)
    paint.mark_dirty(Rect(width // 4, height // 3, width // 4 + 1, height // 6 + 1))
    layers = (
        noise_layer(width, height, 1, opaque=True),
        noise_layer(width, height, 2, "multiply", opacity=0.8, masked=True),
        Layer(paint, "Paint", opacity=0.9),
        noise_layer(width, height, 4, opacity=0.5),
        noise_layer(width, height, 5, masked=True, opacity=0.7),
        noise_layer(width, height, 6, "soft_light", opacity=0.6),
        noise_layer(width, height, 7, "overlay", opacity=0.4),
    )
    document = layered(layers, selected=selected)
    document.choose_layer(layers[2].id)
    return document


class Squares:
    """A stroke of coloured squares on the active layer, each in another colour."""

    def __init__(self, document: Document, side: int) -> None:
        self._plane = document.active_layer.plane
        self._recording = TileRecording("picture", self._plane)
        self._side = side
        self._count = 0

    def move_to(self, x: float, y: float, pen: Pen = MOUSE) -> Change:  # noqa: ARG002
        rect = Rect(int(x), int(y), self._side, self._side).intersect(self._plane.bounds)
        if not rect.is_empty:
            self._count += 1
            self._recording.touch(rect)
            colour = (60 * self._count % 256, 200 - 30 * self._count % 200, 90, 255)
            self._plane.pixels[rect.slices()] = colour if self._count % 4 else (0, 0, 0, 0)
            self._plane.mark_dirty(rect)
        return Change("picture", rect, self._plane)

    def finish(self) -> Command | None:
        return self._recording.finish("Squares")

    def abort(self) -> Change:
        return Change("picture", self._recording.restore(), self._plane)
