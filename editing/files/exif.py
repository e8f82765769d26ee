"""The EXIF block: orientation, and the user comment that other tools read.

The block is a TIFF structure without the "Exif" prefix that JPEG puts before it. The orientation is
reset in place, so that everything else in the block, maker notes too, stays as the camera wrote it.

Source: CIPA DC-008, Exif 2.32.
"""

from __future__ import annotations

import struct

from PIL import Image

PREFIX = b"Exif\0\0"
_ORIENTATION = 0x0112
_SHORT = 3
_EXIF_FOLDER = 0x8769
_USER_COMMENT = 0x9286
_UNICODE = b"UNICODE\0"
_ASCII = b"ASCII\0\0\0"


def without_prefix(block: bytes) -> bytes:
    """Return the TIFF structure itself."""
    return block.removeprefix(PREFIX)


def orientation(block: bytes) -> int:
    """Return how the picture is stored, 1 (upright) to 8; 1 if the block does not say."""
    found = _orientation_entry(block)
    if found is None:
        return 1
    order, position = found
    (value,) = struct.unpack_from(order + "H", block, position)
    return value if 1 <= value <= 8 else 1


def upright(block: bytes) -> bytes:
    """Return the block with its orientation set to upright, all else untouched."""
    found = _orientation_entry(block)
    if found is None:
        return block
    order, position = found
    return block[:position] + struct.pack(order + "H", 1) + block[position + 2 :]


def with_user_comment(block: bytes | None, text: str) -> bytes | None:
    """Return the block with this user comment; None if the block is too broken to be rewritten.

    The text is stored as big-endian UTF-16, which is what the tools that read it expect.
    """
    exif = Image.Exif()
    if block is None:
        exif.endian = ">"
    try:
        if block is not None:
            exif.load(block)
        exif.get_ifd(_EXIF_FOLDER)[_USER_COMMENT] = _UNICODE + text.encode("utf-16-be")
        return without_prefix(exif.tobytes())
    except Exception:  # Whatever a broken block makes the library raise.
        return None


def user_comment(block: bytes) -> str | None:
    """Return the user comment, or None."""
    exif = Image.Exif()
    try:
        exif.load(block)
        value = exif.get_ifd(_EXIF_FOLDER).get(_USER_COMMENT)
    except Exception:  # Whatever a broken block makes the library raise.
        return None
    if not isinstance(value, bytes):
        return value if isinstance(value, str) else None
    if value.startswith(_ASCII):
        return value[8:].rstrip(b"\0").decode("ascii", "replace")
    if not value.startswith(_UNICODE):
        return None
    body = value[8:]
    # Writers disagree on the byte order; in Western text the zero bytes tell.
    little = body[1::2].count(0) > body[::2].count(0)
    return body.decode("utf-16-le" if little else "utf-16-be", "replace").rstrip("\0")


def _orientation_entry(block: bytes) -> tuple[str, int] | None:
    """Return (byte order, position of the value) of the orientation in the first folder."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return None
    try:
        (folder,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, folder)
        for entry in range(folder + 2, folder + 2 + 12 * count, 12):
            tag, kind, values = struct.unpack_from(order + "HHI", block, entry)
            if tag == _ORIENTATION and kind == _SHORT and values == 1:
                struct.unpack_from(order + "H", block, entry + 8)
                return order, entry + 8
    except struct.error:
        pass
    return None
