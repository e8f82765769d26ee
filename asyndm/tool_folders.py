"""Find model folders and weights on the disk, in this application's folders and in other tools'.

A1111 and Forge, ComfyUI and InvokeAI keep kinds of files in folders with agreed names. Where one
of these tools is recognised only those folders are looked at; any other folder is looked at as a
whole. What a file is its header says, wherever it lies.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PICKLE_SUFFIXES = {".ckpt", ".pt", ".pth", ".bin", ".pkl"}
WEIGHTS_SUFFIXES = (".safetensors", ".gguf")
INDEX_FILE = "model_index.json"

_A1111 = (
    "models/Stable-diffusion",
    "models/Lora",
    "models/LyCORIS",
    "models/VAE",
    "models/text_encoder",
    "embeddings",
)
_COMFYUI = (
    "models/checkpoints",
    "models/diffusion_models",
    "models/unet",
    "models/text_encoders",
    "models/clip",
    "models/vae",
    "models/loras",
    "models/embeddings",
    "models/diffusers",
)
_DEPTH = 6
_MOST_ENTRIES = 50_000  # of one root: whoever names the whole disk gets an answer all the same


@dataclass
class Contents:
    """What lies in a folder.

    Attributes:
        models: folders in the diffusers format.
        weights: safetensors and GGUF files outside these.
        pickles: files that are refused without being opened.
        cut: whether there was more than is looked at.
    """

    models: list[Path] = field(default_factory=list)
    weights: list[Path] = field(default_factory=list)
    pickles: list[Path] = field(default_factory=list)
    cut: bool = False


def search_roots(folder: Path) -> list[Path]:
    """The folders to look at: those of the tool whose home `folder` is, or `folder` itself."""
    for first, names in (("models/Stable-diffusion", _A1111), ("models/checkpoints", _COMFYUI)):
        if (folder / first).is_dir():
            return [folder / name for name in names if (folder / name).is_dir()]
    if (folder / "models").is_dir() and (folder / "invokeai.yaml").is_file():
        return [folder / "models"]
    return [folder]


def contents(folder: Path) -> Contents:
    """What lies in a folder and below it, in the order of the names; no folder twice."""
    found = Contents()
    left = _MOST_ENTRIES
    for root in search_roots(folder):
        for path, is_model in _walk(root, _DEPTH, set()):
            left -= 1
            if left < 0:
                found.cut = True
                return found
            if is_model:
                found.models.append(path)
            elif path.suffix.lower() in WEIGHTS_SUFFIXES:
                found.weights.append(path)
            elif path.suffix.lower() in PICKLE_SUFFIXES:
                found.pickles.append(path)
    return found


def _walk(folder: Path, depth: int, seen: set[tuple[int, int]]) -> Iterator[tuple[Path, bool]]:
    """All files below a folder, and model folders as one; True with the latter.

    Args:
        folder: where to begin.
        depth: how many levels to go down.
        seen: device and number of the folders looked at: links may lead in a circle.
    """
    try:
        stat = folder.stat()
        if (stat.st_dev, stat.st_ino) in seen:
            return
        seen.add((stat.st_dev, stat.st_ino))
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            yield path, False
        elif (path / INDEX_FILE).is_file():
            yield path, True
        elif depth > 0:
            yield from _walk(path, depth - 1, seen)
