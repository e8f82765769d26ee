"""Kill -9 of the real window process after strokes; the next start offers the work, and has it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
from PIL import Image

SCRIPT = Path(__file__).with_name("recovery_run.py")
PATIENCE_S = 60
STROKES = 6


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(SCRIPT.parents[2]),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def paint_and_kill(folder: Path, picture: Path) -> tuple[dict[int, str], int]:
    """Checksums by number of the edit, and the last one acknowledged."""
    process = start(folder, "paint", str(picture))
    planned: dict[int, str] = {}
    acknowledged = 0
    assert process.stdout is not None
    watchdog = threading.Timer(PATIENCE_S, process.kill)
    watchdog.start()
    for line in process.stdout:
        kind, number, *rest = line.split()
        if kind == "planned":
            planned[int(number)] = rest[0]
        elif kind == "acknowledged":
            acknowledged = int(number)
            if acknowledged == STROKES:
                process.send_signal(signal.SIGKILL)
    watchdog.cancel()
    process.stdout.close()
    assert process.wait(PATIENCE_S) == -signal.SIGKILL
    return planned, acknowledged


def test_a_killed_window_offers_its_work_and_has_it(tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    noise = np.random.default_rng(5).integers(0, 255, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(picture)
    before = picture.read_bytes()
    planned, acknowledged = paint_and_kill(tmp_path, picture)
    assert acknowledged >= STROKES
    process = start(tmp_path, "recover")
    output, _ = process.communicate(timeout=PATIENCE_S)
    told = [line.split() for line in output.splitlines()]
    assert process.returncode == 0
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
