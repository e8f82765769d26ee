"""The commands ``models list``, ``info``, ``verify``, ``add`` and ``remove``."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.command_download import run_download
from app.command_models_add import add_local, remove_local
from asyndm.architecture import ARCHITECTURES, Kind
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.errors import ModelError
from asyndm.hub import is_reference
from asyndm.model_checks import has_checksum

_OTHER_KINDS: tuple[Kind, ...] = ("lora", "embedding", "vae", "text_encoder")


def run_models(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    """Run one of the commands.

    Returns:
        The exit code: 1 if a check found something or a download failed, 130 if it was cancelled,
        else 0.

    Raises:
        ModelError: the model is unknown, or what is to be added cannot be used.
    """
    return _ACTIONS[arguments.action](arguments, catalogue)


def _add(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    """From this machine, or from a hub."""
    if arguments.source.startswith((".", "~")) or not is_reference(arguments.source):
        return add_local(arguments.source, arguments.taken_as or "", catalogue)
    if arguments.taken_as:
        raise ModelError(
            "--as is for a file on this machine: download it without, then add the file with --as."
        )
    return run_download(arguments)


def _remove(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    return remove_local(arguments.name, catalogue)


def _list(_: argparse.Namespace, catalogue: Catalogue) -> int:
    rows = [("NAME", "KIND", "TASKS", "PIXELS", "MB", "LICENCE", "TITLE")]
    rows += [
        (
            info.name,
            "folder" if info.settings is None else "file",
            ",".join(info.tasks),
            str(info.native_size),
            f"{info.size_bytes / 1e6:.1f}",
            info.licence,
            info.title,
        )
        for info in catalogue.models()
    ]
    _print_table(rows)
    others = [
        (found.name, kind.replace("_", " "), found.identity.architecture or "unknown",
         f"{found.size_bytes / 1e6:.1f}", str(found.path))
        for kind in _OTHER_KINDS
        for found in catalogue.files(kind)
    ]  # fmt: skip
    if others:
        sys.stdout.write("\n")
        _print_table([("NAME", "KIND", "FOR", "MB", "FILE"), *others])
    for problem in catalogue.problems():
        sys.stderr.write(f"Note: {problem}\n")
    return 0


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _info(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    info = catalogue.find(arguments.name)
    facts = {
        "Name": info.name,
        "Title": info.title,
        "Description": info.description,
        "Tasks": ", ".join(info.tasks),
        "Pipeline": info.pipeline,
        "Architecture": ARCHITECTURES.get(info.architecture, ""),
        "Native size": f"{info.native_size} x {info.native_size} pixels",
        "Latents": f"{info.latent_channels} channels, {info.latent_factor} pixels each way",
        "Prediction": info.prediction_type,
        "Size": f"{info.size_bytes / 1e6:.1f} MB",
        "Licence": info.licence,
        "Hash": catalogue.model_hash(info),
        "Folder" if info.settings is None else "File": str(info.path),
        "Note": info.note,
    } | _borrowed(info)
    for name, value in facts.items():
        if value:
            sys.stdout.write(f"{name + ':':13} {value}\n")
    return 0


def _borrowed(info: ModelInfo) -> dict[str, str]:
    """Where the parts come from that a model file lacks."""
    places = [f"{part} from {place}" for part, place in info.borrowed]
    return {"Borrows": "; ".join(places)}


def _verify(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    place = catalogue.folder_of(arguments.name)
    had_checksum = _has_checksum(place, catalogue)
    problems = catalogue.verify(place)
    for problem in problems:
        sys.stderr.write(f"{place.name}: {problem}\n")
    if problems:
        return 1
    if had_checksum:
        sentence = "every file is as it was published."
        if place.is_file():
            sentence = "every byte is as its checksum says."
    else:
        sentence = "complete and readable; it has no checksums to compare with."
        if place.is_file() and _has_checksum(place, catalogue):
            sentence = "complete and readable; its checksum is recorded for the next time."
    sys.stdout.write(f"{place.name}: {sentence}\n")
    return 0


def _has_checksum(place: Path, catalogue: Catalogue) -> bool:
    if place.is_file():
        return has_checksum(place, catalogue.sources)
    return (place / "checksums.json").exists()


_ACTIONS: dict[str, Callable[[argparse.Namespace, Catalogue], int]] = {
    "list": _list,
    "info": _info,
    "verify": _verify,
    "add": _add,
    "remove": _remove,
}
