"""The models there are: by name, by path, by task, and whether they are whole.

A model is a folder in the diffusers format or one safetensors file. They lie in the application's
own folders or in *sources*: folders of other tools and files that the person added and that stay
where they are. ``resources/catalogue.json`` holds what models cannot say of themselves: titles,
descriptions, and which model serves which task. Nothing here needs torch.

Only directories and headers are read, and headers are remembered, but a disk may be slow: a window
asks on a thread.
"""

from collections.abc import Sequence
from pathlib import Path

import platformdirs

from asyndm.architecture import Identity, Kind
from asyndm.errors import ModelError
from asyndm.header_cache import FoundFile, HeaderCache
from asyndm.model_checks import file_problems
from asyndm.model_files import kind_sentence, read_model_file
from asyndm.model_folder import part_problems, read_json, read_model, weights_of
from asyndm.model_info import ModelInfo
from asyndm.model_scan import Scan, is_file, scan
from asyndm.part_lending import Lenders, borrow, missing_parts, weight_files
from asyndm.pipeline_classes import PIPELINES
from asyndm.request import Task
from asyndm.sources import SOURCES_FILE, Sources
from asyndm.tool_folders import INDEX_FILE, PICKLE_SUFFIXES, WEIGHTS_SUFFIXES
from asyndm.weight_files import Progress, checksum_problems, weights_hash
from asyndm.weight_header import DamagedFileError

__all__ = ["EMBEDDED", "Catalogue", "FoundFile", "ModelInfo", "installed_models_folder"]

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
EMBEDDED = RESOURCES / "models"
_PICKLED = (
    "is a pickled checkpoint, which can run any program when it is loaded; get it in the "
    "safetensors format, or as a model folder with safetensors weights."
)


def installed_models_folder() -> Path:
    """Where the person's own models lie (it need not exist)."""
    return platformdirs.user_data_path("asyndm-studio", appauthor=False) / "models"


