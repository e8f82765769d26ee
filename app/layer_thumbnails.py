"""Small pictures of layers and masks, drawn off the UI thread some time after the last change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.widgets.layer_thumbnail import layer_thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from app.jobs.background import Background
    from app.models.document_model import DocumentModel
    from editing.document import Document
    from editing.history import Change
    from editing.plane import Plane

_PAUSE_MS = 250


class LayerThumbnails(QObject):
    """Follows the layers of the open document.

    Signals:
        drawn: small pictures by the keys of their planes.
    """

    drawn = Signal(object)

    def __init__(self, document: DocumentModel, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._background = document, background
        self._is_drawing = False
        self._stale: set[int] = set()
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_PAUSE_MS)
        self._late.timeout.connect(self._draw)
        document.changed.connect(self._on_changed)
        document.document_replaced.connect(self._stale.clear)

    def draw_unless(self, is_known: Callable[[int], bool]) -> None:
        """Draw the planes of whose keys this is false."""
        document = self._document.document
        if document is not None:
            self._mark({plane.key for plane in _planes(document) if not is_known(plane.key)})

    def _on_changed(self, change: Change) -> None:
        document = self._document.document
        if document is not None and change.kind in ("picture", "document"):
            is_any = change.plane is None
            self._mark({each.key for each in _planes(document) if is_any or each is change.plane})

    def _mark(self, keys: set[int]) -> None:
        self._stale |= keys
        if self._stale:
            self._late.start()

    def _draw(self) -> None:
        document = self._document.document
        if document is None or not self._stale:
            return
        if self._is_drawing or self._document.is_painting:
            self._late.start()
            return
        planes = [plane for plane in _planes(document) if plane.key in self._stale]
        profile = document.metadata.icc
        self._stale.clear()
        self._is_drawing = True
        self._background.run(
            lambda: {plane.key: layer_thumbnail(plane, profile) for plane in planes},
            self._show,
            self._not_drawn,
        )

    def _show(self, images: dict[int, QImage]) -> None:
        self._is_drawing = False
        self.drawn.emit(images)

    def _not_drawn(self, error: Exception) -> None:
        self._is_drawing = False
        raise error


def _planes(document: Document) -> list[Plane]:
    return [plane for layer in document.layers for plane in layer.planes()]
