"""Putting a result back so that only the region and a border around it change.

The weight of the result is 1 on the mask and on the grown part of the border, falls smoothly over
the feather, and is 0 from the border's outer edge on. Pixels of weight 0 are copied, not computed,
so they are identical to the byte; so are pixels of weight 1, which come from the result.

Work goes in bands of rows, each with as many rows above and below as the border reaches, so memory
stays far below that of the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from editing.colour_match import apply_tables, colour_match_tables
from editing.geometry import Rect
from editing.masks import distance_to_mask, mask_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from editing.crop import CropPlan
    from editing.masks import Mask
    from editing.plane import Pixels

BAND_ROWS = 512


def paste_back(
    original: Pixels,
    result_crop: Pixels,
    plan: CropPlan,
    mask: Mask,
    *,
    strict_border: bool = False,
    match_colour: bool = True,
) -> Pixels:
    """Return the new pixels of ``plan.box``: (box.height, box.width, channels of the original).

    A pixel farther than the border from every masked pixel is identical to the original,
    alpha included. Where the result shows, the picture turns opaque by as much as it shows.
    Write the patch with ``commands.paste_result(document, plan.box, patch)`` or get a whole
    picture with ``with_patch``.

    Args:
        original: The whole picture (H, W, 3 or 4); only the box is read, nothing is written.
        result_crop: What the model made: (h, w, 3), at box size (``plan.to_canvas``); at model
            size it is scaled here, for pictures in sRGB.
        plan: The plan the result was made with.
        mask: The whole mask (H, W).
        strict_border: Change masked pixels only.
        match_colour: Match the result's colours to the original just outside the mask.
    """
    inside = plan.box.slices()
    patch = original[inside].copy()
    mask = mask[inside]
    if result_crop.shape[:2] != patch.shape[:2]:
        result_crop = plan.to_canvas(result_crop)
    tables = _colour_tables(patch, result_crop, plan, mask) if match_colour else None
    border_px, feather_px = (0, 0) if strict_border else (plan.border_px, plan.feather_px)
    for rect, distance in _distances(mask, border_px):
        weight = _weights(distance, border_px, feather_px)
        result = result_crop[rect.slices()]
        if tables is not None:
            result = apply_tables(result, tables)
        _blend(patch[rect.slices()], result, weight)
    return patch


def with_patch(original: Pixels, patch: Pixels, box: Rect) -> Pixels:
    """Return a copy of the picture with the patch at ``box``."""
    result = original.copy()
    result[box.slices()] = patch
    return result


def changed_outside(original: Pixels, result: Pixels, mask: Mask, border_px: int) -> int:
    """Count the pixels that differ and are farther than ``border_px`` from every masked pixel.

    All three cover the same area: whole pictures, or the same crop of each.
    """
    count = 0
    width = mask.shape[1]
    for top in range(0, len(mask), BAND_ROWS):
        rows = slice(top, min(top + BAND_ROWS, len(mask)))
        # Most bands of a large picture are the same, which is told fastest in one piece.
        unequal = original[rows].reshape(-1) != result[rows].reshape(-1)
        if unequal.any():
            differs = unequal.reshape(-1, width, original.shape[2]).any(axis=2)
            outside = _band_distance(mask, (rows, slice(0, width)), border_px) > border_px
            count += int(np.count_nonzero(differs & outside))
    return count


def _distances(mask: Mask, reach_px: int) -> Iterator[tuple[Rect, npt.NDArray[np.float32]]]:
    """Yield bands that hold all pixels within reach of the mask, with their exact distances."""
    near = mask_bounds(mask).pad(reach_px).intersect(Rect.of_shape(mask.shape))
    for top in range(near.y, near.bottom, BAND_ROWS):
        band = Rect(near.x, top, near.width, BAND_ROWS).intersect(near)
        yield band, _band_distance(mask, band.slices(), reach_px)


def _band_distance(mask: Mask, band: tuple[slice, slice], reach_px: int) -> npt.NDArray[np.float32]:
    """Return the distances of a band; they are exact up to ``reach_px`` and larger beyond."""
    rows, columns = band
    top = max(0, rows.start - reach_px - 1)
    left = max(0, columns.start - reach_px - 1)
    around = mask[top : rows.stop + reach_px + 1, left : columns.stop + reach_px + 1]
    height, width = rows.stop - rows.start, columns.stop - columns.start
    distance = distance_to_mask(around)[rows.start - top :, columns.start - left :]
    return distance[:height, :width]


def _weights(
    distance: npt.NDArray[np.float32], border_px: int, feather_px: int
) -> npt.NDArray[np.float32]:
    """Return the result's share: 1 within border - feather of the mask, 0 from the border on."""
    if feather_px == 0:
        return (distance <= border_px).astype(np.float32)
    ramp = np.clip((border_px - distance) / feather_px, 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)


def _blend(patch: Pixels, result: Pixels, weight: npt.NDArray[np.float32]) -> None:
    """Blend the result (h, w, 3) into the patch (h, w, 3 or 4), in place."""
    full = weight >= 1
    mixed = (weight > 0) & ~full
    share = weight[mixed][:, None]
    below = patch[mixed].astype(np.float32)
    above = result[mixed].astype(np.float32)
    if patch.shape[2] == 4:
        # Straight alpha: each colour counts by the part of the pixel it covers.
        kept = (1 - share) * below[:, 3:] / 255
        alpha = share + kept
        colour = (above * share + below[:, :3] * kept) / alpha
        mixture = np.concatenate([colour, alpha * 255], axis=1)
    else:
        mixture = above * share + below * (1 - share)
    shown = result if patch.shape[2] == 3 else cv2.cvtColor(result, cv2.COLOR_RGB2RGBA)
    # Several times faster than an index of booleans; it writes into the patch.
    cv2.copyTo(shown, full.view(np.uint8), patch)
    patch[mixed] = np.rint(mixture).astype(np.uint8)


def _colour_tables(patch: Pixels, result: Pixels, plan: CropPlan, mask: Mask) -> Pixels | None:
    """Return the colour match, judged on opaque pixels near the mask and not on it."""
    ring_px = 2 * max(plan.border_px, 4)
    originals: list[Pixels] = []
    results: list[Pixels] = []
    for rect, distance in _distances(mask, ring_px):
        ring = (distance > 0) & (distance <= ring_px)
        inside = patch[rect.slices()]
        if inside.shape[2] == 4:
            ring &= inside[..., 3] == 255
        originals.append(inside[ring][:, :3])
        results.append(result[rect.slices()][ring])
    if not originals:
        return None
    return colour_match_tables(np.concatenate(originals), np.concatenate(results))
