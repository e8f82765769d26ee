"""Edits of the regions: which there are, and their properties; masks by ``editing.mask_edits``.

Each function makes its change and returns the command to push, or None if nothing differs. A
document always has a region, so the last one is emptied instead of deleted.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from editing import mask_edits
from editing.commands import CommandGroup, restructure
from editing.plane import Plane
from editing.region import LARGEST_CONCAVITY, REGION_COLOURS, Colour, Region
from editing.steps import finished
from editing.tile_plan import content_bounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from editing.document import Document
    from editing.history import Command
    from editing.steps import Steps
    from editing.tile_plan import TilePlan


@dataclass(frozen=True)
class RegionPlan:
    """A region whose mask was copied from another plane, still to be added.

    Attributes:
        document: Gets the region.
        plane: What was copied; it must be as it was.
        mask: The copy.
        values: Properties other than those of a new region.
    """

    document: Document
    plane: Plane
    mask: Plane
    values: Mapping[str, str | None]

    def commit(self, name: str) -> Command | None:
        """Add the region above the active one."""
        return finished(self.commit_steps(name))

    def commit_steps(self, name: str) -> Steps[Command | None]:
        """Do so at once: its pixels are there."""
        region = _new_region(self.document, self.mask, self.values.get("name"))
        region = dataclasses.replace(region, prompt=self.values.get("prompt"))
        yield from ()
        return _insert(self.document, region, name)


@dataclass(frozen=True)
class SelectionUse:
    """A region made of the selection, which has then done its work.

    Attributes:
        region: Makes the region.
        clearing: Takes the selection away, so that it does not confine the brush.
    """

    region: TilePlan | RegionPlan
    clearing: TilePlan

    @property
    def plane(self) -> Plane:
        """What was copied; it must be as it was."""
        return self.clearing.plane

    def commit(self, name: str) -> Command | None:
        """Do both as one step of the history."""
        return finished(self.commit_steps(name))

    def commit_steps(self, name: str) -> Steps[Command | None]:
        """Do the same a few tiles at a time."""
        region: Command | None = yield from self.region.commit_steps(name)
        clearing = yield from self.clearing.commit_steps(name)
        return CommandGroup(name, [made for made in (region, clearing) if made is not None])


def add_region(document: Document, name: str | None = None) -> Command | None:
    """Add an empty region above the active one and make it the active one."""
    shape = document.selection.pixels.shape
    return _insert(document, _new_region(document, Plane.zeros(shape), name), "Add region")


def duplicate_region(document: Document) -> Command | None:
    """Add a copy of the active region above it, in a colour of its own."""
    return plan_duplicate(document).commit("Duplicate region")


def plan_duplicate(document: Document) -> RegionPlan:
    """Copy the active region's mask, in any thread."""
    old = document.active_region
    values = {"name": f"{old.name} copy", "prompt": old.prompt}
    return RegionPlan(document, old.mask, _copied(old.mask), values)


def delete_region(document: Document) -> Command | None:
    """Delete the active region; the last one becomes a new, empty one."""
    old = document.active_region
    regions = tuple(region for region in document.regions if region.id != old.id)
    if not regions:
        if content_bounds(old.mask).is_empty:
            return None
        empty = Region(Plane.zeros(old.mask.pixels.shape), "Region 1", concavity=old.concavity)
        regions = (empty,)
    index = document.regions.index(old)
    structure = dataclasses.replace(document.structure, regions=regions)
    command = restructure(document, structure, "Delete region")
    document.choose_region(regions[min(index, len(regions) - 1)].id)
    return command


def move_region(document: Document, region_id: int, index: int) -> Command | None:
    """Move a region to a place in the order, 0 for the lowest."""
    region = document.structure.region(region_id)
    others = [other for other in document.regions if other.id != region_id]
    others.insert(index, region)
    structure = dataclasses.replace(document.structure, regions=tuple(others))
    return restructure(document, structure, "Move region")


def rename(document: Document, region_id: int, name: str) -> Command | None:
    """Give a region another name; nothing but spaces is no name."""
    name = name.strip()
    if not name:
        return None
    region = dataclasses.replace(document.structure.region(region_id), name=name)
    return _exchange(document, region, "Rename region")


def set_colour(document: Document, region_id: int, colour: Colour) -> Command | None:
    """Show a region in another colour."""
    region = dataclasses.replace(document.structure.region(region_id), colour=colour)
    return _exchange(document, region, "Colour of region")


