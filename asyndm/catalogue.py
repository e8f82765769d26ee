"""The models there are: by name, by path, by task, and whether they are whole.

``resources/catalogue.json`` holds what model folders cannot say of themselves: titles,
descriptions, and which model serves which task. Nothing here needs torch.
"""

from collections.abc import Sequence
from pathlib import Path

import platformdirs

from asyndm.errors import ModelError
from asyndm.model_folder import (
    PICKLE_SUFFIXES,
    ModelInfo,
    part_problems,
    read_json,
    read_model,
    weights_of,
)
from asyndm.pipeline_classes import PIPELINES
from asyndm.request import Task
from asyndm.weight_files import DamagedFileError, Progress, checksum_problems, weights_hash

__all__ = ["EMBEDDED", "Catalogue", "ModelInfo", "installed_models_folder"]

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
EMBEDDED = RESOURCES / "models"


def installed_models_folder() -> Path:
    """Where the person's own models lie (it need not exist)."""
    return platformdirs.user_data_path("asyndm-studio", appauthor=False) / "models"


class Catalogue:
    """The models in a few folders.

    Args:
        folders: each holds model folders; None = the embedded models, then the installed ones.
            Where two models have the same name the first counts.
    """

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        chosen = (EMBEDDED, installed_models_folder()) if folders is None else folders
        self.folders = tuple(Path(folder) for folder in chosen)
        self._extras = read_json(RESOURCES / "catalogue.json")
        self._hashes: dict[tuple[object, ...], str] = {}

    def models(self) -> list[ModelInfo]:
        """All models that can be read, in the order of the folders, then by name."""
        found = []
        for folder in self._model_folders().values():
            try:
                found.append(self._read(folder))
            except ModelError:  # told by problems()
                continue
        return found

    def problems(self) -> list[str]:
        """One sentence for each folder that holds a model which cannot be used."""
        sentences = []
        for folder in self._model_folders().values():
            try:
                self.find(str(folder))
            except ModelError as error:
                sentences.append(str(error))
        return sentences

    def find(self, name_or_path: str) -> ModelInfo:
        """A model by its name or by the path of its folder, known to be complete.

        Raises:
            ModelError: there is none, or it cannot be used; the sentence says why.
        """
        info = self._read(self.folder_of(name_or_path))
        for problem in part_problems(info.path):
            raise ModelError(f"The model {info.name!r} cannot be used: {problem}")
        return info

    def folder_of(self, name_or_path: str) -> Path:
        """The folder of a model, which may yet be damaged.

        Raises:
            ModelError: there is no such name, folder, or model in it.
        """
        known = self._model_folders()
        if name_or_path in known:
            return known[name_or_path]
        path = Path(name_or_path).expanduser()
        try:
            exists, is_folder = path.exists(), path.is_dir()
        except (OSError, ValueError):  # too long, or a NUL inside: no path then
            exists = is_folder = False
        if is_folder:
            if not (path / "model_index.json").is_file():
                raise ModelError(
                    f"The folder {path} holds no model: model_index.json is missing (a folder in "
                    "the diffusers format is needed)."
                )
            return path.resolve()
        if exists:
            raise ModelError(_refused_file(path))
        if any(sign in name_or_path for sign in "/\\~") or path.suffix:
            raise ModelError(f"There is no model folder {path}.")
        names = ", ".join(known) or "none"
        raise ModelError(
            f"There is no model named {name_or_path!r}; known models: {names}. The path of a model "
            "folder works too."
        )

    def default_for(self, task: Task) -> ModelInfo:
        """The model that serves a task when none is named.

        Raises:
            ModelError: none can.
        """
        name = self._extras.get("defaults", {}).get(task)
        if name in self._model_folders():
            return self.find(name)
        for info in self.models():
            if task in info.tasks:
                return info
        raise ModelError(
            f"There is no model that can {task}; put one (a folder in the diffusers format) into "
            f"{self.folders[-1]}."
        )

    def model_hash(self, info: ModelInfo) -> str:
        """Twelve hexadecimal digits that identify a model's weights.

        Raises:
            ModelError: a file is damaged or gone.
        """
        try:
            parts = PIPELINES[info.pipeline].weighted
            files = [path for part in parts for path in weights_of(info.path / part)]
            stats = [(path, path.stat()) for path in files]
            key = tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats)
            if key not in self._hashes:
                self._hashes[key] = weights_hash(files, info.path)
        except (OSError, DamagedFileError) as error:
            raise ModelError(f"The weights of {info.name!r} cannot be read: {error}.") from error
        return self._hashes[key]

    def verify(self, model: ModelInfo | Path, progress: Progress | None = None) -> list[str]:
        """Check all of a model's files.

        Args:
            model: the model, or its folder if it cannot even be read.
            progress: is told the share done, 0 to 1.

        Returns:
            Problems, a sentence each; empty if parts, weights and checksums (if the folder has a
            ``checksums.json``) are right.
        """
        folder = model.path if isinstance(model, ModelInfo) else model
        problems = []
        try:
            self._read(folder)
        except ModelError as error:
            problems.append(str(error))
        seen = " ".join(problems)
        problems += [text for text in part_problems(folder) if text.rstrip(".") not in seen]
        problems += checksum_problems(folder, progress)
        return problems

    def _model_folders(self) -> dict[str, Path]:
        """Name to folder of everything that claims to be a model."""
        found: dict[str, Path] = {}
        for folder in self.folders:
            for index in sorted(folder.glob("*/model_index.json")):
                if not index.parent.name.startswith("."):
                    found.setdefault(index.parent.name, index.parent)
        return found

    def _read(self, folder: Path) -> ModelInfo:
        """What is known about the model in a folder."""
        extras = self._extras.get("models", {}).get(folder.name, {})
        return read_model(folder, extras, embedded=folder.parent == EMBEDDED)


def _refused_file(path: Path) -> str:
    """Why a file is not taken as a model."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        return (
            f"{path.name} is a pickled checkpoint, which can run any program when it is loaded; "
            "use a model folder with safetensors weights."
        )
    if path.suffix.lower() == ".safetensors":
        return (
            f"{path.name} is a single-file checkpoint, which is not supported yet; use a folder in "
            "the diffusers format."
        )
    return f"{path} is a file, not a model folder."