class Catalogue:
    """The models in a few folders.

    Args:
        folders: each holds models; None = the embedded models, then the installed ones, then the
            sources that the person added. Where two models have the same name the first counts.
        sources: the ``sources.json`` to use; None = that of the installed models, or none at all
            if `folders` are given.
    """

    def __init__(self, folders: Sequence[Path] | None = None, sources: Path | None = None) -> None:
        installed = installed_models_folder()
        chosen = (EMBEDDED, installed) if folders is None else folders
        self.folders = tuple(Path(folder) for folder in chosen)
        if sources is None and folders is None:
            sources = installed / SOURCES_FILE
        self.sources = Sources(sources) if sources else None
        cache = None
        if folders is None:
            cache = platformdirs.user_cache_path("asyndm-studio", appauthor=False) / "weights.json"
        self._headers = HeaderCache(cache)
        self._extras = read_json(RESOURCES / "catalogue.json")
        self._hashes: dict[tuple[object, ...], str] = {}

    def models(self) -> list[ModelInfo]:
        """All models that can be read, in the order of the folders, then by name."""
        found = []
        scan = self.scan()
        for name, path in scan.models.items():
            try:
                found.append(self._read(path, name, scan))
            except ModelError:  # told by problems()
                continue
        return found

    def problems(self) -> list[str]:
        """One sentence for each model that cannot be used, and each folder with pickled files."""
        scan = self.scan()
        return [*self.faults(scan).values(), *scan.remarks]

    def faults(self, scan: Scan) -> dict[str, str]:
        """By name of each model that cannot be used, why, in a sentence.

        Args:
            scan: what `scan` found.
        """
        sentences = {}
        for name, path in scan.models.items():
            try:
                self._whole(self._read(path, name, scan), scan)
            except ModelError as error:
                sentences[name] = str(error)
        return sentences

    def files(self, kind: Kind) -> list[FoundFile]:
        """All files of a kind other than models: "lora", "embedding", "vae" and so on."""
        return [found for found in self.scan().files if found.identity.kind == kind]

    def find_file(self, kind: Kind, name_or_path: str) -> FoundFile:
        """A file of a kind other than models, by its name or its path.

        Raises:
            ModelError: there is none, or it is of another kind; the sentence says why.
        """
        named = [
            found for found in self.files(kind) if name_or_path in (found.name, found.path.name)
        ]
        if named:
            return named[0]
        path = Path(name_or_path).expanduser()
        if is_file(path):
            if path.suffix.lower() in PICKLE_SUFFIXES:
                raise ModelError(f"{path.name} {_PICKLED}")
            found = self._headers.look(path)
            if found is not None and found.identity.kind == kind:
                return found
            if found is not None:
                raise ModelError(kind_sentence(found))
        what = kind.replace("_", " ")
        names = ", ".join(found.name for found in self.files(kind)) or "none"
        raise ModelError(f"There is no {what} named {name_or_path!r}; known are: {names}.")

    def find(self, name_or_path: str) -> ModelInfo:
        """A model by its name or by the path of its folder or file, known to be complete.

        Raises:
            ModelError: there is none, or it cannot be used; the sentence says why.
        """
        scan = self.scan()
        path = self._place(name_or_path, scan)
        return self._whole(self._read(path, scan.name_of(path), scan), scan)

    def folder_of(self, name_or_path: str) -> Path:
        """The folder of a model or a file of any kind, which may yet be damaged.

        Raises:
            ModelError: there is no such name or place, or no model in it.
        """
        scan = self.scan()
        files = {found.name: found.path for found in scan.files}
        if name_or_path in files and name_or_path not in scan.models:
            return files[name_or_path]
        return self._place(name_or_path, scan)

    def default_for(self, task: Task) -> ModelInfo:
        """The model that serves a task when none is named, known to be complete.

        Raises:
            ModelError: none can, or all that could are damaged.
        """
        name = self._extras.get("defaults", {}).get(task)
        scan = self.scan()
        if name in scan.models:
            return self._whole(self._read(scan.models[name], name, scan), scan)
        faults: list[ModelError] = []
        for info in self.models():
            if task in info.tasks:
                try:
                    return self._whole(info, scan)
                except ModelError as error:  # another one may be whole
                    faults.append(error)
        if faults:
            raise faults[0]
        raise ModelError(
            f"There is no model that can {task}; put one (a folder in the diffusers format, or a "
            f"safetensors file) into {self.folders[-1]}."
        )

    def model_hash(self, info: ModelInfo) -> str:
        """Twelve hexadecimal digits that identify a model's weights.

        Raises:
            ModelError: a file is damaged or gone.
        """
        try:
            if info.settings is None:
                parts = PIPELINES[info.pipeline].weighted
                files = [path for part in parts for path in weights_of(info.path / part)]
                root = info.path
            else:
                files, root = weight_files(info), info.path.parent
            stats = [(path, path.stat()) for path in files]
            key = tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats)
            if key not in self._hashes:
                self._hashes[key] = weights_hash(files, root)
        except (OSError, DamagedFileError) as error:
            raise ModelError(f"The weights of {info.name!r} cannot be read: {error}.") from error
        return self._hashes[key]

    def verify(self, model: ModelInfo | Path, progress: Progress | None = None) -> list[str]:
        """Check all of a model's files.

        Args:
            model: the model, or its folder or file if it cannot even be read.
            progress: is told the share done, 0 to 1.

        Returns:
            Problems, a sentence each; empty if parts, weights and checksums (those of a
            ``checksums.json`` in the folder; of a file those in its metadata, and those recorded
            when it was first checked) are right.
        """
        path = model.path if isinstance(model, ModelInfo) else model
        scan = self.scan()
        if is_file(path) and self._is_other(path):
            return file_problems(path, self.sources, progress)
        problems = []
        try:
            info = self._read(path, scan.name_of(path), scan)
            if info.settings is not None:
                self._whole(info, scan)
        except ModelError as error:
            problems.append(str(error))
        if is_file(path):
            return problems or file_problems(path, self.sources, progress)
        seen = " ".join(problems)
        problems += [text for text in part_problems(path) if text.rstrip(".") not in seen]
        problems += checksum_problems(path, progress)
        return problems

    def scan(self) -> Scan:
        """Look at all folders and sources."""
        return scan(self.folders, self.sources, self._headers)

    def _place(self, name_or_path: str, scan: Scan) -> Path:
        """Where a model is, by its name or path."""
        if name_or_path in scan.models:
            return scan.models[name_or_path]
        path = Path(name_or_path).expanduser()
        if is_file(path):
            if path.suffix.lower() in WEIGHTS_SUFFIXES:
                return path.absolute()
            raise ModelError(_refused_file(path))
        try:
            exists, is_folder = path.exists(), path.is_dir()
        except (OSError, ValueError):  # too long, or a NUL inside: no path then
            exists = is_folder = False
        if is_folder:
            if not (path / INDEX_FILE).is_file():
                raise ModelError(
                    f"The folder {path} holds no model: model_index.json is missing (a folder in "
                    "the diffusers format is needed)."
                )
            return path.resolve()
        if exists:
            raise ModelError(_refused_file(path))
        if any(sign in name_or_path for sign in "/\\~") or path.suffix:
            raise ModelError(f"There is no model folder {path}.")
        names = ", ".join(scan.models) or "none"
        raise ModelError(
            f"There is no model named {name_or_path!r}; known models: {names}. The path of a model "
            "folder works too."
        )

    def _read(self, path: Path, name: str, scan: Scan) -> ModelInfo:
        """What is known about the model in a folder or a file."""
        extras = self._extras.get("models", {}).get(name, {})
        if not is_file(path):
            return read_model(path, extras, embedded=path.parent == EMBEDDED)
        found = self._headers.look(path)
        if found is None:
            raise ModelError(f"The model file {path} is missing.")
        return read_model_file(found, name, scan.taken_as.get(path, ""), extras)

    def _whole(self, info: ModelInfo, scan: Scan) -> ModelInfo:
        """A model, known to be complete.

        Raises:
            ModelError: a part is missing or damaged.
        """
        if info.settings is None:
            for problem in part_problems(info.path):
                raise ModelError(f"The model {info.name!r} cannot be used: {problem}")
            return info
        identity = self._identity(info.path)
        if not missing_parts(info, identity.holds):
            return info
        if scan.lenders is None:
            scan.lenders = self._lenders(scan)
        return borrow(info, identity, scan.lenders)

    def _is_other(self, path: Path) -> bool:
        """Whether a file is whole and of use, but no model."""
        identity = self._identity(path)
        return identity.kind != "model" and not identity.problem

    def _identity(self, path: Path) -> Identity:
        found = self._headers.look(path)
        return found.identity if found else Identity("unknown")

    def _lenders(self, scan: Scan) -> Lenders:
        """Where a model file may take its missing parts from."""
        folders, models = [], []
        for name, path in scan.models.items():
            if not is_file(path):
                folders.append(path)
                continue
            try:
                models.append((self._read(path, name, scan), self._identity(path)))
            except ModelError:
                continue
        return Lenders(scan.files, folders, models)


def _refused_file(path: Path) -> str:
    """Why a file is not taken as a model."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        return f"{path.name} {_PICKLED}"
    return f"{path} is a file, not a model folder."
