"""The things of a stack as rows of a list: names can be edited, drags change the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Index = QModelIndex | QPersistentModelIndex

ITEM_ROLE = Qt.ItemDataRole.UserRole
"""The layer or the region itself."""


class StackItem(Protocol):
    """What a row shows."""

    @property
    def id(self) -> int:
        """The same as long as the thing is there, whatever becomes of it."""

    @property
    def name(self) -> str:
        """What the row says."""


T = TypeVar("T", bound=StackItem)


class StackRows(QAbstractListModel, Generic[T]):
    """Shows things; it changes none itself but tells what the person wants.

    Args:
        kind: of the things; rows of other kinds cannot be dropped here.
        highest_first: whether the first row is the end of the stack, and not its beginning.

    Signals:
        renamed: id and new name. moved: id and new place in the stack, 0 the lowest.
        visible_wanted: id and whether.
    """

    renamed = Signal(int, str)
    moved = Signal(int, int)
    visible_wanted = Signal(int, bool)

    def __init__(
        self, kind: str, *, highest_first: bool = False, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._mime = f"application/x-asyndm-{kind}"
        self._highest_first = highest_first
        self._items: tuple[T, ...] = ()

    @property
    def items(self) -> Sequence[T]:
        """The things, in the order of the rows."""
        return self._items

    def set_items(self, stack: Sequence[T]) -> None:
        """Show these, the lowest first; an editor stays open if no row comes or goes."""
        new = tuple(reversed(stack)) if self._highest_first else tuple(stack)
        if new == self._items:
            return
        if [item.id for item in new] == [item.id for item in self._items]:
            self._items = new
            self.repaint()
            return
        self.beginResetModel()
        self._items = new
        self.endResetModel()

    def repaint(self) -> None:
        """Say that all rows look different."""
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    def row(self, item_id: int) -> int:
        """The row of a thing, or -1."""
        ids = [item.id for item in self._items]
        return ids.index(item_id) if item_id in ids else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (as Qt declares it)
        """Qt: one row for each."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: the name and the thing itself."""
        item = self._items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return item.name
        return item if role == ITEM_ROLE else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Qt: a name was typed."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.renamed.emit(self._items[index.row()].id, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt: rows can be chosen, renamed and dragged, and dropped between."""
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        return (
            flag.ItemIsSelectable
            | flag.ItemIsEnabled
            | flag.ItemIsEditable
            | flag.ItemIsDragEnabled
            | flag.ItemNeverHasChildren
        )

    def supportedDropActions(self) -> Qt.DropAction:
        """Qt: rows move."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Qt: what may be dropped here."""
        return [self._mime]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Qt: a row that is dragged."""
        data = QMimeData()
        data.setData(self._mime, str(self._items[indexes[0].row()].id).encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Qt: a row was dropped before `row`; the edit moves it, not the view."""
        del column
        if action != Qt.DropAction.MoveAction or not data.hasFormat(self._mime):
            return False
        item_id = int(bytes(data.data(self._mime).data()).decode())
        if row < 0:
            row = parent.row() if parent.isValid() else len(self._items)
        old = self.row(item_id)
        if old >= 0:
            place = row - 1 if row > old else row
            self.moved.emit(item_id, len(self._items) - 1 - place if self._highest_first else place)
        return False
