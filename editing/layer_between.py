"""The layer that turns one picture into another.

Laid over the backdrop in normal mode, it gives the wanted picture. With backdrop colour Cb and
alpha ab, wanted colour C and alpha ao, and the layer's own alpha a, the composition is solved for
the layer's colour:

    ao = a + ab - a ab          c = (ao C - (1 - a) ab Cb) / a

The smaller a is, the farther c must lie from Cb, so a must not be chosen too small. If it is large
enough, the result is the wanted picture to the byte: a step of c moves the result by less than one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from editing.blend import Weights
    from editing.plane import Pixels


def layer_between(backdrop: Pixels, wanted: Pixels, alpha: Weights | None = None) -> Pixels:
    """Return (h, w, 4) RGBA that, over the backdrop, looks like the wanted picture.

    A picture that is less opaque than its backdrop, or has other
    colours at the same alpha below 255, cannot be reached by laying anything over it; then the
    result is as near as can be.

    Args:
        backdrop: (h, w, 4).
        wanted: (h, w, 4).
        alpha: (h, w) in [0, 255], the alpha the layer should have; it is rounded up, so that the
            wanted picture can be reached. None: clear where both pictures are equal, and as much as
            gives the wanted alpha elsewhere.
    """
    below = backdrop[..., 3].astype(np.float32)
    total = wanted[..., 3].astype(np.float32)
    least, most = _alphas(below, total)
    if alpha is None:
        own = most
        covered = (backdrop != wanted).any(axis=2) & (own > 0)
    else:
        own = np.clip(np.ceil(alpha - np.float32(1e-3)), least, most)
        covered = own > 0
    layer = np.zeros_like(backdrop)
    a = own[covered][:, None]
    kept = (255 - a) * below[covered][:, None]
    given = backdrop[covered][:, :3].astype(np.float32)
    aim = wanted[covered][:, :3].astype(np.float32)
    colour = (aim * (255 * a + kept) - given * kept) / (255 * a)
    layer[covered, :3] = np.rint(np.clip(colour, 0, 255))
    layer[covered, 3] = a[:, 0]
    return layer


def _alphas(below: Weights, total: Weights) -> tuple[Weights, Weights]:
    """Return the smallest and the largest alpha that, over ``below``, gives ``total``, rounded."""
    room = np.maximum(255 - below, 1)
    # The composition rounds to the nearest, so that almost half a level either way is the same.
    slack = np.float32(127.4)
    least = np.ceil((255 * (total - below) - slack) / room)
    most = np.where(total >= 255, 255, np.floor((255 * (total - below) + slack) / room))
    return np.clip(least, 0, 255), np.clip(most, 0, 255).astype(np.float32)
