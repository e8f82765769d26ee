"""Reading of Photoshop files (PSD and PSB) with psd-tools.

Layers keep name, place, opacity, visibility, blend mode, mask and clipping. What Photoshop computes
on the fly (adjustments, effects) cannot be shown here and is left out with a note.

Source: Adobe Photoshop File Formats Specification.
"""

from __future__ import annotations

import struct
import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from editing.document import Document
from editing.errors import FileError
from editing.files.decode import to_rgba
from editing.files.exif import upright, without_prefix
from editing.files.layer_tree import GroupNode, LayerNode, Node, Placed, stacked
from editing.files.limits import DamagedError, LayerBudget, check_size
from editing.files.loaded import LoadedDocument
from editing.plane import Plane
from editing.region import Region
from editing.structure import Metadata, Structure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psd_tools import PSDImage
    from psd_tools.api.layers import Layer

    from editing.layer import BlendMode
    from editing.plane import Pixels

_HEADER = struct.Struct(">4sH6xHIIHH")
_READ_MODES = (1, 2, 3, 4)
_OTHER_MODES = {
    0: "bitmap colours",
    7: "multichannel colours",
    8: "duotone colours",
    9: "Lab colours",
}
_BLEND_MODES: Mapping[str, BlendMode] = {
    "NORMAL": "normal",
    "PASS_THROUGH": "normal",
    "MULTIPLY": "multiply",
    "SCREEN": "screen",
    "OVERLAY": "overlay",
    "SOFT_LIGHT": "soft_light",
    "COLOR_DODGE": "color_dodge",
    "DIFFERENCE": "difference",
}
_PROFILE, _EXIF, _XMP = 1039, 1058, 1060
"""Numbers of image resources."""
_TRANSPARENCY = -1
"""Number of the channel."""

_DEPTH = "The file has 16 bits per channel; it was opened with 8."
_CMYK = "The layers were converted from CMYK to RGB, so colours may be off."
_EFFECTS = "Layer effects were left out, so the picture may look different: {}."
_LEFT_OUT = "Layers that hold no pixels (adjustments, fills) were left out: {}."
_COMPOSED = "Groups were composed into one layer each: {}."
_UNKNOWN = "Unknown blend modes were opened as normal: {}."


def read_psd(data: bytes, name: str) -> LoadedDocument:
    """Read a Photoshop file; ``name`` is for messages.

    Raises:
        FileError: One sentence: damaged, too large, or of a kind that is not opened here.
    """
    try:
        size = _check_header(data, name)
        return _Reading(data, size, name).document()
    except FileError:
        raise
    except MemoryError:
        raise FileError(f"{name} needs more memory than is free: close something else.") from None
    except Exception:  # Whatever broken data makes the library raise.
        raise FileError(f"{name} is incomplete or damaged: get another copy of it.") from None


def _check_header(data: bytes, name: str) -> tuple[int, int]:
    if len(data) < _HEADER.size:
        raise DamagedError
    _, version, channels, height, width, depth, mode = _HEADER.unpack_from(data)
    if version not in (1, 2) or not 1 <= channels <= 56:
        raise DamagedError
    check_size((width, height), name)
    if mode not in _READ_MODES:
        raise FileError(
            f"{name} holds {_OTHER_MODES.get(mode, 'unknown colours')}, which are not opened here: "
            "convert it to RGB first."
        )
    if depth not in (8, 16):
        raise FileError(
            f"{name} has {depth} bits per channel, and 8 or 16 are opened here: convert it first."
        )
    return width, height


