"""The list of keys, built from the table of actions."""

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.actions import ACTIONS
from app.menus import translated


class ShortcutsDialog(QDialog):
    """Keys at the left, what they do at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(640, 560)
        rows = [(_keys(row.keys), translated(row.help)) for row in ACTIONS if row.keys]
        rows += [
            (self.tr("C (held)"), self.tr("Show the picture as it was, while a result waits.")),
            (self.tr("Space + drag"), self.tr("Move the picture, also in the middle of a stroke.")),
            (self.tr("Alt + drag"), self.tr("Erase instead of painting.")),
            (self.tr("Shift + click"), self.tr("Paint a straight line from the last point.")),
            (self.tr("Wheel"), self.tr("Zoom at the pointer.")),
        ]
        self.table = QTableWidget(len(rows), 2, self)
        self.table.setHorizontalHeaderLabels([self.tr("Keys"), self.tr("What they do")])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for place, (keys, text) in enumerate(rows):
            self.table.setItem(place, 0, QTableWidgetItem(keys))
            self.table.setItem(place, 1, QTableWidgetItem(text))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.table)
        layout.addWidget(buttons)


def _keys(keys: tuple[str, ...]) -> str:
    # Alternatives, such as Ctrl+Y for Ctrl+Shift+Z, would only confuse.
    return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
