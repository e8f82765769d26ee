"""What .ora files of this program hold beyond what OpenRaster knows (``asyndm/document.json``).

Regions, the selection, layer masks, names as they were typed, and the request that made the
picture. Reading trusts nothing: what is missing or wrong becomes its default.

The record holds the checksum of each picture that it belongs to. A program that keeps members it
does not know, but changes a layer, is noticed by that.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from editing.region import DEFAULT_CONCAVITY, LARGEST_CONCAVITY, REGION_COLOURS, Colour

if TYPE_CHECKING:
    from collections.abc import Mapping

    from editing.geometry import Rect

MEMBER = "asyndm/document.json"
EXIF_MEMBER = "asyndm/exif.bin"
XMP_MEMBER = "asyndm/xmp.xml"
PROFILE_MEMBER = "asyndm/profile.icc"
VERSION = 1
MAX_RECORD_BYTES = 64 * 1024 * 1024
MAX_REGIONS = 256
_MAX_NAME = 4096
_MAX_PROMPT = 100_000


class SheetRecord(NamedTuple):
    """A picture inside the file and where its upper left corner lies."""

    source: str
    x: int
    y: int


class LayerRecord(NamedTuple):
    """What OpenRaster does not know of a layer.

    Attributes:
        name: As it was typed.
        shown: Its picture in the list of layers.
        pixels: Its own picture, if that one has the mask in its alpha; else None.
        mask: Its mask, or None.
    """

    name: str
    shown: SheetRecord
    pixels: SheetRecord | None
    mask: SheetRecord | None


class RegionRecord(NamedTuple):
    """A region; ``mask`` is None where nothing is masked."""

    name: str
    colour: Colour
    concavity: float
    prompt: str | None
    visible: bool
    mask: SheetRecord | None


class OwnRecord(NamedTuple):
    """The record.

    Attributes:
        size: Width and height of the document.
        layers: The lowest first.
        regions: The lowest first.
        selection: Picture of the selection, or None.
        active_layer: Place in ``layers``.
        active_region: Place in ``regions``.
        source_depth: Bits per channel of the file the document came from first.
        generation: Request that made the picture, or None.
        checksums: CRC-32 of the members that the list of layers needs, by their names.
    """

    size: tuple[int, int]
    layers: tuple[LayerRecord, ...]
    regions: tuple[RegionRecord, ...]
    selection: SheetRecord | None
    active_layer: int
    active_region: int
    source_depth: int
    generation: dict[str, Any] | None
    checksums: Mapping[str, int]


class NewerRecordError(Exception):
    """The record is of a newer version of this program."""


def build(record: OwnRecord) -> bytes:
    """Return the record as JSON.

    Raises:
        TypeError: The request holds something that JSON does not know.
    """
    facts = {
        "version": VERSION,
        "size": record.size,
        "layers": [
            {
                "name": each.name,
                "shown": each.shown._asdict(),
                "pixels": _facts(each.pixels),
                "mask": _facts(each.mask),
            }
            for each in record.layers
        ],
        "regions": [{**each._asdict(), "mask": _facts(each.mask)} for each in record.regions],
        "selection": _facts(record.selection),
        "active_layer": record.active_layer,
        "active_region": record.active_region,
        "source_depth": record.source_depth,
        "generation": record.generation,
        "checksums": dict(record.checksums),
    }
    return json.dumps(facts, separators=(",", ":")).encode()


def parse(data: bytes) -> OwnRecord | None:
    """Read the record; None if it is broken.

    Raises:
        NewerRecordError: It is of a newer version.
    """
    try:
        facts = json.loads(data)
        version = facts["version"]
        if isinstance(version, int) and version > VERSION:
            raise NewerRecordError
        return _record(facts)
    except (ValueError, LookupError, TypeError, RecursionError, AttributeError, OverflowError):
        return None


def _record(facts: dict[str, Any]) -> OwnRecord:
    regions = facts["regions"][:MAX_REGIONS]
    generation = facts["generation"]
    return OwnRecord(
        (int(facts["size"][0]), int(facts["size"][1])),
        tuple(_layer(each) for each in facts["layers"]),
        tuple(_region(each) for each in regions),
        _sheet(facts["selection"]),
        int(facts["active_layer"]),
        int(facts["active_region"]),
        16 if facts["source_depth"] == 16 else 8,
        generation if isinstance(generation, dict) else None,
        {str(name): int(value) for name, value in facts["checksums"].items()},
    )


def _layer(facts: dict[str, Any]) -> LayerRecord:
    shown = _sheet(facts["shown"])
    if shown is None:
        raise ValueError("a layer without a picture")
    name = str(facts["name"])[:_MAX_NAME]
    return LayerRecord(name, shown, _sheet(facts["pixels"]), _sheet(facts["mask"]))


def _region(facts: dict[str, Any]) -> RegionRecord:
    red, green, blue = (min(255, max(0, int(value))) for value in facts["colour"])
    concavity = float(facts["concavity"])
    prompt = facts["prompt"]
    return RegionRecord(
        str(facts["name"])[:_MAX_NAME],
        (red, green, blue),
        min(LARGEST_CONCAVITY, max(0.0, concavity))
        if math.isfinite(concavity)
        else DEFAULT_CONCAVITY,
        prompt[:_MAX_PROMPT] if isinstance(prompt, str) else None,
        bool(facts["visible"]),
        _sheet(facts["mask"]),
    )


def _sheet(facts: dict[str, Any] | None) -> SheetRecord | None:
    if facts is None:
        return None
    return SheetRecord(str(facts["source"]), int(facts["x"]), int(facts["y"]))


def _facts(sheet: SheetRecord | None) -> dict[str, Any] | None:
    return None if sheet is None else sheet._asdict()


def sheet_record(source: str, box: Rect) -> SheetRecord:
    """Return the record of a picture at a place."""
    return SheetRecord(source, box.x, box.y)


def first_region() -> RegionRecord:
    """Return the region of a document that has none."""
    return RegionRecord("Region 1", REGION_COLOURS[0], DEFAULT_CONCAVITY, None, True, None)
