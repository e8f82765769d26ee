"""The commands ``models list``, ``models info``, ``models add`` and ``models verify``."""

import argparse
import sys

from app.command_download import run_download
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.errors import ModelError
from asyndm.hub import is_reference


def run_models(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    """Run one of the commands.

    Returns:
        The exit code: 1 if a check found something or a download failed, 130 if it was cancelled,
        else 0.

    Raises:
        ModelError: the model is unknown.
    """
    if arguments.action == "add":
        if is_reference(arguments.source):
            return run_download(arguments)
        raise ModelError(
            f"{arguments.source!r} names no repository of a hub; write OWNER/NAME, or "
            "OWNER/NAME:FILE.safetensors."
        )
    if arguments.action == "list":
        return _list(catalogue)
    if arguments.action == "info":
        return _info(catalogue.find(arguments.name), catalogue)
    return _verify(arguments.name, catalogue)


def _list(catalogue: Catalogue) -> int:
    rows = [("NAME", "TASKS", "PIXELS", "MB", "LICENCE", "TITLE")]
    rows += [
        (
            info.name,
            ",".join(info.tasks),
            str(info.native_size),
            f"{info.size_bytes / 1e6:.1f}",
            info.licence,
            info.title,
        )
        for info in catalogue.models()
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    for problem in catalogue.problems():
        sys.stderr.write(f"Note: {problem}\n")
    return 0


def _info(info: ModelInfo, catalogue: Catalogue) -> int:
    facts = {
        "Name": info.name,
        "Title": info.title,
        "Description": info.description,
        "Tasks": ", ".join(info.tasks),
        "Pipeline": info.pipeline,
        "Native size": f"{info.native_size} x {info.native_size} pixels",
        "Latents": f"{info.latent_channels} channels, {info.latent_factor} pixels each way",
        "Prediction": info.prediction_type,
        "Size": f"{info.size_bytes / 1e6:.1f} MB",
        "Licence": info.licence,
        "Hash": catalogue.model_hash(info),
        "Folder": str(info.path),
    }
    for name, value in facts.items():
        if value:
            sys.stdout.write(f"{name + ':':13} {value}\n")
    return 0


def _verify(name: str, catalogue: Catalogue) -> int:
    folder = catalogue.folder_of(name)
    problems = catalogue.verify(folder)
    for problem in problems:
        sys.stderr.write(f"{folder.name}: {problem}\n")
    if problems:
        return 1
    has_checksums = (folder / "checksums.json").exists()
    sys.stdout.write(
        f"{folder.name}: every file is as it was published.\n"
        if has_checksums
        else f"{folder.name}: complete and readable; it has no checksums to compare with.\n"
    )
    return 0
