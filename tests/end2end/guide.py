"""A hand that works slowly enough to be watched, and an album of what it did."""

import sys
import time
from pathlib import Path

from PIL import Image

from tests.end2end.hand import Hand, between
from tests.end2end.screen import SCREEN, Screen, Studio, wait_for

SCALE = 3
ROW = 44
CANVAS = (96, 63, 943, 762)
"""Where the canvas is on the screen: left, top, right, bottom."""

Box = tuple[int, int, int, int]
WHOLE: Box = (0, 0, *SCREEN)
TOOLS: Box = (0, 18, 944, 640)
LARGEST = 60_000
"""Bytes of a picture that keeps all its colours."""


class Guide(Hand):
    """A hand that shows what it does."""

    def __init__(self, studio: Studio, path: Path) -> None:
        self.side = 0
        super().__init__(studio, path)

    def _found_origin(self) -> tuple[int, int]:
        left, top, right, bottom = CANVAS
        return (left + right - self.side) // 2, (top + bottom - self.side) // 2

    def enlarge(self, side: int) -> None:
        """Scale the picture, and show it at its actual size."""
        self.keys("ctrl+alt+i")
        with self.dialog("Scale image"):
            self.write(f"{100 * SCALE}")
            self.keys("Return")
        wait_for(lambda: "*" in self.title, "the picture to be scaled", 30)
        self.side = side * SCALE
        time.sleep(1)
        self.look()

    def choose_row(self, place: int) -> None:
        """Paint on the layer in this row of the panel."""
        self.screen.click(998, 550 + place * ROW)

    def name_layer(self, name: str) -> None:
        """Call the highest layer so."""
        self.screen.do("mousemove", "1060", "550", "click", "--repeat", "2", "1")
        time.sleep(0.3)
        self.write(name)
        self.keys("Return")
        self.take_focus()

    def hold(self, *places: tuple[int, int], steps: int = 8) -> None:
        """Drag, and keep the button down."""
        self.screen.do("mousemove", *map(str, self.at(*places[0])), "mousedown", "1")
        for x, y in between(places, steps)[1:]:
            self.screen.do("mousemove", *map(str, self.at(x, y)))
            time.sleep(0.03)

    def let_go(self) -> None:
        self.screen.do("mouseup", "1")
        time.sleep(0.3)

    def rest(self, x: int = 520, y: int = 790) -> None:
        """Take the pointer away from the picture."""
        self.screen.do("mousemove", str(x), str(y))


class Album:
    """Pictures of the screen in a folder; large ones are kept in few colours."""

    def __init__(self, screen: Screen, folder: Path) -> None:
        self._screen, self._folder = screen, folder
        (folder / "session").mkdir(parents=True, exist_ok=True)

    def take(self, name: str, box: Box = TOOLS) -> None:
        time.sleep(0.8)
        path = self._folder / f"{name}.png"
        self._screen.picture(path)
        with Image.open(path) as image:
            part = image.convert("RGB").crop(box)
        part.save(path, optimize=True)
        if path.stat().st_size > LARGEST:
            none = Image.Dither.NONE
            part.quantize(256, Image.Quantize.MEDIANCUT, 4, None, none).save(path, optimize=True)
        sys.stdout.write(f"{path}: {part.width} x {part.height}, {path.stat().st_size} bytes\n")
