"""The manifest of a journal: all of a document that is not pixels, as JSON with a version.

Planes are named by their keys; their pixels are stored beside it.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from editing.document import Document
from editing.errors import FileError
from editing.layer import Layer
from editing.region import Region
from editing.structure import Metadata, Structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.plane import Plane

VERSION = 1


def identity(document: Document) -> tuple[object, ...]:
    """What the manifest depends on; another one if any of it differs."""
    return (
        document.structure,
        document.active_layer.id,
        document.active_region.id,
        document.target,
        document.path,
        document.source_depth,
    )


def describe(document: Document) -> dict[str, Any]:
    """Return the manifest of a document as it is now: plain values, to be written out later."""
    metadata = document.metadata
    return {
        "version": VERSION,
        "size": list(document.size),
        "path": None if document.path is None else str(document.path.absolute()),
        "source_depth": document.source_depth,
        "target": document.target,
        "active_layer": document.layers.index(document.active_layer),
        "active_region": document.regions.index(document.active_region),
        "selection": document.selection.key,
        "layers": [_of_layer(layer) for layer in document.layers],
        "regions": [_of_region(region) for region in document.regions],
        "metadata": {
            "exif": metadata.exif,
            "icc": metadata.icc,
            "xmp": metadata.xmp,
            "generation": metadata.generation,
        },
    }


def as_text(manifest: dict[str, Any]) -> str:
    """Write a manifest out; bytes become base64."""
    return json.dumps(manifest, default=lambda value: {"base64": _encode(value)})


def plane_keys(text: str) -> list[int]:
    """Keys of all planes that a manifest names.

    Raises:
        FileError: It is damaged or of a newer version.
    """
    found = _parsed(text)
    try:
        keys = [int(layer["plane"]) for layer in found["layers"]]
        keys += [int(layer["mask"]) for layer in found["layers"] if layer["mask"] is not None]
        keys += [int(region["mask"]) for region in found["regions"]]
        return [*keys, int(found["selection"])]
    except (KeyError, TypeError, ValueError):
        raise FileError(_DAMAGED) from None


def restore(text: str, plane: Callable[[int], Plane]) -> Document:
    """Make the document that a manifest describes.

    Args:
        text: The manifest.
        plane: Gives the plane of a key.

    Raises:
        FileError: The manifest is damaged or of a newer version.
    """
    found = _parsed(text)
    try:
        structure = Structure(
            tuple(_layer(entry, plane) for entry in found["layers"]),
            tuple(_region(entry, plane) for entry in found["regions"]),
            plane(found["selection"]),
            _metadata(found["metadata"]),
        )
        path = None if found["path"] is None else Path(found["path"])
        document = Document(structure=structure, path=path, source_depth=int(found["source_depth"]))
        document.choose_layer(document.layers[found["active_layer"]].id)
        document.choose_region(document.regions[found["active_region"]].id)
        document.target = found["target"]
    except (KeyError, IndexError, TypeError, ValueError):
        raise FileError(_DAMAGED) from None
    return document


def title(text: str) -> tuple[Path | None, tuple[int, int]]:
    """File and size of the document (FileError as for ``restore``)."""
    found = _parsed(text)
    try:
        width, height = found["size"]
        return None if found["path"] is None else Path(found["path"]), (int(width), int(height))
    except (KeyError, TypeError, ValueError):
        raise FileError(_DAMAGED) from None


_DAMAGED = "The stored work is damaged and cannot be recovered."


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise FileError(_DAMAGED) from None
    if not isinstance(found, dict) or not isinstance(found.get("version"), int):
        raise FileError(_DAMAGED)
    if found["version"] > VERSION:
        raise FileError("The work was stored by a newer version: open it with that one.")
    return found


def _of_layer(layer: Layer) -> dict[str, Any]:
    return {
        "plane": layer.plane.key,
        "name": layer.name,
        "visible": layer.visible,
        "opacity": layer.opacity,
        "blend": layer.blend,
        "locked": layer.locked,
        "mask": None if layer.mask is None else layer.mask.key,
    }


def _layer(entry: dict[str, Any], plane: Callable[[int], Plane]) -> Layer:
    mask = entry["mask"]
    values = {name: entry[name] for name in ("name", "visible", "opacity", "blend", "locked")}
    return Layer(plane(entry["plane"]), mask=None if mask is None else plane(mask), **values)


def _of_region(region: Region) -> dict[str, Any]:
    return {
        "mask": region.mask.key,
        "name": region.name,
        "colour": list(region.colour),
        "concavity": region.concavity,
        "prompt": region.prompt,
        "visible": region.visible,
    }


def _region(entry: dict[str, Any], plane: Callable[[int], Plane]) -> Region:
    red, green, blue = entry["colour"]
    values = {name: entry[name] for name in ("name", "concavity", "prompt", "visible")}
    return Region(plane(entry["mask"]), colour=(int(red), int(green), int(blue)), **values)


def _metadata(entry: dict[str, Any]) -> Metadata:
    blobs = {
        name: None if entry[name] is None else base64.b64decode(entry[name]["base64"])
        for name in ("exif", "icc", "xmp")
    }
    return Metadata(generation=entry["generation"], **blobs)


def _encode(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} cannot be stored")
    return base64.b64encode(value).decode("ascii")
