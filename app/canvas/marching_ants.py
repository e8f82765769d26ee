"""The moving outline of the selection.

The outline is found once for each place of the view; a step of the ants only gives its pixels other
colours and asks for a repaint of what lies under them. The canvas then copies its screen buffer and
draws the ants over it: no part of the document is composed.
"""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.canvas.compositor import BUILT_AT_ONCE_PX
from app.canvas.mip_thread import MipThread, Wanted
from app.canvas.outline import level_part, outline
from app.qt_images import to_qrect, wrap_argb
from editing.geometry import EMPTY, Rect

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtGui import QPainter

    from app.canvas.view_transform import ViewTransform
    from editing.plane import Plane

STEP_MS = 120
ANT = 4
"""Length of an ant, and of the gap before the next one, in widget pixels."""
_DARK, _LIGHT = 0xFF000000, 0xFFFFFFFF


class MarchingAnts(QObject):
    """Ants of one canvas.

    Signals:
        moved: the pixels under ``rect`` are to be painted again.
    """

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rect = EMPTY
        self._selection: Plane | None = None
        self._is_stale = False
        self._film: npt.NDArray[np.uint32] | None = None
        self._places: npt.NDArray[np.intp] | None = None
        self._diagonals: npt.NDArray[np.intp] | None = None
        self._ant, self._phase = ANT, 0
        self._thread = MipThread()
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._step)

    @property
    def is_marching(self) -> bool:
        """Whether the ants move."""
        return self._timer.isActive()

    @property
    def size_bytes(self) -> int:
        """Memory of the outline."""
        parts = (self._film, self._places, self._diagonals)
        return sum(part.nbytes for part in parts if part is not None)

    @property
    def is_stale(self) -> bool:
        """Whether the outline still has to be found."""
        return self._is_stale

    def set_selection(self, selection: "Plane | None") -> None:
        """Show the edge of this plane from the next ``prepare`` on; None for nothing selected."""
        self._selection = selection
        self.mark_stale()

    def mark_stale(self) -> None:
        """Say that the selection or the place of the view changed."""
        self._is_stale = True

    def set_marching(self, marches: bool) -> None:
        """Let the ants move or stand."""
        if marches and self._selection is not None:
            self._timer.start()
        else:
            self._timer.stop()

    def prepare(self, transform: "ViewTransform", view: Rect, level: int, ratio: float) -> None:
        """Find the outline if it may be another than before.

        Args:
            transform: place of the document.
            view: all device pixels.
            level: mip level that is shown.
            ratio: device pixels per widget pixel.
        """
        if not self._is_stale:
            return
        self._film, self.rect = None, EMPTY
        selection = self._selection
        if selection is not None and not self._is_built(selection, transform, view, level):
            return  # The next step asks again.
        self._is_stale = False
        if selection is None:
            return
        width = max(1, round(ratio))
        found = outline(selection, level, transform, view, width)
        self.rect, self._ant = found.rect, ANT * width
        self._places = found.rows * found.rect.width + found.columns
        corner = found.rect.x - transform.origin_x + found.rect.y - transform.origin_y
        self._diagonals = found.rows + found.columns + corner
        if not found.rect.is_empty:
            self._film = np.zeros((found.rect.height, found.rect.width), np.uint32)
            self._colour()

    def draw(self, painter: "QPainter", part: Rect) -> None:
        """Draw the ants within ``part``; painter and part are in device pixels."""
        cell = self.rect.intersect(part)
        if self._film is not None and not cell.is_empty:
            source = to_qrect(cell.translate(-self.rect.x, -self.rect.y))
            painter.drawImage(to_qrect(cell), wrap_argb(self._film), source)

    def _is_built(
        self, selection: "Plane", transform: "ViewTransform", view: Rect, level: int
    ) -> bool:
        bounds = Rect.of_shape(selection.levels[level].shape)
        part = level_part(view, transform, level, bounds)
        if selection.unbuilt(level, part) <= BUILT_AT_ONCE_PX:
            return True
        self._thread.build([Wanted(selection, level, part)])
        return False

    def _step(self) -> None:
        self._phase = (self._phase + 1) % (2 * ANT)
        if self._film is not None:
            self._colour()
        self.moved.emit()

    def _colour(self) -> None:
        if self._film is None or self._places is None or self._diagonals is None:
            return
        ant = self._ant
        colours = np.repeat(np.array([_DARK, _LIGHT], np.uint32), ant)
        shift = self._phase * ant // ANT
        self._film.reshape(-1)[self._places] = colours[(self._diagonals - shift) % (2 * ant)]
