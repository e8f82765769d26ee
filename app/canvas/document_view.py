"""A widget that shows the document of a model at any zoom, kept up to date.

It joins parts that each do one thing: ``ViewTransform`` (where the document lies), ``Scene`` (its
composed tiles), ``Frame`` (the screen buffer), the ants and overlays, drawn over the buffer.
"""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.canvas.compositor import Tint
from app.canvas.frame import tile_cell
from app.canvas.marching_ants import MarchingAnts
from app.canvas.overlay_view import OverlayView
from app.canvas.scene import Scene
from app.canvas.view_transform import ViewTransform
from app.qt_images import to_qrect, to_rect, wrap_argb

if TYPE_CHECKING:
    from app.canvas.tile_cache import TileKey
    from app.models.document_model import DocumentModel
    from editing.document import Document
    from editing.geometry import Rect
    from editing.history import Change
    from editing.layer import Layer
    from editing.structure import Structure

FRAME_S = 0.004
"""Time in a frame for making tiles that are not there."""
BUILD_S = 0.004
"""Time between frames for building few mip levels; many are built by a thread."""
POLL_MS = 5
"""Time between two looks at what the thread has built."""
MASK_OPACITY = 0.5


class DocumentView(OverlayView):
    """Shows the document, its regions, the selection's outline and overlays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: DocumentModel | None = None
        self._scene: Scene | None = None
        self._mask_visible = True
        self._mask_opacity = MASK_OPACITY
        self._instead: Structure | None = None
        self._ants = MarchingAnts(self)
        self._ants.moved.connect(self._on_ants_moved)
        self._refine_timer = QTimer(self)
        self._refine_timer.setSingleShot(True)
        self._refine_timer.timeout.connect(self._refine)

    def set_model(self, model: "DocumentModel | None") -> None:
        """Show the document of this model from now on."""
        if self._model is not None:
            self._model.changed.disconnect(self._on_changed)
            self._model.document_replaced.disconnect(self._on_replaced)
            self._model.active_changed.disconnect(self._on_active_changed)
        self._model = model
        if model is not None:
            model.changed.connect(self._on_changed)
            model.document_replaced.connect(self._on_replaced)
            model.active_changed.connect(self._on_active_changed)
        self._on_replaced()

    @property
    def mask_visible(self) -> bool:
        """Whether the region is shown."""
        return self._mask_visible

    @property
    def document_size(self) -> tuple[int, int] | None:
        """Width and height of the document, if there is one."""
        return None if self._scene is None else self._scene.bounds.size

    @property
    def has_ants(self) -> bool:
        """Whether the outline of a selection is moving."""
        return self._ants.is_marching

    @property
    def cache_bytes(self) -> int:
        """Memory of the composed tiles, the screen buffer and the ants."""
        tiles = 0 if self._scene is None else self._scene.size_bytes
        return tiles + self._frame.pixels.nbytes + self._ants.size_bytes

    @property
    def is_idle(self) -> bool:
        """Whether all is shown, and nothing is made ahead of time either."""
        return not self.is_refining and not self._refine_timer.isActive()

    @property
    def is_refining(self) -> bool:
        """Whether something coarse is shown until tiles are made."""
        return self._scene is not None and self._scene.awaits_tiles

    def set_mask_visible(self, visible: bool) -> None:
        """Show or hide the region; asked for at every dab, so only a change costs anything."""
        if visible != self._mask_visible:
            self._mask_visible = visible
            self._update_tints()

    def set_mask_opacity(self, opacity: float) -> None:
        """How strongly the region is tinted where it is full, in [0, 1]."""
        self._mask_opacity = min(1.0, max(0.0, opacity))
        self._update_tints()

    def show_instead(self, structure: "Structure | None", rect: "Rect") -> None:
        """Show other layers and regions than the document's, or its own again (None).

        For an edit that is being tried out; a change of the document ends it.

        Args:
            structure: of the document's size, with the active layer in it.
            rect: where it differs from what is shown.
        """
        document = None if self._model is None else self._model.document
        self._instead = structure
        if self._scene is not None and document is not None:
            self._scene.set_layers(*self._layers(document), rect)
            self._scene.set_tints(self._tints(), rect)
            self._redraw(rect)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: bring the buffer up to date, copy what is asked for, draw over it."""
        self._frame.render(self._transform, self._scene, time.perf_counter() + FRAME_S)
        if self._scene is not None and self._scene.awaits_tiles:
            self._refine_timer.start(0)
        self._awaited = QRect()
        ratio = self.devicePixelRatioF()
        if self._scene is not None:
            level = self._scene.level_for(self.zoom)
            self._ants.prepare(self._transform, self._frame.bounds, level, ratio)
        painter = QPainter(self)
        part = _device(event.rect(), ratio).intersect(self._frame.bounds)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        area = to_qrect(part)
        painter.drawImage(area, wrap_argb(self._frame.pixels, opaque=True), area)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        self.draw_overlays(painter, part)
        self._ants.draw(painter, part)
        painter.restore()
        self.paint_over(painter)
        painter.end()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the ants go on."""
        super().showEvent(event)
        self._let_march()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: nobody sees the ants."""
        super().hideEvent(event)
        self._let_march()

    def event(self, event: QEvent) -> bool:
        """Qt: the ants of a window that is not in use stand still."""
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate):
            self._let_march()
        return super().event(event)

    def redraw(self) -> None:
        """Compose and draw everything anew."""
        self._make_scene()

    def paint_over(self, painter: QPainter) -> None:
        """Draw over everything, in widget coordinates; for subclasses."""

    def _show(self, transform: ViewTransform) -> None:
        super()._show(transform)
        self._ants.mark_stale()

    def _show_selection(self) -> None:
        """Follow the edge of the selection, if anything is selected."""
        model = self._model
        selection = None
        if model is not None and model.document is not None and model.has_selection():
            selection = model.document.selection
        self._update_device(self._ants.rect)
        self._ants.set_selection(selection)
        self._let_march()
        if selection is not None:
            self.update()

    def _let_march(self) -> None:
        self._ants.set_marching(self.isVisible() and self.isActiveWindow())

    def _on_ants_moved(self) -> None:
        if self._ants.is_stale:
            self.update()  # The outline was not ready yet.
        else:
            self._update_device(self._ants.rect)

    def _layers(self, document: "Document") -> "tuple[tuple[Layer, ...], Layer]":
        """The layers to show, and the active one."""
        shown = self._instead or document.structure
        return shown.layers, shown.layer(document.active_layer.id)

    def _on_replaced(self) -> None:
        self._instead = None
        self.forget_overlays()
        self._make_scene()
        self.fit()

    def _make_scene(self) -> None:
        if self._scene is not None:
            self._scene.close()
        document = None if self._model is None else self._model.document
        self._scene = None
        if document is not None:
            self._scene = Scene(*self._layers(document), self._tints())
            self._refine_timer.start(POLL_MS)
        self._show_selection()
        self._frame.mark_dirty(self._frame.bounds)
        self.update()

    def _on_active_changed(self) -> None:
        document = None if self._model is None else self._model.document
        if self._scene is not None and document is not None:
            self._scene.set_active(self._layers(document)[1])

    def _on_changed(self, change: "Change") -> None:
        document = None if self._model is None else self._model.document
        self._instead = None
        if self._scene is None or document is None:
            return
        if change.kind == "document" and not change.rect.is_empty:
            old = self._scene.bounds
            self._make_scene()
            if self._scene.bounds != old:
                self.fit()
        elif change.kind in ("layers", "document"):
            self._scene.set_layers(*self._layers(document), change.rect)
        elif change.kind == "regions":
            self._scene.set_tints(self._tints(), change.rect)
        elif change.kind in ("picture", "mask"):
            self._scene.mark_dirty(change.rect, change.plane)
        if change.kind == "selection":
            self._show_selection()
        else:
            self._redraw(change.rect)

    def _redraw(self, rect: "Rect") -> None:
        """Draw document pixels again, and what smooth scaling mixes them into."""
        if self._scene is None or rect.is_empty:
            return
        margin = 1 << self._scene.level_for(self.zoom)
        # A mip pixel at the edge covers more than the change, and is mixed with its neighbours.
        touched = self._transform.device_rect(rect.pad(2 * margin)).pad(1)
        self._frame.mark_dirty(touched)
        self._update_device(touched)

    def _tints(self) -> tuple[Tint, ...]:
        model = self._model
        if model is None or model.document is None or not self._mask_visible:
            return ()
        return tuple(
            Tint(region.mask, region.colour, self._mask_opacity)
            for region in (self._instead or model.document.structure).regions
            if region.visible
        )

    def _update_tints(self) -> None:
        if self._scene is not None:
            self._scene.set_tints(self._tints())
            self._frame.mark_dirty(self._frame.bounds)
            self.update()

    def _refine(self) -> None:
        """Show tiles that can be composed now; the timer goes on until no tile is awaited."""
        if self._scene is None:
            return
        shown = self._transform
        level = self._scene.level_for(shown.zoom)

        def is_in_view(key: "TileKey") -> bool:
            return key.level == level and not tile_cell(key, shown, self._frame.bounds).is_empty

        for key in self._scene.refine(time.perf_counter() + BUILD_S, is_in_view):
            cell = tile_cell(key, shown, self._frame.bounds)
            self._frame.mark_dirty(cell)
            self._update_device(cell)
        if self._scene.awaits_tiles or self._scene.make_ahead(time.perf_counter() + BUILD_S):
            self._refine_timer.start(POLL_MS)


def _device(rect: QRect, ratio: float) -> "Rect":
    """Device pixels under a part of the widget."""
    return to_rect(rect).scale(ratio)
