"""What one save does: the document as it is now, held for a thread that writes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editing.color import to_srgb
from editing.document import Document
from editing.files.document_file import SaveOptions, save_document
from editing.files.encode import Extras
from editing.files.raster import save_picture
from editing.files.sheets import bands_of, composed_band
from editing.geometry import Rect
from editing.snapshot import Snapshot, take_snapshot

Progress = Callable[[float], None]
Write = Callable[[Progress], list[str]]

_COMPOSING = 0.4
"""Share of the time of a flat save that goes into composing the layers."""


@dataclass(frozen=True)
class ExportChoice:
    """How a flat picture is written.

    Attributes:
        options: format and quality.
        keeps_metadata: EXIF, XMP and the settings that made the picture go into the file.
        keeps_profile: the colours stay in the document's space; else they are turned into sRGB.
    """

    options: SaveOptions = field(default_factory=SaveOptions)
    keeps_metadata: bool = True
    keeps_profile: bool = True

    def colours(self, pixels: NDArray[np.uint8], profile: bytes | None) -> NDArray[np.uint8]:
        """Pixels of the document as the file holds them."""
        return pixels if self.keeps_profile or profile is None else to_srgb(pixels, profile)

    def extras(self, snapshot: Snapshot) -> Extras:
        """What goes into the file beside the pixels."""
        metadata = snapshot.metadata
        icc = metadata.icc if self.keeps_profile else None
        if not self.keeps_metadata:
            return Extras(icc)
        return Extras(icc, metadata.exif, metadata.xmp, metadata.generation)


def prepare(document: Document, path: Path, export: ExportChoice | None = None) -> Write:
    """Hold a document; to be called on the UI thread.

    Args:
        document: what is written; it may be edited as soon as this returns.
        path: where; its suffix chooses the format unless the export does.
        export: how a copy is written, or None for a save.

    Returns:
        The work for another thread: told where to report the share that is done, it writes the file
        and returns sentences about what the format could not hold.
    """
    snapshot = take_snapshot(document)

    def write(progress: Progress) -> list[str]:
        with snapshot:
            if export is None:
                return save_document(snapshot, path, progress=progress)
            pixels = composed(snapshot, lambda share: progress(_COMPOSING * share))
        extras = export.extras(snapshot)
        return save_picture(
            path,
            export.colours(pixels, snapshot.metadata.icc),
            export.options,
            icc=extras.icc,
            exif=extras.exif,
            xmp=extras.xmp,
            generation=extras.generation,
        )

    return write


def composed(
    snapshot: Snapshot, progress: Progress = lambda _: None, rect: Rect | None = None
) -> NDArray[np.uint8]:
    """The picture (H, W, 4) that the layers of a held document give together; on any thread.

    Args:
        snapshot: the document.
        progress: told the share that is done; what it raises ends the work.
        rect: part of the document, or None for all of it.
    """
    area = snapshot.bounds if rect is None else rect
    shown = np.zeros((area.height, area.width, 4), np.uint8)
    for band in bands_of(area):
        shown[band.translate(-area.x, -area.y).slices()] = composed_band(snapshot, band)
        progress((band.bottom - area.y) / area.height)
    return shown
