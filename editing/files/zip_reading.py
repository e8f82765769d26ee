"""Reading members of a ZIP file that may be hostile.

Nothing is ever unpacked to disk and members are found by their exact name, so that paths in names
lead nowhere. Sizes are checked before anything is unpacked, and what is unpacked is cut off at the
size that was checked. A file is refused as a whole if it is encrypted, if a name occurs twice
(programs disagree on which one counts), or if it is packed in a way that .ora files are not.

Source: PKWARE, .ZIP File Format Specification (APPNOTE), 4.3.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO

from editing.errors import FileError

MAX_MEMBERS = 4096
_MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
_END = b"PK\5\6"
_END_BYTES = 22
_ZIP64_PLACE_BYTES = 20
_ZIP64_END = b"PK\6\6"
_LONGEST_COMMENT = 65_535
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error)


class BrokenArchiveError(Exception):
    """The file is cut off or corrupt."""


class ArchiveReader:
    """The members of a ZIP file; a context manager.

    Attributes:
        checksums: CRC-32 of each member, as the list of members gives it.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Read the list of members; ``name`` is for messages.

        Raises:
            BrokenArchiveError: The list cannot be read.
            FileError: One sentence: encrypted, ambiguous, packed in another way, too many members.
        """
        self._name = name
        try:
            if _directory_bytes(file) > _MAX_DIRECTORY_BYTES:
                raise FileError(f"{name} has too many members: get another copy of it.")
            self._zip = zipfile.ZipFile(file)
        except (*_BROKEN, NotImplementedError) as error:
            raise BrokenArchiveError from error
        entries = self._zip.infolist()
        self._entries = {entry.filename: entry for entry in entries}
        self._check(entries)
        self.checksums = {entry.filename: entry.CRC for entry in entries}

    def __contains__(self, name: str) -> bool:
        """Whether there is a member of exactly this name."""
        return name in self._entries

    def read(self, name: str, limit: int) -> bytes:
        """Return a member, its checksum checked.

        Args:
            name: Exact name of the member.
            limit: Largest size in bytes that is unpacked.

        Raises:
            BrokenArchiveError: There is no such member, it is corrupt, or larger than the limit.
        """
        entry = self._entries.get(name)
        if entry is None or entry.file_size > limit:
            raise BrokenArchiveError
        try:
            with self._zip.open(entry) as member:
                return member.read()
        except (*_BROKEN, NotImplementedError, RuntimeError) as error:
            raise BrokenArchiveError from error

    def size(self, name: str) -> int:
        """Return the unpacked size that a member claims; 0 if there is none."""
        entry = self._entries.get(name)
        return 0 if entry is None else entry.file_size

    def close(self) -> None:
        """Stop reading."""
        self._zip.close()

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        name = self._name
        if len(entries) > MAX_MEMBERS:
            raise FileError(f"{name} has too many members: get another copy of it.")
        if len(entries) != len(self._entries):
            raise FileError(f"{name} holds two members of one name: get another copy of it.")
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise FileError(f"{name} is encrypted: save it without a password first.")
        if any(entry.compress_type not in _METHODS for entry in entries):
            raise FileError(f"{name} is packed in an unknown way: save it again as OpenRaster.")


def _directory_bytes(file: BinaryIO) -> int:
    """Return the size of the list of members, which the library reads at once."""
    length = file.seek(0, 2)
    start = max(0, length - _END_BYTES - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or place + _END_BYTES > len(tail):
        raise BrokenArchiveError
    (size,) = struct.unpack_from("<I", tail, place + 12)
    if size == 0xFFFFFFFF and place >= _ZIP64_PLACE_BYTES:
        (where,) = struct.unpack_from("<Q", tail, place - _ZIP64_PLACE_BYTES + 8)
        file.seek(min(where, length))
        end = file.read(56)
        if len(end) < 56 or not end.startswith(_ZIP64_END):
            raise BrokenArchiveError
        (size,) = struct.unpack_from("<Q", end, 40)
    return int(size)
