"""TIFF: what Pillow does not read as it should, and what the file says beside the pixels.

Sixteen bits per channel go through OpenCV, which keeps the low byte for rounding. Floats, 32-bit
integers and Lab are refused with a sentence. Only the first page is opened.

Source: TIFF 6.0, Aldus 1992; tags of Exif 2.32 (CIPA DC-008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from editing.errors import FileError
from editing.files.attachments import Attachments
from editing.files.deep import decode_deep, rounded
from editing.files.exif import without_prefix
from editing.files.limits import DamagedError
from editing.files.opening import decoded, header_of

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from editing.plane import Pixels

_BITS, _PHOTOMETRIC, _PLANAR, _EXTRA, _SAMPLE_FORMAT = 258, 262, 284, 338, 339
_PREDICTOR, _PROFILE, _XMP = 317, 34675, 700
_DESCRIPTIVE = (270, 271, 272, 305, 306, 315, 33432)
"""Description, maker, model, software, date, artist, copyright."""
_FOLDERS = (0x8769, 0x8825)
"""Of the camera's settings and of the place."""
_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
_MIN_IS_BLACK, _RGB = 1, 2
_CHUNKY = 1
_UNSIGNED = 1
_PREMULTIPLIED = 1


class Tiff(NamedTuple):
    """The first page of a file.

    Attributes:
        picture: A picture of up to 8 bits per channel, upright; else None.
        deep: RGBA of 8 bits of a picture with 16, upright, for OpenCV turns it; else None.
        attachments: Profile, EXIF and XMP.
        more: Whether there are pages after it.
    """

    picture: Image.Image | None
    deep: Pixels | None
    attachments: Attachments
    more: bool


def read_tiff(data: bytes, name: str) -> Tiff:
    """Decode the first page; its size was checked before.

    Raises:
        DamagedError: The file is damaged.
        FileError: It holds values that are not opened here.
    """
    try:
        header = header_of(data, "tiff", name)
        mode, through_opencv = header.mode, _is_deep(header)
        attachments = _attachments(header)
        more = _has_second_page(header)
    except (DamagedError, MemoryError):
        raise
    except Exception as error:  # Whatever broken data makes the library raise.
        raise DamagedError from error
    if through_opencv:
        deep = rounded(decode_deep(data))
        return Tiff(None, deep, attachments, more)
    if mode not in _MODES:
        raise FileError(
            f"{name} holds {_values(mode)}, which are not opened here: save it with 8 or 16 "
            "bits per channel first."
        )
    return Tiff(decoded(data, "tiff", name), None, attachments, more)


def _has_second_page(header: ImageFile) -> bool:
    """Whether there is one; pages are not counted, because a small file can claim a million."""
    try:
        header.seek(1)
    except Exception:  # There is none, or none that could be read.
        return False
    return True


def _is_deep(header: ImageFile) -> bool:
    return (
        _all_are(header, _BITS, 16)
        and _number(header, _PHOTOMETRIC, _RGB) in (_MIN_IS_BLACK, _RGB)
        and _number(header, _PLANAR, _CHUNKY) == _CHUNKY
        and _all_are(header, _SAMPLE_FORMAT, _UNSIGNED)
        and _number(header, _EXTRA, 0) != _PREMULTIPLIED
    )


def _values(mode: str) -> str:
    return {"F": "floating-point values", "LAB": "Lab colours"}.get(mode, "values of many bits")


def _tag(header: ImageFile, tag: int) -> object:
    return header.tag_v2.get(tag) if isinstance(header, TiffImageFile) else None


def _number(header: ImageFile, tag: int, default: int) -> int:
    value = _tag(header, tag)
    if isinstance(value, tuple):
        value = value[0] if value else None
    return value if isinstance(value, int) else default


def _all_are(header: ImageFile, tag: int, wanted: int) -> bool:
    """Whether all values of a tag are this one; a tag that is missing has its default, 1."""
    value = _tag(header, tag)
    values = value if isinstance(value, tuple) else (1 if value is None else value,)
    return all(each == wanted for each in values)


def _attachments(header: ImageFile) -> Attachments:
    profile, packet = _tag(header, _PROFILE), _tag(header, _XMP)
    return Attachments(
        profile if isinstance(profile, bytes) and profile else None,
        _exif(header),
        packet if isinstance(packet, bytes) and packet else None,
        {},
    )


class TagsToWrite(NamedTuple):
    """What a file is to say beside the pixels and their profile, and whether that is all."""

    tags: dict[int, object]
    complete: bool


def tags_to_write(exif: bytes | None, packet: bytes | None) -> TagsToWrite:
    """Return the tags for a file that libtiff writes, which knows no folders of tags.

    Args:
        exif: EXIF block; what it says about how a picture is stored is left out.
        packet: XMP packet.
    """
    # Differences between neighbours pack better than their values.
    tags: dict[int, object] = {_PREDICTOR: 2}
    if packet is not None:
        tags[_XMP] = packet
    if exif is None:
        return TagsToWrite(tags, complete=True)
    found = Image.Exif()
    try:
        found.load(exif)
        described = _describing(found)
        return TagsToWrite(tags | dict(described), not _has_folders(described))
    except Exception:  # Whatever a broken block makes the library raise.
        return TagsToWrite(tags, complete=False)


def _exif(header: ImageFile) -> bytes | None:
    """Return what describes the picture, without what describes how it is stored."""
    kept = _describing(header.getexif())
    try:
        return without_prefix(kept.tobytes()) if len(kept) or _has_folders(kept) else None
    except Exception:  # Values that cannot be written again.
        return None


def _describing(found: Image.Exif) -> Image.Exif:
    kept = Image.Exif()
    for tag in _DESCRIPTIVE:
        if tag in found:
            kept[tag] = found[tag]
    for folder in _FOLDERS:
        values = found.get_ifd(folder)
        if values:
            kept.get_ifd(folder).update(values)
    return kept


def _has_folders(exif: Image.Exif) -> bool:
    return any(exif.get_ifd(folder) for folder in _FOLDERS)
