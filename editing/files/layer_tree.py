"""Layers and groups of other programs, made into a stack of layers without groups.

A group that only keeps things together is dissolved. One with an opacity, a mode or a mask of its
own is composed into one layer, because its layers alone would not show the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from editing.flatten import flattened
from editing.geometry import Rect
from editing.layer import BlendMode, Layer
from editing.plane import Pixels, Plane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.files.limits import LayerBudget


@dataclass(frozen=True)
class Placed:
    """Pixels, (h, w, 4) or a mask (h, w), and where their upper left corner lies.

    Attributes:
        pixels: uint8.
        x: In document pixels; may lie outside.
        y: In document pixels.
        around: For a mask, its value everywhere else.
    """

    pixels: Pixels
    x: int = 0
    y: int = 0
    around: int = 0


@dataclass(frozen=True)
class LayerNode:
    """A layer of another program.

    Attributes:
        picture: Its pixels.
        name: Shown in the list.
        visible: Whether it is shown.
        opacity: In [0, 1].
        blend: How its colours meet those below.
        locked: Whether it must not be edited.
        mask: Multiplies its alpha, or None.
        active: Whether it was the one being edited.
        clipped: Whether it shows only where the next lower layer that is not clipped does.
    """

    picture: Placed
    name: str
    visible: bool = True
    opacity: float = 1.0
    blend: BlendMode = "normal"
    locked: bool = False
    mask: Placed | None = None
    active: bool = False
    clipped: bool = False


@dataclass(frozen=True)
class GroupNode:
    """A group of another program.

    Attributes:
        children: The lowest first.
        name: Shown in the list.
        visible: Whether it is shown.
        opacity: In [0, 1].
        blend: How the composed group meets what is below.
        isolated: Whether its layers do not meet what is below the group.
        mask: Multiplies the alpha of the composed group, or None.
    """

    children: tuple[LayerNode | GroupNode, ...]
    name: str
    visible: bool = True
    opacity: float = 1.0
    blend: BlendMode = "normal"
    isolated: bool = True
    mask: Placed | None = None


Node = LayerNode | GroupNode


@dataclass
class Stacked:
    """Layers without groups, the lowest first.

    Attributes:
        layers: The layers.
        active: Place of the one that was being edited; the highest if none was.
        composed: Names of the groups that were composed.
    """

    layers: list[Layer]
    active: int
    composed: list[str]


def stacked(nodes: Sequence[Node], size: tuple[int, int], budget: LayerBudget) -> Stacked:
    """Make layers of a document's size of a tree, the lowest first.

    Args:
        nodes: The tree; the pixels of its layers were counted already.
        size: Width and height of the document.
        budget: Counts what is needed besides, whole planes mostly (``FileError``).
    """
    result = Stacked([], -1, [])
    _Stacking(result, size, budget).add(nodes, visible=True)
    if result.active < 0:
        result.active = len(result.layers) - 1
    return result


def plane_of(placed: Placed, size: tuple[int, int]) -> Plane:
    """Return a plane of the document's size with pixels at their place; what is outside is cut."""
    width, height = size
    pixels = placed.pixels
    if (placed.x, placed.y) == (0, 0) and pixels.shape[:2] == (height, width):
        return Plane(pixels)
    plane = Plane.zeros((height, width, *pixels.shape[2:]))
    if placed.around:
        plane.pixels[...] = placed.around
        plane.mark_dirty(plane.bounds)
    there = Rect(placed.x, placed.y, pixels.shape[1], pixels.shape[0]).intersect(plane.bounds)
    if not there.is_empty:
        source = there.translate(-placed.x, -placed.y)
        plane.pixels[there.slices()] = pixels[source.slices()]
        plane.mark_dirty(there)
    return plane


class _Stacking:
    """A tree being made into layers."""

    def __init__(self, result: Stacked, size: tuple[int, int], budget: LayerBudget) -> None:
        self._result = result
        self._size = size
        self._budget = budget

    def add(self, nodes: Sequence[Node], *, visible: bool) -> None:
        result = self._result
        base: Plane | None = None
        for node in nodes:
            if isinstance(node, GroupNode):
                base = None
                self._add_group(node, visible=visible)
                continue
            layer = self._layer(node, visible=visible)
            if node.clipped and base is not None:
                self._budget.take_pixels(*self._size)
                layer = replace(layer, mask=_clipped(layer, base))
            elif not node.clipped:
                base = layer.plane
            if node.active:
                result.active = len(result.layers)
            result.layers.append(layer)

    def _add_group(self, group: GroupNode, *, visible: bool) -> None:
        result = self._result
        if _dissolves(group):
            self.add(group.children, visible=visible and group.visible)
            return
        self._budget.take_pixels(*self._size)
        inside = stacked(group.children, self._size, self._budget)
        result.composed += [*inside.composed, group.name]
        if inside.layers:
            result.layers.append(
                Layer(
                    Plane(flattened(inside.layers)),
                    group.name,
                    visible and group.visible,
                    group.opacity,
                    group.blend,
                    mask=self._mask(group.mask),
                )
            )

    def _layer(self, node: LayerNode, *, visible: bool) -> Layer:
        return Layer(
            plane_of(node.picture, self._size),
            node.name,
            visible and node.visible,
            node.opacity,
            node.blend,
            node.locked,
            self._mask(node.mask),
        )

    def _mask(self, mask: Placed | None) -> Plane | None:
        if mask is None:
            return None
        if mask.around:  # The whole plane is written to.
            self._budget.take_pixels(*self._size)
        return plane_of(mask, self._size)


def _dissolves(group: GroupNode) -> bool:
    if group.opacity != 1 or group.blend != "normal" or group.mask is not None:
        return False
    return not group.isolated or all(_is_normal(child) for child in group.children)


def _is_normal(node: Node) -> bool:
    return node.blend == "normal" and (not isinstance(node, GroupNode) or node.isolated)


def _clipped(layer: Layer, base: Plane) -> Plane:
    """Return a layer's mask, cut to where the layer below it shows."""
    cover = base.pixels[..., 3]
    if layer.mask is None:
        return Plane(cover.copy())
    product = layer.mask.pixels.astype(np.uint16) * cover
    return Plane(((product + 127) // 255).astype(np.uint8))
