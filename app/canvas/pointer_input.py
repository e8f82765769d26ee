"""Mouse, pen and keys on the canvas: who gets a press, and what a drag means.

The left button belongs to the tool; the middle button, or the left one with Space held, moves the
view. Space may be pressed in mid-stroke: the view moves until it is released, the stroke goes on
from the same place of the document, because that place moves along with the pointer.

Every move is handed to the tool as it comes; only painting is gathered into frames by Qt. The
application should switch off ``Qt.AA_CompressHighFrequencyEvents``, or X11 merges moves before.
"""

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QSinglePointEvent

    from app.tools.tool import Pointer, Tool

_Mover = Literal["left", "middle", "space"]
"""What the view follows the pointer for."""
_LEFT = Qt.MouseButton.LeftButton
_MIDDLE = Qt.MouseButton.MiddleButton


class PointerInput:
    """The state of buttons and keys between events."""

    def __init__(self, tool: "Tool") -> None:
        # The view is not kept here: a widget in a cycle of references dies whenever the garbage
        # collector runs, and if that is while another widget is painted, Qt crashes.
        self._tool = tool
        self._space_held = False
        self._moved_by: _Mover | None = None
        self._last = QPointF()
        self._pressed = False

    @property
    def can_move_view(self) -> bool:
        """Whether a left drag would move the view."""
        return self._space_held

    @property
    def is_moving_view(self) -> bool:
        """Whether the view follows the pointer now."""
        return self._moved_by is not None

    def set_tool(self, tool: "Tool") -> None:
        """Hand the pointer to another tool from now on."""
        self._tool = tool

    def press(
        self, event: "QSinglePointEvent", pointer: "Pointer", *, is_double: bool = False
    ) -> bool:
        """Begin to move the view, or a gesture of the tool.

        Args:
            event: of the button.
            pointer: the same place in document pixels.
            is_double: whether it is the second of two quick presses.

        Returns:
            Whether the button means anything here.
        """
        self._last = event.position()
        button = event.button()
        if button == _MIDDLE:
            self._moved_by = "middle"
        elif button == _LEFT and self._space_held:
            self._moved_by = "left"
        elif button == _LEFT and self._moved_by is None:
            self._pressed = True
            (self._tool.double_click if is_double else self._tool.press)(pointer)
        return button in (_LEFT, _MIDDLE)

    def move(self, event: "QSinglePointEvent", pointer: "Pointer") -> QPointF | None:
        """Go on with the gesture, or tell how far to move the view, in widget pixels."""
        delta = event.position() - self._last
        self._last = event.position()
        if self._moved_by is not None:
            return delta
        if self._tool.is_active and event.buttons() & _LEFT:
            self._tool.drag(pointer)
        elif self._tool.is_active and self._pressed:
            # The release went elsewhere, to a dialog for instance.
            self._pressed = False
            self._tool.release(pointer)
        else:
            self._tool.hover(pointer)
        return None

    def release(self, event: "QSinglePointEvent", pointer: "Pointer") -> None:
        """End what the button began."""
        button = event.button()
        if (button == _MIDDLE and self._moved_by == "middle") or (
            button == _LEFT and self._moved_by == "left"
        ):
            self._moved_by = None
        elif button == _LEFT and self._pressed:
            self._pressed = False
            if self._tool.is_active:
                self._tool.release(pointer)

    def press_space(self) -> None:
        """Space went down: the next left drag, or the stroke under way, moves the view."""
        self._space_held = True
        if self._tool.is_active and self._moved_by is None:
            self._moved_by = "space"

    def release_space(self) -> None:
        """Space went up: a stroke goes on; a drag that it began moves the view to its end."""
        self._space_held = False
        if self._moved_by == "space":
            self._moved_by = None
