"""All models: what each is for, how large it is, its licence and place; add, check, remove."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.dialogs.download_box import DownloadBox
from app.dialogs.model_texts import ModelTexts
from app.models.model_library import Entry, ModelLibrary
from app.models.run_model import Message
from app.widgets.choice_box import ChoiceBox
from app.widgets.tab_order import follow_layout

_SIZE = (860, 660)
_FILTER = "*.safetensors"
_GRAIN = 1000


class ModelsDialog(QDialog):
    """The list of models with its buttons, and the download below.

    It asks for nothing but what the library tells; it may stay open while one works.

    Signals:
        add_wanted: path of a file or folder.
        kind_said: an entry, and the architecture that its file is to be taken for.
        verify_wanted, remove_wanted: an entry.
    """

    add_wanted = Signal(Path)
    kind_said = Signal(Entry, str)
    verify_wanted = Signal(Entry)
    remove_wanted = Signal(Entry)

    def __init__(self, library: ModelLibrary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library, self._texts = library, ModelTexts(self)
        self.setWindowTitle(self.tr("Models"))
        self.resize(*_SIZE)
        self._make_table()
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.add_file = self._button(
            self.tr("Add file…"), self.tr("Use a safetensors file where it is; it is not copied.")
        )
        self.add_folder = self._button(
            self.tr("Add folder…"),
            self.tr("Use the models in a folder, such as that of A1111, ComfyUI or InvokeAI."),
        )
        self.verify = self._button(
            self.tr("Verify"), self.tr("Read all files of the model and compare their checksums.")
        )
        self.remove = self._button(self.tr("Remove…"), self.tr("Forget or delete the model."))
        self.kind = ChoiceBox(
            (), self.tr("What the file is; several kinds of models look the same."), self
        )
        self.kind.setAccessibleName(self.tr("Taken as"))
        self.kind_label = QLabel(self.tr("Taken as"), self)
        self.kind_label.setBuddy(self.kind)
        self.share = QProgressBar(self)
        self.share.setAccessibleName(self.tr("Progress"))
        self.share.setTextVisible(False)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setMargin(theme.GRID)
        self.box = DownloadBox(library, self)
        self._lay_out()
        self._connect()
        self._show_entries()
        self._show_activity()
        self._show_message(library.message)
        follow_layout(self)

    def ask_file(self) -> None:
        """Let the person choose a file to add."""
        title, home = self.tr("Add a model file"), str(Path.home())
        names = f"{self.tr('Models')} ({_FILTER})"
        path, _ = QFileDialog.getOpenFileName(self, title, home, names)
        if path:
            self.add_wanted.emit(Path(path))

    def ask_folder(self) -> None:
        """Let the person choose a folder to add."""
        title = self.tr("Add a folder with models")
        path = QFileDialog.getExistingDirectory(self, title, str(Path.home()))
        if path:
            self.add_wanted.emit(Path(path))

    @property
    def current(self) -> Entry | None:
        """The entry of the chosen row."""
        rows = self.table.selectionModel().selectedRows()
        place = rows[0].row() if rows else -1
        entries = self._library.entries
        return entries[place] if 0 <= place < len(entries) else None

    def _make_table(self) -> None:
        self.table = QTableWidget(0, 5, self)
        self.table.setHorizontalHeaderLabels(
            [
                self.tr("Model"),
                self.tr("For"),
                self.tr("Size"),
                self.tr("Licence"),
                self.tr("Where"),
            ]
        )
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAccessibleName(self.tr("Models"))
        self.table.setToolTip(self.tr("All models, and LoRAs and other files for models."))
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._show_current)

    def _connect(self) -> None:
        library = self._library
        self.add_file.clicked.connect(self.ask_file)
        self.add_folder.clicked.connect(self.ask_folder)
        self.kind.picked.connect(self._emit_kind)
        self.verify.clicked.connect(self._emit_verify)
        self.remove.clicked.connect(self._ask_remove)
        library.entries_changed.connect(self._show_entries)
        library.remarks_changed.connect(self._show_current)
        library.activity_changed.connect(self._show_activity)
        library.share_changed.connect(self._show_activity)
        library.message_changed.connect(self._show_message)

    def _show_entries(self) -> None:
        chosen = self.current
        path = chosen.path if chosen else None
        self.table.setRowCount(len(self._library.entries))
        self.table.clearSelection()
        for place, entry in enumerate(self._library.entries):
            for column, text in enumerate(self._texts.row(entry)):
                item = QTableWidgetItem(text)
                item.setToolTip(entry.problem or str(entry.path))
                if column == 0 and entry.problem:
                    item.setIcon(theme.icon("warning"))
                self.table.setItem(place, column, item)
            if entry.path == path:
                self.table.selectRow(place)
        self._show_current()

    def _show_current(self) -> None:
        """Tell about the chosen model, or else what was left out of the list."""
        entry, busy = self.current, bool(self._library.activity)
        self.verify.setEnabled(entry is not None and not busy)
        self.remove.setEnabled(entry is not None and entry.origin != "embedded" and not busy)
        self._show_kind(entry)
        if busy:
            self.about.setText(self._library.activity)
        elif entry is None:
            hint = self.tr("Choose a model to see more about it.")
            self.about.setText("\n".join((*self._library.remarks, hint)))
        else:
            self.about.setText(self._texts.about(entry))

    def _show_kind(self, entry: Entry | None) -> None:
        """Only where the tensors leave a choice."""
        possible = entry.possible if entry is not None else ()
        for part in (self.kind, self.kind_label):
            part.setVisible(len(possible) > 1)
        self.kind.setEnabled(not self._library.activity)
        self.kind.set_choices([(name, self._texts.architecture(name), "") for name in possible])
        self.kind.set_choice(entry.architecture if entry is not None else "")

    def _show_activity(self) -> None:
        activity, share = self._library.activity, self._library.share
        for button in (self.add_file, self.add_folder):
            button.setEnabled(not activity)
        self.share.setVisible(bool(activity))
        self.share.setRange(0, 0 if share is None else _GRAIN)
        self.share.setValue(0 if share is None else round(share * _GRAIN))
        self._show_current()

    def _show_message(self, message: Message | None) -> None:
        self.message.setVisible(message is not None)
        if message is not None:
            self.message.setText(message.text)
            colour = theme.ERROR_SURFACE if message.error else theme.NOTICE_SURFACE
            self.message.setStyleSheet(f"background: {colour};")

    def _emit_kind(self, name: str) -> None:
        if self.current is not None and name != self.current.architecture:
            self.kind_said.emit(self.current, name)

    def _emit_verify(self) -> None:
        if self.current is not None:
            self.verify_wanted.emit(self.current)

    def _ask_remove(self) -> None:
        entry = self.current
        if entry is None:
            return
        button = QMessageBox.StandardButton
        box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Remove a model"),
            self._texts.removal(entry),
            button.Yes | button.Cancel,
            self,
        )
        box.button(button.Yes).setText(self._texts.removal_button(entry))
        box.setDefaultButton(button.Cancel)
        box.finished.connect(
            lambda answer: self.remove_wanted.emit(entry) if answer == button.Yes.value else None
        )
        box.open()

    def _button(self, text: str, help_text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(help_text)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        for button in (self.add_file, self.add_folder):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.verify, self.remove):
            row.addWidget(button)
        kind = QHBoxLayout()
        kind.setSpacing(theme.GRID)
        kind.addWidget(self.kind_label)
        kind.addWidget(self.kind, 1)
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        line.setStyleSheet(f"color: {theme.BORDER};")
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close.rejected.connect(self.reject)
        for part in close.buttons():
            part.setToolTip(self.tr("Close this window; a download goes on."))
            if isinstance(part, QPushButton):
                part.setAutoDefault(False)
        layout = QVBoxLayout(self)
        margin = 2 * theme.GRID
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.about)
        layout.addLayout(kind)
        layout.addLayout(row)
        layout.addWidget(self.share)
        layout.addWidget(self.message)
        layout.addWidget(line)
        layout.addWidget(self.box)
        layout.addWidget(close)
