"""Where results go: the place is chosen and tried before the run, and written to after it."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.command_options import UsageError
from app.jobs.results import Result
from editing.errors import FileError
from editing.files.loaded import LoadedPicture
from editing.files.raster import save_picture

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_SLUG_LENGTH = 48


@dataclass(frozen=True)
class Output:
    """A place for results that can be written to.

    Attributes:
        folder: where they go.
        file: name of the file, or None where names are made from `stem` and the seed.
        stem: of the names that are made.
        makes_folder: whether the folder is yet to be made.
    """

    folder: Path
    file: str | None
    stem: str
    makes_folder: bool = False

    def path(self, index: int, count: int, seed: int) -> Path:
        """Path of picture `index` of `count`; made names never replace a file."""
        if self.file is not None:
            chosen = Path(self.file)
            name = self.file if count == 1 else f"{chosen.stem}-{index + 1}{chosen.suffix}"
            return self.folder / name
        path = self.folder / f"{self.stem}-{seed}.png"
        again = 2
        while path.exists():
            path = self.folder / f"{self.stem}-{seed}-{again}.png"
            again += 1
        return path

    def save(
        self, result: Result, index: int, count: int, source: LoadedPicture | None
    ) -> tuple[Path, list[str]]:
        """Write one result, with what the source's file carried.

        Returns:
            Its path, and sentences about what the format could not hold.

        Raises:
            FileError: it cannot be written.
        """
        if self.makes_folder:
            _make(self.folder)
        path = self.path(index, count, result.seed)
        notes = save_picture(
            path,
            result.whole(),
            icc=source.icc if source else None,
            exif=source.exif if source else None,
            xmp=source.xmp if source else None,
            generation=result.record,
        )
        return path, notes


def choose_output(text: str, stem: str) -> Output:
    """Find out where results go, and that they can be written there. Nothing is left behind.

    Args:
        text: what the person gave: a picture file, or a folder (which is made if its parent is
            there).
        stem: of names made for a folder.

    Raises:
        UsageError: the name is of no use.
        FileError: it cannot be written there.
    """
    if not text or "\0" in text:
        raise UsageError("The output has no name; give --out a file or a folder.")
    path = Path(text).expanduser()
    is_folder = path.is_dir()
    if not is_folder and path.suffix.lower() in SUFFIXES:
        if text.endswith(("/", "\\")):
            raise UsageError(f"The folder {text} does not exist.")
        _try(path.parent)
        return Output(path.parent, path.name, stem)
    if path.exists() and not is_folder:
        raise UsageError(
            f"The output {path} is a file that is no picture; give --out a folder or a name that "
            f"ends in {', '.join(SUFFIXES)}."
        )
    if not is_folder and path.suffix and not text.endswith("/"):
        raise UsageError(
            f"The output {path} has no known suffix: use {', '.join(SUFFIXES)}, or a folder."
        )
    _try(path if is_folder else path.parent)
    return Output(path, None, stem, makes_folder=not is_folder)


def slug(text: str) -> str:
    """A file name made of the words of a prompt."""
    words = re.findall(r"\w+", text.lower())
    name = ""
    for word in words:
        if name and len(name) + len(word) >= _SLUG_LENGTH:
            break
        name = f"{name}-{word}" if name else word[:_SLUG_LENGTH]
    return name or "picture"


def _try(folder: Path) -> None:
    """Raise unless a file can be made in a folder, by making one that vanishes at once."""
    if not folder.exists():
        raise FileError(f"The output folder {folder} does not exist; make it or choose another.")
    if not folder.is_dir():
        raise FileError(f"The output folder {folder} is a file; choose another place.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"Nothing can be written to the output folder {folder} ({reason}); choose another."
        ) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(f"The output folder {folder} cannot be made ({reason}).") from error
