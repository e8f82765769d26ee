"""Brush stamps: the soft disc that a dab puts down, made once and kept.

A stamp is uint8 (n, n). Its value falls from full to nothing over a rim whose width is the soft
part of the radius, but at least one pixel, which smooths the edge of a hard brush. Small brushes
are placed to a fraction of a pixel by making a stamp for each fraction; for large ones that cannot
be seen.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from editing.plane import Pixels

CACHE_BYTES = 32 * 1024 * 1024


class StampKey(NamedTuple):
    """All that a stamp depends on; offsets are the centre's place in its pixel, in [0, 1).

    The longer axis has the radius and is turned from the x axis; the shorter one is ``roundness``
    of it.
    """

    radius_px: float
    hardness: float
    offset_x: float = 0.5
    offset_y: float = 0.5
    roundness: float = 1.0
    turn: float = 0.0


def phases(radius_px: float) -> int:
    """Return into how many places per axis the centre of a dab is rounded within a pixel."""
    if radius_px <= 16:
        return 4
    return 2 if radius_px <= 64 else 1


def reach(radius_px: float) -> int:
    """Return how many pixels a stamp extends to each side of the pixel that holds its centre."""
    return math.ceil(radius_px + 0.5)


def make_stamp(key: StampKey) -> Pixels:
    """Draw a stamp of (2 * reach + 1) pixels on a side.

    With a pen every dab may be of another size, so this has to be fast as well.
    """
    extent = reach(key.radius_px)
    centres = np.arange(-extent, extent + 1, dtype=np.float32) + np.float32(0.5)
    across = centres - np.float32(key.offset_x)
    down = (centres - np.float32(key.offset_y))[:, None]
    # The square of the distance from the centre, in an ellipse that of the turned axes.
    cosine, sine = math.cos(key.turn), math.sin(key.turn)
    flat = 1 / key.roundness**2
    square = across**2 * np.float32(cosine**2 + flat * sine**2)
    square = square + down**2 * np.float32(sine**2 + flat * cosine**2)
    if flat != 1:
        square += across * (down * np.float32(2 * sine * cosine * (1 - flat)))
    distance = cv2.sqrt(square)
    slope = 255 / max(1.0, key.radius_px * (1 - key.hardness))
    # Rounds, and keeps within 0 and 255.
    value = cv2.addWeighted(
        distance, -slope, distance, 0, (key.radius_px + 0.5) * slope, dtype=cv2.CV_8U
    )
    return np.asarray(value, np.uint8)


class StampCache:
    """The stamps used last, up to a number of bytes. Safe to use from several threads."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        """Start empty."""
        self._limit = limit_bytes
        self._bytes = 0
        self._stamps: OrderedDict[StampKey, Pixels] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes of all stamps kept."""
        return self._bytes

    def get(self, key: StampKey) -> Pixels:
        """Return the stamp, drawn if it is not there. It is not to be written to."""
        with self._lock:
            stamp = self._stamps.get(key)
            if stamp is not None:
                self._stamps.move_to_end(key)
                return stamp
        stamp = make_stamp(key)
        with self._lock:
            if key not in self._stamps:
                self._stamps[key] = stamp
                self._bytes += stamp.nbytes
            while self._bytes > self._limit and len(self._stamps) > 1:
                self._bytes -= self._stamps.popitem(last=False)[1].nbytes
        return stamp


STAMPS = StampCache()
"""Shared by all strokes: a stamp of radius 400 takes longer to draw than to put down."""
