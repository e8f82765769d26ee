"""Atomic writing: whoever looks finds the whole old file or the whole new one, never a part.

The bytes go to a temporary file in the same folder, reach the disk (fsync), and then take the
target's place in one step (rename), which is made lasting by an fsync of the folder. A process
killed on the way leaves the old file and a temporary one; old temporary files of the same target
are removed at its next save.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from editing.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

_TEMPORARY_SUFFIX = ".asyndm-part"
_ABANDONED_AFTER_S = 3600
_BINARY = getattr(os, "O_BINARY", 0)


def write_atomically(path: Path | str, parts: Iterable[bytes | memoryview]) -> None:
    """Replace or create a file.

    An existing file keeps its permissions, and its owner where that is allowed; a new one gets the
    usual ones. A symbolic link stays, its target is replaced.

    Args:
        path: Target; its folder must exist.
        parts: Its content, written one after the other.

    Raises:
        FileError: It cannot be written; an existing file is as it was.
    """
    write_atomically_with(path, lambda file: file.writelines(parts))


def write_atomically_with(path: Path | str, write: Callable[[BinaryIO], None]) -> None:
    """Like ``write_atomically``, for content that is written piece by piece.

    Args:
        path: Target; its folder must exist.
        write: Writes the content to an open file, which can seek. Whatever it raises is passed
            on, and an existing file is as it was.

    Raises:
        FileError: It cannot be written; an existing file is as it was.
    """
    try:
        _write(Path(os.path.realpath(path)), write)
    except OSError as error:
        raise FileError(_sentence(error, path)) from None


def _write(target: Path, write: Callable[[BinaryIO], None]) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    _remove_abandoned(target)
    token = secrets.token_hex(6)
    temporary = target.with_name(f".{target.name[:80]}.{token}{_TEMPORARY_SUFFIX}")
    # The mode is limited by the umask, as for any new file.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _take_over_rights(target, file.fileno())
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _take_over_rights(target: Path, descriptor: int) -> None:
    if sys.platform == "win32":
        return
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    with contextlib.suppress(OSError):
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    # After the owner, because changing that clears some bits.
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # Some network file systems cannot; the file is in place.
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_abandoned(target: Path) -> None:
    start = f".{target.name[:80]}."
    with contextlib.suppress(OSError):
        for entry in target.parent.iterdir():
            if entry.name.startswith(start) and entry.name.endswith(_TEMPORARY_SUFFIX):
                age_s = time.time() - entry.stat().st_mtime
                if age_s > _ABANDONED_AFTER_S:
                    entry.unlink()


def _sentence(error: OSError, path: Path | str) -> str:
    folder = Path(path).parent
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder: give a file name in it."
    if isinstance(error, FileNotFoundError):
        return f"The folder {folder} does not exist: create it or choose another."
    if isinstance(error, NotADirectoryError):
        return f"{folder} is not a folder: choose another place."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"The folder {folder} may not be written to: choose another place."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {folder} is full: free some space or choose another place."
    if error.errno == errno.ENAMETOOLONG:
        return f"The name of {path} is too long: choose a shorter one."
    return f"{path} cannot be written ({error.strerror or error}): choose another place."
