"""The models there are and what goes on with them, as the window shows it; nothing is read here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property
from app.models.run_model import Message
from asyndm.architecture import Kind
from asyndm.header_cache import FoundFile
from asyndm.hub import DownloadProgress, RepoInfo
from asyndm.model_info import ModelInfo
from asyndm.request import Task

Origin = Literal["embedded", "installed", "added"]
Transfer = Literal["idle", "asking", "fetching", "stopping"]


@dataclass(frozen=True)
class Entry:
    """A model, or another file for models, as the list shows it.

    Attributes:
        name: in the catalogue. title: for people. description: a sentence, or "".
        kind: model, lora, embedding and so on. tasks: of a model.
        family: of another file: what it is made for, or "".
        size_bytes: of all its files. licence: its name, or "unknown".
        path: folder or file. origin: comes with the application, lies in its folder, or was added
            where it is. source: of an added one, what was added: it or a folder around it.
        problem: why it cannot be used, or "".
        architecture: of a model in one file, what it is taken for. possible: what it can be.
    """

    name: str
    title: str
    description: str
    kind: Kind
    tasks: tuple[Task, ...]
    family: str
    size_bytes: int
    licence: str
    path: Path
    origin: Origin
    source: Path | None = None
    problem: str = ""
    architecture: str = ""
    possible: tuple[str, ...] = ()


class ModelLibrary(QObject):
    """What is known about models; ``app.jobs.library_work`` fills it.

    Attributes:
        models: that can be read. defaults: the model of each task if none is chosen.
        missing: of each task without a model, a sentence on what to install.
        loras, embeddings: files with a LoRA or a textual inversion.
        entries: everything, for the list. remarks: sentences about what was left out.
        activity: what is going on with files, or "". share: how much of it is done, or None.
        message: how the last thing ended.
        transfer: what is going on with the hub. offer: what a download would bring, or None.
        progress: of the download, or None. wants_token: whether the hub asked for one.
    """

    models = Property[tuple[ModelInfo, ...]](())
    models_changed = Signal(object)
    defaults = Property[Mapping[Task, str]]({})
    defaults_changed = Signal(object)
    missing = Property[Mapping[Task, str]]({})
    missing_changed = Signal(object)
    loras = Property[tuple[FoundFile, ...]](())
    loras_changed = Signal(object)
    embeddings = Property[tuple[FoundFile, ...]](())
    embeddings_changed = Signal(object)
    entries = Property[tuple[Entry, ...]](())
    entries_changed = Signal(object)
    remarks = Property[tuple[str, ...]](())
    remarks_changed = Signal(object)
    activity = Property("")
    activity_changed = Signal(str)
    share = Property[float | None](None)
    share_changed = Signal(object)
    message = Property[Message | None](None)
    message_changed = Signal(object)
    transfer: Property[Transfer] = Property("idle")
    transfer_changed = Signal(str)
    offer = Property[RepoInfo | None](None)
    offer_changed = Signal(object)
    progress = Property[DownloadProgress | None](None)
    progress_changed = Signal(object)
    wants_token = Property(False)
    wants_token_changed = Signal(bool)

    def find(self, name: str) -> ModelInfo | None:
        """The model of a name, if it is known."""
        return next((info for info in self.models if info.name == name), None)

    def able(self, task: Task) -> list[ModelInfo]:
        """The models that can do a task."""
        return [info for info in self.models if task in info.tasks]
