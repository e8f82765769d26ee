"""The regions as rows of a list: their names can be edited, and drags change their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from app.widgets.stack_rows import ITEM_ROLE, Index, StackRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPixmap

    from editing.region import Region

THUMBNAIL_ROLE = ITEM_ROLE + 1


class RegionRows(StackRows["Region"]):
    """Regions with small pictures of their masks."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("region", parent=parent)
        self._thumbnails: dict[int, QPixmap] = {}

    def set_regions(self, regions: Sequence[Region]) -> None:
        """Show these; rows stay if only properties differ, so that an editor stays open."""
        self.set_items(regions)
        known = {region.id for region in regions}
        self._thumbnails = {key: drawn for key, drawn in self._thumbnails.items() if key in known}

    def set_thumbnail(self, region_id: int, pixmap: QPixmap) -> None:
        """Show a small picture of a region's mask."""
        self._thumbnails[region_id] = pixmap
        row = self.row(region_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def has_thumbnail(self, region_id: int) -> bool:
        """Whether a region's mask was drawn."""
        return region_id in self._thumbnails

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: name, region, thumbnail, and what a screen reader says."""
        region = self.items[index.row()]
        if role == THUMBNAIL_ROLE:
            return self._thumbnails.get(region.id)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            text = self.tr("Decide later: {0:.2f}") if region.visible else self.tr("Not used")
            return text.format(region.concavity)
        return super().data(index, role)
