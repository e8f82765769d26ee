"""Look at the application's folders and the person's sources: which models and files are there?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asyndm.errors import ModelError
from asyndm.header_cache import FoundFile, HeaderCache
from asyndm.part_lending import Lenders
from asyndm.sources import Source, Sources
from asyndm.tool_folders import INDEX_FILE, Contents, contents

_MOST_NAMED = 3  # pickled files in a sentence


@dataclass
class Scan:
    """What there is at one moment.

    Attributes:
        models: name to folder or file of everything that claims to be a model.
        files: weights that are no models.
        taken_as: what the person said about a file.
        remarks: a sentence for each thing that was left out.
        lenders: what has parts for model files that lack some, once that was asked.
    """

    models: dict[str, Path] = field(default_factory=dict)
    files: list[FoundFile] = field(default_factory=list)
    taken_as: dict[Path, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    lenders: Lenders | None = None

    def name_of(self, path: Path) -> str:
        """The name of the model at a place."""
        for name, place in self.models.items():
            if place == path:
                return name
        return path.stem if is_file(path) else path.resolve().name

    def add_model(self, name: str, path: Path) -> None:
        """Name a model; a second one of that name is named after its folder too."""
        for candidate in (name, f"{path.parent.name}-{name}"):
            if self.models.setdefault(candidate, path) == path:
                return


def is_file(path: Path) -> bool:
    """Whether there is a file; False for what is no path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or a NUL inside
        return False


def scan(folders: Sequence[Path], sources: Sources | None, headers: HeaderCache) -> Scan:
    """Look at folders, then at sources.

    Args:
        folders: the application's own; need not exist.
        sources: what the person added.
        headers: what is known about files.
    """
    found = Scan()
    for folder in folders:
        _add_contents(found, folder, contents(folder), headers)
    try:
        added = sources.all() if sources else []
    except ModelError as error:
        found.remarks.append(str(error))
        added = []
    for source in added:
        _add_source(found, source, headers)
    headers.save()
    return found


def _add_source(found: Scan, source: Source, headers: HeaderCache) -> None:
    path = source.path
    if source.taken_as:
        found.taken_as[path] = source.taken_as
    if (path / INDEX_FILE).is_file():
        _add_contents(found, path, Contents(models=[path]), headers)
    elif is_file(path):
        _add_contents(found, path, Contents(weights=[path]), headers)
    elif path.is_dir():
        _add_contents(found, path, contents(path), headers)
    else:
        found.remarks.append(
            f"{path}, which was added, is not there any more; bring it back, or forget it with "
            f"models remove {path}"
        )


def _add_contents(found: Scan, folder: Path, there: Contents, headers: HeaderCache) -> None:
    for path in there.models:
        found.add_model(path.name, path)
    known = {file.path for file in found.files}
    for path in there.weights:
        file = headers.look(path)
        if file is None or path in known:
            continue
        if file.identity.kind == "model" or file.damaged or path in found.taken_as:
            found.add_model(path.stem, path)
        else:
            found.files.append(file)
    if there.pickles:
        names = ", ".join(path.name for path in there.pickles[:_MOST_NAMED])
        others = len(there.pickles) - _MOST_NAMED
        found.remarks.append(
            f"Left out in {folder}: {names}{f' and {others} more' if others > 0 else ''}; pickled "
            "files can run any program when they are loaded, so only safetensors files are used."
        )
    if there.cut:
        found.remarks.append(f"{folder} has too many files to look at all; add a smaller folder.")
