"""Tools: what a press, a drag and a release on the picture do.

The canvas hands every pointer event on as a ``Pointer`` in document pixels, in order and without
leaving any out. A gesture ends in at most one step of the history.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QPointF, Qt, Signal

from editing.gesture import MOUSE, Pen

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.models.document_model import DocumentModel
    from app.tools.overlay_parts import Part


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is, and what is held.

    Attributes:
        x: document pixels from the left edge; may lie outside the document.
        y: document pixels from the top edge.
        shift: Shift is held.
        alt: Alt is held.
        control: Ctrl (Command on a Mac) is held.
        pen: pressure and tilt; those of a mouse if there is no pen.
        eraser: it is the far end of a pen.
    """

    x: float
    y: float
    shift: bool = False
    alt: bool = False
    control: bool = False
    pen: Pen = field(default=MOUSE)
    eraser: bool = False


class Sight(Protocol):
    """How the document lies in the widget, for whoever draws over it."""

    @property
    def scale(self) -> float:
        """Widget pixels per document pixel."""

    def to_widget(self, x: float, y: float) -> QPointF:
        """Widget coordinates of a document point."""


class Tool(QObject):
    """Something the pointer does to the document. This one does nothing.

    Signals:
        overlay_changed: what ``draw`` draws, the cursor or the ring differ.
        overlay_moved: the same, but ``draw`` draws other things in these parts only: a list of
            ``app.tools.overlay_parts.Part``.
        refused: a sentence on why the tool cannot do what was asked for.
    """

    overlay_changed = Signal()
    overlay_moved = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model: DocumentModel | None = None
        self._parts: list[Part] = []

    def show_at(self, parts: "list[Part]") -> None:
        """Say that what ``draw`` draws lies in these parts, and no longer where it lay."""
        before, self._parts = self._parts, parts
        self.overlay_moved.emit([*before, *parts])

    def set_model(self, model: "DocumentModel | None") -> None:
        """Work on the document of this model from now on."""
        self._model = model

    @property
    def is_active(self) -> bool:
        """Whether a gesture is under way; Escape and the release of the button belong to it."""
        return False

    @property
    def cursor(self) -> Qt.CursorShape:
        """Shape of the pointer over the picture."""
        return Qt.CursorShape.CrossCursor

    @property
    def ring_radius(self) -> float | None:
        """Radius of the ring at the pointer in document pixels, or None for no ring."""
        return None

    def activate(self) -> None:
        """The tool was chosen."""

    def deactivate(self) -> None:
        """Another tool was chosen; what is under way ends as a person would expect."""
        if self.is_active:
            self.cancel()

    def press(self, pointer: Pointer) -> None:
        """The left button went down."""

    def drag(self, pointer: Pointer) -> None:
        """The pointer moved while a gesture is under way."""

    def release(self, pointer: Pointer) -> None:
        """The button went up."""

    def double_click(self, pointer: Pointer) -> None:
        """The second of two quick presses; as a rule a press like any other."""
        self.press(pointer)

    def hover(self, pointer: Pointer) -> None:
        """The pointer moved without a gesture."""

    def cancel(self) -> None:
        """Escape: give up what is under way; the document is as it was before."""

    def confirm(self) -> bool:
        """Enter: finish what is under way; whether the tool had a use for the key."""
        return False

    def step_back(self) -> bool:
        """Backspace: take the last step of what is under way back; whether there was one."""
        return False

    @property
    def takes_arrows(self) -> bool:
        """Whether the arrow keys belong to the tool."""
        return False

    def nudge(self, dx: int, dy: int) -> None:
        """An arrow key: so many pixels to the right and down."""

    def draw(self, painter: "QPainter", sight: Sight) -> None:
        """Draw over the picture, in widget coordinates."""
