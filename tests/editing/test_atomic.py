"""Atomic saving, with real processes that are really killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from editing.files.atomic import write_atomically
from editing.files.raster import load_picture

if TYPE_CHECKING:
    from pathlib import Path

SAVER = """
import sys
import numpy as np
from editing.files.raster import save_picture
pictures = [np.full((700, 900, 3), value, np.uint8) for value in (10, 200)]
noise = np.random.default_rng(0).integers(0, 256, (700, 900, 3), dtype=np.uint8)
for picture in pictures:
    picture[100:] = noise[100:]
number = 0
while True:
    save_picture(sys.argv[1], pictures[number % 2])
    number += 1
    print(number, flush=True)
"""


def test_a_killed_process_leaves_a_whole_picture(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    chance = random.Random(0)
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()  # It has saved once and is on its way to the next.
            time.sleep(chance.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            process.wait()
        pixels = load_picture(path).pixels
        assert pixels.shape == (700, 900, 4)
        assert np.unique(pixels[:100, :, :3]).tolist() in ([10], [200])
    assert path.exists()


def test_a_process_killed_while_it_writes_leaves_the_old_file(tmp_path: Path) -> None:
    """The writer stops in the middle of the content, so the kill surely hits it there."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    script = """
import sys, time
from editing.files.atomic import write_atomically
def parts():
    yield b"new" * 100_000
    print("half", flush=True)
    time.sleep(60)
    yield b"rest"
write_atomically(sys.argv[1], parts())
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.read_bytes() == b"old"
    (left,) = tmp_path.glob(".file.*")
    # The next save leaves a fresh one alone, since another process may be writing it, and
    # removes it when it is old.
    write_atomically(path, [b"second"])
    assert left.exists()
    hours_ago = time.time() - 7200
    os.utime(left, (hours_ago, hours_ago))
    write_atomically(path, [b"third"])
    assert not left.exists()
    assert path.read_bytes() == b"third"


def test_an_error_on_the_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def parts() -> list[bytes]:
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write_atomically(path, (part for _ in range(2) for part in parts()))
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