def set_concavity(document: Document, region_id: int, concavity: float) -> Command | None:
    """Decide a region later (towards 0.95) or like everything else (0)."""
    concavity = min(LARGEST_CONCAVITY, max(0.0, concavity))
    region = dataclasses.replace(document.structure.region(region_id), concavity=concavity)
    return _exchange(document, region, "Decide later")


def set_prompt(document: Document, region_id: int, prompt: str | None) -> Command | None:
    """Give a region a prompt of its own; None or blank stands for the picture's prompt."""
    kept = prompt if prompt is not None and prompt.strip() else None
    region = dataclasses.replace(document.structure.region(region_id), prompt=kept)
    return _exchange(document, region, "Prompt of region")


def set_visible(document: Document, region_id: int, visible: bool) -> Command | None:
    """Show a region and use it in a run, or neither."""
    name = "Show region" if visible else "Hide region"
    region = dataclasses.replace(document.structure.region(region_id), visible=visible)
    return _exchange(document, region, name)


def region_from_selection(document: Document, *, as_new: bool = False) -> Command | None:
    """Make the selection a region; nothing happens if nothing is selected.

    Args:
        document: Document to change.
        as_new: Always add a region. Otherwise the active one takes the selection if it is empty.
    """
    plan = plan_from_selection(document, as_new=as_new)
    return None if plan is None else plan.commit("Region from selection")


def plan_from_selection(
    document: Document, *, as_new: bool = False
) -> TilePlan | RegionPlan | None:
    """Copy the selection for a region, in any thread."""
    if content_bounds(document.selection).is_empty:
        return None
    if as_new or not content_bounds(document.mask).is_empty:
        return RegionPlan(document, document.selection, _copied(document.selection), {})
    return mask_edits.copy("mask", document.mask, document.selection)


def plan_use_of_selection(document: Document) -> SelectionUse | None:
    """Plan to make the selection a region and to select nothing, in any thread."""
    region = plan_from_selection(document)
    if region is None:
        return None
    return SelectionUse(region, mask_edits.clear("selection", document.selection))


def selection_from_region(document: Document) -> Command | None:
    """Select what the active region covers."""
    return plan_selection_from_region(document).commit("Select region")


def plan_selection_from_region(document: Document) -> TilePlan:
    """Plan to select what the active region covers."""
    return mask_edits.copy("selection", document.selection, document.mask)


def region_from_mask(document: Document, mask: Plane, name: str) -> Command | None:
    """Add a region with this mask of the document's size, such as one read from a file."""
    if mask.bounds != document.bounds:
        raise ValueError(f"a mask of {mask.bounds} does not fit {document.bounds}")
    if content_bounds(document.mask).is_empty:
        fill = mask_edits.copy("mask", document.mask, mask).commit("Load region")
        named = rename(document, document.active_region.id, name)
        made = [command for command in (fill, named) if command is not None]
        return CommandGroup("Load region", made) if made else None
    return _insert(document, _new_region(document, mask, name), "Load region")


def _exchange(document: Document, region: Region, name: str) -> Command | None:
    return restructure(document, document.structure.with_region(region), name)


def _insert(document: Document, region: Region, name: str) -> Command | None:
    """Put a region above the active one and make it the active one."""
    regions = list(document.regions)
    regions.insert(regions.index(document.active_region) + 1, region)
    structure = dataclasses.replace(document.structure, regions=tuple(regions))
    command = restructure(document, structure, name)
    document.choose_region(region.id)
    return command


def _new_region(document: Document, mask: Plane, name: str | None) -> Region:
    """Return a region with a name and a colour that no other one has, if there is one left."""
    regions = document.regions
    if name is None:
        taken = {region.name for region in regions}
        number = next(n for n in range(1, len(regions) + 2) if f"Region {n}" not in taken)
        name = f"Region {number}"
    used = [region.colour for region in regions]
    colour = min(REGION_COLOURS, key=used.count)
    return Region(mask, name, colour, concavity=document.active_region.concavity)


def _copied(plane: Plane) -> Plane:
    """Return another plane with the same values; free where nothing is masked."""
    copy = Plane.zeros(plane.pixels.shape)
    rect = content_bounds(plane)
    copy.pixels[rect.slices()] = plane.pixels[rect.slices()]
    copy.mark_dirty(rect)
    return copy
