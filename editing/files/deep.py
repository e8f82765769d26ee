"""Pictures of 16 bits per channel, through OpenCV.

Pillow clips 16-bit grey and cuts the low byte of colours off; here they are rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from cv2.utils import logging as cv2_logging

from editing.files.limits import DamagedError

if TYPE_CHECKING:
    from editing.plane import Pixels

_CODES = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}


def decode_deep(data: bytes) -> Pixels:
    """Decode a file with OpenCV, as it is: (H, W) or (H, W, 3 or 4), BGR, 8 or 16 bits.

    Raises:
        DamagedError: It cannot be decoded.
    """
    level = cv2_logging.setLogLevel(
        cv2_logging.LOG_LEVEL_SILENT
    )  # A damaged file is told by a sentence and not on the terminal.
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise DamagedError from error
    finally:
        cv2_logging.setLogLevel(level)
    if decoded is None:
        raise DamagedError
    return np.asarray(decoded)


def rounded(deep: Pixels | npt.NDArray[np.uint16]) -> Pixels:
    """Return RGBA of 8 bits of a picture that OpenCV decoded, (H, W) or (H, W, 3 or 4), BGR."""
    pixels = np.asarray(cv2.convertScaleAbs(deep, alpha=1 / 257), np.uint8)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    return np.asarray(cv2.cvtColor(pixels, _CODES[channels]), np.uint8)
