"""A widget that shows the document of a model at any zoom, kept up to date.

It joins parts that each do one thing: ``ViewTransform`` (where the document lies), ``Scene`` (its
composed tiles), ``Frame`` (the screen buffer) and overlays, drawn over the buffer. Widget
coordinates are used towards Qt, device pixels inside: see ``view_transform``.
"""

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.canvas.compositor import Tint
from app.canvas.frame import Frame, shown_rect, tile_cell
from app.canvas.overlays import Overlay
from app.canvas.scene import Scene
from app.canvas.view_transform import ViewTransform, fitted
from app.qt_images import to_qrect, to_rect, wrap_argb

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from app.canvas.tile_cache import TileKey
    from app.models.document_model import DocumentModel
    from editing.document import Document
    from editing.geometry import Rect
    from editing.history import Change
    from editing.layer import Layer
    from editing.structure import Structure

FRAME_S = 0.006
"""Time in a frame for making tiles that are not there."""
BUILD_S = 0.004
"""Time between frames for building few mip levels; many are built by a thread."""
POLL_MS = 5
"""Time between two looks at what the thread has built."""
MASK_OPACITY = 0.5
LEVEL_MAP_OPACITY = 0.6
ZOOM_STEP = math.sqrt(2.0)
"""Factor of ``zoom_in``."""


