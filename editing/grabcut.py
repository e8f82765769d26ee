"""Select an object by a click or a box: GrabCut on the surroundings.

Source: C. Rother, V. Kolmogorov, A. Blake, "GrabCut: interactive foreground extraction using
iterated graph cuts", SIGGRAPH 2004, as in OpenCV. It runs on a copy of at most ``SIDE_PX`` pixels;
its edge is then fitted to the full picture by a guided filter (K. He, J. Sun, X. Tang, "Guided
image filtering", ECCV 2010).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from editing.colour_range import Floats, to_lab
from editing.geometry import EMPTY, Rect
from editing.mask_filters import bordered, largest_part
from editing.masks import mask_bounds
from editing.shapes import NOTHING, Point, Shape, crisp

if TYPE_CHECKING:
    from editing.plane import Pixels
    from editing.sampling import Sample

SIDE_PX = 384
"""Longest side of the copy that is cut."""
FITTED_SIDE_PX = 2048
"""Longest side of what the edge is fitted to; a larger object is scaled up from there."""
CLICK_WINDOW_PX = 768
"""Side of the surroundings of a click."""
_BOX_MARGIN = 0.2
_LEAST_MARGIN_PX = 16
_ROUNDS = 4
_DAB_SHARE = 1 / 48
"""Radius around a click that surely belongs to it, as a share of the side."""
_SIMILAR = 18.0
"""Distance of colours (L*a*b*) up to which they may well be of the same object."""
_REFINED_PX = 2
_FLATNESS = np.float32(1e-4)
"""Variance of the guide below which it counts as flat."""


@dataclass(frozen=True)
class Hints:
    """What a person has said of the object.

    Attributes:
        box: Drawn around it, or empty.
        plus: Points on it.
        minus: Points beside it.
    """

    box: Rect = EMPTY
    plus: tuple[Point, ...] = field(default=())
    minus: tuple[Point, ...] = field(default=())

    def area(self, bounds: Rect) -> Rect:
        """Return the part of the picture that is looked at."""
        area = EMPTY
        if not self.box.is_empty:
            margin = max(_LEAST_MARGIN_PX, round(_BOX_MARGIN * max(self.box.size)))
            area = self.box.pad(margin)
        half = CLICK_WINDOW_PX // 2
        for x, y in self.plus:
            place = Rect(int(x), int(y), 1, 1)
            # Points inside a box need no more room than the box.
            if not area.contains(place) or self.box.is_empty:
                area = area.union(place.pad(half))
        return area.intersect(bounds)


def cut_out(sample: Sample, hints: Hints, *, antialias: bool = True) -> Shape:
    """Return the object that the hints point at, as a shape; empty if there is none."""
    area = hints.area(sample.bounds)
    if area.is_empty or min(area.size) < 3:
        return NOTHING
    rgb = _read(sample, area)
    scale = min(1.0, SIDE_PX / max(area.size))
    size = (max(3, round(area.width * scale)), max(3, round(area.height * scale)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    trimap = _trimap(small, hints, area, (size[0] / area.width, size[1] / area.height))
    found = _cut(small, trimap)
    if hints.box.is_empty:
        found = _parts_at(found, trimap)
    mask = _fitted(rgb, found)
    if mask.shape != (area.height, area.width):
        mask = np.asarray(cv2.resize(mask, area.size, interpolation=cv2.INTER_LINEAR), np.uint8)
    if not antialias:
        mask = crisp(mask)
    rect = mask_bounds(mask)
    if rect.is_empty:
        return NOTHING
    return Shape(rect.translate(area.x, area.y), mask[rect.slices()])


def _read(sample: Sample, area: Rect) -> Pixels:
    """Return the colours (h, w, 3) of the area, at half or a quarter of its size if it is large."""
    step = 1
    while max(area.size) > FITTED_SIDE_PX * step:
        step *= 2
    width = -(-area.width // step)
    strips = [
        cv2.resize(pixels[..., :3], (width, -(-rect.height // step)), interpolation=cv2.INTER_AREA)
        for rect, pixels in sample.strips(area)
    ]
    return np.asarray(np.concatenate(strips), np.uint8)


def _trimap(small: Pixels, hints: Hints, area: Rect, scale: tuple[float, float]) -> Pixels:
    """Return what is sure and what is likely, in OpenCV's four values."""
    height, width = small.shape[:2]
    trimap = np.full((height, width), cv2.GC_PR_BGD, np.uint8)

    def place(point: Point) -> tuple[int, int]:
        x = int((point[0] - area.x) * scale[0])
        y = int((point[1] - area.y) * scale[1])
        return min(max(x, 0), width - 1), min(max(y, 0), height - 1)

    if not hints.box.is_empty:
        trimap[:] = cv2.GC_BGD
        left, top = place((hints.box.x, hints.box.y))
        right, bottom = place((hints.box.right, hints.box.bottom))
        trimap[top : bottom + 1, left : right + 1] = cv2.GC_PR_FGD
    else:
        trimap[_similar(small, [place(point) for point in hints.plus])] = cv2.GC_PR_FGD
    radius = max(1, round(_DAB_SHARE * max(width, height)))
    for points, value in ((hints.plus, cv2.GC_FGD), (hints.minus, cv2.GC_BGD)):
        for point in points:
            cv2.circle(trimap, place(point), radius, value, -1)
    return trimap


