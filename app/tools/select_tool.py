"""What all selection tools have in common.

Shift, Alt or both, held at the press, choose how the shape meets the selection for once. Without
them, and in the mode "replace", a drag that begins inside the selection moves the selection, and a
click beside everything takes it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainterPath

from app.tools import overlay_parts
from app.tools.select_outline import draw_path, polyline
from app.tools.tool import Pointer, Sight, Tool
from editing.selection import CombineMode, lifted, moved, plan_combine
from editing.shapes import Shape, feathered_shape
from editing.trace import outline_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPainter

    from app.jobs.tile_work import Pushed, TileWork
    from app.models.document_model import DocumentModel
    from app.models.selection_model import SelectionModel
    from app.tools.overlay_parts import Part
    from editing.document import Document
    from editing.shapes import Point
    from editing.tile_plan import TilePlan

CLICK_PX = 3.0
"""A pointer that moves less than this, in widget pixels, has clicked."""
_INSIDE = 128
_SEARCH_COST = 1 / 16
"""Of a pixel that is only looked at, next to one that is worked on."""


def mode_for(pointer: Pointer, usual: CombineMode) -> CombineMode:
    """How a shape begun with these keys meets the selection."""
    if pointer.shift and pointer.alt:
        return "intersect"
    if pointer.shift:
        return "add"
    return "subtract" if pointer.alt else usual


class SelectTool(Tool):
    """Base of the selection tools.

    Args:
        options: shared by all of them.
        work: makes the edits.
    """

    def __init__(
        self, options: SelectionModel, work: TileWork, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._options, self._work = options, work
        self._mode: CombineMode = "replace"
        self._scale = 1.0
        self._moving: _Moving | None = None
        work.busy_changed.connect(self._show_busy)

    def set_model(self, model: DocumentModel | None) -> None:
        """Work on the document of this model; another document ends what is under way."""
        if self._model is not None:
            self._model.document_replaced.disconnect(self._on_replaced)
        super().set_model(model)
        if model is not None:
            model.document_replaced.connect(self._on_replaced)

    @property
    def cursor(self) -> Qt.CursorShape:
        """A cross; an hourglass while a large edit is worked out."""
        if self._work.is_busy:
            return Qt.CursorShape.BusyCursor
        if self._moving is not None:
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.CrossCursor

    @property
    def is_active(self) -> bool:
        """Whether the selection is being moved."""
        return self._moving is not None

    @property
    def document(self) -> Document | None:
        """The open document."""
        return None if self._model is None else self._model.document

    def begin_move(self, pointer: Pointer) -> bool:
        """Begin to move the selection if the press means that."""
        document = self.document
        plain = not (pointer.shift or pointer.alt) and self._options.mode == "replace"
        if document is None or not plain or not self._selected_at(document, pointer):
            return False
        self._moving = _Moving((pointer.x, pointer.y))
        self.overlay_changed.emit()
        return True

    def drag(self, pointer: Pointer) -> None:
        """Move the selection's outline along."""
        document = self.document
        if self._moving is not None and document is not None:
            self._moving.to(document, pointer)
            self.show_at(self._moving.parts())

    def release(self, pointer: Pointer) -> None:
        """Put the selection down; a click without a move takes it away."""
        SelectTool.drag(self, pointer)
        moving, self._moving = self._moving, None
        if moving is None:
            return
        if self.is_click(moving.start, pointer):
            self.deselect()
        else:
            self._put(*moving.step)
        self.overlay_changed.emit()

    def cancel(self) -> None:
        """Leave the selection where it was."""
        self._moving = None
        self.overlay_changed.emit()

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw the outline that is moved."""
        self._scale = sight.scale
        if self._moving is None:
            return
        dx, dy = self._moving.step
        path = QPainterPath()
        for points in self._moving.outline:
            path.addPolygon(polyline([(x + dx, y + dy) for x, y in points], sight))
            path.closeSubpath()
        draw_path(painter, path)

    def is_click(self, start: Point, pointer: Pointer) -> bool:
        """Whether the pointer has stayed where it was pressed."""
        moved_by = max(abs(pointer.x - start[0]), abs(pointer.y - start[1]))
        return moved_by * self._scale < CLICK_PX

    def deselect(self) -> None:
        """Select nothing."""
        model = self._model
        if model is not None and model.has_selection():
            self.select(lambda _: _nothing(), self.tr("Deselect"), 0, mode="replace")

    def select(
        self,
        shape: Callable[[Document], Shape],
        name: str,
        pixels: float,
        *,
        mode: CombineMode | None = None,
        feather: bool = False,
        pushed: Pushed | None = None,
    ) -> None:
        """Combine a shape with the selection.

        Args:
            shape: makes it, perhaps in another thread.
            name: of the step in the history.
            pixels: about how many must be looked at.
            mode: how they meet; None for the mode of the last press.
            feather: whether the option of that name applies.
            pushed: told the command.
        """
        how: CombineMode = self._mode if mode is None else mode
        radius = self._options.feather if feather else 0

        def plan(document: Document) -> TilePlan:
            found = feathered_shape(shape(document), radius, document.bounds)
            return plan_combine(document.selection, found, how)

        # What was selected before must be looked for as well.
        document = self.document
        search = 0.0 if document is None else document.bounds.area * _SEARCH_COST
        self._work.run(name, plan, pixels + search, pushed)

    def _put(self, dx: int, dy: int) -> None:
        def plan(document: Document) -> TilePlan:
            shape = moved(lifted(document.selection), dx, dy, document.bounds)
            return plan_combine(document.selection, shape, "replace")

        document = self.document
        if document is not None:
            self._work.run(self.tr("Move selection"), plan, document.bounds.area / 4)

    def _selected_at(self, document: Document, pointer: Pointer) -> bool:
        width, height = document.size
        x, y = int(pointer.x), int(pointer.y)
        inside = 0 <= pointer.x < width and 0 <= pointer.y < height
        return inside and bool(document.selection.pixels[y, x] >= _INSIDE)

    def _on_replaced(self) -> None:
        if self.is_active:
            self.cancel()

    def _show_busy(self) -> None:
        if self._model is not None:
            self.overlay_changed.emit()


class _Moving:
    """A selection on its way: where it was taken, how far it went, its outline."""

    def __init__(self, start: Point) -> None:
        self.start = start
        self.step = (0, 0)
        self.outline: list[list[Point]] = []
        self._parts: list[Part] = []
        self._traced = False

    def parts(self) -> list[Part]:
        """Where the outline lies now."""
        return overlay_parts.shifted(self._parts, *self.step)

    def to(self, document: Document, pointer: Pointer) -> None:
        """Follow the pointer by whole pixels, so that soft edges stay what they are."""
        if not self._traced:
            self.outline = outline_of(document.selection)
            self._parts = overlay_parts.outlines(self.outline)
            self._traced = True
        self.step = round(pointer.x - self.start[0]), round(pointer.y - self.start[1])


def _nothing() -> Shape:
    from editing.shapes import NOTHING

    return NOTHING
