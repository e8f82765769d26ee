"""Parts for tests of the models in the window: real folders, a real catalogue."""

import shutil
from pathlib import Path

from app.model_link import ModelLink
from app.models.model_library import Entry
from asyndm.catalogue import installed_models_folder
from tests.app.studio import Bench

REPO = "some-lab/tiny-sd"
UNET = "unet/diffusion_pytorch_model.safetensors"


def install(folder: Path, name: str) -> Path:
    """Copy a model into the folder of installed models."""
    target = installed_models_folder() / name
    shutil.copytree(folder, target)
    return target


def started(bench: Bench) -> ModelLink:
    """The models of a window that has looked them up."""
    bench.workspace.start(None)
    link = bench.workspace.models
    bench.wait_for(lambda: bench.run.engine == "ready" and link.library.models)
    return link


def entry(link: ModelLink, name: str) -> Entry:
    """An entry of the list."""
    return next(entry for entry in link.library.entries if entry.name == name)


def choose(link: ModelLink, name: str) -> None:
    """Choose the row of an entry in the dialog."""
    assert link.dialog is not None
    names = [entry.name for entry in link.library.entries]
    link.dialog.table.selectRow(names.index(name))
