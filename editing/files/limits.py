"""How large files may be, and the sentences that say so."""

from __future__ import annotations

import threading

from editing.errors import FileError

MAX_PIXELS = 100_000_000
"""Largest picture: 100 megapixels is 400 MB of RGBA, and mask, previews and decoding as much."""
MAX_LAYERS = 256
MAX_LAYER_PIXELS = 2_000_000_000
"""Pixels of all layers of a file together: 8 GB of RGBA."""


class DamagedError(Exception):
    """The content cannot be decoded to the end."""


def check_size(size: tuple[int, int], name: str) -> None:
    """Refuse a picture without pixels (``DamagedError``) or with too many (``FileError``)."""
    width, height = size
    if width < 1 or height < 1:
        raise DamagedError
    if width * height > MAX_PIXELS:
        raise FileError(
            f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} megapixels) and the "
            f"limit is {MAX_PIXELS // 1_000_000} megapixels: make it smaller first."
        )


class LayerBudget:
    """Counts layers and their pixels while a file is read."""

    def __init__(self, name: str) -> None:
        """Start with nothing; ``name`` is for messages."""
        self._name = name
        self._lock = threading.Lock()  # Layers are decoded by several threads.
        self._layers = 0
        self._pixels = 0

    def take(self, width: int, height: int) -> None:
        """Count one layer before it is decoded.

        Raises:
            FileError: There are too many, or they are too large together.
            DamagedError: It has no pixels.
        """
        check_size((width, height), f"A layer of {self._name}")
        with self._lock:
            self._layers += 1
        if self._layers > MAX_LAYERS:
            raise FileError(
                f"{self._name} has more than {MAX_LAYERS} layers: merge some of them first."
            )
        self.take_pixels(width, height)

    def take_pixels(self, width: int, height: int) -> None:
        """Count pixels that are no layer of the file, but that it makes necessary.

        Raises:
            FileError: There are too many together.
        """
        with self._lock:
            self._pixels += width * height
        if self._pixels > MAX_LAYER_PIXELS:
            raise FileError(
                f"The layers of {self._name} have more than {MAX_LAYER_PIXELS // 1_000_000} "
                "megapixels together: merge some of them first."
            )
