"""The file that a document was opened from, as the base of its journal.

What the file holds already need not be written again. A copy is kept beside the journal, because
the file itself may be saved over. Until the copy is complete the file serves, if it is still the
same one.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from editing.errors import FileError
from editing.files.document_file import load_document

if TYPE_CHECKING:
    import threading

    from editing.document import Document

_CHUNK = 4 * 1024 * 1024


class Base(NamedTuple):
    """What is known of the base.

    Attributes:
        path: The file.
        size: Its length in bytes.
        mtime_ns: When it was written to.
        copy: Name of the copy beside the journal, empty until it is complete.
        digest: SHA-256 of the copy.
    """

    path: str
    size: int
    mtime_ns: int
    copy: str = ""
    digest: str = ""

    @classmethod
    def of(cls, path: Path) -> Base:
        """Look at a file (OSError if that is not possible)."""
        found = path.stat()
        return cls(str(path.absolute()), found.st_size, found.st_mtime_ns)

    @classmethod
    def from_text(cls, text: str) -> Base:
        """Read what ``as_text`` wrote (ValueError, TypeError if it is something else)."""
        return cls(**json.loads(text))

    def as_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(self._asdict())


def copied(base: Base, folder: Path, stop: threading.Event) -> Base:
    """Copy the base beside the journal.

    Returns:
        The base with its copy; without one if the work was stopped or the file is another by now.

    Raises:
        OSError: It cannot be read or written.
    """
    source = Path(base.path)
    target = folder / f"base{source.suffix.lower()}"
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while not stop.is_set():
            data = reader.read(_CHUNK)
            if not data:
                break
            digest.update(data)
            writer.write(data)
        found = os.fstat(reader.fileno())
    # Its place may have been taken, or it may have been written to meanwhile.
    if stop.is_set() or (found.st_size, found.st_mtime_ns) != (base.size, base.mtime_ns):
        return base
    return base._replace(copy=target.name, digest=digest.hexdigest())


def load_base(base: Base, folder: Path) -> Document:
    """Open the base again, as it was opened then.

    Raises:
        FileError: It is gone, or not what it was.
    """
    copy = folder / base.copy if base.copy else None
    if copy is not None and _digest(copy) == base.digest:
        return open_as_document(copy)
    original = Path(base.path)
    try:
        is_same = Base.of(original)[1:3] == base[1:3]
    except OSError:
        is_same = False
    if not is_same:
        raise FileError(f"{original} has changed since the work was stored, which rests on it.")
    return open_as_document(original)


def open_as_document(path: Path) -> Document:
    """Open a file as the window does."""
    return load_document(path).document


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
