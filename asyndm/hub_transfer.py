"""Fetch one file so that it can be interrupted at any byte, and goes on there.

The bytes go to NAME.part as they arrive. What lies there is hashed again before the rest is asked
for, so a damaged rest of an earlier try is found like one that came by wire. The file gets its own
name when all of its bytes are there, are on the disk, and have the published checksum.
"""

import errno
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from asyndm.errors import EngineError, ModelError
from asyndm.hub_access import (
    DownloadCancelledError,
    Hub,
    Listing,
    Patience,
    RemoteFile,
    TemporaryError,
    size_text,
)

_BLOCK_BYTES = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Advance = Callable[[int], None]
"""Is told how many more bytes are there, or, if they had to be thrown away, fewer."""


def part_of(target: Path) -> Path:
    """Where the bytes of an unfinished file are."""
    return target.with_name(target.name + ".part")


class _Digests:
    """The checksums of the bytes so far: the one that the hub publishes, and SHA-256."""

    def __init__(self, file: RemoteFile) -> None:
        self._expected = file.sha256 or file.blob
        self.sha256 = hashlib.sha256()
        self._git = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
        self._published = self.sha256 if file.sha256 else self._git

    def update(self, piece: bytes) -> None:
        self.sha256.update(piece)
        if self._published is self._git:
            self._git.update(piece)

    def are_right(self) -> bool:
        return self._published.hexdigest() == self._expected


def fetch(
    hub: Hub,
    listing: Listing,
    file: RemoteFile,
    target: Path,
    cancel: threading.Event,
    advance: Advance,
) -> str:
    """Fetch a file, or the rest of it.

    Args:
        hub: where from.
        listing: repository and commit.
        file: which one.
        target: its path when it is complete; bytes of an earlier try may lie in ``part_of``.
        cancel: stops it.
        advance: is told the bytes that are there, those of an earlier try first.

    Returns:
        The file's SHA-256.

    Raises:
        DownloadCancelledError: what has arrived is kept.
        AccessError, ModelError: the hub refuses, or the disk is full.
        EngineError: too many faults in a row, or the bytes are not those that were published.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part_of(target).open("a+b", buffering=0) as part:
            transfer = _Transfer(hub, listing, file, part, cancel, advance)
            transfer.run()
            os.fsync(part.fileno())
    except OSError as error:
        raise _disk_error(error, file) from error
    if not transfer.digests.are_right():
        part_of(target).unlink()
        advance(-file.size)
        raise EngineError(
            f"The file {file.name} is damaged: its checksum is not the published one, so it was "
            "thrown away; start the download again to fetch this file anew.",
            retryable=True,
        )
    part_of(target).replace(target)
    return transfer.digests.sha256.hexdigest()


class _Transfer:
    """The bytes of one file on their way into an open file."""

    def __init__(
        self,
        hub: Hub,
        listing: Listing,
        file: RemoteFile,
        part: BinaryIO,
        cancel: threading.Event,
        advance: Advance,
    ) -> None:
        self._hub, self._listing, self._file = hub, listing, file
        self._part, self._cancel, self._advance = part, cancel, advance
        self._arrived = 0
        self.digests = _Digests(file)

    def run(self) -> None:
        self._read_earlier()
        patience = Patience(self._cancel)
        while self._arrived < self._file.size:
            before = self._arrived
            try:
                self._receive()
            except TemporaryError as error:
                if self._arrived > before:
                    patience.reset()
                patience.wait(error)

    def _read_earlier(self) -> None:
        """Take up what an earlier try has left."""
        if os.fstat(self._part.fileno()).st_size > self._file.size:
            self._part.truncate(0)
        self._part.seek(0)
        while piece := self._part.read(_BLOCK_BYTES):
            self._count(piece)

    def _receive(self) -> None:
        """Ask for the bytes that are missing, and write what comes."""
        url = self._hub.file_url(self._listing, self._file.name)
        with self._hub.stream(url, self._listing.repository, self._arrived) as response:
            expected = f"bytes {self._arrived}-"
            if self._arrived and not (
                response.status_code == 206
                and response.headers.get("content-range", "").startswith(expected)
            ):
                self._begin_again()
            for piece in response.iter_bytes():
                if self._arrived + len(piece) > self._file.size:
                    self._begin_again()
                    raise TemporaryError(
                        f"The hub sends more bytes of {self._file.name} than it announced; try "
                        "again later."
                    )
                _write_all(self._part, piece)
                self._count(piece)
        if self._arrived < self._file.size:
            raise TemporaryError(
                f"The hub ended the file {self._file.name} too early; start the download again to "
                "go on."
            )

    def _count(self, piece: bytes) -> None:
        self.digests.update(piece)
        self._arrived += len(piece)
        self._advance(len(piece))
        if self._cancel.is_set():
            raise DownloadCancelledError

    def _begin_again(self) -> None:
        """The hub does not send from where it was asked to: take the file from its start."""
        self._part.truncate(0)
        self._advance(-self._arrived)
        self._arrived = 0
        self.digests = _Digests(self._file)


def _write_all(file: BinaryIO, piece: bytes) -> None:
    """Write every byte; a write to an unbuffered file may take some only."""
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


def _disk_error(error: OSError, file: RemoteFile) -> ModelError:
    if error.errno in _FULL:
        return ModelError(
            f"The disk is full: {file.name} ({size_text(file.size)}) does not fit; make room and "
            "start the download again, it goes on where it was."
        )
    return ModelError(f"The file {file.name} cannot be written ({error.strerror or error}).")
