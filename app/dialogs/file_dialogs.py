"""Questions about files: which one to open, where to save, what to do with unsaved changes."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

Answer = Literal["save", "discard", "cancel"]


class FileDialogs:
    """Modal questions over a window.

    Args:
        parent: the window.
    """

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def ask_open(self, folder: str) -> Path | None:
        """The picture to open, or None."""
        name, _ = QFileDialog.getOpenFileName(
            self._parent,
            _tr("Open a picture"),
            folder,
            _tr("Pictures (*.png *.jpg *.jpeg *.webp *.gif);;All files (*)"),
        )
        return Path(name) if name else None

    def ask_save(self, proposal: Path) -> Path | None:
        """Where to save, with a suffix; or None."""
        filters = {
            _tr("PNG, lossless (*.png)"): ".png",
            _tr("JPEG (*.jpg *.jpeg)"): ".jpg",
            _tr("WebP (*.webp)"): ".webp",
        }
        suffixes = {".jpeg": ".jpg"}
        wanted = suffixes.get(proposal.suffix.lower(), proposal.suffix.lower())
        chosen = next((text for text, end in filters.items() if end == wanted), next(iter(filters)))
        name, chosen = QFileDialog.getSaveFileName(
            self._parent, _tr("Save the picture"), str(proposal), ";;".join(filters), chosen
        )
        if not name:
            return None
        path = Path(name)
        if path.suffix:
            return path
        return path.with_name(path.name + filters.get(chosen, ".png"))

    def ask_unsaved(self, name: str) -> Answer:
        """What to do with changes that are not saved."""
        button = QMessageBox.StandardButton
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(_tr("Unsaved changes"))
        box.setText(_tr("Save the changes to {0}?").format(name))
        box.setInformativeText(_tr("Otherwise they are lost."))
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        answers: dict[int, Answer] = {
            button.Save.value: "save",
            button.Discard.value: "discard",
        }
        return answers.get(box.exec(), "cancel")


def _tr(text: str) -> str:
    return QCoreApplication.translate("FileDialogs", text)
