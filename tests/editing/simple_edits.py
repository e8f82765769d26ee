"""Edits in one call, made of the same parts as those of the window, which go in steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from editing import mask_edits
from editing.flatten import flattened
from editing.layer_results import overlay_of, place_result
from editing.recording import TileRecording

if TYPE_CHECKING:
    from editing.document import Document
    from editing.geometry import Rect
    from editing.history import Command
    from editing.plane import Pixels


def paste_pixels(
    document: Document, rect: Rect, pixels: Pixels, name: str = "Paste"
) -> Command | None:
    """Replace the active layer's pixels under a rectangle by (h, w, 3 or 4)."""
    plane = document.active_layer.plane
    recording = TileRecording("picture", plane)
    recording.touch(rect)
    plane.pixels[rect.slices()][..., : pixels.shape[2]] = pixels
    plane.mark_dirty(rect)
    return recording.finish(name)


def add_result(
    document: Document,
    rect: Rect,
    pixels: Pixels,
    name: str = "Inpaint",
    generation: dict[str, Any] | None = None,
) -> Command | None:
    """Lay (h, w, 3 or 4) over the picture as a run does with its result."""
    picture = flattened(document.layers)
    patch = picture[rect.slices()].copy()
    patch[..., : pixels.shape[2]] = pixels
    return place_result(document, overlay_of(picture, patch, rect), name, generation)


def clear_mask(document: Document) -> Command | None:
    """Take the active region away."""
    return mask_edits.clear("mask", document.mask).commit("Clear mask")


def fill_mask(document: Document) -> Command | None:
    """Make the whole picture the active region."""
    return mask_edits.fill("mask", document.mask).commit("Fill mask")


def invert_mask(document: Document) -> Command | None:
    """Swap the active region and the rest."""
    return mask_edits.invert("mask", document.mask).commit("Invert mask")
