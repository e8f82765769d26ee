"""The layers as rows of a list, the highest first: names can be edited, drags change the order."""

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
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QImage

    from editing.document import Target
    from editing.layer import Layer

Index = QModelIndex | QPersistentModelIndex

LAYER_ROLE = Qt.ItemDataRole.UserRole
THUMBNAIL_ROLE = Qt.ItemDataRole.UserRole + 1
MASK_ROLE = Qt.ItemDataRole.UserRole + 2
TARGET_ROLE = Qt.ItemDataRole.UserRole + 3
"""What of the row the brush paints on: "layer", "layer_mask", or None."""
_MIME = "application/x-asyndm-layer"


class LayerRows(QAbstractListModel):
    """Shows layers; it changes none itself but tells what the person wants.

    Signals:
        renamed: id and new name. moved: id and new place in the stack, 0 the lowest.
        visible_wanted, locked_wanted: id and whether.
    """

    renamed = Signal(int, str)
    moved = Signal(int, int)
    visible_wanted = Signal(int, bool)
    locked_wanted = Signal(int, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers: tuple[Layer, ...] = ()
        self._images: dict[int, QImage] = {}
        self._painted: tuple[int, Target] | None = None
        self._mode_names: Mapping[str, str] = {}

    @property
    def layers(self) -> Sequence[Layer]:
        """The layers shown, the highest first."""
        return self._layers

    def set_mode_names(self, names: Mapping[str, str]) -> None:
        """Call the blend modes so."""
        self._mode_names = names

    def set_layers(self, layers: Sequence[Layer]) -> None:
        """Show these, given with the lowest first; an editor stays open if no row comes or goes."""
        new = tuple(reversed(layers))
        if new == self._layers:
            return
        if [layer.id for layer in new] == [layer.id for layer in self._layers]:
            self._layers = new
            self._repaint()
            return
        self.beginResetModel()
        self._layers = new
        self.endResetModel()
        kept = {plane.key for layer in new for plane in layer.planes()}
        self._images = {key: image for key, image in self._images.items() if key in kept}

    def set_painted(self, layer_id: int, target: Target) -> None:
        """Mark what the brush paints on: a layer, its mask, or ("region") neither."""
        if self._painted != (layer_id, target):
            self._painted = layer_id, target
            self._repaint()

    def set_images(self, images: Mapping[int, QImage]) -> None:
        """Show small pictures of planes, by the planes' keys."""
        self._images.update(images)
        self._repaint()

    def has_image(self, key: int) -> bool:
        """Whether a plane was drawn."""
        return key in self._images

    def row(self, layer_id: int) -> int:
        """The row of a layer, or -1."""
        ids = [layer.id for layer in self._layers]
        return ids.index(layer_id) if layer_id in ids else -1

    def details(self, layer: Layer) -> str:
        """Blend mode and opacity in words; empty if both are as usual."""
        parts = []
        if layer.blend != "normal":
            parts.append(self._mode_names.get(layer.blend, layer.blend))
        if layer.opacity < 1:
            parts.append(self.tr("{0} %").format(round(100 * layer.opacity)))
        return ", ".join(parts)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (as Qt declares it)
        """Qt: one row per layer."""
        return 0 if parent.isValid() else len(self._layers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: name, layer, small pictures, and what a screen reader says."""
        layer = self._layers[index.row()]
        display = Qt.ItemDataRole
        if role in (display.DisplayRole, display.EditRole):
            return layer.name
        if role == LAYER_ROLE:
            return layer
        if role == THUMBNAIL_ROLE:
            return self._images.get(layer.plane.key)
        if role == MASK_ROLE:
            return None if layer.mask is None else self._images.get(layer.mask.key)
        if role == TARGET_ROLE:
            is_painted = self._painted is not None and self._painted[0] == layer.id
            return self._painted[1] if is_painted and self._painted else None
        if role == display.AccessibleDescriptionRole:
            return self._spoken(layer)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Qt: a name was typed."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.renamed.emit(self._layers[index.row()].id, str(value))
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
        data.setData(_MIME, str(self._layers[indexes[0].row()].id).encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Qt: a row was dropped before `row`; the edit moves it, not the view."""
        del column
        if action != Qt.DropAction.MoveAction or not data.hasFormat(_MIME):
            return False
        layer_id = int(bytes(data.data(_MIME).data()).decode())
        if row < 0:
            row = parent.row() if parent.isValid() else len(self._layers)
        old = self.row(layer_id)
        if old >= 0:
            place = row - 1 if row > old else row
            self.moved.emit(layer_id, len(self._layers) - 1 - place)
        return False

    def _spoken(self, layer: Layer) -> str:
        parts = [self.details(layer)]
        if not layer.visible:
            parts.append(self.tr("hidden"))
        if layer.locked:
            parts.append(self.tr("locked"))
        if layer.mask is not None:
            parts.append(self.tr("with a mask"))
        return ", ".join(part for part in parts if part)

    def _repaint(self) -> None:
        if self._layers:
            self.dataChanged.emit(self.index(0), self.index(len(self._layers) - 1))
