"""The list of keys, and the place to change them."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.actions import ACTIONS, Action
from app.menus import translated
from app.shortcuts import RESERVED, Shortcuts, shown

_SIZE = (760, 620)


class ShortcutsDialog(QDialog):
    """All actions with their keys, then what keys and mouse do together.

    A click on a row and then the keys: they belong to that action from then on. If they belong to
    another one, that is said first.
    """

    def __init__(self, shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(*_SIZE)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search commands and keys"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setToolTip(self.tr("Show only rows that hold this text."))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self._make_table()
        self._make_editor()
        self._lay_out()
        shortcuts.changed.connect(self._show_keys)
        self._show_row()

    def _make_table(self) -> None:
        weights = f"{shown('Ctrl+Up')}, {shown('Ctrl+Down')}"
        in_prompt = self.tr("In the prompt: raise or lower the weight of the word or selection.")
        mouse = [
            (self.tr("C (held)"), self.tr("Show the picture as it was, while a result waits.")),
            (self.tr("Space + drag"), self.tr("Move the picture, also in the middle of a stroke.")),
            (self.tr("Alt + drag"), self.tr("Erase instead of painting.")),
            (self.tr("Shift + click"), self.tr("Paint a straight line from the last point.")),
            (self.tr("Wheel"), self.tr("Zoom at the pointer.")),
            (weights, in_prompt),
        ]
        self.table = QTableWidget(len(ACTIONS) + len(mouse), 3, self)
        self.table.setHorizontalHeaderLabels(
            [self.tr("Keys"), self.tr("Command"), self.tr("What it does")]
        )
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self._places = {row.id: place for place, row in enumerate(ACTIONS)}
        for place, row in enumerate(ACTIONS):
            self._put(place, "", plain(row), translated(row.help))
        for place, (keys, text) in enumerate(mouse, len(ACTIONS)):
            self._put(place, keys, self.tr("Mouse and other keys"), text)
        for row in ACTIONS:
            self._write_keys(row.id)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (0, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._show_row)
        self.table.cellClicked.connect(lambda *_: self.editor.setFocus())

    def _make_editor(self) -> None:
        self.title = QLabel(self)
        self.title.setProperty("heading", True)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("dim", True)
        self.editor = QKeySequenceEdit(self)
        # A second press is another try and not the second half of a sequence.
        self.editor.setMaximumSequenceLength(1)
        self.editor.setAccessibleName(self.tr("New keys"))
        self.editor.setToolTip(self.tr("Press the keys that the command is to have."))
        self.editor.keySequenceChanged.connect(self._try_keys)
        self.take = self._button(
            self.tr("Take over"), self.tr("Give the keys to this command; the other loses them.")
        )
        self.remove = self._button(self.tr("Remove"), self.tr("Leave the command without keys."))
        self.reset = self._button(self.tr("Reset"), self.tr("Give the command its usual keys."))
        self.take.clicked.connect(self._take_keys)
        self.remove.clicked.connect(lambda: self._shortcuts.set_keys(self._current()))
        self.reset.clicked.connect(lambda: self._shortcuts.reset(self._current()))
        self.reset_all = self._button(
            self.tr("Reset all…"), self.tr("Give all commands their usual keys.")
        )
        self.reset_all.clicked.connect(self._ask_reset)

    def _current(self) -> str:
        """Identifier of the action of the chosen row, or ""."""
        rows = self.table.selectionModel().selectedRows()
        place = rows[0].row() if rows else len(ACTIONS)
        return ACTIONS[place].id if place < len(ACTIONS) else ""

    def _try_keys(self, keys: QKeySequence) -> None:
        """Assign keys that are free; say whose they are if they are not."""
        name, wanted = self._current(), keys.toString()
        self.take.hide()
        if not wanted or not name:
            return
        owner = self._shortcuts.owner(wanted)
        if wanted in RESERVED:
            what = QCoreApplication.translate("shortcuts", RESERVED[wanted])
            text = self.tr("{0} is held for “{1}” and cannot be given away.")
            self.hint.setText(text.format(shown(wanted), what))
        elif owner not in (None, name):
            other = plain(next(row for row in ACTIONS if row.id == owner))
            text = self.tr("{0} belongs to “{1}”.").format(shown(wanted), other)
            self.hint.setText(text)
            self.take.show()
        else:
            self._shortcuts.set_keys(name, wanted)

    def _take_keys(self) -> None:
        name = self._current()
        if name:
            self._shortcuts.set_keys(name, self.editor.keySequence().toString())

    def _show_row(self) -> None:
        """Tell what can be done with the chosen row."""
        name = self._current()
        self.editor.clear()
        self.take.hide()
        for part in (self.editor, self.remove, self.reset):
            part.setEnabled(bool(name))
        if not name:
            self.title.setText(self.tr("Choose a command to change its keys."))
            self.hint.setText(self.tr("What mouse and other keys do is fixed."))
            return
        row = ACTIONS[self._places[name]]
        self.title.setText(plain(row))
        usual = ", ".join(shown(key) for key in self._shortcuts.usual(name))
        self.hint.setText(
            self.tr("Press the new keys. Usual: {0}").format(usual or self.tr("none"))
        )
        self.remove.setEnabled(bool(self._shortcuts.keys(name)))
        self.reset.setEnabled(not self._shortcuts.is_usual(name))

    def _show_keys(self, name: str) -> None:
        self._write_keys(name)
        if name == self._current():
            self._show_row()

    def _write_keys(self, name: str) -> None:
        item = self.table.item(self._places[name], 0)
        if item is not None:
            item.setText(", ".join(shown(key) for key in self._shortcuts.keys(name)))
            font = item.font()
            font.setBold(not self._shortcuts.is_usual(name))
            item.setFont(font)

    def _filter(self, text: str) -> None:
        wanted = text.casefold()
        for place in range(self.table.rowCount()):
            cells = (self.table.item(place, column) for column in range(3))
            found = any(item and wanted in item.text().casefold() for item in cells)
            self.table.setRowHidden(place, not found)

    def _ask_reset(self) -> None:
        button = QMessageBox.StandardButton
        box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Reset all keys"),
            self.tr("Give all commands their usual keys?"),
            button.Reset | button.Cancel,
            self,
        )
        box.setDefaultButton(button.Cancel)
        box.finished.connect(
            lambda answer: self._shortcuts.reset_all() if answer == button.Reset.value else None
        )
        box.open()

    def _put(self, place: int, *texts: str) -> None:
        for column, text in enumerate(texts):
            self.table.setItem(place, column, QTableWidgetItem(text))

    def _button(self, text: str, help_text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(help_text)
        # Return is one of the keys that can be chosen.
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addWidget(self.editor, 1)
        for part in (self.take, self.remove, self.reset):
            row.addWidget(part)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close.rejected.connect(self.reject)
        for button in close.buttons():
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addWidget(self.reset_all)
        foot.addStretch(1)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        margin = 2 * theme.GRID
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.title)
        layout.addLayout(row)
        layout.addWidget(self.hint)
        layout.addSpacing(theme.GRID)
        layout.addLayout(foot)


def plain(row: Action) -> str:
    """Name of an action without the marks of a menu."""
    return translated(row.text).replace("&", "").rstrip("…")
