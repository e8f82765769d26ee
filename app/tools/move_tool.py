"""Move: drag the layer, the region or the selected part by whole pixels; arrow keys too.

Shift keeps a drag to a line across or down. Arrow presses that follow quickly on each other are one
step of the history. What leaves the picture is lost when the pointer is released, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer

from app.tools.floating_edit import FloatingEdit, Stage
from app.tools.tool import Pointer, Sight, Tool
from editing.placing import Shift
from editing.warp import corners_of

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPainter

    from app.jobs.document_work import DocumentWork
    from app.models.document_model import DocumentModel

NUDGE_PAUSE_MS = 600
"""After so long without an arrow key, the move is made."""


class MoveTool(Tool):
    """Moves what the target and the selection say.

    Args:
        work: makes the edits.
        stage: shows the document without what is being moved.
    """

    def __init__(self, work: DocumentWork, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edit = FloatingEdit(work, stage, self)
        self._edit.ended.connect(self._on_ended)
        self._start: tuple[float, float] | None = None
        self._offset = (0, 0)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(NUDGE_PAUSE_MS)
        self._pause.timeout.connect(self._put_down)

    def set_model(self, model: DocumentModel | None) -> None:
        """Work on the document of this model from now on."""
        if model is None:
            self._put_down()
        super().set_model(model)

    @property
    def is_active(self) -> bool:
        """Whether something hangs on the pointer or the arrow keys."""
        return self._edit.is_active and not self._edit.is_busy

    @property
    def takes_arrows(self) -> bool:
        """They move by a pixel."""
        return True

    @property
    def offset(self) -> tuple[int, int]:
        """How far it is moved now, in pixels to the right and down."""
        return self._offset

    @property
    def cursor(self) -> Qt.CursorShape:
        """Four arrows."""
        return Qt.CursorShape.SizeAllCursor

    def deactivate(self) -> None:
        """Another tool was chosen: the move is made."""
        self._put_down()

    def press(self, pointer: Pointer) -> None:
        """Pick it up."""
        self._put_down()
        if self._model is not None and self._edit.begin(self._model):
            self._start, self._offset = (pointer.x, pointer.y), (0, 0)
            self._show_place()

    def drag(self, pointer: Pointer) -> None:
        """Carry it along."""
        if self._start is None:
            return
        dx, dy = round(pointer.x - self._start[0]), round(pointer.y - self._start[1])
        if pointer.shift:
            dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
        if (dx, dy) != self._offset:
            self._offset = (dx, dy)
            self._show_place()

    def release(self, pointer: Pointer) -> None:
        """Put it down."""
        self.drag(pointer)
        self._put_down()

    def nudge(self, dx: int, dy: int) -> None:
        """Move by an arrow key; the edit is made after a pause."""
        if self._start is not None or self._edit.is_busy or self._model is None:
            return
        if not self._edit.is_active and not self._edit.begin(self._model):
            return
        self._offset = (self._offset[0] + dx, self._offset[1] + dy)
        self._pause.start()
        self._show_place()

    def cancel(self) -> None:
        """Put it back."""
        self._edit.drop()

    def confirm(self) -> bool:
        """Enter: make the move by arrow keys at once."""
        if not self._edit.is_active:
            return False
        self._put_down()
        return True

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw it where it is carried."""
        place = self._edit.place.translate(*self._offset)
        self._edit.draw(painter, sight, corners_of(place))

    def _show_place(self) -> None:
        place = self._edit.place.translate(*self._offset)
        self.show_at([(place.x, place.y, place.right, place.bottom)])

    def _put_down(self) -> None:
        self._pause.stop()
        self._start = None
        if not self.is_active:
            return
        if self._offset == (0, 0):
            self._edit.drop()
            return
        self._edit.put_down(
            Shift(*self._offset),
            self.tr("Move"),
            self.tr("Moving…"),
            2 * self._edit.place.area,
        )

    def _on_ended(self) -> None:
        self._pause.stop()
        self._start, self._offset = None, (0, 0)
        self.overlay_changed.emit()
