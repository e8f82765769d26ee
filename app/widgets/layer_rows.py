"""The layers as rows of a list, the highest first: names can be edited, drags change the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from app.widgets.stack_rows import ITEM_ROLE, Index, StackRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QImage

    from editing.document import Target
    from editing.layer import Layer

THUMBNAIL_ROLE = ITEM_ROLE + 1
MASK_ROLE = ITEM_ROLE + 2
TARGET_ROLE = ITEM_ROLE + 3
"""What of the row the brush paints on: "layer", "layer_mask", or None."""


class LayerRows(StackRows["Layer"]):
    """Layers with their small pictures.

    Signals:
        locked_wanted: id and whether.
    """

    locked_wanted = Signal(int, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("layer", highest_first=True, parent=parent)
        self._images: dict[int, QImage] = {}
        self._painted: tuple[int, Target] | None = None
        self._mode_names: Mapping[str, str] = {}

    def set_mode_names(self, names: Mapping[str, str]) -> None:
        """Call the blend modes so."""
        self._mode_names = names

    def set_layers(self, layers: Sequence[Layer]) -> None:
        """Show these, given with the lowest first; an editor stays open if no row comes or goes."""
        self.set_items(layers)
        kept = {plane.key for layer in layers for plane in layer.planes()}
        self._images = {key: image for key, image in self._images.items() if key in kept}

    def set_painted(self, layer_id: int, target: Target) -> None:
        """Mark what the brush paints on: a layer, its mask, or ("region") neither."""
        if self._painted != (layer_id, target):
            self._painted = layer_id, target
            self.repaint()

    def set_images(self, images: Mapping[int, QImage]) -> None:
        """Show small pictures of planes, by the planes' keys."""
        self._images.update(images)
        self.repaint()

    def has_image(self, key: int) -> bool:
        """Whether a plane was drawn."""
        return key in self._images

    def details(self, layer: Layer) -> str:
        """Blend mode and opacity in words; empty if both are as usual."""
        parts = []
        if layer.blend != "normal":
            parts.append(self._mode_names.get(layer.blend, layer.blend))
        if layer.opacity < 1:
            parts.append(self.tr("{0} %").format(round(100 * layer.opacity)))
        return ", ".join(parts)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: name, layer, small pictures, and what a screen reader says."""
        layer = self.items[index.row()]
        if role == THUMBNAIL_ROLE:
            return self._images.get(layer.plane.key)
        if role == MASK_ROLE:
            return None if layer.mask is None else self._images.get(layer.mask.key)
        if role == TARGET_ROLE:
            is_painted = self._painted is not None and self._painted[0] == layer.id
            return self._painted[1] if is_painted and self._painted else None
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._spoken(layer)
        return super().data(index, role)

    def _spoken(self, layer: Layer) -> str:
        parts = [self.details(layer)]
        if not layer.visible:
            parts.append(self.tr("hidden"))
        if layer.locked:
            parts.append(self.tr("locked"))
        if layer.mask is not None:
            parts.append(self.tr("with a mask"))
        return ", ".join(part for part in parts if part)
