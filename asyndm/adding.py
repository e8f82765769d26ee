"""Add models that are on this machine to the catalogue, and forget them; no file is moved."""

from pathlib import Path

from asyndm.catalogue import Catalogue
from asyndm.errors import ModelError
from asyndm.header_cache import FoundFile, HeaderCache
from asyndm.model_files import check_taken_as, kind_sentence
from asyndm.model_scan import is_file
from asyndm.sources import Sources
from asyndm.tool_folders import INDEX_FILE, PICKLE_SUFFIXES, WEIGHTS_SUFFIXES, contents
from asyndm.weight_files import sha256

_USABLE = ("model", "lora", "embedding", "vae", "text_encoder")
_QUICK_BYTES = 512 << 20  # a second or two of reading


def add_source(catalogue: Catalogue, path: Path, taken_as: str = "") -> list[str]:
    """Add a folder or a file; it stays where it is.

    A file's SHA-256 is recorded at once if it is small; that of a large one is recorded by the
    first ``verify``, which reads all of it anyway.

    Args:
        catalogue: keeps the list of what was added.
        path: of a folder with models (another tool's, say), a model folder, or a safetensors file.
        taken_as: of a file: the architecture it is, or a folder with its settings; "" = as its
            tensors say.

    Returns:
        The names of the models and files that are known now and were not before.

    Raises:
        ModelError: there is nothing at that place that can be used.
    """
    sources = _sources(catalogue)
    path = path.expanduser().absolute()
    if taken_as and Path(taken_as).expanduser().is_dir():
        taken_as = str(Path(taken_as).expanduser().absolute())
    if is_file(path):
        _check_file(path, taken_as)
    else:
        _check_folder(path, taken_as)
    before = _names(catalogue)
    sources.add(path, taken_as)
    if is_file(path) and path.stat().st_size <= _QUICK_BYTES:
        sources.set_checksum(path, sha256(path, lambda _: None))
    return [name for name in _names(catalogue) if name not in before]


def remove_source(catalogue: Catalogue, name_or_path: str) -> Path:
    """Forget something that was added; nothing on the disk is deleted.

    Args:
        catalogue: keeps the list of what was added.
        name_or_path: the path that was added, or the name of a model or file that was.

    Returns:
        The path that was forgotten.

    Raises:
        ModelError: it was not added by the person.
    """
    sources = _sources(catalogue)
    there = catalogue.scan()
    files = {found.name: found.path for found in there.files}
    path = {**files, **there.models}.get(name_or_path)
    if path is None:
        path = Path(name_or_path).expanduser().absolute()
    if sources.remove(path):
        return path
    for source in sources.all():
        if path.is_relative_to(source.path):
            raise ModelError(
                f"{name_or_path} is in the added folder {source.path}; forget that folder with "
                f"models remove {source.path}, or delete the model there yourself."
            )
    raise ModelError(
        f"{name_or_path} was not added with models add; if it is in {catalogue.folders[-1]}, "
        "delete it there yourself."
    )


def _sources(catalogue: Catalogue) -> Sources:
    if catalogue.sources is None:
        raise ModelError("This catalogue keeps no list of added models.")
    return catalogue.sources


def _names(catalogue: Catalogue) -> list[str]:
    there = catalogue.scan()
    return [*there.models, *(found.name for found in there.files)]


def _check_file(path: Path, taken_as: str) -> None:
    """Refuse a file that cannot be used."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise ModelError(
            f"{path.name} is a pickled file, which can run any program when it is loaded; get it "
            "in the safetensors format."
        )
    if path.suffix.lower() not in WEIGHTS_SUFFIXES:
        raise ModelError(f"{path.name} is neither a safetensors nor a GGUF file.")
    found = HeaderCache().look(path)
    if found is None:
        raise ModelError(f"There is no file {path}.")
    if found.damaged or found.identity.kind not in _USABLE:
        raise ModelError(kind_sentence(found))
    _check_said(found, taken_as)


def _check_said(found: FoundFile, taken_as: str) -> None:
    if found.identity.kind == "model":
        check_taken_as(found, taken_as)
    elif taken_as:
        raise ModelError(f"{kind_sentence(found).rstrip('.')}, so --as does not apply.")


def _check_folder(path: Path, taken_as: str) -> None:
    """Refuse a folder with nothing in it that can be used."""
    if not path.is_dir():
        raise ModelError(f"There is no file or folder {path}.")
    if taken_as:
        raise ModelError("--as says what one file is; a folder has its own settings.")
    if (path / INDEX_FILE).is_file():
        return
    there = contents(path)
    if not there.models and not there.weights:
        what = "only pickled files, which are refused" if there.pickles else "no models"
        raise ModelError(
            f"The folder {path} holds {what}; models are safetensors files or folders."
        )