class DocumentView(QWidget):
    """Shows the document, its mask and overlays; moves and zooms.

    Signals:
        zoom_changed: device pixels per document pixel.
    """

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._model: DocumentModel | None = None
        self._scene: Scene | None = None
        self._transform = ViewTransform()
        self._frame = Frame(QColor(theme.CANVAS).rgb())
        self._is_fitted = True
        self._mask_visible = True
        self._mask_opacity = MASK_OPACITY
        self._instead: Structure | None = None
        self._overlays: dict[str, Overlay] = {}
        self._awaited = QRect()
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
    def zoom(self) -> float:
        """Device pixels per document pixel."""
        return self._transform.zoom

    @property
    def transform(self) -> ViewTransform:
        """Where the document lies, in device pixels."""
        return self._transform

    @property
    def cache_bytes(self) -> int:
        """Memory of the composed tiles and the screen buffer."""
        tiles = 0 if self._scene is None else self._scene.size_bytes
        return tiles + self._frame.pixels.nbytes

    @property
    def is_refining(self) -> bool:
        """Whether something coarse is shown until tiles are made."""
        return self._scene is not None and self._scene.awaits_tiles

    def set_zoom(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Zoom, keeping what is at ``anchor`` (widget coordinates; the middle if None) there."""
        place = QPointF(self.rect().center()) if anchor is None else anchor
        ratio = self.devicePixelRatioF()
        self._is_fitted = False
        self._show(self._transform.zoomed(zoom, place.x() * ratio, place.y() * ratio))

    def zoom_in(self) -> None:
        """Enlarge about the middle of the view."""
        self.set_zoom(self.zoom * ZOOM_STEP)

    def zoom_out(self) -> None:
        """Shrink about the middle of the view."""
        self.set_zoom(self.zoom / ZOOM_STEP)

    def actual_size(self) -> None:
        """One device pixel for each document pixel, about the middle of the view."""
        self.set_zoom(1.0)

    def fit(self) -> None:
        """Show the whole document, and keep it so when the window changes its size."""
        self._is_fitted = True
        if self._scene is not None:
            bounds = self._scene.bounds
            self._show(fitted(bounds.size, self._frame.bounds.size))

    def move_view(self, dx: float, dy: float) -> None:
        """Move the picture by widget pixels."""
        ratio = self.devicePixelRatioF()
        self._is_fitted = False
        self._show(self._transform.moved(dx * ratio, dy * ratio))

    def set_mask_visible(self, visible: bool) -> None:
        """Show or hide the region; asked for at every dab, so only a change costs anything."""
        if visible != self._mask_visible:
            self._mask_visible = visible
            self._update_tints()

    def set_mask_opacity(self, opacity: float) -> None:
        """How strongly the region is tinted where it is full, in [0, 1]."""
        self._mask_opacity = min(1.0, max(0.0, opacity))
        self._update_tints()

    def set_preview(self, rgb: "npt.NDArray[np.uint8] | None", rect: "Rect | None" = None) -> None:
        """Show a live preview (h, w, 3) over a rectangle of the document (all of it if None).

        A new preview takes the place of one that was not painted yet. None takes it away.
        """
        place = self._place(rect)
        overlay = None if rgb is None or place is None else Overlay(rgb, place)
        self._set_overlay("preview", overlay)

    def set_level_map(
        self,
        levels: "npt.NDArray[np.float32] | None",
        rect: "Rect | None" = None,
        opacity: float = LEVEL_MAP_OPACITY,
    ) -> None:
        """Show noise levels (h, w) in [0, 1] in colours over a rectangle; None takes them away."""
        place = self._place(rect)
        overlay = None
        if levels is not None and place is not None:
            overlay = Overlay.of_levels(levels, place, opacity)
        self._set_overlay("level_map", overlay)

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

    def to_document(self, position: QPointF) -> tuple[float, float]:
        """Document coordinates of a place in the widget."""
        ratio = self.devicePixelRatioF()
        return self._transform.to_document(position.x() * ratio, position.y() * ratio)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: bring the buffer up to date, copy what is asked for, draw over it."""
        self._frame.render(self._transform, self._scene, time.perf_counter() + FRAME_S)
        if self._scene is not None and self._scene.awaits_tiles:
            self._refine_timer.start(0)
        self._awaited = QRect()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        part = _device(event.rect(), ratio).intersect(self._frame.bounds)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        area = to_qrect(part)
        painter.drawImage(area, wrap_argb(self._frame.pixels, opaque=True), area)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        for name in ("preview", "level_map"):
            if name in self._overlays:
                self._overlays[name].draw(painter, self._transform, part)
        painter.restore()
        self.paint_over(painter)
        painter.end()

    def redraw(self) -> None:
        """Compose and draw everything anew."""
        self._make_scene()

    def paint_over(self, painter: QPainter) -> None:
        """Draw over everything, in widget coordinates; for subclasses."""

    def update_part(self, part: QRect) -> None:
        """Ask Qt to paint a part of the widget, together with what waits for it already.

        One rectangle is painted several times faster than a region of many, which slows down every
        drawing call by clipping; so parts are joined unless that would double the area.
        """
        part = part.intersected(self.rect())
        if part.isEmpty():
            return
        joined = self._awaited.united(part)
        if _area(joined) <= 2 * (_area(self._awaited) + _area(part)):
            self._awaited = part = joined
        self.update(part)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: keep the whole document in view, or else what was in the middle there."""
        ratio = self.devicePixelRatioF()
        old = self._frame.bounds
        size = (math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        self._frame.resize(*size)
        if self._is_fitted:
            self.fit()
        else:
            self._show(self._transform.moved((size[0] - old.width) / 2, (size[1] - old.height) / 2))
        super().resizeEvent(event)

    def _show(self, transform: ViewTransform) -> None:
        old, self._transform = self._transform, transform
        if transform.zoom != old.zoom:
            self._frame.mark_dirty(self._frame.bounds)
            self.zoom_changed.emit(transform.zoom)
        else:
            self._frame.move(transform.origin_x - old.origin_x, transform.origin_y - old.origin_y)
        self.update()

    def _layers(self, document: "Document") -> "tuple[tuple[Layer, ...], Layer]":
        """The layers to show, and the active one."""
        shown = self._instead or document.structure
        return shown.layers, shown.layer(document.active_layer.id)

    def _on_replaced(self) -> None:
        self._instead = None
        self._overlays.clear()
        self._make_scene()
        self.fit()

    def _make_scene(self) -> None:
        if self._scene is not None:
            self._scene.close()
        document = None if self._model is None else self._model.document
        self._scene = None
        if document is not None:
            self._scene = Scene(*self._layers(document), self._tints())
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
        if change.kind != "selection":
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

    def _update_device(self, rect: "Rect") -> None:
        part = rect.intersect(self._frame.bounds)
        if not part.is_empty:
            ratio = self.devicePixelRatioF()
            self.update_part(to_qrect(part.scale(1 / ratio)))

    def _place(self, rect: "Rect | None") -> "Rect | None":
        if rect is not None or self._scene is None:
            return rect
        return self._scene.bounds

    def _set_overlay(self, name: str, overlay: Overlay | None) -> None:
        old = self._overlays.pop(name, None)
        if overlay is not None:
            self._overlays[name] = overlay
        for changed in (old, overlay):
            if changed is not None:
                self._update_device(shown_rect(self._transform, changed.rect))

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
        if self._scene.awaits_tiles:
            self._refine_timer.start(POLL_MS)


def _device(rect: QRect, ratio: float) -> "Rect":
    """Device pixels under a part of the widget."""
    return to_rect(rect).scale(ratio)


def _area(rect: QRect) -> int:
    return rect.width() * rect.height()
