"""A whole window for tests, with the scripted engine process and answers instead of dialogs."""

import gc
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from app import menus
from app.dialogs.file_dialogs import Answer, Dropped, FileDialogs, Layers
from app.dialogs.saving_dialog import SavingDialog
from app.document_writing import ExportChoice
from app.jobs.background import Background
from app.main_window import MainWindow
from app.models.brush_model import BrushModel
from app.models.generation_model import GenerationModel
from app.models.run_model import RunModel
from app.models.words_model import WordsModel
from app.settings import Settings
from app.workspace import Workspace
from editing.brush import Stroke
from editing.document import Document

SCRIPT = str(Path(__file__).with_name("scripted_worker.py"))
WORKER = ("-c", f"import runpy; runpy.run_path({SCRIPT!r}, run_name='__main__')")
PATIENCE_MS = 30_000


class Answers(FileDialogs):
    """Gives the answers that a test has laid out, and counts the questions."""

    def __init__(self) -> None:
        self._parent = None
        self.open_path: Path | None = None
        self.save_path: Path | None = None
        self.unsaved: Answer = "cancel"
        self.layers: Layers = "cancel"
        self.dropped: Dropped = "open"
        self.export: tuple[Path, ExportChoice] | None = None
        self.saving: SavingDialog | None = None
        self.questions: list[str] = []

    def ask_open(self, folder: str) -> Path | None:  # noqa: ARG002
        self.questions.append("open")
        return self.open_path

    def ask_save(self, proposal: Path) -> Path | None:
        self.questions.append(f"save {proposal.name}")
        return self.save_path

    def ask_unsaved(self, name: str) -> Answer:
        self.questions.append(f"unsaved {name}")
        return self.unsaved

    def ask_layers(self, name: str) -> Layers:
        self.questions.append(f"layers {name}")
        return self.layers

    def ask_dropped(self, name: str) -> Dropped:
        self.questions.append(f"dropped {name}")
        return self.dropped

    def ask_export(
        self,
        document: Document,  # noqa: ARG002
        proposal: Path,
        background: Background,  # noqa: ARG002
    ) -> tuple[Path, ExportChoice] | None:
        self.questions.append(f"export {proposal.name}")
        return self.export

    def show_saving(self, name: str) -> SavingDialog:
        self.saving = super().show_saving(name)
        return self.saving


class Bench:
    """The parts of a window, as ``app.application`` puts them together."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self._owner = QObject()
        self.settings = Settings(folder / "settings.json")
        self.dialogs = Answers()
        self.generation, self.run, self.brush = GenerationModel(), RunModel(), BrushModel()
        self.words = WordsModel(self.generation, lambda _: [])
        self.window = MainWindow(self._actions())
        self.window.column.set_models(self.generation, self.words, self.run)
        self.window.tool_strip.set_model(self.brush)
        self.workspace = Workspace(
            self.window,
            self.actions,
            self.settings,
            self.generation,
            self.run,
            self.brush,
            self.dialogs,
            WORKER,
        )
        self.window.column.timing.activate()
        self.document = self.workspace.document
        self.generation.seed, self.generation.steps = 7, 3
        # A picture of one colour would take on the colour of its surroundings.
        self.generation.match_colour = False

    def _actions(self) -> dict[str, QAction]:
        self.actions = menus.build(self._owner)
        return self.actions

    def close(self) -> None:
        """End all, and let go of what the objects hold.

        Connected lambdas keep their objects alive after Qt has deleted them, and a timer that
        outlives its C++ part cannot be asked whether it runs.
        """
        window = self.window
        window.may_close = lambda: True
        window.close()
        self.workspace.close()
        self.__dict__.clear()
        for part in (window, *window.findChildren(QObject)):
            vars(part).clear()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        del window
        gc.collect()

    def wait_for(self, condition: Callable[[], object]) -> None:
        # A condition that returns None would count as met.
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def open(self, path: Path) -> None:
        self.workspace.files.open(path)
        self.wait_for(lambda: self.document.document and self.document.document.path == path)

    def paint(self, x: float, y: float, radius: float = 6) -> None:
        self.brush.set_radius(radius)
        assert self.document.document is not None
        self.document.begin_stroke(
            Stroke(self.document.document, self.workspace.brushes.brush_tool.brush)
        )
        self.document.stroke_to(x, y)
        self.document.end_stroke()

    def run_to(self, state: str) -> None:
        self.actions["run"].trigger()
        self.wait_for(lambda: self.run.state == state or self.run.message is not None)
        assert self.run.state == state, self.run.message
