"""Eyedropper: takes the colour to paint with from the picture. Alt takes the background colour."""

import numpy as np
from PySide6.QtCore import QObject

from app.models.brush_model import BrushModel
from app.models.colour_model import Rgb
from app.tools.paint_colour import Name, pick
from app.tools.tool import Pointer, Tool
from editing.document import Document
from editing.geometry import Rect
from editing.sampling import Sample


class EyedropperTool(Tool):
    """Press and drag over the picture; what is under the pointer is the colour at once.

    Args:
        brush: its colours are set; its options say how large a square is averaged.
    """

    def __init__(self, brush: BrushModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._brush = brush
        self._name: Name | None = None

    @property
    def is_active(self) -> bool:
        """Whether the button is down."""
        return self._name is not None

    def press(self, pointer: Pointer) -> None:
        """Take a colour."""
        self._name = "background" if pointer.alt else "foreground"
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Take another one."""
        document = None if self._model is None else self._model.document
        if document is not None:
            options = self._brush.paint
            numbers = picked_colour(
                document,
                pointer.x,
                pointer.y,
                options.sample_side,
                all_layers=options.sample_all,
            )
            if numbers is not None:
                pick(document, self._brush.colours, numbers, self._name or "foreground")

    def release(self, pointer: Pointer) -> None:  # noqa: ARG002
        """Keep the colour."""
        self._name = None

    def cancel(self) -> None:
        """Nothing to take back in the document."""
        self._name = None


def picked_colour(
    document: Document, x: float, y: float, side: int = 1, *, all_layers: bool = True
) -> Rgb | None:
    """The mean colour of a square about a place, weighed by alpha; None where nothing is seen.

    In the numbers of the document.
    """
    square = Rect(int(x // 1) - side // 2, int(y // 1) - side // 2, side, side)
    square = square.intersect(document.bounds)
    if square.is_empty:
        return None
    pixels = Sample(document, all_layers=all_layers).pixels(square).reshape(-1, 4).astype(float)
    weights = pixels[:, 3]
    if weights.sum() == 0:
        return None
    red, green, blue = np.average(pixels[:, :3], axis=0, weights=weights)
    return round(red), round(green), round(blue)
