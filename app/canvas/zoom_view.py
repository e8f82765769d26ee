"""A widget that looks at something large through a window: zoom, place and size of the view.

Widget coordinates are used towards Qt, device pixels inside: see ``view_transform``.
"""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.canvas.display_colours import to_screen
from app.canvas.frame import Frame
from app.canvas.view_transform import ViewTransform, fitted
from app.qt_images import to_qrect

if TYPE_CHECKING:
    from editing.geometry import Rect

ZOOM_STEP = math.sqrt(2.0)
"""Factor of ``zoom_in``."""


class ZoomView(QWidget):
    """Moves and zooms; what is shown is up to subclasses.

    Signals:
        zoom_changed: device pixels per document pixel.
    """

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._transform = ViewTransform()
        self._frame = Frame(QColor(theme.CANVAS).rgb())
        self._is_fitted = True
        self._awaited = QRect()

    @property
    def document_size(self) -> tuple[int, int] | None:
        """Width and height of what is looked at, if anything is."""
        return None

    @property
    def zoom(self) -> float:
        """Device pixels per document pixel."""
        return self._transform.zoom

    @property
    def transform(self) -> ViewTransform:
        """Where the document lies, in device pixels."""
        return self._transform

    def show_profile(self, profile: bytes | None) -> None:
        """Show colours as a document with this ICC profile means them; None is sRGB."""
        colours = to_screen(profile)
        if colours != self._frame.colours:
            self._frame.colours = colours
            self._frame.mark_dirty(self._frame.bounds)
            self.update()

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
        size = self.document_size
        if size is not None:
            self._show(fitted(size, self._frame.bounds.size))

    def move_view(self, dx: float, dy: float) -> None:
        """Move the picture by widget pixels."""
        ratio = self.devicePixelRatioF()
        self._is_fitted = False
        self._show(self._transform.moved(dx * ratio, dy * ratio))

    def to_document(self, position: QPointF) -> tuple[float, float]:
        """Document coordinates of a place in the widget."""
        ratio = self.devicePixelRatioF()
        return self._transform.to_document(position.x() * ratio, position.y() * ratio)

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

    def _update_device(self, rect: "Rect") -> None:
        part = rect.intersect(self._frame.bounds)
        if not part.is_empty:
            ratio = self.devicePixelRatioF()
            self.update_part(to_qrect(part.scale(1 / ratio)))

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


def _area(rect: QRect) -> int:
    return rect.width() * rect.height()
