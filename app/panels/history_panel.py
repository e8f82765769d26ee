"""The list of what was done, to go back and forth in by a click."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from app import theme
from app.models.document_model import DocumentModel

_Index = QModelIndex | QPersistentModelIndex


class HistoryRows(QAbstractListModel):
    """The start, and below it each step; steps that were undone are dim."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._present = 0

    @property
    def present(self) -> int:
        """Row of the present state."""
        return self._present

    def show_steps(self, names: list[str], present: int) -> None:
        """Show these rows; cheap if only the present one differs."""
        if names != self._names:
            self.beginResetModel()
            self._names, self._present = names, present
            self.endResetModel()
        elif present != self._present:
            first, last = sorted((self._present, present))
            self._present = present
            self.dataChanged.emit(self.index(first), self.index(last))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (as Qt has it)
        """Qt: number of rows."""
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: text, colour and tooltip of a row."""
        if not index.isValid():
            return None
        row = index.row()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._names[row]
        if role == Qt.ItemDataRole.ForegroundRole and row > self._present:
            return QBrush(QColor(theme.DIM))
        if role == Qt.ItemDataRole.FontRole and row > self._present:
            font = QFont()
            font.setItalic(True)
            return font
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        return None

    def _tip(self, row: int) -> str:
        if row > self._present:
            return self.tr("Make the edits again, up to this one.")
        if row < self._present:
            return self.tr("Take back all edits after this one.")
        return self.tr("The picture is at this step.")


class HistoryPanel(QWidget):
    """Shows the history of a document; a click goes to a step."""

    def __init__(self, model: DocumentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.rows = HistoryRows(self)
        self.list = QListView(self)
        self.list.setModel(self.rows)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setAccessibleName(self.tr("History"))
        self.list.setToolTip(self.tr("All edits, the oldest first; a click goes to one."))
        padding = f"{theme.GRID // 2}px {theme.GRID}px"
        self.list.setStyleSheet(f"QListView::item {{ padding: {padding}; }}")
        self.list.setFrameShape(QListView.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self.list.clicked.connect(self._go)
        self.list.activated.connect(self._go)
        model.history_changed.connect(self._show)
        model.document_replaced.connect(self._show)
        self._show()

    def _go(self, index: QModelIndex) -> None:
        if index.row() != self.rows.present:
            self._model.jump(index.row())

    def _show(self) -> None:
        document, history = self._model.document, self._model.history
        if document is None or history is None:
            self.rows.show_steps([], 0)
            return
        start = self.tr("New") if document.path is None else self.tr("Opened")
        self.rows.show_steps([start, *history.names], history.index)
        present = self.rows.index(history.index)
        self.list.setCurrentIndex(present)
        self.list.scrollTo(present)
