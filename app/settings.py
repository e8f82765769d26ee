"""What the window remembers between runs: a table of settings and their storage.

The table is the one place that says what a setting is called, what it is for and what it is at
first. The file is JSON with a version, in the user's configuration folder (platformdirs), written
by replacement, so that a crash leaves the old file or the new one.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.translation import QT_TRANSLATE_NOOP

VERSION = 1
FOLDER_VARIABLE = "ASYNDM_CONFIG_DIR"
"""Environment variable that puts the settings elsewhere, such as on a memory stick."""

RECENT_LIMIT = 8


@dataclass(frozen=True)
class Setting:
    """One row: identifier, value at first (its type is the setting's type), and what it is for."""

    id: str
    default: Any
    text: str


SETTINGS: tuple[Setting, ...] = (
    Setting("recent_files", [], QT_TRANSLATE_NOOP("settings", "Recent files, newest first")),
    Setting("last_folder", "", QT_TRANSLATE_NOOP("settings", "Folder of the last file")),
    Setting("window_geometry", "", QT_TRANSLATE_NOOP("settings", "Place and size of the window")),
    Setting(
        "window_arrangement",
        [],
        QT_TRANSLATE_NOOP("settings", "Places of the splitters and the tab that is shown"),
    ),
    Setting("shortcuts", {}, QT_TRANSLATE_NOOP("settings", "Keys that differ from the usual ones")),
    Setting("brush_radius", 12.0, QT_TRANSLATE_NOOP("settings", "Radius of the brush in pixels")),
    Setting("brush_hardness", 0.8, QT_TRANSLATE_NOOP("settings", "Hardness of the brush")),
    Setting("brush_opacity", 1.0, QT_TRANSLATE_NOOP("settings", "Opacity of the brush")),
    Setting("brush_flow", 1.0, QT_TRANSLATE_NOOP("settings", "Flow of the brush")),
    Setting("brush_spacing", 0.25, QT_TRANSLATE_NOOP("settings", "Distance between dabs in radii")),
    Setting(
        "brush_smoothing", 0.0, QT_TRANSLATE_NOOP("settings", "Smoothing of strokes in pixels")
    ),
    Setting("brush_pressure_size", True, QT_TRANSLATE_NOOP("settings", "Pressure sets the size")),
    Setting(
        "brush_pressure_opacity", False, QT_TRANSLATE_NOOP("settings", "Pressure sets the opacity")
    ),
    Setting("brush_pressure_flow", False, QT_TRANSLATE_NOOP("settings", "Pressure sets the flow")),
    Setting("brush_pressure_curve", 1.0, QT_TRANSLATE_NOOP("settings", "Exponent of pressure")),
    Setting("brush_tilt", False, QT_TRANSLATE_NOOP("settings", "Tilt sets the shape of dabs")),
    Setting(
        "paint_clone_aligned",
        True,
        QT_TRANSLATE_NOOP("settings", "The clone source keeps its distance"),
    ),
    Setting(
        "paint_clone_all", False, QT_TRANSLATE_NOOP("settings", "The clone stamp takes all layers")
    ),
    Setting("paint_gradient_shape", "linear", QT_TRANSLATE_NOOP("settings", "Shape of gradients")),
    Setting("paint_gradient_clear", False, QT_TRANSLATE_NOOP("settings", "Gradients end clear")),
    Setting("paint_gradient_opacity", 1.0, QT_TRANSLATE_NOOP("settings", "Opacity of gradients")),
    Setting("paint_tolerance", 32, QT_TRANSLATE_NOOP("settings", "Tolerance of the fill by click")),
    Setting("paint_contiguous", True, QT_TRANSLATE_NOOP("settings", "Fill what hangs together")),
    Setting(
        "paint_sample_all",
        True,
        QT_TRANSLATE_NOOP("settings", "Fill and eyedropper look at all layers"),
    ),
    Setting(
        "paint_sample_side",
        1,
        QT_TRANSLATE_NOOP("settings", "Side of the eyedropper's square in pixels"),
    ),
    Setting("colour_foreground", "#000000", QT_TRANSLATE_NOOP("settings", "Foreground colour")),
    Setting("colour_background", "#ffffff", QT_TRANSLATE_NOOP("settings", "Background colour")),
    Setting("colour_recent", [], QT_TRANSLATE_NOOP("settings", "Recent colours, newest first")),
    Setting("show_mask", True, QT_TRANSLATE_NOOP("settings", "Show the painted region")),
    Setting("show_levels", False, QT_TRANSLATE_NOOP("settings", "Show the timestep map")),
    Setting("show_advanced", False, QT_TRANSLATE_NOOP("settings", "Show the advanced settings")),
    Setting("concavity", 0.7, QT_TRANSLATE_NOOP("settings", "How late the region is decided")),
    Setting("steps", 30, QT_TRANSLATE_NOOP("settings", "Number of denoising steps")),
    Setting("guidance", 5.0, QT_TRANSLATE_NOOP("settings", "Guidance scale")),
    Setting("mask_smoothing", 0.0, QT_TRANSLATE_NOOP("settings", "How much masks of words keep")),
    Setting(
        "minimum_area", 0.0, QT_TRANSLATE_NOOP("settings", "Smallest patch of a mask of words")
    ),
    Setting("seed_locked", False, QT_TRANSLATE_NOOP("settings", "Keep the seed for the next run")),
    Setting(
        "history_megabytes", 512, QT_TRANSLATE_NOOP("settings", "Memory for undo; the rest on disk")
    ),
    Setting(
        "journal_days", 30, QT_TRANSLATE_NOOP("settings", "Days that work can be recovered for")
    ),
)


class SettingsError(Exception):
    """The settings cannot be stored: one sentence."""


def default_path() -> Path:
    """Where the settings are kept for this user."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        return Path(folder) / "settings.json"
    import platformdirs

    return platformdirs.user_config_path("asyndm-studio", appauthor=False) / "settings.json"


class Settings:
    """The values, read from a file once and written on request.

    A file that is damaged, of a newer version, or holds values of a wrong type is no reason to
    stop: the first values stand in. A file of a newer version is never overwritten.
    """

    def __init__(self, path: Path, table: Sequence[Setting] = SETTINGS) -> None:
        self._path = path
        self._table = {row.id: row for row in table}
        self._values: dict[str, Any] = {}
        self._foreign = False
        self._read()

    def get(self, name: str) -> Any:
        """The value of a setting; KeyError if the table has no such row."""
        return self._values.get(name, self._table[name].default)

    def set(self, name: str, value: Any) -> None:
        """Change a setting; TypeError if the value is not of the setting's type."""
        if not _fits(value, self._table[name].default):
            raise TypeError(f"{name} cannot be {value!r}")
        self._values[name] = value

    def add_recent(self, path: Path) -> None:
        """Put a file on top of the recent ones and remember its folder."""
        entry = str(path.resolve())
        others = [name for name in self.get("recent_files") if name != entry]
        self.set("recent_files", [entry, *others][:RECENT_LIMIT])
        self.set("last_folder", str(path.resolve().parent))

    def forget_recent(self, path: Path) -> None:
        """Take a file off the recent ones, because it is gone."""
        self.set("recent_files", [n for n in self.get("recent_files") if n != str(path)])

    def write(self) -> None:
        """Write the file, whole or not at all.

        Raises:
            SettingsError: the folder cannot be written.
        """
        if self._foreign:
            return
        text = json.dumps({"version": VERSION, **self._values}, indent=2, sort_keys=True)
        temporary = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(self._path)
        except OSError as error:
            raise SettingsError(
                f"The settings could not be stored in {self._path.parent}: {error.strerror}."
            ) from error

    def _read(self) -> None:
        try:
            record = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if not isinstance(record, dict):
            return
        version = record.get("version")
        if isinstance(version, int) and version > VERSION:
            self._foreign = True
            return
        for name, row in self._table.items():
            if name in record and _fits(record[name], row.default):
                self._values[name] = record[name]


def _fits(value: object, default: object) -> bool:
    """Whether a value is of the type of the default; whole numbers pass as fractions."""
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, dict):
        # What it holds is for its owner to look through.
        return isinstance(value, dict)
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, type(default))
