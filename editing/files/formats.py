"""Which kinds of files can be opened and saved, by the suffix of their names.

Opening goes by content and never by the name; the suffixes are for file dialogs and for saving.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

SaveFormat = Literal["png", "jpeg", "webp", "tiff", "avif"]
"""Formats of one picture without layers that can be written."""
DocumentFormat = Literal["ora", "png", "jpeg", "webp", "tiff", "avif"]
"""All formats that can be written."""

SAVE_FORMATS: tuple[SaveFormat, ...] = get_args(SaveFormat)
OPENRASTER_SUFFIX = ".ora"


class Format(NamedTuple):
    """A kind of file.

    Attributes:
        title: Its usual name.
        suffixes: Endings of its files, the usual one first.
        writable: What it is called when saving, or None if it can only be opened.
        keeps_layers: Whether layers are kept.
        has_quality: Whether it can be written with a quality of 1 to 100.
        has_lossless: Whether there is a choice between lossy and lossless.
    """

    title: str
    suffixes: tuple[str, ...]
    writable: DocumentFormat | None = None
    keeps_layers: bool = False
    has_quality: bool = False
    has_lossless: bool = False


FORMATS: tuple[Format, ...] = (
    Format("OpenRaster", (".ora",), "ora", keeps_layers=True),
    Format("PNG", (".png",), "png"),
    Format("JPEG", (".jpg", ".jpeg", ".jpe"), "jpeg", has_quality=True),
    Format("WebP", (".webp",), "webp", has_quality=True, has_lossless=True),
    Format("TIFF", (".tif", ".tiff"), "tiff"),
    Format("AVIF", (".avif",), "avif", has_quality=True),
    Format("Photoshop", (".psd", ".psb"), keeps_layers=True),
    Format("HEIC", (".heic", ".heif")),
    Format("GIF", (".gif",)),
)


def _by_suffix(formats: Iterable[Format]) -> dict[str, Format]:
    return {suffix: each for each in formats for suffix in each.suffixes}


READABLE: dict[str, Format] = _by_suffix(FORMATS)
"""Suffix, in small letters with its dot, to the kind of file that can be opened."""
WRITABLE: dict[str, Format] = _by_suffix(each for each in FORMATS if each.writable is not None)
"""Suffix, in small letters with its dot, to the kind of file that can be saved."""


def format_to_write(path: Path | str) -> DocumentFormat | None:
    """Return the format that a name asks for, or None if no file of that name is written."""
    found = WRITABLE.get(Path(path).suffix.lower())
    return None if found is None else found.writable
