"""Everything the catalogue knows, as entries of the list of models. No Qt and no torch."""

from pathlib import Path

from app.models.model_library import Entry, Origin
from asyndm.architecture import ARCHITECTURES, VELOCITY_NAMES, VELOCITY_SUFFIX
from asyndm.catalogue import EMBEDDED, Catalogue
from asyndm.errors import ModelError
from asyndm.header_cache import FoundFile
from asyndm.model_files import possible_architectures
from asyndm.model_info import ModelInfo

_OTHERS = ("lora", "embedding", "vae", "text_encoder")


def read_entries(catalogue: Catalogue) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Look at all models and other files; it reads folders and headers.

    Args:
        catalogue: what to look at.

    Returns:
        The entries, models first; and sentences about what was left out.
    """
    scan = catalogue.scan()
    faults = catalogue.faults(scan)
    infos = {info.path: info for info in catalogue.models()}
    sources = _sources(catalogue)
    entries = []
    for name, path in scan.models.items():
        origin, source = _origin(path, catalogue, sources)
        known = infos.get(path)
        if known is not None:
            entries.append(_of_model(known, origin, source, faults.get(name, "")))
        else:
            problem = faults.get(name, "")
            entries.append(
                Entry(name, name, "", "model", (), "", 0, "unknown", path, origin, source, problem)
            )
    for found in scan.files:
        if found.identity.kind in _OTHERS:
            entries.append(_of_file(found, *_origin(found.path, catalogue, sources)))
    return tuple(entries), tuple(scan.remarks)


def _of_model(info: ModelInfo, origin: Origin, source: Path | None, problem: str) -> Entry:
    description = " ".join(text for text in (info.description, info.note) if text)
    return Entry(
        info.name,
        info.title or info.name,
        description,
        "model",
        info.tasks,
        "",
        info.size_bytes,
        info.licence,
        info.path,
        origin,
        source,
        problem,
        _taken_as(info),
        possible_architectures(info.architecture) if info.architecture else (),
    )


def _taken_as(info: ModelInfo) -> str:
    """What a model file is taken for, with what it predicts where that makes another name."""
    name = info.architecture + VELOCITY_SUFFIX
    return name if name in VELOCITY_NAMES and info.prediction_type[0] == "v" else info.architecture


def _of_file(found: FoundFile, origin: Origin, source: Path | None) -> Entry:
    architecture = found.identity.architecture
    return Entry(
        found.name,
        found.name,
        "",
        found.identity.kind,
        (),
        ARCHITECTURES.get(architecture, architecture),
        found.size_bytes,
        "unknown",
        found.path,
        origin,
        source,
        found.identity.problem,
    )


def _sources(catalogue: Catalogue) -> list[Path]:
    """What the person added; a damaged list is told by the remarks."""
    try:
        return [source.path for source in catalogue.sources.all()] if catalogue.sources else []
    except ModelError:
        return []


def _origin(path: Path, catalogue: Catalogue, sources: list[Path]) -> tuple[Origin, Path | None]:
    """Where a model is from, and what was added to have it."""
    if path.is_relative_to(EMBEDDED):
        return "embedded", None
    if any(path.is_relative_to(folder) for folder in catalogue.folders):
        return "installed", None
    around = [source for source in sources if path.is_relative_to(source)]
    return "added", min(around, key=lambda source: len(source.parts), default=None)
