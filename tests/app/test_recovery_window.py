"""Kill -9 of the real window process after strokes; the next start offers the work, and has it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

SCRIPT = Path(__file__).with_name("recovery_run.py")
PATIENCE_S = 30
STROKES = 6


def start(folder: Path, output: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(SCRIPT.parents[2]),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    # A file, not a pipe: the engine process has it too, and outlives the window for a moment.
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments], env=environment, stdout=file
        )


def paint_and_kill(folder: Path, picture: Path) -> tuple[dict[int, str], int]:
    """Checksums by number of the edit, and the last one acknowledged."""
    output = folder / "painted"
    process = start(folder, output, "paint", str(picture))
    limit = time.monotonic() + PATIENCE_S
    while f"acknowledged {STROKES}\n" not in output.read_text():
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.kill()
    assert process.wait(PATIENCE_S) == -signal.SIGKILL
    told = [line.split() for line in output.read_text().splitlines()]
    planned = {int(words[1]): words[2] for words in told if words[0] == "planned"}
    return planned, max(int(words[1]) for words in told if words[0] == "acknowledged")


def test_a_killed_window_offers_its_work_and_has_it(tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    noise = np.random.default_rng(5).integers(0, 255, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(picture)
    before = picture.read_bytes()
    planned, acknowledged = paint_and_kill(tmp_path, picture)
    assert acknowledged >= STROKES
    output = tmp_path / "recovered"
    assert start(tmp_path, output, "recover").wait(PATIENCE_S) == 0
    told = [line.split() for line in output.read_text().splitlines()]
    assert ["offered", "Recover", "photo.png"] in told
    recovered = next(words for words in told if words[0] == "recovered")
    assert recovered[1:3] == ["photo.png", "True"]
    numbers = [number for number, checksum in planned.items() if checksum == recovered[3]]
    assert numbers
    assert max(numbers) >= acknowledged
    assert ["kept"] in told
    assert picture.read_bytes() == before
    # The old journal went once the new one was there, and the new one is its process's own.
    assert len(list((tmp_path / "data" / "asyndm-studio" / "journals").iterdir())) == 1
