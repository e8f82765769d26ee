"""Colour match of a result to the original, judged on the ring just outside the mask.

There the model repeats what it was shown, so what differs between the two is the model's colour
cast (mostly that of its VAE) and not content. Per channel a gain and an offset are estimated and
applied to the whole result as a table of 256 values, on the sRGB values themselves: a network errs
in the values that it puts out. (In linear light an offset found on a bright ring lifts dark colours
far too much: a red ball on sand turned salmon.) The gain is the median slope
between pairs of pixels that are far apart in value, the offset the median of what remains: a
minority of truly repainted pixels moves neither. Where the slopes disagree, because the ring is
flat or its detail was drawn anew, only the offset is used.

Source of the gain: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
Journal of the American Statistical Association 63 (1968).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from editing.plane import Pixels

LARGEST_GAIN = 1.5
LARGEST_OFFSET = 0.2
"""Of 1. A larger difference is new content, not a cast."""
SLACK = 0.15
"""Of 1: a difference this near to the usual one may still come from a gain."""
LARGEST_DISAGREEMENT = 0.3
"""Between the quartiles of the slopes; beyond it the gain is unknown."""
FEWEST_PIXELS = 64
MOST_PIXELS = 50_000


def colour_match_tables(original: Pixels, result: Pixels) -> Pixels | None:
    """Return the table that brings a result's colours to the original's.

    Args:
        original: Pixels of the ring, (n, 3).
        result: The same pixels in the result, (n, 3).

    Returns:
        uint8 (256, 3), new value by old value and channel; None if there is nothing to match
        (too few pixels, or none differs).
    """
    if len(original) < FEWEST_PIXELS or np.array_equal(original, result):
        return None
    step = max(1, len(original) // MOST_PIXELS)
    wanted = original[::step] / 255
    given = result[::step] / 255
    plausible = _plausible(wanted - given)
    if np.count_nonzero(plausible) < FEWEST_PIXELS:
        return None
    wanted, given = wanted[plausible], given[plausible]
    gain = _gains(wanted, given)
    offset = np.median(wanted - given * gain, axis=0)
    offset = np.clip(offset, -LARGEST_OFFSET, LARGEST_OFFSET)
    levels = np.repeat(np.arange(256)[:, None] / 255, 3, axis=1)
    return _from_unit(levels * gain + offset)


def apply_tables(pixels: Pixels, tables: Pixels) -> Pixels:
    """Return pixels (h, w, 3) with every channel passed through its table."""
    return np.asarray(cv2.LUT(np.ascontiguousarray(pixels), tables[None]), np.uint8)


def _plausible(difference: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Leave out pixels whose difference is far from the usual one: they were truly repainted."""
    distance = np.abs(difference - np.median(difference, axis=0))
    deviation = 1.4826 * np.median(distance, axis=0)
    return np.asarray((distance <= 3 * deviation + SLACK).all(axis=1), np.bool_)


def _gains(
    wanted: npt.NDArray[np.float64], given: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the gain of each channel, 1 where it cannot be told."""
    # Any pairing will do that brings distant pixels together and is the same every time.
    partner = np.random.default_rng(0).permutation(len(given))
    rise = wanted[partner] - wanted
    run = given[partner] - given
    gains = np.ones(3)
    for channel in range(3):
        distance = np.abs(run[:, channel])
        far = distance >= max(float(np.percentile(distance, 75)), 1e-4)
        if not far.any():
            continue
        slopes = rise[far, channel] / run[far, channel]
        low, middle, high = np.percentile(slopes, (25, 50, 75))
        if high - low <= LARGEST_DISAGREEMENT:
            gains[channel] = np.clip(middle, 1 / LARGEST_GAIN, LARGEST_GAIN)
    return gains


def _from_unit(values: npt.NDArray[np.float64]) -> Pixels:
    """Values in [0, 1], cut to it, as 0 to 255."""
    return np.asarray(np.rint(np.clip(values, 0, 1) * 255), np.uint8)
