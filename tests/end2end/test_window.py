"""The real window, the real engine process and the embedded model, driven as a person would."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtGui import QColor

from app import theme
from editing.files.raster import load_picture
from tests.end2end.screen import ROOT, SCREEN, Screen, Studio, wait_for

pytestmark = pytest.mark.end2end

COLUMN_WIDTH = 336
STEPS = 6
INPAINT_TAB = (SCREEN[0] - 3 * COLUMN_WIDTH // 8, 34)  # the third of four
PROMPT = (SCREEN[0] - COLUMN_WIDTH // 2, 130)
RETRY = (SCREEN[0] - COLUMN_WIDTH - 152, 86)
MESSAGE = (SCREEN[0] - COLUMN_WIDTH - 240, 74)
CANVAS = (520, 410)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    rng = np.random.default_rng(8)
    path = tmp_path / "photo.png"
    Image.fromarray(rng.integers(60, 200, (240, 320, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def studio(screen: Screen, photo: Path, tmp_path: Path) -> Iterator[Studio]:
    settings = {"version": 1, "steps": STEPS, "seed_locked": True, "brush_radius": 20.0}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    studio = Studio(screen, tmp_path, str(photo))
    studio.wait_for_title("photo.png")
    studio.fill_screen()
    yield studio
    studio.close()


def paint_and_ask(studio: Studio) -> None:
    """Paint a stroke and lay out an inpainting of it."""
    x, y = CANVAS
    studio.screen.click(*INPAINT_TAB)
    studio.screen.click(*PROMPT)
    studio.screen.text("a red house")
    studio.screen.drag([(x - 60, y), (x - 20, y + 10), (x + 20, y), (x + 60, y + 10)])
    studio.wait_for_title("photo.png*")


def run(studio: Studio) -> None:
    studio.screen.keys("ctrl+Return")
    studio.wait_for_title("Result")


def accept(studio: Studio) -> None:
    studio.screen.keys("Return")
    wait_for(lambda: "Result" not in studio.title, "the result to be accepted", 20)
    assert "photo.png*" in studio.title


def save(studio: Studio, path: Path) -> NDArray[np.uint8]:
    """Save over the file, flat, which is asked about once; its pixels."""
    studio.screen.keys("ctrl+s")
    wait_for(lambda: "*" not in studio.title or studio.dialog, "the save or a question")
    if studio.dialog:
        studio.screen.do("windowfocus", "--sync", studio.dialog)
        studio.screen.keys("alt+f")
        # There is no window manager to give the keyboard back to the window.
        wait_for(lambda: not studio.dialog, "the question to go", 20)
        studio.screen.do("windowfocus", "--sync", studio.window)
    wait_for(lambda: "*" not in studio.title, "the mark of unsaved changes to go")
    return load_picture(path).pixels


def test_open_paint_inpaint_accept_undo_redo_save_quit(studio: Studio, photo: Path) -> None:
    original = load_picture(photo).pixels
    paint_and_ask(studio)
    run(studio)
    accept(studio)
    accepted = save(studio, photo)
    studio.screen.keys("ctrl+z")
    studio.wait_for_title("photo.png*")
    undone = save(studio, photo)
    studio.screen.keys("ctrl+y")
    studio.wait_for_title("photo.png*")
    redone = save(studio, photo)
    engines = studio.engine_pids()
    assert "libtorch" not in Path(f"/proc/{studio.process.pid}/maps").read_text()
    assert "libtorch" in Path(f"/proc/{engines[0]}/maps").read_text()
    studio.screen.keys("ctrl+q")
    assert studio.process.wait(60) == 0
    assert studio.log == ""

    changed = (accepted != original).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 1000
    # The stroke is 120 px of the screen wide and its brush 40 px of the picture.
    assert rows.max() - rows.min() < 80
    assert columns.max() - columns.min() < 160
    assert (undone == original).all()
    assert (redone == accepted).all()
    record = load_picture(photo).generation
    assert record is not None
    assert (record["prompt"], record["task"], record["steps"]) == ("a red house", "inpaint", STEPS)
    assert len(engines) == 1
    wait_for(lambda: not Path(f"/proc/{engines[0]}").exists(), "the engine process to end", 20)


def test_a_killed_engine_is_told_restarted_and_the_retry_is_the_same(
    studio: Studio, photo: Path, tmp_path: Path
) -> None:
    paint_and_ask(studio)
    run(studio)
    accept(studio)
    undisturbed = save(studio, photo)
    studio.screen.keys("ctrl+z")
    studio.wait_for_title("photo.png*")

    studio.screen.keys("ctrl+Return")
    wait_for(lambda: "%" in studio.title, "the second run to be under way")
    (killed,) = studio.engine_pids()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: "The engine stopped" in studio.log, "the window to say so")
    assert "Running" not in studio.title
    wait_for(lambda: studio.engine_pids(), "another engine process")
    assert studio.engine_pids() != [killed]
    surface = QColor(theme.ERROR_SURFACE)
    wait_for(
        lambda: (
            tuple(studio.screen.picture(tmp_path / "killed.png")[MESSAGE[1], MESSAGE[0]])
            == (surface.red(), surface.green(), surface.blue())
        ),
        "the message bar",
        20,
    )

    studio.screen.click(*RETRY)
    studio.wait_for_title("Result")
    accept(studio)
    assert (save(studio, photo) == undisturbed).all()
    studio.screen.keys("ctrl+q")
    assert studio.process.wait(60) == 0


def test_the_window_appears_without_torch(screen: Screen, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DISPLAY": screen.name,
        "QT_QPA_PLATFORM": "xcb",
        "ASYNDM_CONFIG_DIR": str(tmp_path),
        "ASYNDM_TIME_FIRST_FRAME": "1",
    }
    result = subprocess.run(
        [sys.executable, str(ROOT / "main.py")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    first, second = result.stdout.splitlines()
    assert first.startswith("first frame: ")
    assert int(first.split()[2]) > 0
    assert second == "torch loaded: False"
