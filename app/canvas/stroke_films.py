"""What lies below and above the active layer, composed once for each tile that is painted on.

While one layer is painted on, the others stand still. All below it is one film. Above it, each run
of layers with the normal blend mode is one too, because laying over is associative then; a layer of
another mode stays a film of its own, ready to be laid over.
"""

from collections import OrderedDict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from app.canvas.layer_films import NORMAL, Film, Patch, films, merged

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from editing.geometry import Rect
    from editing.layer import Layer

LIMIT_BYTES = 96 << 20


class Sandwich(NamedTuple):
    """The films about the active layer on one tile, the lowest first."""

    below: tuple[Film, ...]
    above: tuple[Film, ...]

    @property
    def size_bytes(self) -> int:
        """Memory of all films."""
        return sum(film.pixels.nbytes for film in (*self.below, *self.above))


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

    def set_layers(self, layers: "tuple[Layer, ...]", active: int) -> None:
        """Paint on the layer of this id; what was kept stays if the other layers are the same."""
        if active != self._active or _others(layers, active) != _others(self._layers, active):
            self.clear()
        self._layers, self._active = layers, active

    def clear(self) -> None:
        """Give up all."""
        self._sandwiches.clear()
        self._bytes = 0

    def forget(self, key: "Hashable") -> None:
        """Give up one tile: another layer than the active one changed there."""
        gone = self._sandwiches.pop(key, None)
        if gone is not None:
            self._bytes -= gone.size_bytes

    def at(self, key: "Hashable", level: int, rect: "Rect") -> Sandwich:
        """The films of a tile that covers a prepared part of a level."""
        found = self._sandwiches.get(key)
        if found is not None:
            self._sandwiches.move_to_end(key)
            return found
        found = self._sandwiches[key] = self._made(Patch(level, rect))
        self._bytes += found.size_bytes
        while self._bytes > self._limit_bytes and len(self._sandwiches) > 1:
            self._bytes -= self._sandwiches.popitem(last=False)[1].size_bytes
        return found

    def active(self, level: int, rect: "Rect") -> list[Film]:
        """The active layer's film of a prepared part of a level, if anything is there."""
        return films(
            (layer for layer in self._layers if layer.id == self._active), Patch(level, rect)
        )

    def _made(self, patch: Patch) -> Sandwich:
        place = [layer.id for layer in self._layers].index(self._active)
        below = films(self._layers[:place], patch)
        above = films(self._layers[place + 1 :], patch)
        width, height = patch.rect.size
        if len(below) > 1:
            below = [merged(below, width, height)]
        return Sandwich(tuple(below), tuple(_joined(above, width, height)))


def _joined(parts: "Iterable[Film]", width: int, height: int) -> "Iterable[Film]":
    for mode, group in groupby(parts, key=lambda film: film.mode):
        run = list(group)
        if mode == NORMAL and len(run) > 1:
            yield merged(run, width, height)
        else:
            yield from run


def _others(layers: "tuple[Layer, ...]", active: int) -> "list[Layer | None]":
    """All layers, with None in the place of the active one."""
    return [None if layer.id == active else layer for layer in layers]
