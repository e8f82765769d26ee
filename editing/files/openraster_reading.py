"""Reading .ora files, those of this program and those of others.

Files of this program hold a record of their own (``own_record``); with it, all comes back to the
byte. Without it, or if another program has changed the layers since, the layers are what the list
of layers says, and only regions and selection are taken from the record.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from editing.document import Document
from editing.errors import FileError
from editing.files import own_record, stack_xml
from editing.files.decode import decode
from editing.files.layer_tree import GroupNode, LayerNode, Node, Placed, plane_of, stacked
from editing.files.limits import MAX_PIXELS, DamagedError, LayerBudget, check_size
from editing.files.loaded import LoadedDocument
from editing.files.png import DamagedPngError, read_header
from editing.files.png_plain import decode_plain
from editing.files.zip_reading import ArchiveReader, BrokenArchiveError
from editing.layer import Layer
from editing.plane import Plane
from editing.region import Region
from editing.structure import Metadata, Structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.files.own_record import LayerRecord, OwnRecord, SheetRecord
    from editing.files.stack_xml import GroupEntry, PictureEntry, Stack
    from editing.layer import BlendMode

MAX_PICTURE_BYTES = MAX_PIXELS * 8 + 64 * 1024 * 1024
"""Of a member that is a picture: sixteen bits, four channels, and not packed at all."""
_THREADS = 2
_MAX_BLOCK_BYTES = 32 * 1024 * 1024
_DAMAGED = (BrokenArchiveError, DamagedPngError, DamagedError, stack_xml.BadStackError)

_NEWER = (
    "The file is of a newer version of this program: its regions and masks were left out, so do "
    "not save over it."
)
_CHANGED = "Another program has changed the layers; the regions are as they were."
_BAD_RECORD = "The regions and masks in the file are damaged and were left out."


def read_openraster(file: BinaryIO, name: str) -> LoadedDocument:
    """Read an .ora file; ``name`` is for messages.

    Raises:
        FileError: One sentence: damaged, too large, or no .ora file.
    """
    try:
        archive = ArchiveReader(file, name)
        try:
            return _Reading(archive, name).document()
        finally:
            archive.close()
    except _DAMAGED:
        raise FileError(f"{name} is incomplete or damaged: get another copy of it.") from None
    except MemoryError:
        raise FileError(f"{name} needs more memory than is free: close something else.") from None


class _Reading:
    """One file being read."""

    def __init__(self, archive: ArchiveReader, name: str) -> None:
        if "stack.xml" not in archive:
            raise FileError(f"{name} is a ZIP file but no OpenRaster: open a picture file.")
        self._archive = archive
        self._name = name
        self._budget = LayerBudget(name)
        self._notes: list[str] = []
        self._icc: bytes | None = None
        self._unknown: set[str] = set()

    def document(self) -> LoadedDocument:
        data = self._archive.read("stack.xml", stack_xml.MAX_STACK_BYTES)
        stack = stack_xml.parse(data)
        size = stack.width, stack.height
        check_size(size, self._name)
        record = self._own_record(size)
        is_ours = record is not None and self._is_unchanged(record, stack)
        if record is not None and is_ours:
            layers, active = self._own_layers(record, stack, size), record.active_layer
            self._icc = self._block(own_record.PROFILE_MEMBER)
        else:
            layers, active = self._foreign_layers(stack, size)
            if record is not None:
                self._notes.append(_CHANGED)
        regions = self._regions(record, size)
        structure = Structure(
            tuple(layers), tuple(regions), self._selection(record, size), self._metadata(record)
        )
        depth = 8 if record is None else record.source_depth
        document = Document(structure=structure, source_depth=depth)
        document.choose_layer(layers[max(0, min(active, len(layers) - 1))].id)
        if record is not None and 0 <= record.active_region < len(regions):
            document.choose_region(regions[record.active_region].id)
        return LoadedDocument(document, "ora", self._notes)

    def _own_record(self, size: tuple[int, int]) -> OwnRecord | None:
        if own_record.MEMBER not in self._archive:
            return None
        try:
            record = own_record.parse(
                self._archive.read(own_record.MEMBER, own_record.MAX_RECORD_BYTES)
            )
        except own_record.NewerRecordError:
            self._notes.append(_NEWER)
            return None
        except BrokenArchiveError:
            record = None
        if record is None or record.size != size:
            self._notes.append(_BAD_RECORD)
            return None
        return record

    def _is_unchanged(self, record: OwnRecord, stack: Stack) -> bool:
        found = self._archive.checksums
        return (
            bool(record.checksums)
            and all(found.get(name) == value for name, value in record.checksums.items())
            and len(stack.children) == len(record.layers)
            and all(isinstance(entry, stack_xml.PictureEntry) for entry in stack.children)
        )

    def _own_layers(self, record: OwnRecord, stack: Stack, size: tuple[int, int]) -> list[Layer]:
        entries = [each for each in stack.children if isinstance(each, stack_xml.PictureEntry)]
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="decode") as executor:
            try:
                found = executor.map(
                    partial(self._own_layer, size), reversed(entries), record.layers
                )
                return [*found]
            finally:
                # A damaged layer must not wait for those that nobody will see.
                executor.shutdown(wait=True, cancel_futures=True)

    def _own_layer(self, size: tuple[int, int], entry: PictureEntry, record: LayerRecord) -> Layer:
        return Layer(
            self._plane(record.pixels or record.shown, size, channels=4),
            record.name,
            entry.visible,
            entry.opacity,
            stack_xml.blend_mode(entry.operation) or "normal",
            entry.locked,
            None if record.mask is None else self._plane(record.mask, size, channels=1),
        )

    def _plane(self, sheet: SheetRecord, size: tuple[int, int], channels: int) -> Plane:
        """Read a picture that this program wrote."""
        data = self._picture(sheet.source)
        pixels = decode_plain(data)
        if (1 if pixels.ndim == 2 else pixels.shape[2]) != channels:
            raise DamagedError
        return plane_of(Placed(pixels, sheet.x, sheet.y), size)

    def _picture(self, source: str) -> bytes:
        """Return the bytes of a PNG, after its size was counted."""
        data = self._archive.read(source, MAX_PICTURE_BYTES)
        header = read_header(data)
        self._budget.take(header.width, header.height)
        return data

    def _regions(self, record: OwnRecord | None, size: tuple[int, int]) -> list[Region]:
        records = () if record is None else record.regions
        return [
            Region(
                self._optional_plane(each.mask, size),
                each.name,
                each.colour,
                each.concavity,
                each.prompt,
                each.visible,
            )
            for each in records or (own_record.first_region(),)
        ]

    def _selection(self, record: OwnRecord | None, size: tuple[int, int]) -> Plane:
        return self._optional_plane(None if record is None else record.selection, size)

    def _optional_plane(self, sheet: SheetRecord | None, size: tuple[int, int]) -> Plane:
        """Read a mask, or make an empty one if there is none or it is damaged."""
        if sheet is not None:
            try:
                return self._plane(sheet, size, channels=1)
            except _DAMAGED:
                if _BAD_RECORD not in self._notes:
                    self._notes.append(_BAD_RECORD)
        return Plane.zeros((size[1], size[0]))

    def _metadata(self, record: OwnRecord | None) -> Metadata:
        return Metadata(
            self._block(own_record.EXIF_MEMBER),
            self._icc,
            self._block(own_record.XMP_MEMBER),
            None if record is None else record.generation,
        )

    def _block(self, member: str) -> bytes | None:
        if member not in self._archive:
            return None
        try:
            return self._archive.read(member, _MAX_BLOCK_BYTES) or None
        except BrokenArchiveError:
            return None

    def _foreign_layers(self, stack: Stack, size: tuple[int, int]) -> tuple[list[Layer], int]:
        result = stacked(self._nodes(stack.children, 0, 0), size, self._budget)
        if not result.layers:
            empty = Plane.zeros((size[1], size[0], 4))
            return [Layer(empty, "Background")], 0
        if result.composed:
            names = ", ".join(dict.fromkeys(result.composed))
            self._notes.append(f"Groups were composed into one layer each: {names}.")
        if self._unknown:
            names = ", ".join(sorted(self._unknown))
            self._notes.append(f"Unknown blend modes were opened as normal: {names}.")
        return result.layers, result.active

    def _nodes(
        self, entries: Sequence[PictureEntry | GroupEntry], x: int, y: int
    ) -> tuple[Node, ...]:
        """Read entries, the highest first, as nodes, the lowest first; (x, y) is their group."""
        nodes: list[Node] = []
        for entry in reversed(entries):
            if isinstance(entry, stack_xml.GroupEntry):
                node: Node | None = GroupNode(
                    self._nodes(entry.children, x + entry.x, y + entry.y),
                    entry.name,
                    entry.visible,
                    entry.opacity,
                    self._mode(entry.operation),
                    entry.isolated,
                )
            else:
                node = self._node(entry, x, y)
            if node is not None:
                nodes.append(node)
        return tuple(nodes)

    def _node(self, entry: PictureEntry, x: int, y: int) -> LayerNode | None:
        if entry.source not in self._archive:
            raise BrokenArchiveError
        if not entry.source.lower().endswith(".png"):
            self._notes.append(f"The layer {entry.name} is no picture and was left out.")
            return None
        loaded = decode(self._picture(entry.source), self._name)
        self._icc = self._icc or loaded.icc
        if loaded.source_depth == 16:
            self._note_once("Layers of 16 bits per channel were opened with 8.")
        return LayerNode(
            Placed(loaded.pixels, x + entry.x, y + entry.y),
            entry.name,
            entry.visible,
            entry.opacity,
            self._mode(entry.operation),
            entry.locked,
            active=entry.selected,
        )

    def _mode(self, operation: str) -> BlendMode:
        mode = stack_xml.blend_mode(operation)
        if mode is None:
            self._unknown.add(operation)
        return mode or "normal"

    def _note_once(self, note: str) -> None:
        if note not in self._notes:
            self._notes.append(note)