def _similar(small: Pixels, places: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Tell which pixels have about the colour of one of several places."""
    lab = cv2.GaussianBlur(to_lab(small), (0, 0), 1.5)
    found = np.zeros(small.shape[:2], np.bool_)
    for x, y in places:
        found |= np.linalg.norm(lab - lab[y, x], axis=2) < _SIMILAR
    return found


def _cut(small: Pixels, trimap: Pixels) -> Pixels:
    """Return the foreground as 255 on 0."""
    is_front = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    if is_front.all() or not is_front.any():
        # One of both colour models would have no sample to learn from.
        return _bytes(is_front)
    # OpenCV seeds its clusters from a global generator: the same click gives the same cut.
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    cut = trimap.copy()
    cv2.grabCut(small, cut, (0, 0, 0, 0), *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return _bytes(np.isin(cut, (cv2.GC_FGD, cv2.GC_PR_FGD)))


def _bytes(found: npt.NDArray[np.bool_]) -> Pixels:
    return found.astype(np.uint8) * np.uint8(255)


def _parts_at(found: Pixels, trimap: Pixels) -> Pixels:
    """Keep the connected parts that were clicked at, or the largest if none is left of them."""
    _, labels = cv2.connectedComponents(found, connectivity=8)
    clicked = np.unique(labels[(trimap == cv2.GC_FGD) & (found > 0)])
    if clicked.size == 0:
        return largest_part(found)
    return _bytes(np.isin(labels, clicked))


def _fitted(rgb: Pixels, found: Pixels) -> Pixels:
    """Return the cut at full size, its edge drawn to that of the picture."""
    height, width = rgb.shape[:2]
    radius = max(_REFINED_PX, round(_REFINED_PX * max(rgb.shape[:2]) / max(found.shape)))
    rough = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
    share = _shares(rough)
    guide = _shares(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
    soft = _guided(guide, share, radius)
    # The filter leaves a veil; the steeper edge lies where the veil is half.
    soft = np.clip((soft - 0.5) * 2 + 0.5, 0, 1)
    near = bordered(np.asarray(rough, np.uint8), radius) > 0
    return np.asarray(np.rint(np.where(near, soft, share) * 255), np.uint8)


def _shares(values: npt.ArrayLike) -> Floats:
    return np.multiply(values, np.float32(1 / 255), dtype=np.float32)


def _guided(guide: Floats, share: Floats, radius: int) -> Floats:
    """Return the share as a local linear function of the guide (grey guided filter)."""
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, side), np.float32)

    mean_guide, mean_share = mean(guide), mean(share)
    varies = mean(guide * guide) - mean_guide * mean_guide + _FLATNESS
    slope = np.asarray((mean(guide * share) - mean_guide * mean_share) / varies, np.float32)
    offset = np.asarray(mean_share - slope * mean_guide, np.float32)
    return np.asarray(mean(slope) * guide + mean(offset), np.float32)
