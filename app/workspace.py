"""Everything behind the first frame: document, canvas, engine, runs and files, and their wiring.

Built after the window was painted for the first time, because it needs numpy and OpenCV and
starts the engine process, none of which the first frame has to wait for.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction

from app import action_states
from app.brush_link import BrushLink
from app.canvas.canvas_view import CanvasView
from app.canvas.colour_maps import level_colours
from app.canvas_link import CanvasLink
from app.dialogs.file_dialogs import FileDialogs
from app.dialogs.image_dialogs import ImageDialogs
from app.document_files import DocumentFiles
from app.edit_lock import EditLock
from app.file_link import FileLink
from app.history_link import HistoryLink
from app.image_link import ImageLink
from app.jobs.background import Background
from app.jobs.document_work import DocumentWork
from app.jobs.engine_client import WORKER, EngineClient
from app.jobs.tile_work import TileWork
from app.layer_link import LayerLink
from app.main_window import MainWindow
from app.model_link import ModelLink
from app.models.brush_model import BrushModel
from app.models.document_model import DocumentModel
from app.models.generation_model import GenerationModel
from app.models.run_model import RunModel
from app.region_link import RegionLink
from app.repair_source import RepairSource
from app.run_control import RunControl
from app.selection_link import SelectionLink
from app.settings import Settings
from app.tools.tool_box import ToolBox
from app.transform_link import TransformLink
from app.widgets.hold_key import HoldKey
from app.window_state import WindowState
from asyndm.catalogue import Catalogue

_LEGEND_STEPS = 9


class Workspace(QObject):
    """Owns what the window works with.

    Args:
        window, actions, settings: made before the first frame.
        generation, run, brush: the models that the panels show.
        dialogs: questions about files.
        worker: command that starts the engine process.
    """

    def __init__(
        self,
        window: MainWindow,
        actions: Mapping[str, QAction],
        settings: Settings,
        generation: GenerationModel,
        run: RunModel,
        brush: BrushModel,
        dialogs: FileDialogs,
        worker: Sequence[str] = WORKER,
    ) -> None:
        super().__init__(window)
        self._window, self._actions, self._settings = window, actions, settings
        self._generation, self.run = generation, run
        # A large picture takes long to save; a run need not wait for it.
        self._background, self._file_work = Background(self), Background(self)
        self._catalogue = Catalogue()
        self.document = DocumentModel(self)
        self.engine = EngineClient(self, worker)
        self.canvas = CanvasView(window)
        self.canvas.set_model(self.document)
        self.control = RunControl(
            generation, run, self.document, self.engine, self._catalogue, self._background, self
        )
        self.control.set_surface(self.canvas)
        self.files = DocumentFiles(self.document, run, settings, self._file_work, dialogs, self)
        self._mask_work, self._layer_work = Background(self), Background(self)
        self.tile_work = TileWork(self.document, self._mask_work, self)
        self.tile_work.failed.connect(self.control.refuse)
        self.file_link = FileLink(
            window,
            self.canvas,
            self.document,
            run,
            self.files,
            dialogs,
            settings,
            actions,
            self.tile_work,
        )
        self.tools = ToolBox(actions, self.canvas.set_tool, self)
        self.tools.tool_changed.connect(window.tool_options.show_tool)
        self.link = CanvasLink(self.canvas, self.document, window, actions)
        self.tools.refused.connect(self.control.refuse)
        self.brushes = BrushLink(brush, self.document, window, actions, self.tools, self.tile_work)
        self.selection = SelectionLink(self.tile_work, self.document, window, actions, self.tools)
        self.document_work = DocumentWork(self.document, run, self)
        self.document_work.failed.connect(self.control.refuse)
        self.layers = LayerLink(
            self.document,
            self.document_work,
            self._layer_work,
            window,
            actions,
            self.control.refuse,
        )
        window.column.add_tab(self.layers.panel, self.tr("Layers"))
        self.regions = RegionLink(
            self.tile_work, self._mask_work, self.document, generation, window, actions
        )
        self.regions.regions_wanted.connect(self.link.show_regions)
        window.column.add_tab(self.regions.panel, self.tr("Regions"))
        self.history = HistoryLink(window, self.document, run, self.files, settings)
        self.image = ImageLink(
            self.document, self.document_work, generation, actions, ImageDialogs(window), self
        )
        self.image.regions_moved.connect(self.link.show_regions, Qt.ConnectionType.QueuedConnection)
        self.transforms = TransformLink(
            self.document_work, self.canvas, self.image.change_canvas, window, self.tools
        )
        EditLock(self.document, (self.canvas, window.column.tabs, window.tool_options), self)
        # A catalogue of its own: it is used on other threads than that of the runs.
        self.models = ModelLink(Catalogue(), generation, window, actions)
        self._repair = RepairSource(generation, self.document, self)
        action_states.connect(actions, self.document, run, generation)
        self._connect_actions()
        self._connect_window()
        self._state = WindowState(window, self.canvas, self.document, run, generation, self)
        window.message_bar.retry_clicked.connect(self.control.retry)

    def start(self, path: Path | None) -> None:
        """Begin to work: open a picture if one is named, and start the engine."""
        if path is not None:
            self.files.open(path)
        self.history.start()
        self.models.start()

    def close(self) -> None:
        """End the engine and all background work."""
        self.engine.stop()
        self.models.close()
        self.file_link.close()
        self.files.close()
        self._mask_work.wait()
        self._layer_work.wait()
        self.document_work.close()
        self.control.close()
        self.history.close()
        self.document.close()

    def _preload(self, model: str) -> None:
        """Load the model of a mode while its settings are being made."""
        if model:
            self.engine.preload(model)

    def _connect_actions(self) -> None:
        actions, control = self._actions, self.control
        for name, slot in (
            ("undo", self.document.undo),
            ("redo", self.document.redo),
            ("run", control.start),
            ("cancel", control.cancel),
            ("accept", control.accept),
            ("discard", control.discard),
            ("previous", lambda: control.show_next(-1)),
            ("next", lambda: control.show_next(1)),
        ):
            # A lambda keeps the "checked" argument away from slots with optional arguments.
            actions[name].triggered.connect(lambda _=False, slot=slot: slot())
        for name in ("hide_panels", "previous", "next"):
            self.canvas.addAction(actions[name])
        actions["hide_panels"].toggled.connect(self._window.hide_panels)
        actions["show_levels"].toggled.connect(control.set_show_levels)
        control.set_show_levels(actions["show_levels"].isChecked())

    def _connect_window(self) -> None:
        window = self._window
        window.start_page.generate_clicked.connect(self._begin_generating)
        self.models.ready.connect(self.engine.start)
        self.models.work.failed.connect(self.control.say)
        self.models.model_changed.connect(self._preload)
        window.result_bar.before_held.connect(self.control.show_before)
        HoldKey(Qt.Key.Key_C, self).held.connect(self.control.show_before)
        colours = level_colours()
        places = [round(255 * k / (_LEGEND_STEPS - 1)) for k in range(_LEGEND_STEPS)]
        window.tool_strip.set_level_colours(
            ["#{:02x}{:02x}{:02x}".format(*(int(v) for v in colours[k])) for k in places]
        )

    def _begin_generating(self) -> None:
        self._generation.mode = "generate"
        self._window.column.prompt.prompt.setFocus()
