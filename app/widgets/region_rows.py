"""The regions as rows of a list: their names can be edited, and drags change their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

    from PySide6.QtGui import QPixmap

    from editing.region import Region

Index = QModelIndex | QPersistentModelIndex

REGION_ROLE = Qt.ItemDataRole.UserRole
THUMBNAIL_ROLE = Qt.ItemDataRole.UserRole + 1
_MIME = "application/x-asyndm-region"


class RegionRows(QAbstractListModel):
    """Shows regions; it changes none itself but tells what the person wants.

    Signals:
        renamed: id and new name. moved: id and new place. visible_wanted: id and whether.
    """

    renamed = Signal(int, str)
    moved = Signal(int, int)
    visible_wanted = Signal(int, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._regions: tuple[Region, ...] = ()
        self._thumbnails: dict[int, QPixmap] = {}

    @property
    def regions(self) -> Sequence[Region]:
        """The regions shown, in the order of the rows."""
        return self._regions

    def set_regions(self, regions: Sequence[Region]) -> None:
        """Show these; rows stay if only properties differ, so that an editor stays open."""
        new = tuple(regions)
        if new == self._regions:
            return
        if [region.id for region in new] == [region.id for region in self._regions]:
            self._regions = new
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._regions = new
        self.endResetModel()

    def set_thumbnail(self, region_id: int, pixmap: QPixmap) -> None:
        """Show a small picture of a region's mask."""
        self._thumbnails[region_id] = pixmap
        row = self.row(region_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def has_thumbnail(self, region_id: int) -> bool:
        """Whether a region's mask was drawn."""
        return region_id in self._thumbnails

    def keep_thumbnails(self) -> None:
        """Forget those of regions that have gone."""
        known = {region.id for region in self._regions}
        self._thumbnails = {key: drawn for key, drawn in self._thumbnails.items() if key in known}

    def row(self, region_id: int) -> int:
        """The row of a region, or -1."""
        ids = [region.id for region in self._regions]
        return ids.index(region_id) if region_id in ids else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (as Qt declares it)
        """Qt: one row per region."""
        return 0 if parent.isValid() else len(self._regions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: name, region, thumbnail, and what a screen reader says."""
        region = self._regions[index.row()]
        display = Qt.ItemDataRole
        if role in (display.DisplayRole, display.EditRole):
            return region.name
        if role == REGION_ROLE:
            return region
        if role == THUMBNAIL_ROLE:
            return self._thumbnails.get(region.id)
        if role == display.AccessibleDescriptionRole:
            text = self.tr("Decide later: {0:.2f}") if region.visible else self.tr("Not used")
            return text.format(region.concavity)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Qt: a name was typed."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.renamed.emit(self._regions[index.row()].id, str(value))
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
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Qt: a row that is dragged."""
        data = QMimeData()
        data.setData(_MIME, str(self._regions[indexes[0].row()].id).encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Qt: a row was dropped before `row`; the edit moves it, not the view."""
        del column
        if action != Qt.DropAction.MoveAction or not data.hasFormat(_MIME):
            return False
        region_id = int(bytes(data.data(_MIME).data()).decode())
        if row < 0:
            row = parent.row() if parent.isValid() else len(self._regions)
        old = self.row(region_id)
        if old >= 0:
            self.moved.emit(region_id, row - 1 if row > old else row)
        return False
