"""What is shown for tiles that are not there yet: little of the document, enlarged.

As a rule that is a smaller mip level. While a document is being opened there is none yet; single
pixels of the full size are picked then, one for each block of device pixels.
"""

from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.canvas.layer_films import Film, lay_over
from app.canvas.resample import channels
from editing.geometry import EMPTY, Rect

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from app.canvas.scene import Scene
    from app.canvas.view_transform import ViewTransform

    Pixels = npt.NDArray[np.uint32]

COARSENESS = 4
"""How many times coarser than the screen the mip level is at best; what is at hand is taken."""
BLOCK = 8
"""Side of a block in device pixels: each costs a read of far-apart memory."""
GROUND = 0xFF8E8E94
"""Under transparent pixels, in place of the checkerboard."""


def coarse_view(
    parts: "Iterable[Rect]", transform: "ViewTransform", scene: "Scene"
) -> "tuple[Pixels, int, int]":
    """Something to show on these device pixels, all of which lie on the document.

    Returns:
        Opaque pixels that cover the parts, and the device column and row of their corner.
    """
    around = EMPTY
    for part in parts:
        around = around.union(part)
    return _smaller(around, transform, scene) or _blocks(around, transform, scene)


def _smaller(
    around: Rect, transform: "ViewTransform", scene: "Scene"
) -> "tuple[Pixels, int, int] | None":
    level = scene.level_for(transform.zoom / COARSENESS)
    while level < scene.top_level and not scene.holds(
        level, _part(around, transform, level, scene)
    ):
        level += 1
    part, scale = _part(around, transform, level, scene), transform.zoom * (1 << level)
    composed = scene.compose(level, part)
    if composed is None:
        return None
    place = part.scale(scale)
    image = np.empty((place.height, place.width), np.uint32)
    cv2.resize(
        channels(_grounded(composed)),
        place.size,
        dst=channels(image),
        interpolation=cv2.INTER_LINEAR,
    )
    return image, place.x + transform.origin_x, place.y + transform.origin_y


def _part(around: Rect, transform: "ViewTransform", level: int, scene: "Scene") -> Rect:
    """What of a level lies under device pixels, and a little more."""
    scale = 1 / (transform.zoom * (1 << level))
    inside = around.translate(-transform.origin_x, -transform.origin_y).scale(scale)
    return inside.pad(1).intersect(scene.level_bounds(level))


def _blocks(around: Rect, transform: "ViewTransform", scene: "Scene") -> "tuple[Pixels, int, int]":
    zoom, x, y = transform.zoom, transform.origin_x, transform.origin_y
    width, height = scene.bounds.size
    columns, left = _middles(around.x - x, around.right - x, zoom, width)
    rows, top = _middles(around.y - y, around.bottom - y, zoom, height)
    blocks = _grounded(scene.compose_picked(rows, columns))
    return blocks.repeat(BLOCK, axis=1).repeat(BLOCK, axis=0), left + x, top + y


def _middles(start: int, stop: int, zoom: float, limit: int) -> "tuple[npt.NDArray[np.intp], int]":
    """The document pixel in the middle of each block along one axis, and the first block's start.

    Everything is counted from the document's edge, so that blocks move along with it.
    """
    first, last = start // BLOCK, -(-stop // BLOCK)
    middles = (np.arange(first, last) + 0.5) * BLOCK / zoom
    return np.clip(middles.astype(np.intp), 0, limit - 1), first * BLOCK


def _grounded(composed: "Pixels") -> "Pixels":
    ground = np.full_like(composed, GROUND)
    lay_over(ground, 0, 0, [Film(composed)])
    return ground
