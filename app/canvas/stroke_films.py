"""What lies below and above the active layer, made once for each tile that is painted on.

While one layer is painted on, the others stand still. All below it is one film. Above it, each
layer stays a film of its own, ready to be laid over: joining those of the normal blend mode would
save little, and round differently from composing all layers one after another.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.canvas.layer_films import MODES, Film, Patch, films, lay_over, merged
from editing.geometry import Rect

if TYPE_CHECKING:
    from collections.abc import Hashable

    from app.canvas.layer_films import Pixels
    from editing.layer import Layer

LIMIT_BYTES = 96 << 20


@dataclass
class Sandwich:
    """The films of one tile, the lowest first.

    Attributes:
        below: what lies under the active layer.
        above: what lies over it.
        active: premultiplied pixels of the active layer as they were composed last, if known.
    """

    below: tuple[Film, ...]
    above: tuple[Film, ...]
    active: "Pixels | None" = field(default=None, repr=False)

    @property
    def size_bytes(self) -> int:
        """Memory of all films, the active one counted in any case."""
        pixels = [film.pixels for film in (*self.below, *self.above)]
        return sum(part.nbytes for part in pixels) + (pixels[0].nbytes if pixels else 0)


class StrokeFilms:
    """Sandwiches by tile, the least recently used ones given up first."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._layers: tuple[Layer, ...] = ()
        self._active = 0
        self._sandwiches: OrderedDict[Hashable, Sandwich] = OrderedDict()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of all films held."""
        return self._bytes

    def set_layers(self, layers: "tuple[Layer, ...]", active: int) -> bool:
        """Paint on the layer of this id; returns whether the others are the same as before."""
        is_same = _others(layers, active) == _others(self._layers, active)
        if active != self._active or not is_same:
            self.clear()
        elif layers != self._layers:
            for sandwich in self._sandwiches.values():
                sandwich.active = None
        self._layers, self._active = layers, active
        return is_same

    def clear(self) -> None:
        """Give up all."""
        self._sandwiches.clear()
        self._bytes = 0

    def forget(self, key: "Hashable") -> None:
        """Give up one tile: another layer than the active one changed there."""
        gone = self._sandwiches.pop(key, None)
        if gone is not None:
            self._bytes -= gone.size_bytes

    def compose(
        self, key: "Hashable", level: int, rect: "Rect", part: "Rect", target: "Pixels"
    ) -> "Rect":
        """Compose again what a stroke on the active layer changed on a tile.

        Where a brush went and nothing differs, as inside of a stroke, nothing is done.

        Args:
            key: of the tile.
            level: mip level, prepared under the tile.
            rect: all of the tile in pixels of that level.
            part: what may have changed, in pixels of that level.
            target: the tile's composite (rect.height, rect.width), up to date elsewhere.

        Returns:
            What did change, in pixels of the target.
        """
        sandwich = self._at(key, Patch(level, rect))
        inside = part.translate(-rect.x, -rect.y)
        layer = next(layer for layer in self._layers if layer.id == self._active)
        if sandwich.active is None:
            sandwich.active = _film(layer, Patch(level, rect))
        else:
            inside = _update(sandwich.active, _film(layer, Patch(level, part)), inside)
        if not inside.is_empty:
            target[inside.slices()] = 0
            active = Film(sandwich.active, MODES[layer.blend], layer.opacity)
            shown = (*sandwich.below, active, *sandwich.above)
            lay_over(target, inside.x, inside.y, shown, inside)
        return inside

    def _at(self, key: "Hashable", patch: Patch) -> Sandwich:
        found = self._sandwiches.get(key)
        if found is not None:
            self._sandwiches.move_to_end(key)
            return found
        found = self._sandwiches[key] = self._made(patch)
        self._bytes += found.size_bytes
        while self._bytes > self._limit_bytes and len(self._sandwiches) > 1:
            self._bytes -= self._sandwiches.popitem(last=False)[1].size_bytes
        return found

    def _made(self, patch: Patch) -> Sandwich:
        place = [layer.id for layer in self._layers].index(self._active)
        below = films(self._layers[:place], patch)
        above = films(self._layers[place + 1 :], patch)
        width, height = patch.rect.size
        if len(below) > 1:
            below = [merged(below, width, height)]
        return Sandwich(tuple(below), tuple(above))


def _film(layer: "Layer", patch: Patch) -> "Pixels":
    found = films([layer], patch)
    shape = (patch.rect.height, patch.rect.width)
    return found[0].pixels if found else np.zeros(shape, np.uint32)


def _update(old: "Pixels", new: "Pixels", inside: "Rect") -> "Rect":
    """Put new pixels into a place of the old ones; returns the part of it that differs."""
    view = old[inside.slices()]
    differs = (view != new).view(np.uint8)
    view[...] = new
    x, y, width, height = cv2.boundingRect(differs)
    return Rect(inside.x + x, inside.y + y, width, height)


def _others(layers: "tuple[Layer, ...]", active: int) -> "list[Layer | None]":
    """All layers, with None in the place of the active one."""
    return [None if layer.id == active else layer for layer in layers]
