"""The picture that the layers give together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editing.geometry import Rect
    from editing.layer import Layer
    from editing.plane import Pixels


def flattened(layers: Sequence[Layer], rect: Rect | None = None) -> Pixels:
    """Compose layers, the lowest first.

    Args:
        layers: At least one.
        rect: Part of the document; None for all of it.

    Returns:
        (h, w, 4) RGBA, straight alpha, a copy.
    """
    area = layers[0].plane.bounds if rect is None else rect
    shown = np.zeros((area.height, area.width, 4), np.uint8)
    for layer in layers:
        if layer.visible:
            pixels = layer.plane.pixels[area.slices()]
            covered = pixels[..., 3] > 0
            shown[covered] = pixels[covered]
    return shown
