"""What can be picked up and put down elsewhere: the target of the tools, or the selected part.

The target is the active layer with its mask, that mask alone, or the active region. If something is
selected, only that part is picked up, by as much as it is selected, and the selection goes along.
Pixels that end up outside the document are lost when the edit is made, not while it is tried out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from editing.blend import blend
from editing.commands import CommandGroup, restructure
from editing.errors import EditingError
from editing.geometry import EMPTY, Rect
from editing.layer_commands import editable_plane
from editing.plane import Plane, TileIndex, tile_rect, tiles_in
from editing.reshape import in_threads, with_planes
from editing.steps import finished
from editing.structure_change import extent
from editing.tile_plan import PlannedTile, TilePlan, content_bounds

if TYPE_CHECKING:
    from editing.document import Document
    from editing.history import ChangeKind, Command
    from editing.placing import Placed, Placer
    from editing.plane import Pixels
    from editing.steps import Steps
    from editing.structure import Structure

LARGEST_TILE_EDIT_PX = 8 * 1024 * 1024
"""Beyond this area a new plane takes the place of the old one: no pixel is copied at the end."""

_CHUNK = 64


class Part(NamedTuple):
    """A plane of which something is picked up.

    Attributes:
        plane: Only read.
        kind: Of the change.
        place: Rectangle around what is picked up.
        inverted: Whether 255 is "nothing", as in a layer's mask.
        is_selected: Whether only the selected share is picked up.
    """

    plane: Plane
    kind: ChangeKind
    place: Rect
    inverted: bool = False
    is_selected: bool = False


@dataclass(frozen=True)
class Floating:
    """What is picked up of a document, before anything is changed.

    Attributes:
        structure: Of the document.
        parts: Planes; the first one is what is shown while it is moved.
        layer_id: Of the layer that it belongs to, or None.
        region_id: Of the region, or None.
    """

    structure: Structure
    parts: tuple[Part, ...]
    layer_id: int | None = None
    region_id: int | None = None

    @property
    def place(self) -> Rect:
        """Rectangle around what is picked up."""
        return self.parts[0].place

    @property
    def is_selected(self) -> bool:
        """Whether it is only a selected part."""
        return self.parts[0].is_selected

    def lifted(self, part: Part) -> Pixels:
        """Return what is picked up of a plane, (place.height, place.width[, 4])."""
        pixels = part.plane.pixels[part.place.slices()]
        if part.inverted:
            pixels = _inverted(pixels)
        if not part.is_selected:
            return pixels
        return scaled_by(pixels, self.structure.selection.pixels[part.place.slices()])

    def left_behind(self, part: Part, rect: Rect) -> Pixels:
        """Return what stays in a rectangle when the rest is picked up, a new array."""
        pixels = part.plane.pixels[rect.slices()]
        if part.inverted:
            pixels = _inverted(pixels)
        if part.is_selected:
            kept = cv2.bitwise_not(self.structure.selection.pixels[rect.slices()])
            return scaled_by(pixels, np.asarray(kept, np.uint8))
        return np.zeros_like(pixels)

    def without(self) -> Structure:
        """Return the structure as it looks when all is picked up, for showing only."""
        structure = self.structure
        if self.region_id is not None:
            region = structure.region(self.region_id)
            if not self.is_selected:
                return structure.with_region(replace(region, visible=False))
            return structure.with_region(replace(region, mask=self._rest(self.parts[0])))
        layer = structure.layer(self.layer_id or 0)
        part = self.parts[0]
        if part.plane is layer.mask:
            return structure.with_layer(replace(layer, mask=self._rest(part)))
        if not self.is_selected:
            return structure.with_layer(replace(layer, visible=False))
        return structure.with_layer(replace(layer, mask=self._hole(layer.mask)))

    def _rest(self, part: Part) -> Plane:
        plane = Plane(part.plane.pixels.copy())
        rest = self.left_behind(part, part.place)
        plane.pixels[part.place.slices()] = _inverted(rest) if part.inverted else rest
        plane.mark_dirty(part.place)
        return plane

    def _hole(self, mask: Plane | None) -> Plane:
        """A layer mask that hides what is picked up."""
        selection, rect = self.structure.selection, self.place
        pixels = np.full(selection.shape, 255, np.uint8) if mask is None else mask.pixels.copy()
        kept = np.asarray(cv2.bitwise_not(selection.pixels[rect.slices()]), np.uint8)
        pixels[rect.slices()] = scaled_by(pixels[rect.slices()], kept)
        return Plane(pixels)


def picked_up(document: Document) -> Floating:
    """Find out what the tools pick up now; nothing is changed.

    Raises:
        EditingError: The layer is locked or hidden, or there is nothing.
    """
    plane = editable_plane(document)
    selected = content_bounds(document.selection)
    area = extent(plane) if selected.is_empty else selected.intersect(extent(plane))
    inverted = document.target == "layer_mask"
    place = _shrunk(plane, area, inverted=inverted)
    if place.is_empty:
        where = "in the region" if document.target == "region" else "on this layer"
        if not selected.is_empty:
            where = "in the selected part"
        raise EditingError(f"There is nothing {where} that could be moved.")
    is_selected = not selected.is_empty
    kind: ChangeKind = "mask" if document.target == "region" else "picture"
    parts = [Part(plane, kind, place, inverted, is_selected)]
    layer = document.active_layer
    if document.target == "layer" and not is_selected and layer.mask is not None:
        whole = _shrunk(layer.mask, document.bounds, inverted=True)
        if not whole.is_empty:
            parts.append(Part(layer.mask, "picture", whole, inverted=True))
    if is_selected:
        parts.append(Part(document.selection, "selection", selected))
    if document.target == "region":
        return Floating(document.structure, tuple(parts), region_id=document.active_region.id)
    return Floating(document.structure, tuple(parts), layer_id=layer.id)


@dataclass(frozen=True)
class PutDown:
    """The edit that puts something down, worked out but not made.

    Attributes:
        plans: New tiles.
        planes: New planes by the keys of the old ones.
    """

    plans: tuple[TilePlan, ...]
    planes: dict[int, Plane]

    def commit(self, document: Document, name: str) -> Command | None:
        """Make the edit; returns the command to push, or None if nothing differs."""
        return finished(self.commit_steps(document, name))

    def commit_steps(self, document: Document, name: str) -> Steps[Command | None]:
        """Do the same in small steps."""
        commands: list[Command | None] = []
        for plan in self.plans:
            made = yield from plan.commit_steps(name)
            commands.append(made)
        if self.planes:
            new = with_planes(document.structure, self.planes)
            commands.append(restructure(document, new, name))
        kept = [command for command in commands if command is not None]
        return CommandGroup(name, kept) if kept else None


def put_down(floating: Floating, placer: Placer) -> PutDown:
    """Work out what the document becomes; any thread, as long as nobody writes to it.

    Args:
        floating: What was picked up.
        placer: Where it goes.
    """
    plans: list[TilePlan] = []
    planes: dict[int, Plane] = {}
    for part in floating.parts:
        placed = placer.place(floating.lifted(part), part.place)
        area = part.place.union(placed.bounds.intersect(part.plane.bounds))
        if area.area <= LARGEST_TILE_EDIT_PX:
            plans.append(_tile_plan(floating, part, placed, area))
        else:
            planes[part.plane.key] = _new_plane(floating, part, placed, area)
    return PutDown(tuple(plans), planes)


def scaled_by(pixels: Pixels, share: Pixels) -> Pixels:
    """Return a mask times a share, or RGBA with its alpha times a share, rounded."""
    if pixels.ndim == 2:
        return np.asarray(cv2.multiply(pixels, share, scale=1 / 255), np.uint8)
    result = pixels.copy()
    alpha = cv2.multiply(np.asarray(cv2.extractChannel(pixels, 3)), share, scale=1 / 255)
    cv2.insertChannel(np.asarray(alpha, np.uint8), result, 3)
    # The colour of what is cleared goes too; that of what was clear before stays.
    result[(np.asarray(alpha) == 0) & (share != 255)] = 0
    return result


def _tile_plan(floating: Floating, part: Part, placed: Placed, area: Rect) -> TilePlan:
    found: dict[TileIndex, PlannedTile] = {}
    tiles = {
        tile_rect(tile, *part.plane.bounds.size): tile
        for tile in tiles_in(area.intersect(part.plane.bounds))
    }

    def work(rect: Rect) -> None:
        old = part.plane.pixels[rect.slices()]
        new = _new_pixels(floating, part, placed, rect)
        if not np.array_equal(old, new):
            found[tiles[rect]] = PlannedTile(tiles[rect], old.copy(), new)

    in_threads(work, list(tiles))
    return TilePlan(part.kind, part.plane, tuple(found[tile] for tile in sorted(found)))


def _new_plane(floating: Floating, part: Part, placed: Placed, area: Rect) -> Plane:
    """The whole plane anew; where nothing comes to lie, it stays unwritten if it can."""
    old = part.plane
    new = Plane.zeros(old.shape)
    rects = [tile_rect(tile, *old.bounds.size) for tile in tiles_in(old.bounds)]

    def work(rect: Rect) -> None:
        if rect.intersect(area).is_empty:
            made = old.pixels[rect.slices()]
        else:
            made = _new_pixels(floating, part, placed, rect)
        if made.any():
            new.pixels[rect.slices()] = made
            new.mark_dirty(rect)

    in_threads(work, rects)
    return new


def _new_pixels(floating: Floating, part: Part, placed: Placed, rect: Rect) -> Pixels:
    rest = floating.left_behind(part, rect)
    shown = placed.pixels(rect)
    if rest.ndim == 2:
        joined = np.asarray(cv2.max(rest, shown), np.uint8)
        return _inverted(joined) if part.inverted else joined
    if not part.is_selected:
        return shown
    joined = blend(rest, shown)
    # Rounding must not touch what is simply covered.
    np.copyto(joined, shown, where=shown[..., 3:] == 255)
    return joined


def _inverted(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.bitwise_not(pixels), np.uint8)


def _shrunk(plane: Plane, area: Rect, *, inverted: bool) -> Rect:
    """Return the smallest rectangle around what is not empty; looks from the edges inwards."""
    pixels = plane.pixels[..., 3] if plane.pixels.ndim == 3 else plane.pixels
    empty = 255 if inverted else 0

    def holds(left: int, top: int, right: int, bottom: int) -> bool:
        return bool((pixels[top:bottom, left:right] != empty).any())

    left, top, right, bottom = area.x, area.y, area.right, area.bottom
    for step in (_CHUNK, 1):
        while top < bottom and not holds(left, top, right, min(top + step, bottom)):
            top = min(top + step, bottom)
        while top < bottom and not holds(left, max(bottom - step, top), right, bottom):
            bottom = max(bottom - step, top)
        if top >= bottom:
            return EMPTY
        while not holds(left, top, min(left + step, right), bottom):
            left += step
        while not holds(max(right - step, left), top, right, bottom):
            right -= step
    return Rect.from_edges(left, top, right, bottom)
