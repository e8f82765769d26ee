"""What a document is made of: which layers, regions, selection and metadata it has.

A structure is a value. Adding a layer, moving one, or changing an opacity makes another structure
that shares the planes; undo puts the old one back. Pixels inside the planes are edited in place and
recorded by tiles (``editing.recording``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from editing.geometry import Rect
    from editing.layer import Layer
    from editing.plane import Plane
    from editing.region import Region

Part = TypeVar("Part", "Layer", "Region")


@dataclass(frozen=True)
class Metadata:
    """What a file holds besides pixels.

    Attributes:
        exif: EXIF block (TIFF structure, no "Exif" prefix), its orientation tag reset to upright.
        icc: The file's own ICC profile (RGB); the pixels are in its space. None means sRGB.
        xmp: XMP packet as found.
        generation: The request that made the picture, as stored in the file.
    """

    exif: bytes | None = None
    icc: bytes | None = None
    xmp: bytes | None = None
    generation: dict[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Structure:
    """The parts of a document. All planes are of one size.

    Attributes:
        layers: At least one, the lowest first.
        regions: At least one, the lowest first.
        selection: Plane (H, W): 255 is selected, 0 is not. All zero means that nothing is
            selected, and then edits are not confined.
        metadata: What must travel into the file.
    """

    layers: tuple[Layer, ...]
    regions: tuple[Region, ...]
    selection: Plane
    metadata: Metadata = field(default_factory=Metadata)

    def __post_init__(self) -> None:
        """Reject what is no document."""
        if not self.layers or not self.regions:
            raise ValueError("a document needs a layer and a region")
        if any(plane.bounds != self.bounds for plane in self.planes()):
            raise ValueError("the planes of a document must be of one size")

    @property
    def bounds(self) -> Rect:
        """The whole document as a rectangle."""
        return self.selection.bounds

    def planes(self) -> Iterator[Plane]:
        """Yield all planes: those of the layers, of the regions, and the selection."""
        for layer in self.layers:
            yield from layer.planes()
        for region in self.regions:
            yield from region.planes()
        yield self.selection

    def layer(self, layer_id: int) -> Layer:
        """Return a layer by its id (KeyError if there is none)."""
        return _by_id(self.layers, layer_id)

    def region(self, region_id: int) -> Region:
        """Return a region by its id (KeyError if there is none)."""
        return _by_id(self.regions, region_id)

    def with_layer(self, layer: Layer) -> Structure:
        """Put another version of a layer in its place."""
        return replace(self, layers=_exchanged(self.layers, layer))

    def with_region(self, region: Region) -> Structure:
        """Put another version of a region in its place."""
        return replace(self, regions=_exchanged(self.regions, region))


def _by_id(parts: tuple[Part, ...], part_id: int) -> Part:
    for part in parts:
        if part.id == part_id:
            return part
    raise KeyError(part_id)


def _exchanged(parts: tuple[Part, ...], new: Part) -> tuple[Part, ...]:
    _by_id(parts, new.id)
    return tuple(new if part.id == new.id else part for part in parts)
