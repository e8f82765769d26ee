"""The open picture: its pixels, its region mask, and what must travel with them into a file.

A document answers questions; edits are made by ``editing.brush`` and ``editing.commands``, which
return commands for ``editing.history``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from editing.masks import mask_bounds
from editing.plane import Pixels, Plane

if TYPE_CHECKING:
    from pathlib import Path

    from editing.files.raster import LoadedPicture
    from editing.geometry import Rect


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


class Document:
    """One picture and one region mask of the same size.

    Attributes:
        picture: Plane (H, W, 4), RGBA, straight alpha, in the space of ``metadata.icc``.
        mask: Plane (H, W), the region: 0 keeps a pixel, 255 redoes it fully.
        metadata: What must travel into the file.
        path: File it came from or was saved to last, or None.
        modified: Whether it differs from that file; kept by ``History``.
        source_depth: Bits per channel of the file it came from (8 or 16); the planes have 8.
    """

    def __init__(
        self,
        picture: Pixels,
        *,
        metadata: Metadata | None = None,
        path: Path | None = None,
        source_depth: int = 8,
    ) -> None:
        """Take over a picture (H, W, 4), without a copy, and start with an empty mask."""
        if picture.ndim != 3 or picture.shape[2] != 4:
            raise ValueError(f"a document needs an RGBA picture, not {picture.shape}")
        self.picture = Plane(picture)
        self.mask = Plane(np.zeros(picture.shape[:2], np.uint8))
        self.metadata = metadata or Metadata()
        self.path = path
        self.modified = False
        self.source_depth = source_depth

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
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.width, self.picture.height

    @property
    def bounds(self) -> Rect:
        """The whole document as a rectangle."""
        return self.picture.bounds

    @property
    def has_mask(self) -> bool:
        """Whether any pixel is masked."""
        return not self.mask_bounds().is_empty

    def mask_bounds(self) -> Rect:
        """Return the smallest rectangle around all masked pixels, empty if there are none."""
        return mask_bounds(self.mask.pixels)

    def mask_values(self) -> npt.NDArray[np.float32]:
        """Return the mask as float32 (H, W) in [0, 1], a copy."""
        return self.mask.pixels.astype(np.float32) / np.float32(255)
