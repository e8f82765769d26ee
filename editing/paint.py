"""What a stroke makes of pixels: each kind of paint lays its coverage over them as they were.

The coverage (h, w) says how far each pixel goes, 0 to 255. It only grows during a stroke, and the
pixels are always worked out from those before the stroke, so rounding does not add up. What an
eraser takes away is the coverage itself and not a share of what is there: erasing with the dab
that has painted leaves nothing, whatever its edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from editing.confinement import confined, scaled

if TYPE_CHECKING:
    from editing.geometry import Rect
    from editing.plane import Pixels

Colour = tuple[int, int, int]
Opacity = Literal["opaque", "clear", "mixed"]
"""What the alpha of a tile is like."""


class Paint(Protocol):
    """A way to change pixels where a stroke covers them."""

    def lay(
        self,
        view: Pixels,
        before: Pixels,
        coverage: Pixels,
        weights: Pixels | None,
        place: Rect,
        opacity: Opacity,
    ) -> None:
        """Write pixels.

        Args:
            view: Where to, (h, w) or (h, w, 4).
            before: The same pixels as they were before the stroke.
            coverage: (h, w), above zero somewhere.
            weights: (h, w), the share of the effect that the selection lets through; None is all.
            place: Where the pixels lie in the document.
            opacity: Of the tile before the stroke; it means nothing for masks.
        """


class MaskPaint:
    """Raises a mask to the coverage, or takes the coverage away."""

    def __init__(self, *, erase: bool) -> None:
        """Paint, or erase."""
        self._erase = erase

    def lay(
        self,
        view: Pixels,
        before: Pixels,
        coverage: Pixels,
        weights: Pixels | None,
        place: Rect,  # noqa: ARG002
        opacity: Opacity,  # noqa: ARG002
    ) -> None:
        """Write a mask (h, w)."""
        if self._erase:
            cv2.subtract(before, confined(_least(before, coverage), weights), dst=view)
        else:
            gain = np.asarray(cv2.subtract(coverage, before), np.uint8)
            cv2.add(before, confined(gain, weights), dst=view)


class GreyPaint:
    """Mixes a grey into a mask: the way to paint on a layer's mask."""

    def __init__(self, grey: int) -> None:
        """Paint with this grey, 0 to 255."""
        self._grey = grey

    def lay(
        self,
        view: Pixels,
        before: Pixels,
        coverage: Pixels,
        weights: Pixels | None,
        place: Rect,  # noqa: ARG002
        opacity: Opacity,  # noqa: ARG002
    ) -> None:
        """Write a mask (h, w)."""
        paint = np.full_like(before, self._grey)
        mixed(before, paint, confined(coverage, weights), view)


class ColourPaint:
    """Lays a colour over straight RGBA."""

    def __init__(self, colour: Colour) -> None:
        """Paint with this colour."""
        self._colour = (*colour, 255)
        self._flat = np.empty((0, 0, 4), np.uint8)

    def lay(
        self,
        view: Pixels,
        before: Pixels,
        coverage: Pixels,
        weights: Pixels | None,
        place: Rect,  # noqa: ARG002
        opacity: Opacity,
    ) -> None:
        """Write pixels (h, w, 4)."""
        height, width = coverage.shape
        if self._flat.shape[0] < height or self._flat.shape[1] < width:
            self._flat = np.empty((max(height, 256), max(width, 256), 4), np.uint8)
            self._flat[...] = self._colour
        paint = self._flat[:height, :width]
        lay_over(view, before, paint, confined(coverage, weights), opacity)


class AlphaEraser:
    """Takes the coverage off the alpha of straight RGBA; colours stay."""

    def lay(
        self,
        view: Pixels,
        before: Pixels,
        coverage: Pixels,
        weights: Pixels | None,
        place: Rect,  # noqa: ARG002
        opacity: Opacity,  # noqa: ARG002
    ) -> None:
        """Write pixels (h, w, 4)."""
        alpha = np.asarray(cv2.extractChannel(before, 3), np.uint8)
        loss = confined(_least(alpha, coverage), weights)
        cv2.insertChannel(cv2.subtract(alpha, loss), view, 3)


def lay_over(
    view: Pixels, before: Pixels, paint: Pixels, coverage: Pixels, opacity: Opacity
) -> None:
    """Lay opaque pixels over others, both (h, w, 4), straight alpha ("source over").

    Where the coverage is zero, ``view`` is written as ``before`` or left as it is.
    """
    if opacity == "opaque":
        mixed(before, paint, np.asarray(cv2.merge((coverage,) * 4), np.uint8), view)
    elif opacity == "clear":
        cv2.copyTo(paint, coverage, view)
        cv2.insertChannel(coverage, view, 3)
    else:
        _lay_over_mixed(view, before, paint, coverage)


def _lay_over_mixed(view: Pixels, before: Pixels, paint: Pixels, coverage: Pixels) -> None:
    alpha = np.asarray(cv2.extractChannel(before, 3), np.uint8)
    above = coverage.astype(np.float32)
    rest = cv2.bitwise_not(coverage)
    below = np.asarray(cv2.multiply(alpha, rest, scale=1 / 255, dtype=cv2.CV_32F), np.float32)
    result = cv2.blendLinear(before, paint, below, above)
    cv2.insertChannel(cv2.add(above, below, dtype=cv2.CV_8U), result, 3)
    cv2.copyTo(result, coverage, view)


def mixed(before: Pixels, paint: Pixels, shares: Pixels, view: Pixels) -> None:
    """Write before + (paint - before) * shares / 255; all are of one shape."""
    rise = cv2.subtract(paint, before)
    fall = cv2.subtract(before, paint)
    # Each is zero where the other is not, so one multiplication serves both.
    step = scaled(np.asarray(cv2.max(rise, fall), np.uint8), shares)
    raised = cv2.add(before, cv2.min(step, rise))
    cv2.subtract(raised, cv2.min(step, fall), dst=view)


def _least(a: Pixels, b: Pixels) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.min(a, b), np.uint8)
