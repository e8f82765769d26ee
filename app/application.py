"""Starts the window: first what can be seen, then what it works with.

The first frame needs Qt alone. Numpy, OpenCV, the canvas and the engine process come after it
(``app.workspace``), so that the window appears at once. This process never imports torch.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from app import action_states, brush_memory, first_frame, menus, pyside_guard, theme
from app.dialogs.shortcuts_dialog import ShortcutsDialog
from app.main_window import MainWindow
from app.models.brush_model import BrushModel
from app.models.generation_model import GenerationModel
from app.models.run_model import RunModel
from app.models.words_model import WordsModel
from app.settings import Settings, SettingsError, default_path
from app.shortcuts import Shortcuts
from app.widgets.seed_field import random_seed

if TYPE_CHECKING:
    from app.workspace import Workspace

_REMEMBERED = (
    "concavity",
    "steps",
    "guidance",
    "seed_locked",
    "mask_smoothing",
    "minimum_area",
)
_SWITCHES = ("show_mask", "show_levels")


def run(arguments: Sequence[str] = ()) -> int:
    """Show the window until it is closed.

    Args:
        arguments: of the command line; the first one is a picture to open.

    Returns:
        The exit code: 0, or 2 if this installation cannot run the window.
    """
    problem = pyside_guard.check() or _missing_display()
    if problem is not None:
        sys.stderr.write(problem + "\n")
        return 2
    # Ctrl+C in the terminal ends the program; Qt's loop would never come to Python's handler.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Every point of a stroke counts; X11 would merge mouse moves that come fast.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("AsynDM Studio")
    application.setDesktopFileName("asyndm-studio")
    theme.apply(application)
    path = Path(arguments[0]) if arguments else None
    studio = Studio(Settings(default_path()), path)
    studio.window.show()
    code = application.exec()
    studio.close()
    return code


class Studio(QObject):
    """The window, its models and its settings, and later the workspace.

    Args:
        settings: what is remembered.
        path: a picture to open at first.
    """

    def __init__(self, settings: Settings, path: Path | None = None) -> None:
        super().__init__()
        self.workspace: Workspace | None = None
        self._settings, self._path = settings, path
        self.actions = menus.build(self)
        self.generation, self.run, self.brush = GenerationModel(), RunModel(), BrushModel()
        self.words = WordsModel(self.generation, _find_words, self)
        self._shortcuts = Shortcuts(self.actions, settings, self)
        self._restore()
        self.window = MainWindow(self.actions)
        self.window.column.set_models(self.generation, self.words, self.run)
        self.window.tool_strip.set_model(self.brush)
        self.window.column.section.set_open(settings.get("show_advanced"))
        self.window.set_recent(settings.get("recent_files"))
        self.window.restore_place(settings.get("window_geometry"))
        self.actions["quit"].triggered.connect(self.window.close)
        self.actions["shortcuts"].triggered.connect(self._show_shortcuts)
        self.actions["about"].triggered.connect(self._show_about)
        for name in action_states.NEEDS_WORKSPACE:
            self.actions[name].setEnabled(False)
        self.window.first_frame.connect(self._on_first_frame)

    def close(self) -> None:
        """Remember the settings and end all processes and threads."""
        if self.workspace is not None:
            self.workspace.close()
        self._store()

    def _on_first_frame(self) -> None:
        if first_frame.is_wanted():
            sys.stdout.write(first_frame.report())
            sys.stdout.flush()
            QTimer.singleShot(0, self.window.close)
            return
        from app.dialogs.file_dialogs import FileDialogs
        from app.workspace import Workspace

        self.workspace = Workspace(
            self.window,
            self.actions,
            self._settings,
            self.generation,
            self.run,
            self.brush,
            FileDialogs(self.window),
        )
        self.window.column.timing.activate()
        self.window.restore_arrangement(self._settings.get("window_arrangement"))
        self.workspace.start(self._path)
        QTimer.singleShot(0, self.words.activate)

    def _restore(self) -> None:
        settings = self._settings
        for name in _REMEMBERED:
            setattr(self.generation, name, settings.get(name))
        self.generation.seed = random_seed()
        brush_memory.recall(settings, self.brush)
        for name in _SWITCHES:
            self.actions[name].setChecked(settings.get(name))
        self.actions["brush"].setChecked(True)

    def _store(self) -> None:
        settings = self._settings
        for name in _REMEMBERED:
            settings.set(name, getattr(self.generation, name))
        brush_memory.remember(settings, self.brush)
        for name in _SWITCHES:
            settings.set(name, self.actions[name].isChecked())
        settings.set("show_advanced", self.window.column.section.button.isChecked())
        settings.set("window_geometry", self.window.place_as_text())
        if self.workspace is not None:
            settings.set("window_arrangement", self.window.arrangement_as_texts())
        try:
            settings.write()
        except SettingsError as error:
            sys.stderr.write(f"{error}\n")

    def _show_shortcuts(self) -> None:
        ShortcutsDialog(self._shortcuts, self.window).open()

    def _show_about(self) -> None:
        QMessageBox.about(
            self.window,
            self.tr("About AsynDM Studio"),
            self.tr(
                "AsynDM Studio redoes one region of a picture by asynchronous denoising: the "
                "region is decided last, when everything around it is already clear "
                "(arXiv:2510.04504)."
            ),
        )


def _missing_display() -> str | None:
    """A sentence if there is nothing to show a window on; Qt itself would abort."""
    if not sys.platform.startswith("linux") or "QT_QPA_PLATFORM" in os.environ:
        return None
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return None
    return (
        "There is no display to open a window on (DISPLAY is not set); the command line works "
        "without one, see --help."
    )


def _find_words(prompt: str) -> list[str]:
    """Texts of the object words; imported late, because it loads a lexicon."""
    from asyndm.words import object_words

    return [word.text for word in object_words(prompt)]
