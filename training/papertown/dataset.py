"""Rendered scenes on disk: a memory-mapped array of pictures with their captions.

Drawing takes about a millisecond a scene, so a training set is drawn once, in seed order, and read
back at random. The scenes of a set are seeds `first .. first + count - 1` of one split.

    python -m training.papertown.dataset --count 40000
"""

import argparse
import json
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from training.papertown.captions import parse
from training.papertown.world import SIZE, Split, scene

DEFAULT_ROOT: Final = Path(__file__).resolve().parents[2] / "build" / "train"
# Evaluation draws its seeds from here upwards; training stays below.
FIRST_EVALUATION_SEED: Final = 10_000_000


def assert_none_held_out(captions: list[str]) -> None:
    """Stop a training whose captions contain a held-out combination.

    Raises:
        ValueError: one does; the message names it.
    """
    for text in captions:
        if parse(text).held_out:
            raise ValueError(f"A held-out combination is in the training set: {text!r}")


def write_pictures(folder: Path, count: int, split: Split = "train", first: int = 0) -> None:
    """Draw `count` scenes into `folder/pictures.npy` (N, SIZE, SIZE, 3) and `captions.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "pictures.partial.npy"
    pictures = np.lib.format.open_memmap(
        partial, mode="w+", dtype=np.uint8, shape=(count, SIZE, SIZE, 3)
    )
    captions = []
    for index in range(count):
        drawn = scene(first + index, split)
        pictures[index] = drawn.picture
        captions.append(drawn.caption)
    if split == "train":
        assert_none_held_out(captions)
    pictures.flush()
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")
    partial.rename(folder / "pictures.npy")


def read_pictures(folder: Path) -> npt.NDArray[np.uint8]:
    """The pictures of a set, memory-mapped (N, SIZE, SIZE, 3) uint8."""
    pictures: npt.NDArray[np.uint8] = np.load(folder / "pictures.npy", mmap_mode="r")
    return pictures


def read_captions(folder: Path) -> list[str]:
    """The captions of a set, in the order of its pictures."""
    captions: list[str] = json.loads((folder / "captions.json").read_text(encoding="utf-8"))
    return captions


def main() -> None:
    """Draw the training set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40_000)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    write_pictures(arguments.root / "pictures", arguments.count)


if __name__ == "__main__":
    main()
