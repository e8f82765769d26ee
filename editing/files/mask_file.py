"""Masks from picture files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from editing.errors import FileError
from editing.files.raster import load_picture

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def load_mask(path: Path | str, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Read a mask: white = redo, by luminance (ITU-R BT.601); transparent counts as black.

    Args:
        path: Any picture file that ``load_picture`` reads.
        size: (width, height) of the picture it belongs to.

    Returns:
        float32 (H, W) in [0, 1].

    Raises:
        FileError: The file cannot be read, or it has another size.
    """
    pixels = load_picture(path).pixels
    width, height = pixels.shape[1], pixels.shape[0]
    if (width, height) != size:
        raise FileError(
            f"The mask {path} is {width} x {height} pixels and the picture is "
            f"{size[0]} x {size[1]}: make them the same size."
        )
    luminance = pixels[..., :3].astype(np.float32) @ _LUMA
    values = np.rint(luminance) * pixels[..., 3].astype(np.float32) / np.float32(255 * 255)
    return np.asarray(np.clip(values, 0, 1), np.float32)
