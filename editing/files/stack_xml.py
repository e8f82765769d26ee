"""The list of layers inside an .ora file (``stack.xml``).

Source: OpenRaster 0.0.6, layer stack, https://www.openraster.org/baseline/layer-stack-spec.html.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from editing.geometry import Rect
    from editing.layer import BlendMode, Layer

MAX_STACK_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
"""Of groups inside groups."""

OPERATIONS: Mapping[BlendMode, str] = {
    "normal": "svg:src-over",
    "multiply": "svg:multiply",
    "screen": "svg:screen",
    "overlay": "svg:overlay",
    "soft_light": "svg:soft-light",
    "color_dodge": "svg:color-dodge",
    "difference": "svg:difference",
}
_MODES: Mapping[str, BlendMode] = {name: mode for mode, name in OPERATIONS.items()}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class BadStackError(Exception):
    """The list of layers cannot be understood."""


class PictureEntry(NamedTuple):
    """One layer of the list.

    Attributes:
        source: Name of the member with its picture.
        x: Where its left edge lies, in pixels, in the group it is in.
        y: Where its upper edge lies.
        name: Shown in the list.
        visible: Whether it is shown.
        opacity: In [0, 1].
        operation: Its name for how colours meet.
        locked: Whether it must not be edited.
        selected: Whether it is the active one.
    """

    source: str
    x: int
    y: int
    name: str
    visible: bool
    opacity: float
    operation: str
    locked: bool
    selected: bool


class GroupEntry(NamedTuple):
    """A group of layers; ``children`` lists the highest first."""

    children: tuple[PictureEntry | GroupEntry, ...]
    x: int
    y: int
    name: str
    visible: bool
    opacity: float
    operation: str
    isolated: bool


class Stack(NamedTuple):
    """The size of a document and what it is made of, the highest first."""

    width: int
    height: int
    children: tuple[PictureEntry | GroupEntry, ...]


def blend_mode(operation: str) -> BlendMode | None:
    """Return the mode of an operation's name, or None if it is not one of ours."""
    return _MODES.get(operation)


def build(size: tuple[int, int], layers: Iterable[tuple[Layer, str, Rect, bool]]) -> bytes:
    """Return the list.

    Args:
        size: Width and height of the document.
        layers: The lowest first: layer, member with its picture, place of that, whether active.
    """
    width, height = size
    image = ElementTree.Element(
        "image", version="0.0.6", w=str(width), h=str(height), xres="72", yres="72"
    )
    # The root never has an opacity or an operation; it is only a list.
    stack = ElementTree.SubElement(image, "stack")
    for layer, source, box, is_active in reversed([*layers]):
        facts = {
            "name": _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", layer.name),
            "src": source,
            "x": str(box.x),
            "y": str(box.y),
            "opacity": repr(float(layer.opacity)),
            "visibility": "visible" if layer.visible else "hidden",
            "composite-op": OPERATIONS[layer.blend],
        }
        if layer.locked:
            facts["edit-locked"] = "true"
        if is_active:
            facts["selected"] = "true"
        ElementTree.SubElement(stack, "layer", facts)
    ElementTree.indent(image)
    text = ElementTree.tostring(image, encoding="unicode")
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{text}\n".encode()


def parse(data: bytes) -> Stack:
    """Read the list.

    Raises:
        BadStackError: It is no list of layers, or it tries to be clever.
    """
    try:
        text = data.decode("utf-8-sig")
        # Entities can be made to unpack to gigabytes, and no list needs them.
        if "<!DOCTYPE" in text or "<!ENTITY" in text or "\0" in text:
            raise BadStackError
        image = ElementTree.fromstring(text.encode())
        stack = image.find("stack")
        if image.tag != "image" or stack is None:
            raise BadStackError
        width, height = int(image.attrib["w"]), int(image.attrib["h"])
        return Stack(width, height, _children(stack, 0))
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise BadStackError from error


def _children(stack: ElementTree.Element, depth: int) -> tuple[PictureEntry | GroupEntry, ...]:
    if depth > MAX_DEPTH:
        raise BadStackError
    found: list[PictureEntry | GroupEntry] = []
    for entry in stack:
        if entry.tag == "stack":
            found.append(_group(entry, depth))
        elif entry.tag == "layer" and entry.get("src"):
            found.append(_picture(entry))
    return tuple(found)


def _picture(entry: ElementTree.Element) -> PictureEntry:
    return PictureEntry(
        entry.attrib["src"],
        _number(entry, "x"),
        _number(entry, "y"),
        entry.get("name", ""),
        entry.get("visibility", "visible") != "hidden",
        _opacity(entry),
        entry.get("composite-op", "svg:src-over"),
        entry.get("edit-locked") == "true",
        entry.get("selected") == "true",
    )


def _group(entry: ElementTree.Element, depth: int) -> GroupEntry:
    return GroupEntry(
        _children(entry, depth + 1),
        _number(entry, "x"),
        _number(entry, "y"),
        entry.get("name", ""),
        entry.get("visibility", "visible") != "hidden",
        _opacity(entry),
        entry.get("composite-op", "svg:src-over"),
        entry.get("isolation") != "auto",
    )


def _number(entry: ElementTree.Element, name: str) -> int:
    value = float(entry.get(name, "0"))
    if not abs(value) < 2**31:
        raise ValueError(value)
    return round(value)


def _opacity(entry: ElementTree.Element) -> float:
    value = float(entry.get("opacity", "1"))
    return 1.0 if math.isnan(value) else min(1.0, max(0.0, value))
