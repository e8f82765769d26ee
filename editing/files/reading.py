"""Reading a whole file into memory, with one sentence for everything that can go wrong."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from editing.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_BYTES = 1 << 30
"""Larger than any picture within the pixel limit: 100 megapixels of 16-bit RGBA are 800 MB."""


def read_file(path: Path | str) -> bytes:
    """Return the bytes of a file.

    Raises:
        FileError: It does not exist, is no regular file, may not be read, or is too large.
    """
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
            raise FileError(f"{path} is larger than {MAX_FILE_BYTES >> 30} GB: make it smaller.")
        return file.read()


@contextmanager
def opened(path: Path | str) -> Iterator[BinaryIO]:
    """Open a file for reading.

    Raises:
        FileError: It does not exist, is no regular file, or may not be read.
    """
    try:
        status = Path(path).stat()
        # Opening a pipe would wait for its other end, and a device may never end.
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise FileError(f"{path} is no ordinary file: choose a picture file.")
        with Path(path).open("rb") as file:
            yield file
    except FileNotFoundError:
        raise FileError(f"{path} does not exist: check the name.") from None
    except IsADirectoryError:
        raise FileError(f"{path} is a folder: choose a file in it.") from None
    except PermissionError:
        raise FileError(f"{path} may not be read: ask its owner for permission.") from None
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read ({_reason(error)}): try another file.") from None


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
