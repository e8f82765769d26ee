"""Wand and colour range: selection by the colours that are pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.tools.select_tool import SelectTool, mode_for
from editing.colour_range import Colour, colour_range
from editing.sampling import Sample
from editing.wand import wand

if TYPE_CHECKING:
    from app.tools.tool import Pointer
    from editing.document import Document
    from editing.shapes import Shape

_LAYER_COST = 4
"""Several layers must be put together before they can be looked at."""
_MOST_COLOURS = 24


def _pixel(document: Document, pointer: Pointer) -> tuple[int, int] | None:
    """The pixel under the pointer, or None beside the picture."""
    width, height = document.size
    if 0 <= pointer.x < width and 0 <= pointer.y < height:
        return int(pointer.x), int(pointer.y)
    return None


class SelectWandTool(SelectTool):
    """A click selects what has about the same colour."""

    def press(self, pointer: Pointer) -> None:
        """Select from this pixel on."""
        document = self.document
        if document is None:
            return
        pixel = _pixel(document, pointer)
        if pixel is None:
            return
        self._mode = mode_for(pointer, self._options.mode)
        options = self._options
        tolerance, contiguous = options.tolerance, options.contiguous
        antialias, all_layers = options.antialias, options.all_layers

        def shape(document: Document) -> Shape:
            sample = Sample(document, all_layers=all_layers)
            return wand(sample, *pixel, tolerance, contiguous=contiguous, antialias=antialias)

        area = document.bounds.area * _LAYER_COST
        self.select(shape, self.tr("Magic wand"), area, feather=True)


class SelectColourTool(SelectTool):
    """A click selects a colour everywhere; a drag gathers all the colours on its way."""

    _mode_pressed = False
    _places: tuple[tuple[int, int], ...] = ()

    @property
    def is_active(self) -> bool:
        """Whether colours are being gathered."""
        return self._mode_pressed

    def press(self, pointer: Pointer) -> None:
        """Gather the first colour."""
        if self.document is None:
            return
        self._mode = mode_for(pointer, self._options.mode)
        self._mode_pressed, self._places = True, ()
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Gather another colour."""
        document = self.document
        pixel = None if document is None else _pixel(document, pointer)
        if pixel is not None and pixel not in self._places:
            self._places = (*self._places, pixel)

    def release(self, pointer: Pointer) -> None:  # noqa: ARG002
        """Select the colours."""
        places, self._places, self._mode_pressed = self._places, (), False
        document = self.document
        if document is None or not places:
            return
        every = -(-len(places) // _MOST_COLOURS)
        chosen, options = places[::every], self._options
        all_layers, distance, softness = options.all_layers, options.distance, options.softness

        def shape(document: Document) -> Shape:
            sample = Sample(document, all_layers=all_layers)
            colours: list[Colour] = [sample.colour(x, y)[:3] for x, y in chosen]
            return colour_range(sample, list(dict.fromkeys(colours)), distance, softness)

        area = document.bounds.area * _LAYER_COST
        self.select(shape, self.tr("Colour range"), area, feather=True)

    def cancel(self) -> None:
        """Forget the colours."""
        self._places, self._mode_pressed = (), False
        super().cancel()
