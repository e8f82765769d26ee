"""By how much one picture patch is shifted against another, to a fraction of a pixel.

The cross-power spectrum of two patches is reduced to its phases, so that contrast and brightness
do not matter. Its inverse transform would be a single spike at the shift. Here the phases are
weighted with a Gaussian first, which turns the spike into a Gaussian: a parabola through the
logarithms of three samples then finds its middle exactly, and high frequencies, where noise and
compression rule, have little to say.

Sources: C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", IEEE
Conference on Cybernetics and Society (1975); the fraction as in H. Foroosh, J. B. Zerubia and
M. Berthod, "Extension of phase correlation to subpixel registration", IEEE Transactions on Image
Processing 11 (2002).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

PEAK_SIGMA_PX = 1.0
"""Width of the peak that a perfect match gives."""
FAINT_SHARE = 0.05
"""Of the mean amplitude: frequencies that are fainter count by less than their phase."""


class PatchShifts(NamedTuple):
    """How the patches are shifted, one entry each.

    Attributes:
        shift: (n, 2) x and y in pixels; what lies at p in the reference lies at p + shift.
        clearness: (n,) height of the peak over the standard deviation of the correlation; below
            about 4 it may be chance.
    """

    shift: FloatArray
    clearness: FloatArray


def patch_shifts(reference: FloatArray, moved: FloatArray, reach_px: int) -> PatchShifts:
    """Find the shift of each of a number of patches.

    Args:
        reference: (n, side, side), tapered to zero at their edges, of mean zero.
        moved: The same places in the other picture, tapered alike.
        reach_px: Largest shift looked for, along either axis; less than half the side.
    """
    correlation = _correlations(reference, moved)
    spread = correlation.std(axis=(1, 2)) + 1e-12
    # The shift 0 comes to the middle of what is looked at.
    window = np.roll(correlation, (reach_px + 1, reach_px + 1), axis=(1, 2))
    window = window[:, : 2 * reach_px + 3, : 2 * reach_px + 3]
    inner = window[:, 1:-1, 1:-1]
    flat = inner.reshape(len(inner), -1).argmax(axis=1)
    rows, columns = np.divmod(flat, 2 * reach_px + 1)
    patch = np.arange(len(inner))
    peak = inner[patch, rows, columns]
    across = [window[patch, rows + 1, columns + 1 + step] for step in (-1, 0, 1)]
    down = [window[patch, rows + 1 + step, columns + 1] for step in (-1, 0, 1)]
    shift = np.stack(
        [columns - reach_px + _fraction(*across), rows - reach_px + _fraction(*down)], axis=1
    )
    return PatchShifts(shift.astype(np.float32), (peak / spread).astype(np.float32))


def _correlations(reference: FloatArray, moved: FloatArray) -> npt.NDArray[np.float64]:
    side = reference.shape[1]
    cross = np.conj(np.fft.rfft2(reference)) * np.fft.rfft2(moved)
    amplitude = np.abs(cross)
    faint = FAINT_SHARE * amplitude.mean(axis=(1, 2), keepdims=True) + 1e-12
    frequency = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side)[None, :] ** 2
    weight = np.exp(-2 * (np.pi * PEAK_SIGMA_PX) ** 2 * frequency)
    return np.asarray(np.fft.irfft2(cross / (amplitude + faint) * weight, s=(side, side)))


def _fraction(
    before: npt.NDArray[np.float64], peak: npt.NDArray[np.float64], after: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Place of the middle of a Gaussian between three samples around its highest, -0.5 to 0.5."""
    low = 1e-6 * np.maximum(peak, 1e-12)
    left, top, right = (np.log(np.maximum(part, low)) for part in (before, peak, after))
    bend = left - 2 * top + right
    return np.asarray(
        np.clip(np.where(bend < 0, (left - right) / (2 * bend - 1e-12), 0), -0.5, 0.5)
    )
