"""Questions about files: which one to open, where to save, what to do with unsaved changes."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from app.dialogs.export_dialog import ExportDialog
from app.dialogs.saving_dialog import SavingDialog
from app.dialogs.suffix import with_suffix
from app.document_writing import ExportChoice
from app.jobs.background import Background
from editing.files.formats import FORMATS, READABLE, Format

if TYPE_CHECKING:
    from editing.document import Document

Answer = Literal["save", "discard", "cancel"]
Layers = Literal["layers", "flat", "cancel"]
Dropped = Literal["open", "layer", "cancel"]
Key = TypeVar("Key", bound=str)


class FileDialogs:
    """Modal questions over a window.

    Args:
        parent: the window.
    """

    def __init__(self, parent: QWidget) -> None:
        self._parent: QWidget | None = parent

    def ask_open(self, folder: str) -> Path | None:
        """The picture to open, or None."""
        everything = _tr("All pictures ({0})").format(_patterns(sorted(READABLE)))
        single = [_filter(each) for each in FORMATS]
        filters = [everything, *single, _tr("All files (*)")]
        name, _ = QFileDialog.getOpenFileName(
            self._parent, _tr("Open a picture"), folder, ";;".join(filters)
        )
        return Path(name) if name else None

    def ask_save(self, proposal: Path) -> Path | None:
        """Where to save, with a suffix; or None."""
        filters = {_filter(each): each for each in FORMATS if each.writable is not None}
        wanted = proposal.suffix.lower()
        chosen = next(
            (text for text, each in filters.items() if wanted in each.suffixes), next(iter(filters))
        )
        name, chosen = QFileDialog.getSaveFileName(
            self._parent, _tr("Save the picture"), str(proposal), ";;".join(filters), chosen
        )
        if not name:
            return None
        path = Path(name)
        if path.suffix:
            return path
        return with_suffix(self._parent, path, filters[chosen].suffixes[0])

    def ask_export(
        self, document: "Document", proposal: Path, background: Background
    ) -> tuple[Path, ExportChoice] | None:
        """Where to and how, or None."""
        dialog = ExportDialog(document, proposal.suffix.lower(), background, self._parent)
        try:
            if not dialog.exec():
                return None
            path = self._ask_place(proposal.with_suffix(dialog.suffix))
            return None if path is None else (path, dialog.choice)
        finally:
            dialog.deleteLater()

    def _ask_place(self, proposal: Path) -> Path | None:
        kind = READABLE[proposal.suffix]
        name, _ = QFileDialog.getSaveFileName(
            self._parent, _tr("Export the picture"), str(proposal), _filter(kind)
        )
        if not name:
            return None
        path = Path(name)
        if path.suffix.lower() in kind.suffixes:
            return path
        return with_suffix(self._parent, path, proposal.suffix)

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

    def ask_layers(self, name: str) -> Layers:
        """What to do where the document's file cannot hold what the document has."""
        choices: dict[Layers, str] = {
            "layers": _tr("&Keep layers (.ora)…"),
            "flat": _tr("Save &flat"),
        }
        answer: Layers | None = self._choose(
            _tr("Layers and regions"),
            _tr("{0} can hold one flat picture only.").format(name),
            _tr(
                "Keep the layers and regions in an OpenRaster file beside it, or save what they "
                "look like together."
            ),
            choices,
        )
        return answer or "cancel"

    def ask_dropped(self, name: str) -> Dropped:
        """What to do with a picture that is dropped on an open document."""
        choices: dict[Dropped, str] = {"layer": _tr("Add as a &layer"), "open": _tr("&Open")}
        answer: Dropped | None = self._choose(
            _tr("Dropped picture"),
            _tr("Open {0}, or add it to the picture as a layer?").format(name),
            _tr("Shift while dropping always adds a layer, Ctrl always opens."),
            choices,
        )
        return answer or "cancel"

    def show_saving(self, name: str) -> SavingDialog:
        """Wait for a save before the window closes; shown at once, answers by signals."""
        dialog = SavingDialog(name, self._parent)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _choose(self, title: str, text: str, more: str, choices: "dict[Key, str]") -> "Key | None":
        """Let one of several buttons be pressed, the first of which is the usual one."""
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setText(text)
        box.setInformativeText(more)
        role = QMessageBox.ButtonRole
        buttons: dict[Key, QPushButton] = {
            key: box.addButton(label, role.AcceptRole) for key, label in choices.items()
        }
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(next(iter(buttons.values())))
        box.exec()
        clicked = box.clickedButton()
        return next((key for key, button in buttons.items() if button == clicked), None)


def _filter(kind: Format) -> str:
    return f"{kind.title} ({_patterns(kind.suffixes)})"


def _patterns(suffixes: "tuple[str, ...] | list[str]") -> str:
    return " ".join(f"*{suffix}" for suffix in suffixes)


def _tr(text: str) -> str:
    return QCoreApplication.translate("FileDialogs", text)
