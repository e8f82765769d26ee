"""What a person does to one open picture, and what the file says of it afterwards."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import numpy as np
from PIL import Image, ImageDraw

from editing.document import Document
from editing.files.document_file import load_document, save_document
from editing.snapshot import take_snapshot
from tests.end2end.screen import Studio, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from editing.plane import Pixels
    from tests.end2end.screen import Screen

SIZE = (480, 360)
PAPER, DISC, BOX = (236, 228, 208, 255), (200, 40, 40, 255), (40, 90, 180, 255)
DISC_AT, BOX_AT = (120, 140), (350, 240)
"""Middles of the disc (radius 60) and of the box (140 x 120)."""
SETTINGS = {"version": 1, "brush_radius": 12.0, "brush_hardness": 1.0, "last_folder": ""}
FOREGROUND = (34, 440)
THUMBNAIL = (998, 550)
"""Places on the screen: the foreground colour, and the picture of the highest layer."""

Place = tuple[int, int]


def toy_picture() -> Pixels:
    """A red disc and a blue box on paper."""
    image = Image.new("RGBA", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    (x, y), (u, v) = DISC_AT, BOX_AT
    draw.ellipse((x - 60, y - 60, x + 60, y + 60), DISC)
    draw.rectangle((u - 70, v - 60, u + 69, v + 59), BOX)
    return np.array(image)


def layered_file(path: Path) -> Path:
    """Write the toy picture as a file that keeps layers, regions and the selection."""
    with take_snapshot(Document(toy_picture())) as snapshot:
        save_document(snapshot, path)
    return path


class Hand:
    """Keys and a mouse on a window that shows a picture at its actual size.

    Args:
        studio: with the window.
        path: of the picture, which is saved to be looked at.
    """

    def __init__(self, studio: Studio, path: Path) -> None:
        self.studio, self.screen, self.path = studio, studio.screen, path
        self._folder = path.parent
        self._window = studio.window
        self.look()

    @classmethod
    def opening(
        cls, screen: Screen, path: Path, settings: Mapping[str, object] | None = None
    ) -> Self:
        """Start the program with a picture."""
        folder = path.parent
        (folder / "settings.json").write_text(json.dumps({**SETTINGS, **(settings or {})}))
        studio = Studio(screen, folder, str(path))
        try:
            studio.wait_for_title(path.name)
            studio.fill_screen()
            return cls(studio, path)
        except BaseException:
            studio.close()
            raise

    def look(self) -> None:
        """Show the picture at its actual size, in the middle of the canvas."""
        self.take_focus()
        self.keys("ctrl+1")
        self._origin = self._found_origin()

    def take_focus(self) -> None:
        """Let keys go to the window; there is nobody else who would see to that."""
        self.screen.do("windowfocus", "--sync", self._window)

    @property
    def title(self) -> str:
        return self.screen.do("getwindowname", self._window)

    def at(self, x: float, y: float) -> Place:
        """Where on the screen the middle of a pixel is."""
        return self._origin[0] + int(x), self._origin[1] + int(y)

    def keys(self, *names: str) -> None:
        self.screen.do("key", "--delay", "40", *names)

    def write(self, text: str) -> None:
        self.screen.text(text)

    def drag(self, *places: Place, held: Sequence[str] = (), steps: int = 8) -> None:
        """Drag over places of the picture, in steps, while keys are held."""
        points = [self.at(*place) for place in between(places, steps)]
        self._holding(held, lambda: self.screen.drag(points))

    def click(self, x: int, y: int, held: Sequence[str] = ()) -> None:
        """Click at a place of the picture while keys are held."""
        self._holding(held, lambda: self.screen.click(*self.at(x, y)))

    def choose_colour(self, number: str) -> None:
        """Take a foreground colour by its hexadecimal number."""
        self.screen.click(*FOREGROUND)
        self.keys("Tab", "ctrl+a")
        self.write(number)
        self.keys("Return", "Escape")

    def paint_on_layer(self) -> None:
        """Let tools work on the highest layer."""
        self.screen.click(*THUMBNAIL)

    @contextmanager
    def dialog(self, title: str) -> Iterator[None]:
        """Let keys go to a dialog that appears; they close it."""
        found: list[str] = []

        def is_there() -> bool:
            found[:] = self.screen.do("search", "--onlyvisible", "--name", f"^{title}$").split()
            return bool(found)

        wait_for(is_there, f"the dialog {title}", 20)
        self.screen.do("windowfocus", "--sync", found[0])
        yield
        wait_for(lambda: not is_there(), f"the dialog {title} to be closed", 20)
        self.take_focus()

    def tick(self, key: str) -> None:
        """Tick a box of a dialog by its key; a box takes a moment to be ticked."""
        path = self._folder / "screen.png"
        before = self.screen.picture(path)
        last: list[NDArray[np.uint8]] = [before]

        def is_ticked() -> bool:
            last.append(self.screen.picture(path))
            is_still = bool((last[-1] == last[-2]).all())
            return is_still and not (last[-1] == before).all()

        self.keys(key)
        wait_for(is_ticked, f"{key} to show", 20)

    def saved(self) -> Document:
        """Save if there is something to be saved; what the file holds."""
        if "*" in self.title:
            self.keys("ctrl+s")
            wait_for(lambda: "*" not in self.title, f"the save; {self.studio.log}", 30)
        return load_document(self.path).document

    def wait_for(self, condition: Callable[[Document], object], what: str) -> Document:
        """Wait until the saved document is as expected."""
        last: list[Document] = []

        def holds() -> bool:
            last[:] = [self.saved()]
            return bool(condition(last[0]))

        wait_for(holds, f"{what}; the log says: {self.studio.log!r}", 20)
        return last[0]

    def close(self) -> None:
        self.studio.close()

    def _holding(self, keys: Sequence[str], do: Callable[[], None]) -> None:
        for key in keys:
            self.screen.do("keydown", key)
        do()
        for key in reversed(keys):
            self.screen.do("keyup", key)

    def _found_origin(self) -> Place:
        """Where the picture begins on the screen, told by the colour of its paper."""
        found: list[Place] = []

        def shows() -> bool:
            shot = self.screen.picture(self._folder / "screen.png")[:, :940]
            rows, columns = np.nonzero((shot == PAPER[:3]).all(axis=2))
            if not rows.size:
                return False
            found[:] = [(int(columns.min()), int(rows.min()))]
            size = columns.max() - columns.min() + 1, rows.max() - rows.min() + 1
            return tuple(map(int, size)) == SIZE

        wait_for(shows, "the picture at its actual size", 20)
        return found[0]


def between(places: Sequence[Place], steps: int) -> list[tuple[float, float]]:
    """Places with `steps` even steps from one to the next."""
    points = [tuple(map(float, places[0]))]
    for (x0, y0), (x1, y1) in itertools.pairwise(places):
        for k in range(1, steps + 1):
            points.append((x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps))
    return [(x, y) for x, y in points]
