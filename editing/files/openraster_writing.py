"""Writing .ora files: everything of a document, in a form that other programs open.

Other programs see the layers (with their masks put into alpha), the merged picture and the
thumbnail. Regions, the selection, the masks themselves and the request lie in members of our own.
All layers keep their exact bytes, those of clear pixels too.

Source: OpenRaster 0.0.6, https://www.openraster.org.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from editing.files import own_record, png, stack_xml
from editing.files.archive_writing import ArchiveWriter, Sheet
from editing.files.atomic import write_atomically_with
from editing.files.own_record import LayerRecord, OwnRecord, RegionRecord, SheetRecord
from editing.files.png_bands import encode_png
from editing.files.sheets import (
    box_of,
    masked_sheet,
    merged_sheet,
    plane_sheet,
    thumbnail_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.plane import Pixels
    from editing.snapshot import HeldPlane, Snapshot

MIMETYPE = b"image/openraster"
_THREADS = 2


def write_openraster(
    snapshot: Snapshot, path: Path | str, progress: Callable[[float], None] | None = None
) -> int:
    """Write a document atomically: the old file or the new one, never a part.

    Args:
        snapshot: The document as it is to be saved.
        path: Target; its folder must exist.
        progress: Told the share that is done, in (0, 1], on the calling thread. What it raises
            ends the save, and an existing file is as it was.

    Returns:
        How many bands were copied from the file written before.

    Raises:
        FileError: It cannot be written; an existing file is as it was.
    """
    earlier, known = snapshot.pieces.open()
    written: list[ArchiveWriter] = []

    def write(file: BinaryIO) -> None:
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="encode") as executor:
            try:
                with closing(ArchiveWriter(file, executor, earlier, known)) as archive:
                    _Save(snapshot, archive, progress).write()
                written.append(archive)
            finally:
                # An error must not wait for bands that nobody will write.
                executor.shutdown(wait=True, cancel_futures=True)
                if earlier is not None:
                    earlier.close()

    write_atomically_with(path, write)
    target = Path(path).resolve()
    snapshot.pieces.remember(target, written[0].pieces)
    return written[0].reused


class _Save:
    """One save: the members in order, and how far it is."""

    def __init__(
        self,
        snapshot: Snapshot,
        archive: ArchiveWriter,
        progress: Callable[[float], None] | None,
    ) -> None:
        self._snapshot = snapshot
        self._archive = archive
        self._progress = progress
        profile = snapshot.metadata.icc
        self._chunks = () if profile is None else (png.profile_chunk(profile),)
        self._done = 0
        self._total = 1

    def write(self) -> None:
        # Programs tell the kind of file by the first member.
        self._archive.add("mimetype", MIMETYPE)
        sheets, layers = self._layer_sheets()
        extra, regions, selection = self._own_sheets()
        merged = merged_sheet("mergedimage.png", self._snapshot, self._chunks)
        self._total = sum(len(sheet.bands) for sheet in (*sheets, *extra, merged))
        for sheet in sheets:
            self._put(sheet)
        self._put_stack(layers)
        needed = dict(self._archive.checksums)
        self._put_thumbnail(self._put(merged))
        for sheet in extra:
            self._put(sheet)
        self._put_record(layers, regions, selection, needed)

    def _put(self, sheet: Sheet) -> list[Pixels]:
        found: list[Pixels] = []
        # Closed at once if the progress raises, because the archive cannot be closed before.
        with closing(self._archive.add_sheet(sheet)) as bands:
            for small in bands:
                if small is not None:
                    found.append(small)
                self._done += 1
                if self._progress is not None:
                    self._progress(self._done / self._total)
        return found

    def _layer_sheets(self) -> tuple[list[Sheet], list[LayerRecord]]:
        sheets: list[Sheet] = []
        records: list[LayerRecord] = []
        for number, (layer, plane, mask) in enumerate(self._snapshot.layers):
            name = f"data/layer{number}.png"
            shown = own_record.sheet_record(name, box_of(plane))
            if mask is None:
                sheets.append(plane_sheet(name, plane, self._chunks))
                records.append(LayerRecord(layer.name, shown, None, None))
                continue
            sheets.append(masked_sheet(name, plane, mask, self._chunks))
            pixels = shown._replace(source=f"asyndm/layer{number}.png")
            mask_record = own_record.sheet_record(f"asyndm/layer{number}-mask.png", box_of(mask))
            records.append(LayerRecord(layer.name, shown, pixels, mask_record))
        return sheets, records

    def _own_sheets(self) -> tuple[list[Sheet], list[RegionRecord], SheetRecord | None]:
        sheets: list[Sheet] = []
        regions: list[RegionRecord] = []
        for number, (_, plane, mask) in enumerate(self._snapshot.layers):
            if mask is not None:
                sheets.append(plane_sheet(f"asyndm/layer{number}.png", plane))
                sheets.append(plane_sheet(f"asyndm/layer{number}-mask.png", mask))
        for number, (region, held) in enumerate(self._snapshot.regions):
            record = self._own_sheet(sheets, f"asyndm/region{number}.png", held)
            regions.append(
                RegionRecord(
                    region.name,
                    region.colour,
                    region.concavity,
                    region.prompt,
                    region.visible,
                    record,
                )
            )
        selection = self._own_sheet(sheets, "asyndm/selection.png", self._snapshot.selection)
        return sheets, regions, selection

    def _own_sheet(self, sheets: list[Sheet], name: str, plane: HeldPlane) -> SheetRecord | None:
        if plane.box.is_empty:
            return None
        sheets.append(plane_sheet(name, plane))
        return own_record.sheet_record(name, plane.box)

    def _put_stack(self, records: list[LayerRecord]) -> None:
        active = self._snapshot.active_layer
        rows = [
            (held.layer, record.shown.source, box_of(held.plane), number == active)
            for number, (held, record) in enumerate(
                zip(self._snapshot.layers, records, strict=True)
            )
        ]
        self._archive.add("stack.xml", stack_xml.build(self._snapshot.bounds.size, rows))

    def _put_thumbnail(self, bands: list[Pixels]) -> None:
        self._archive.add("Thumbnails/thumbnail.png", encode_png(thumbnail_of(bands)))

    def _put_record(
        self,
        layers: list[LayerRecord],
        regions: list[RegionRecord],
        selection: SheetRecord | None,
        checksums: dict[str, int],
    ) -> None:
        snapshot = self._snapshot
        metadata = snapshot.metadata
        for name, block in (
            (own_record.PROFILE_MEMBER, metadata.icc),
            (own_record.EXIF_MEMBER, metadata.exif),
            (own_record.XMP_MEMBER, metadata.xmp),
        ):
            if block is not None:
                self._archive.add(name, block)
        record = OwnRecord(
            snapshot.bounds.size,
            tuple(layers),
            tuple(regions),
            selection,
            snapshot.active_layer,
            snapshot.active_region,
            snapshot.source_depth,
            metadata.generation,
            checksums,
        )
        self._archive.add(own_record.MEMBER, own_record.build(record))
