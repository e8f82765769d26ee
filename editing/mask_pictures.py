"""Masks from and into picture files: white is redone, soft values are kept exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.errors import FileError
from editing.files.atomic import write_atomically
from editing.files.mask_file import load_mask
from editing.plane import Plane

if TYPE_CHECKING:
    from pathlib import Path

    from editing.plane import Pixels


def read_mask(path: Path, size: tuple[int, int]) -> Plane:
    """Read a mask of this width and height.

    Raises:
        FileError: The file cannot be read, or it has another size.
    """
    values = load_mask(path, size) * np.float32(255)
    # No masked pixel may be lost by rounding, however small its value.
    return Plane(np.asarray(np.maximum(np.rint(values), values > 0), np.uint8))


def save_mask(path: Path, mask: Pixels) -> None:
    """Write a mask (H, W) as an 8-bit grey PNG.

    Raises:
        FileError: The name has another suffix, or the file cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise FileError(f"A region is saved as PNG: give {path.name} the suffix .png.")
    is_done, data = cv2.imencode(".png", mask)
    if not is_done:
        raise FileError(f"The region could not be turned into {path.name}.")
    write_atomically(path, [data.tobytes()])
