"""What the tests of the command line share."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PROMPT = "three yellow stars at night"


def save_disc(path: Path, width: int, height: int, radius: int) -> None:
    """Write a mask: a white disc in the middle, black around it."""
    y, x = np.mgrid[:height, :width]
    disc = (x - width // 2) ** 2 + (y - height // 2) ** 2 <= radius**2
    Image.fromarray((disc * np.uint8(255)).astype(np.uint8)).save(path)


def names_in(folder: Path) -> list[str]:
    """Names of everything in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def generate(model: str, out: str, *more: str) -> list[str]:
    """Arguments of a short run."""
    words = ("--seed", "7") if "--seed" not in more else ()
    return [
        "generate", "--prompt", PROMPT, "--model", model, "--steps", "3", "--out", out,
        *words, *more,
    ]  # fmt: skip


def pixels(path: Path | str) -> np.ndarray[Any, Any]:
    """RGB pixels of a file, (H, W, 3)."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
