"""The open document: layers, regions and a selection of one size, and what travels with them.

A document answers questions; edits are made by ``editing.brush``, ``editing.commands`` and their
siblings, which return commands for ``editing.history``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from editing.layer import Layer
from editing.masks import mask_bounds
from editing.plane import Pixels, Plane
from editing.region import Region
from editing.saved_pieces import SavedPieces
from editing.structure import Metadata, Structure

if TYPE_CHECKING:
    from pathlib import Path

    from editing.geometry import Rect
    from editing.loaded import LoadedPicture

__all__ = ["Document", "Metadata", "Target"]

Target = Literal["region", "layer", "layer_mask"]
"""What a brush paints on: the active region, the active layer, or that layer's mask."""


class Document:
    """A stack of layers, several regions and a selection.

    Attributes:
        structure: Which layers, regions and metadata there are; changed by commands only.
        target: What a brush paints on.
        path: File it came from or was saved to last, or None.
        modified: Whether it differs from that file; kept by ``History``.
        source_depth: Bits per channel of the file it came from (8 or 16); the planes have 8.
        saved_pieces: What the last save wrote, so that the next one is quick.
    """

    def __init__(
        self,
        picture: Pixels | None = None,
        *,
        metadata: Metadata | None = None,
        path: Path | None = None,
        source_depth: int = 8,
        structure: Structure | None = None,
    ) -> None:
        """Take over a structure, or one picture (H, W, 4), without a copy, as the only layer."""
        if structure is None:
            if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
                shape = None if picture is None else picture.shape
                raise ValueError(f"a document needs an RGBA picture, not {shape}")
            structure = single_layer(picture, metadata or Metadata())
        self.structure = structure
        self.target: Target = "region"
        self.path = path
        self.modified = False
        self.source_depth = source_depth
        self.saved_pieces = SavedPieces()
        self._active_layer = structure.layers[-1].id
        self._active_region = structure.regions[0].id

    @classmethod
    def from_picture(cls, loaded: LoadedPicture, path: Path | None = None) -> Document:
        """Open what ``load_picture`` returned."""
        metadata = Metadata(loaded.exif, loaded.icc, loaded.xmp, loaded.generation)
        return cls(loaded.pixels, metadata=metadata, path=path, source_depth=loaded.source_depth)

    @classmethod
    def blank(
        cls, width: int, height: int, colour: tuple[int, int, int, int] = (255, 255, 255, 255)
    ) -> Document:
        """Make a new document of one colour, opaque white by default."""
        picture = np.empty((height, width, 4), np.uint8)
        picture[...] = colour
        return cls(picture)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, the lowest first."""
        return self.structure.layers

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions, the lowest first."""
        return self.structure.regions

    @property
    def selection(self) -> Plane:
        """Plane (H, W): 255 is selected. All zero: nothing is selected and edits go everywhere."""
        return self.structure.selection

    @property
    def metadata(self) -> Metadata:
        """What must travel into the file."""
        return self.structure.metadata

    @property
    def active_layer(self) -> Layer:
        """The layer that edits of pixels go to: the chosen one, else the highest."""
        for layer in self.layers:
            if layer.id == self._active_layer:
                return layer
        return self.layers[-1]

    @property
    def active_region(self) -> Region:
        """The region that mask edits go to: the chosen one, else the highest."""
        for region in self.regions:
            if region.id == self._active_region:
                return region
        return self.regions[-1]

    @property
    def mask(self) -> Plane:
        """The mask of the active region."""
        return self.active_region.mask

    def choose_layer(self, layer_id: int) -> None:
        """Make a layer the active one (KeyError if there is none of this id)."""
        self._active_layer = self.structure.layer(layer_id).id

    def choose_region(self, region_id: int) -> None:
        """Make a region the active one (KeyError if there is none of this id)."""
        self._active_region = self.structure.region(region_id).id

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.bounds.size

    @property
    def bounds(self) -> Rect:
        """The whole document as a rectangle."""
        return self.structure.bounds

    @property
    def has_mask(self) -> bool:
        """Whether any pixel of the active region is masked."""
        return not self.mask_bounds().is_empty

    def mask_bounds(self) -> Rect:
        """Return the smallest rectangle around the active region, empty if nothing is masked."""
        return mask_bounds(self.mask.pixels)


def single_layer(picture: Pixels, metadata: Metadata) -> Structure:
    """Return the structure of a picture (H, W, 4) without layers, taken over without a copy."""
    plane = Plane(picture)
    shape = (plane.height, plane.width)
    region = Region(Plane.zeros(shape), "Region 1")
    return Structure((Layer(plane, "Background"),), (region,), Plane.zeros(shape), metadata)
