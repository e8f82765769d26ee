"""The models in the window: which one does the work, the dialog with all, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.models_dialog import ModelsDialog
from app.jobs.library_work import LibraryWork
from app.jobs.mode_models import ADVICE
from app.models.generation_model import MODES
from app.models.model_library import ModelLibrary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QAction

    from app.main_window import MainWindow
    from app.models.generation_model import GenerationModel
    from asyndm.catalogue import Catalogue
    from asyndm.header_cache import FoundFile
    from asyndm.model_info import ModelInfo

_PIPELINES = (
    ("sd1", "StableDiffusion"),
    ("sd2", "StableDiffusion"),
    ("sdxl", "StableDiffusionXL"),
    ("sd3", "StableDiffusion3"),
    ("flux", "Flux"),
)
"""How the architecture of a LoRA begins, and the pipelines that it is for."""


class ModelLink(QObject):
    """Offers the models that a mode can use, and keeps the choice possible.

    Args:
        catalogue: used on threads of its own; the run has another one.
        generation: the settings, with the chosen model.
        window, actions: of the program.

    Attributes:
        library: what is known. work: fills it.
        dialog: with all models, or None before it was wanted.

    Signals:
        ready: the models were looked up for the first time; name of the one that a run would use.
        model_changed: name of the model that a run would use now, which may be "".
    """

    ready = Signal(str)
    model_changed = Signal(str)

    def __init__(
        self,
        catalogue: Catalogue,
        generation: GenerationModel,
        window: MainWindow,
        actions: Mapping[str, QAction],
    ) -> None:
        super().__init__(window)
        self._generation, self._window = generation, window
        self.library = ModelLibrary(self)
        self.work = LibraryWork(self.library, catalogue, MODES, self)
        self.dialog: ModelsDialog | None = None
        self._wanted, self._is_ready = generation.model, False
        self._told: str | None = None
        prompt = window.column.prompt
        prompt.model_line.manage_clicked.connect(self.show_dialog)
        prompt.missing.download_clicked.connect(self._offer_advice)
        prompt.missing.add_clicked.connect(self.show_dialog)
        actions["models"].triggered.connect(lambda _=False: self.show_dialog())
        self.work.refreshed.connect(self._on_refreshed)
        generation.mode_changed.connect(self._on_mode)
        generation.model_changed.connect(self._on_model)

    @property
    def in_use(self) -> ModelInfo | None:
        """The model that a run would use now."""
        name = self._generation.model or self.library.defaults.get(self._generation.mode, "")
        return self.library.find(name)

    def start(self) -> None:
        """Look the models up."""
        self.work.refresh()

    def close(self) -> None:
        """End all work."""
        self.work.close()

    def show_dialog(self) -> ModelsDialog:
        """Show all models; the dialog stays open while one works."""
        if self.dialog is None:
            self.dialog = ModelsDialog(self.library, self._window)
            box, work = self.dialog.box, self.work
            self.dialog.add_wanted.connect(work.add)
            self.dialog.kind_said.connect(lambda entry, name: work.add(entry.path, name))
            self.dialog.verify_wanted.connect(work.verify)
            self.dialog.remove_wanted.connect(work.remove)
            box.look_up_wanted.connect(work.describe)
            box.download_wanted.connect(work.download)
            box.cancel_wanted.connect(work.cancel)
        self.work.look()
        self.dialog.show()
        self.dialog.activateWindow()
        return self.dialog

    def _offer_advice(self) -> None:
        """Look up the model that is proposed for the present mode."""
        box = self.show_dialog().box
        advice = ADVICE.get(self._generation.mode)
        if advice is not None and self.library.transfer == "idle":
            box.prefer(advice.repository)
            self.work.describe(advice.repository)

    def _on_refreshed(self) -> None:
        self._generation.clipless = frozenset(
            info.name for info in self.library.models if info.pipeline.startswith("Flux")
        )
        self._on_mode()
        if not self._is_ready:
            self._is_ready = True
            self.ready.emit(self._told or "")

    def _on_mode(self) -> None:
        """A model that cannot do what the mode is for is put aside until it can again."""
        able = {info.name for info in self.library.able(self._generation.mode)}
        unknown = self.library.find(self._wanted) is None
        wanted = self._wanted
        self._generation.model = wanted if wanted in able or unknown else ""
        self._wanted = wanted
        self._show()

    def _on_model(self, name: str) -> None:
        self._wanted = name
        self._show()

    def _show(self) -> None:
        mode, library, column = self._generation.mode, self.library, self._window.column
        default = library.find(library.defaults.get(mode, ""))
        column.prompt.model_line.set_models(
            [(info.name, info.title or info.name, info.description) for info in library.able(mode)],
            "" if default is None else default.title or default.name,
        )
        column.prompt.missing.show_missing(
            library.missing.get(mode, "") if self._generation.model == "" else "",
            self._meanwhile(),
            can_download=mode in ADVICE,
        )
        self._show_samplers()
        column.advanced.adapters.set_offer(
            self._fitting(library.loras), self._fitting(library.embeddings)
        )
        name = "" if self.in_use is None else self.in_use.name
        if name != self._told:
            self._told = name
            self.model_changed.emit(name)

    def _show_samplers(self) -> None:
        """Offer those of the model in use; another one would be refused."""
        info, generation = self.in_use, self._generation
        if info is None:
            return
        self._window.column.advanced.set_samplers(info.samplers)
        if generation.sampler is not None and generation.sampler not in info.samplers:
            generation.sampler = None

    def _fitting(self, files: Sequence[FoundFile]) -> list[str]:
        """Names of those that may fit the model in use; where it is not known, all do."""
        info = self.in_use
        if info is None:
            return []
        names = [file.name for file in files if may_fit(file.identity.architecture, info.pipeline)]
        return list(dict.fromkeys(names))

    def _meanwhile(self) -> str:
        """Which modes can be used at once, and with what."""
        names = self._window.column.prompt.mode_names
        able = [mode for mode in MODES if mode in self.library.defaults]
        infos = [self.library.find(self.library.defaults[mode]) for mode in able]
        titles = [info.title or info.name for info in infos if info is not None]
        if not titles:
            return ""
        return self.tr("Ready at once: {0}, with {1}.").format(
            ", ".join(names[mode] for mode in able), titles[0]
        )


def may_fit(architecture: str, pipeline: str) -> bool:
    """Whether a file for an architecture may be for a pipeline; yes where it is not known."""
    for start, family in _PIPELINES:
        if architecture.startswith(start):
            rest = pipeline.removeprefix(family)
            return rest != pipeline and not rest.startswith(("XL", "3"))
    return True
