"""Questions about regions and selections: how many pixels, which colour, which file."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QInputDialog, QWidget

from app.dialogs.suffix import with_suffix

Colour = tuple[int, int, int]


class RegionDialogs:
    """Modal questions over a window.

    Args:
        parent: the window.
    """

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def ask_amount(self, title: str, proposal: int, most: int) -> int | None:
        """How many pixels, or None."""
        value, is_given = QInputDialog.getInt(
            self._parent, title, _tr("Pixels of the picture:"), proposal, 1, most
        )
        return value if is_given else None

    def ask_colour(self, colour: Colour) -> Colour | None:
        """Another colour, or None."""
        chosen = QColorDialog.getColor(QColor(*colour), self._parent, _tr("Colour of the region"))
        if not chosen.isValid():
            return None
        return chosen.red(), chosen.green(), chosen.blue()

    def ask_load(self, folder: str) -> Path | None:
        """The picture file to make a region of, or None."""
        name, _ = QFileDialog.getOpenFileName(
            self._parent,
            _tr("Load a region"),
            folder,
            _tr("Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff);;All files (*)"),
        )
        return Path(name) if name else None

    def ask_save(self, proposal: Path) -> Path | None:
        """Where to write the region, or None."""
        name, _ = QFileDialog.getSaveFileName(
            self._parent, _tr("Save the region"), str(proposal), _tr("PNG (*.png)")
        )
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else with_suffix(self._parent, path, ".png")


def _tr(text: str) -> str:
    return QCoreApplication.translate("RegionDialogs", text)
