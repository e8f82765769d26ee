"""A colour map for noise levels whose steps look equally large.

The colours run through the CIELAB space at evenly rising lightness, from dark violet over green to
light yellow, which reads in the same order in grey and for colour-blind people. Conversion after
CIE 15 (L*a*b*, white D65) and IEC 61966-2-1 (sRGB).
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_KNOTS = np.array(
    [[15.0, 35.0, -42.0], [38.0, -2.0, -32.0], [62.0, -40.0, 8.0], [90.0, -8.0, 78.0]]
)
"""L*, a*, b* at equal distances; lightness is then made even."""

_WHITE = np.array([0.95047, 1.0, 1.08883])
_XYZ_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)


@lru_cache(maxsize=1)
def level_colours() -> "npt.NDArray[np.uint8]":
    """The map as (256, 3) RGB: entry 0 for a clear pixel, 255 for pure noise."""
    lightness = np.linspace(_KNOTS[0, 0], _KNOTS[-1, 0], 256)
    lab = np.stack(
        [
            lightness,
            np.interp(lightness, _KNOTS[:, 0], _KNOTS[:, 1]),
            np.interp(lightness, _KNOTS[:, 0], _KNOTS[:, 2]),
        ],
        axis=1,
    )
    table = np.rint(_srgb(lab) * 255).astype(np.uint8)
    table.setflags(write=False)
    return table


def _srgb(lab: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    """Convert L*a*b* (n, 3) to sRGB in [0, 1], cut to the gamut."""
    y = (lab[:, 0] + 16) / 116
    f = np.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], axis=1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ _XYZ_TO_RGB.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(encoded, np.float64)
