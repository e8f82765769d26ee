"""Select an object: click on it, or draw a box around it; further clicks correct what was found.

After the first click or box, a click adds what it points at and Alt-click takes it away; a new box,
Shift-click or Enter is done with the object. Each correction is a step of the history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QPainterPath

from app.tools import overlay_parts
from app.tools.select_outline import box, draw_path, draw_sign
from app.tools.select_tool import SelectTool, mode_for
from editing.geometry import EMPTY, Rect
from editing.grabcut import Hints, cut_out
from editing.sampling import Sample
from editing.selection import CombineMode, laid_over, lifted
from editing.shapes import feathered_shape

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.models.document_model import DocumentModel
    from app.tools.tool import Pointer, Sight
    from editing.document import Document
    from editing.history import Change, Command
    from editing.shapes import Point, Shape
    from editing.tile_plan import TilePlan

_SLOW = float("inf")


@dataclass
class _Object:
    """What was said of an object so far, and the selection from before it."""

    hints: Hints
    mode: CombineMode
    base: Shape | None = None
    is_shown: bool = False


class SelectObjectTool(SelectTool):
    """Clicks and boxes that GrabCut makes an outline of."""

    _object: _Object | None = None
    _start: Pointer | None = None
    _end: Point = (0.0, 0.0)

    def set_model(self, model: DocumentModel | None) -> None:
        """Work on the document of this model; the object under way is done with."""
        if self._model is not None:
            self._model.changed.disconnect(self._on_changed)
        super().set_model(model)
        self._object = None
        if model is not None:
            model.changed.connect(self._on_changed)

    @property
    def is_active(self) -> bool:
        """Whether the button is down."""
        return self._start is not None

    @property
    def hints(self) -> Hints:
        """What was said of the object so far."""
        return Hints() if self._object is None else self._object.hints

    def press(self, pointer: Pointer) -> None:
        """Begin a click or a box."""
        if self.document is not None:
            self._start, self._end = pointer, (pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        """Draw the box to the pointer."""
        self._end = (pointer.x, pointer.y)
        if self._start is not None:
            self.show_at(overlay_parts.edges((self._start.x, self._start.y), self._end))

    def release(self, pointer: Pointer) -> None:
        """Look for the object, or look again."""
        start, self._start = self._start, None
        document = self.document
        if start is None or document is None:
            return
        self._end = (pointer.x, pointer.y)
        self.overlay_changed.emit()
        found = self._said(start, document)
        if found is not None:
            self._look(found)

    def cancel(self) -> None:
        """Give the box up."""
        self._start = None
        super().cancel()

    def confirm(self) -> bool:
        """Be done with the object; the next click is about another one."""
        was_there, self._object = self._object is not None, None
        self.overlay_changed.emit()
        return was_there

    def deactivate(self) -> None:
        """Be done with the object."""
        super().deactivate()
        self._object = None

    def draw(self, painter: QPainter, sight: Sight) -> None:
        """Draw the box, and where was clicked."""
        super().draw(painter, sight)
        if self._start is not None and not self.is_click(self._end, self._start):
            path = QPainterPath()
            path.addRect(box((self._start.x, self._start.y), self._end, sight))
            draw_path(painter, path)
        for points, plus in ((self.hints.plus, True), (self.hints.minus, False)):
            for point in points:
                draw_sign(painter, sight.to_widget(*point), plus=plus)

    def _said(self, start: Pointer, document: Document) -> _Object | None:
        """What the press that began at `start` says, or None if it says nothing."""
        drawn = self._box(start, document)
        point = (start.x, start.y)
        if not drawn.is_empty:
            return _Object(Hints(box=drawn), mode_for(start, self._options.mode))
        if not document.bounds.contains(Rect(int(start.x), int(start.y), 1, 1)):
            return None
        if self._object is None or start.shift:
            return _Object(Hints(plus=(point,)), mode_for(start, self._options.mode))
        hints = self._object.hints
        if start.alt:
            hints = replace(hints, minus=(*hints.minus, point))
        else:
            hints = replace(hints, plus=(*hints.plus, point))
        return replace(self._object, hints=hints)

    def _box(self, start: Pointer, document: Document) -> Rect:
        if self.is_click(self._end, start):
            return EMPTY
        (left, right), (top, bottom) = (
            sorted((start.x, self._end[0])),
            sorted((start.y, self._end[1])),
        )
        drawn = Rect.from_edges(round(left), round(top), round(right), round(bottom))
        return drawn.intersect(document.bounds)

    def _look(self, thing: _Object) -> None:
        options = self._options
        all_layers, antialias, radius = options.all_layers, options.antialias, options.feather

        def plan(document: Document) -> TilePlan:
            if not thing.is_shown:
                thing.base = lifted(document.selection)
            sample = Sample(document, all_layers=all_layers)
            shape = cut_out(sample, thing.hints, antialias=antialias)
            shape = feathered_shape(shape, radius, document.bounds)
            return laid_over(document.selection, thing.base, shape, thing.mode)

        def pushed(command: Command | None) -> None:  # noqa: ARG001
            thing.is_shown = True
            self._object = thing
            self.overlay_changed.emit()

        self._work.run(self.tr("Select object"), plan, _SLOW, pushed)

    def _on_changed(self, change: Change) -> None:
        """Whoever else changes the selection, undo for instance, is done with the object."""
        if change.kind in ("selection", "document"):
            self._object = None
            self.overlay_changed.emit()

    def _on_replaced(self) -> None:
        """Another document has other objects."""
        self._object = None
        super()._on_replaced()
