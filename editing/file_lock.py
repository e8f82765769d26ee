"""A lock on a file that lasts as long as the process that holds it, however that process ends.

Other processes learn from it whether the owner of a file still lives; a process id alone could be
that of another program by now.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FileLock:
    """Holds a file locked until ``release`` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Make the file if need be and lock it.

        Raises:
            BlockingIOError: Somebody else holds it, in this process or another.
            OSError: The file cannot be made.
        """
        self.path = path
        self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._descriptor)
        except OSError as error:
            self.release()
            raise BlockingIOError(f"{path} is locked") from error

    def release(self) -> None:
        """Let others have it; the file stays."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
