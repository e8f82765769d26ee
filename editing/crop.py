"""The part of a picture that the model works on, and the way there and back.

Three spaces: *canvas* (pixels of the picture), *box* (the crop, in canvas pixels, always inside
the picture), *model* (the box scaled to the size the model is run at).

The box holds the mask, its context on every side, and at least the model's native size. Its
proportions may differ from the native ones by ``ASPECT_SLACK`` either way, so that a long thin mask
does not drag in a huge square. The model size has about as many pixels as the native size:
a larger box is scaled down, a box that the picture keeps smaller is scaled up.

Border and feather are given for a frame of 1024 px on its longer side and grow and shrink with the
frame that the model sees, which is the box: 4 px + 16 px feather at 1024, 2 + 8 at 512, 12 + 47 at
3000. What the model blurs across a seam is a share of its frame, so the seam scales with it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from editing.color import from_srgb, to_srgb
from editing.errors import EmptyMaskError
from editing.geometry import Rect
from editing.masks import mask_bounds
from editing.pixels import on_white

if TYPE_CHECKING:
    import numpy.typing as npt

    from editing.masks import Mask
    from editing.plane import Pixels

REFERENCE_FRAME_PX = 1024
GROW_PX = 4
FEATHER_PX = 16
ASPECT_SLACK = 1.5
"""How far the proportions of the box may be from the native ones."""
LARGEST_STRETCH = 2.0
"""Sides of the model size stay within native / this and native * this, whatever the picture."""
MATCH_RING_PX = 8
"""Least room outside the border, so that colours can be compared there."""


class CropPlan(NamedTuple):
    """Where the crop lies, and at what size the model sees it.

    Attributes:
        box: Part of the picture, in canvas pixels, inside the picture.
        model_size: (width, height) for the model, multiples of what it needs.
        border_px: Distance from the mask beyond which no pixel may change, in canvas pixels.
        feather_px: Width of the soft transition; it is the outer part of the border.
    """

    box: Rect
    model_size: tuple[int, int]
    border_px: int
    feather_px: int

    def to_model(self, picture: Pixels, profile: bytes | None = None) -> Pixels:
        """Cut the box out of (H, W, 3 or 4), convert to sRGB and scale: uint8 (h, w, 3).

        Transparent pixels are seen on white.

        Args:
            picture: The whole picture.
            profile: Its ICC profile; None means sRGB.
        """
        crop = on_white(picture[self.box.slices()])
        return _resized(to_srgb(crop, profile), self.model_size)

    def mask_to_model(self, mask: Mask) -> npt.NDArray[np.float32]:
        """Cut and scale the mask (H, W): float32 (h, w) in [0, 1].

        A model pixel takes the largest value of the canvas pixels it covers, so that a stroke of
        one pixel survives any reduction.
        """
        width, height = self.model_size
        step_x, step_y = self.box.width / width, self.box.height / height
        crop: Mask = mask[self.box.slices()]
        # Odd windows that cover at least the cell of a model pixel around its middle.
        window = (_odd_window(step_y), _odd_window(step_x))
        largest = np.asarray(cv2.dilate(crop, np.ones(window, np.uint8)))
        rows = ((np.arange(height) + 0.5) * step_y).astype(np.intp)
        columns = ((np.arange(width) + 0.5) * step_x).astype(np.intp)
        values = np.asarray(largest[rows[:, None], columns[None, :]], np.float32)
        return values / np.float32(255 if mask.dtype == np.uint8 else 1)

    def to_canvas(self, result: Pixels, profile: bytes | None = None) -> Pixels:
        """Scale a result (h, w, 3) to the box and convert it from sRGB to the profile."""
        return from_srgb(_resized(result, self.box.size), profile)


def plan_crop(
    mask: Mask,
    native_size: int | tuple[int, int],
    multiple: int = 8,
    context: float = 0.25,
    minimum_context_px: int = 32,
    border: int | None = None,
) -> CropPlan:
    """Plan the crop around a mask.

    Args:
        mask: (H, W), of the picture's size, masked where above zero.
        native_size: (width, height) the model was trained at; one number is a square.
        multiple: Both sides of the model size are multiples of this.
        context: Surroundings on every side, as a share of the mask box's longer side.
        minimum_context_px: Least surroundings, in canvas pixels.
        border: Border in canvas pixels (0 is strict); None follows the rule of this module.

    Raises:
        EmptyMaskError: No pixel is masked.
    """
    bounds = mask_bounds(mask)
    if bounds.is_empty:
        raise EmptyMaskError("Nothing is masked: paint over what is to be redone.")
    native = (native_size, native_size) if isinstance(native_size, int) else native_size
    picture = Rect.of_shape(mask.shape)
    surroundings = max(minimum_context_px, round(context * max(bounds.size)))
    for _ in range(2):
        box = _place(bounds, surroundings, native, picture)
        border_px, feather_px = border_for(max(box.size), border)
        # A frame of many pixels has a wide border, which must lie within the box.
        surroundings = max(surroundings, border_px + MATCH_RING_PX)
    return CropPlan(box, _model_size(box.size, native, multiple), border_px, feather_px)


def whole_picture(size: tuple[int, int], border: int | None = None) -> CropPlan:
    """Plan for work on the full frame at its own size (repair): no crop, no scaling.

    Args:
        size: (width, height).
        border: As in ``plan_crop``.
    """
    return CropPlan(Rect(0, 0, *size), size, *border_for(max(size), border))


def fitted_picture(
    size: tuple[int, int],
    native_size: int | tuple[int, int],
    multiple: int = 8,
    border: int | None = None,
) -> CropPlan:
    """Plan for work on the full frame at the size the model was trained for (edit): no crop.

    The picture keeps its proportions, to half a multiple on either side. Where they are those of
    a size that FLUX.1 Kontext was trained on (1024 x 1024, 1248 x 832, 1184 x 880 ...), this is
    that size; between two of them the pipeline itself would squeeze the picture by up to 4 %.

    Args:
        size: (width, height) of the picture.
        native_size: (width, height) the model was trained at; one number is a square.
        multiple: Both sides of the model size are multiples of this.
        border: As in ``plan_crop``.
    """
    native = (native_size, native_size) if isinstance(native_size, int) else native_size
    model_size = _model_size(size, native, multiple)
    return CropPlan(Rect(0, 0, *size), model_size, *border_for(max(size), border))


def border_for(frame_px: int, border: int | None = None) -> tuple[int, int]:
    """Return (border_px, feather_px) for a frame of this longer side.

    Args:
        frame_px: Longer side of what the model sees, in canvas pixels.
        border: A border chosen by hand, of which four fifths are feather; None for the rule.
    """
    if border is not None:
        return border, round(border * FEATHER_PX / (GROW_PX + FEATHER_PX))
    scale = frame_px / REFERENCE_FRAME_PX
    feather_px = max(1, round(FEATHER_PX * scale))
    return max(1, round(GROW_PX * scale)) + feather_px, feather_px


def _place(bounds: Rect, surroundings: int, native: tuple[int, int], picture: Rect) -> Rect:
    """Return the box: wanted size and proportions, centred on the mask, moved into the picture."""
    wanted = bounds.pad(surroundings)
    width = max(wanted.width, native[0])
    height = max(wanted.height, native[1])
    aspect = native[0] / native[1]
    width = max(width, math.ceil(height * aspect / ASPECT_SLACK))
    height = max(height, math.ceil(width / (aspect * ASPECT_SLACK)))
    x = bounds.x + (bounds.width - width) // 2
    y = bounds.y + (bounds.height - height) // 2
    return Rect(x, y, width, height).clamp(picture)


def _model_size(size: tuple[int, int], native: tuple[int, int], multiple: int) -> tuple[int, int]:
    """Return about as many pixels as the native size, in the proportions of the box."""
    scale = math.sqrt(native[0] * native[1] / (size[0] * size[1]))
    width, height = (
        _aligned(min(max(side * scale, usual / LARGEST_STRETCH), usual * LARGEST_STRETCH), multiple)
        for side, usual in zip(size, native, strict=True)
    )
    return width, height


def _odd_window(step: float) -> int:
    return 2 * math.ceil(step / 2) + 1 if step > 1 else 1


def _aligned(length: float, multiple: int) -> int:
    return max(1, round(length / multiple)) * multiple


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Scale (h, w, 3): by area when shrinking, by Lanczos when growing."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return np.ascontiguousarray(pixels)
    shrinks = size[0] * size[1] < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
