"""File names without a suffix get one, and what is there under the longer name is asked about.

The file dialog asks before it names a file that exists, but it does not know the suffix that is
added after it was closed.
"""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget


def with_suffix(parent: QWidget | None, path: Path, suffix: str) -> Path | None:
    """The path with a suffix added; None if there is such a file and it is to stay."""
    longer = path.with_name(path.name + suffix)
    return longer if not longer.exists() or _may_replace(parent, longer.name) else None


def _may_replace(parent: QWidget | None, name: str) -> bool:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(_tr("Replace the file"))
    box.setText(_tr("{0} exists already: replace it?").format(name))
    replace = box.addButton(_tr("&Replace"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() == replace


def _tr(text: str) -> str:
    return QCoreApplication.translate("suffix", text)