class _Reading:
    """One file being read."""

    def __init__(self, data: bytes, size: tuple[int, int], name: str) -> None:
        # The library takes a while to load, and few files need it.
        from psd_tools import PSDImage

        self._size = size
        self._psd: PSDImage = PSDImage.open(BytesIO(data))
        self._budget = LayerBudget(name)
        self._lists: dict[str, list[str]] = {}

    def document(self) -> LoadedDocument:
        from psd_tools.compression import PSDDecompressionWarning

        with warnings.catch_warnings():
            # Else a layer that is cut off would be black without a word.
            warnings.simplefilter("error", PSDDecompressionWarning)
            nodes = self._nodes(self._psd) or [self._merged()]
        layers = stacked(nodes, self._size, self._budget)
        self._lists.setdefault(_COMPOSED, []).extend(layers.composed)
        width, height = self._size
        region = Region(Plane.zeros((height, width)), "Region 1")
        structure = Structure(
            tuple(layers.layers), (region,), Plane.zeros((height, width)), self._metadata()
        )
        depth = 16 if self._psd.depth == 16 else 8
        document = Document(structure=structure, source_depth=depth)
        return LoadedDocument(document, "psd", self._notes())

    def _notes(self) -> list[str]:
        notes = [_DEPTH] if self._psd.depth == 16 else []
        if self._psd.color_mode.name == "CMYK":
            notes.append(_CMYK)
        return notes + [
            note.format(", ".join(dict.fromkeys(names)))
            for note, names in self._lists.items()
            if names
        ]

    def _nodes(self, group: Iterable[Layer]) -> list[Node]:
        found = [self._group(each) if each.is_group() else self._layer(each) for each in group]
        return [node for node in found if node is not None]

    def _group(self, group: Any) -> Node:
        self._mention_effects(group)
        return GroupNode(
            tuple(self._nodes(group)),
            group.name,
            group.visible,
            group.opacity / 255,
            self._mode(group),
            group.blend_mode.name != "PASS_THROUGH",
            self._mask(group),
        )

    def _layer(self, layer: Any) -> Node | None:
        if layer.width < 1 or layer.height < 1 or not layer.has_pixels():
            if layer.kind not in ("pixel", "type"):
                self._lists.setdefault(_LEFT_OUT, []).append(layer.name)
                return None
            pixels = np.zeros((1, 1, 4), np.uint8)
        else:
            self._budget.take(layer.width, layer.height)
            pixels = self._pixels(layer)
        self._mention_effects(layer)
        return LayerNode(
            Placed(pixels, layer.left, layer.top),
            layer.name,
            layer.visible,
            layer.opacity / 255,
            self._mode(layer),
            bool(layer.locks and layer.locks.composite),
            self._mask(layer),
            clipped=bool(layer.clipping),
        )

    def _merged(self) -> Node:
        """Return the picture of a file without layers."""
        return LayerNode(Placed(self._pixels(self._psd)), "Background")

    def _pixels(self, source: Any) -> Pixels:
        picture = source.topil(apply_icc=False)
        if picture is None:
            raise DamagedError
        pixels, _ = to_rgba(picture, self._icc)
        if picture.mode == "CMYK":  # The only mode that does not carry its alpha along.
            alpha = source.topil(channel=_TRANSPARENCY)
            if alpha is not None:
                pixels[..., 3] = np.asarray(alpha.convert("L"))
        return pixels

    def _mask(self, layer: Any) -> Placed | None:
        mask = layer.mask
        if mask is None or mask.disabled:
            return None
        around = int(mask.background_color)
        if mask.width < 1 or mask.height < 1:
            return Placed(np.full((1, 1), around, np.uint8), 0, 0, around)
        check_size((mask.width, mask.height), "A mask")
        self._budget.take_pixels(mask.width, mask.height)
        picture = mask.topil()
        if picture is None:
            return None
        return Placed(np.array(picture.convert("L")), mask.left, mask.top, around)

    def _mode(self, layer: Any) -> BlendMode:
        name = layer.blend_mode.name
        mode = _BLEND_MODES.get(name)
        if mode is None:
            self._lists.setdefault(_UNKNOWN, []).append(name.lower().replace("_", " "))
        return mode or "normal"

    def _mention_effects(self, layer: Any) -> None:
        if layer.has_effects():
            self._lists.setdefault(_EFFECTS, []).append(layer.name)

    def _resource(self, number: int) -> bytes | None:
        value = self._psd.image_resources.get_data(number)
        return value if isinstance(value, bytes) and value else None

    @property
    def _icc(self) -> bytes | None:
        return self._resource(_PROFILE)

    def _metadata(self) -> Metadata:
        exif = self._resource(_EXIF)
        return Metadata(
            None if exif is None else upright(without_prefix(exif)),
            self._icc if self._psd.color_mode.name == "RGB" else None,
            self._resource(_XMP),
        )
