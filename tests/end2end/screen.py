"""A display of its own, and hands on it: Xvfb to draw on, xdotool to point and to type."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 240.0
SCREEN = (1280, 832)
TOOLS = {
    "Xvfb": "apt-get install xvfb",
    "xdotool": "apt-get install xdotool",
    "import": "apt-get install imagemagick",
}


def require_tools() -> None:
    """Fail with a sentence where a tool is missing; only Linux has these tools at all."""
    if not sys.platform.startswith("linux"):
        pytest.skip("Xvfb and xdotool drive X11 windows, which this system does not have")
    for tool, remedy in TOOLS.items():
        if shutil.which(tool) is None:
            pytest.fail(f"The end-to-end tests need {tool}: {remedy}", pytrace=False)


def wait_for(condition: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something is so, or fail saying what never came."""
    limit = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > limit:
            pytest.fail(f"waited {patience_s:.0f} s in vain for {what}")
        time.sleep(0.1)


class Screen:
    """An Xvfb display."""

    def __init__(self) -> None:
        read, write = os.pipe()
        size = f"{SCREEN[0]}x{SCREEN[1]}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
        self._process = subprocess.Popen(
            command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(write)
        with os.fdopen(read) as answer:
            self.name = f":{answer.readline().strip()}"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def do(self, *arguments: str) -> str:
        """Run xdotool; what it prints."""
        result = subprocess.run(
            ["xdotool", *arguments],
            env={**os.environ, "DISPLAY": self.name},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return result.stdout.strip()

    def picture(self, path: Path) -> NDArray[np.uint8]:
        """What is on the screen now, (H, W, 3); kept at `path` for whoever looks into a failure."""
        subprocess.run(
            ["import", "-display", self.name, "-window", "root", str(path)], check=True, timeout=60
        )
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))

    def keys(self, *names: str) -> None:
        for name in names:
            self.do("key", name)
            time.sleep(0.1)

    def text(self, text: str) -> None:
        self.do("type", "--delay", "20", text)

    def click(self, x: int, y: int) -> None:
        self.do("mousemove", str(x), str(y), "click", "1")
        time.sleep(0.2)

    def drag(self, points: Sequence[tuple[int, int]]) -> None:
        """Press at the first point, move over the others slowly enough to be seen, release."""
        self.do("mousemove", *map(str, points[0]))
        self.do("mousedown", "1")
        for x, y in points[1:]:
            self.do("mousemove", str(x), str(y))
            time.sleep(0.03)
        self.do("mouseup", "1")


class Studio:
    """The real program on a screen.

    Args:
        screen: to show it on.
        folder: for its settings and its log.
        arguments: of main.py.
    """

    def __init__(self, screen: Screen, folder: Path, *arguments: str) -> None:
        self.screen, self._folder = screen, folder
        self._log = (folder / "log.txt").open("w+")
        environment = {
            **os.environ,
            "DISPLAY": screen.name,
            "QT_QPA_PLATFORM": "xcb",
            "ASYNDM_CONFIG_DIR": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=self._log,
        )

    @property
    def window(self) -> str:
        """The X11 number of the visible window, or ""."""
        found = self.screen.do("search", "--onlyvisible", "--name", "AsynDM Studio")
        return found.split("\n")[0]

    @property
    def dialog(self) -> str:
        """The X11 number of the question about layers, or ""."""
        found = self.screen.do("search", "--onlyvisible", "--name", "^Layers and regions$")
        return found.split("\n")[0]

    @property
    def title(self) -> str:
        window = self.window
        return self.screen.do("getwindowname", window) if window else ""

    @property
    def log(self) -> str:
        """All that the program wrote."""
        return (self._folder / "log.txt").read_text()

    def engine_pids(self) -> list[int]:
        """The engine processes of the window that are alive."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes()
            except (OSError, ValueError, IndexError):
                continue
            if parent == self.process.pid and b"app.jobs.worker" in command:
                found.append(int(entry.name))
        return found

    def wait_for_title(self, *parts: str) -> None:
        wait_for(
            lambda: all(part in self.title for part in parts) or self.process.poll() is not None,
            f"a title with {parts}; it is {self.title!r}; the log says: {self.log}",
        )
        assert self.process.poll() is None, self.log

    def fill_screen(self) -> None:
        """Give the window the whole screen, so that places on it are known."""
        self.screen.do("windowmove", self.window, "0", "0")
        self.screen.do("windowsize", "--sync", self.window, *map(str, SCREEN))
        time.sleep(0.5)

    def close(self) -> None:
        """End the program, however it stands."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._log.close()
