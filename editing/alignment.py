"""Edited pictures are shifted and enlarged a little; this finds out by how much, and undoes it.

Models that edit by instruction (FLUX.1 Kontext and its like) draw the whole picture anew, and what
they keep does not always land where it was: a fraction of a pixel to a few pixels off, at times
enlarged by up to a few percent. Pasted back, such a region does not meet its surroundings.

Both pictures are cut into tiles; phase correlation tells the shift of each tile, and a similarity
without rotation (shift and zoom) is fitted to most of them, so that what was edited does not count.
The picture is resampled only if that moves something by a visible amount, if enough tiles agree,
and if it then does lie nearer to the original: a wrong estimate must not make a picture worse.

Source of the fit: M. A. Fischler and R. C. Bolles, "Random sample consensus", Communications of the
ACM 24 (1981).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from editing.phase_correlation import patch_shifts

if TYPE_CHECKING:
    from editing.masks import Mask
    from editing.plane import Pixels

FloatArray = npt.NDArray[np.float32]
Level = TypeVar("Level", np.uint8, np.float32)

LEAST_SHIFT_PX = 0.15
"""What moves no pixel by more is left as it is: resampling costs more sharpness than it gains."""
LEAST_ZOOM_PX = 0.4
"""Effect of the zoom in the corners below which it is taken for noise."""
LEAST_CONFIDENCE = 0.4
LEAST_GAIN = 0.97
"""The difference outside the edit must fall below this share of what it was."""

_TILE_SHARE, _SMALLEST_TILE_PX, _LARGEST_TILE_PX = 1 / 6, 32, 128
_LEAST_SIDE_PX = 16  # of a picture of which anything can be told
_LEAST_COVERAGE = 0.5  # of a tile that must lie outside the mask
_LEAST_TEXTURE = 2.0  # standard deviation in levels
_LEAST_CLEARNESS = 5.0
_LEAST_TILES, _MOST_TILES = 4, 9  # in all; along an axis
_AGREEMENT_PX = 0.35
_MARGIN_SHARE, _LEAST_MARGIN_PX = 0.02, 4
_ROUNDS = 4
_SETTLED_PX = 0.02
_TRIALS = 200


class Motion(NamedTuple):
    """Where an edited picture lies.

    What was at p is found at p + (dx, dy) + (zoom - 1) * (p - middle).

    Attributes:
        dx: Shift to the right, in pixels.
        dy: Shift downward.
        zoom: Enlargement about the middle of the picture.
    """

    dx: float = 0.0
    dy: float = 0.0
    zoom: float = 1.0

    def largest(self, size: tuple[int, int]) -> float:
        """Return how far the pixel moves that moves most, in a picture of (width, height)."""
        away = abs(self.zoom - 1) / 2
        return float(np.hypot(abs(self.dx) + away * size[0], abs(self.dy) + away * size[1]))


class Alignment(NamedTuple):
    """What was found out about an edited picture.

    Attributes:
        motion: Where it lies.
        confidence: Share of the textured tiles that agree, 0 to 1.
        corrected: Whether it was moved back.
    """

    motion: Motion = Motion()
    confidence: float = 0.0
    corrected: bool = False


def aligned(original: Pixels, edited: Pixels, mask: Mask | None = None) -> tuple[Pixels, Alignment]:
    """Move an edited picture back onto its original.

    Args:
        original: (H, W, 3).
        edited: Of the same size; it is not written to.
        mask: (H, W), where the picture was meant to change; None if that may be anywhere.

    Returns:
        The picture, resampled only if that brings it nearer to the original, and what was found.
    """
    free = _free(mask, original.shape[:2])
    before, after = _luminance(original), _luminance(edited)
    motion, confidence = estimated_motion(before, after, free)
    size = (original.shape[1], original.shape[0])
    if confidence < LEAST_CONFIDENCE or motion.largest(size) < LEAST_SHIFT_PX:
        return edited, Alignment(motion, confidence)
    if not _is_nearer(before, after, free, motion):
        return edited, Alignment(motion, confidence)
    moved = moved_back(edited, motion, cv2.INTER_LANCZOS4)
    return moved, Alignment(motion, confidence, corrected=True)


def estimated_motion(
    original: FloatArray, edited: FloatArray, free: FloatArray
) -> tuple[Motion, float]:
    """Return where the edited picture lies, and the share of the tiles that say so.

    Args:
        original: Luminance (H, W) in levels.
        edited: Likewise.
        free: (H, W) in [0, 1], how much each pixel counts.
    """
    motion, confidence = Motion(), 0.0
    if min(original.shape) < _LEAST_SIDE_PX:
        return motion, confidence
    tiles = _Tiles.of(original, free)
    if len(tiles.places) < _LEAST_TILES:
        return motion, confidence
    reach = tiles.side // 4
    for _ in range(_ROUNDS):
        # Tapered tiles tell a shift a little too small; from near by, nothing of it is left.
        near = moved_back(edited, motion, cv2.INTER_CUBIC)
        found = patch_shifts(tiles.content, tiles.cut(near), reach)
        clear = found.clearness >= _LEAST_CLEARNESS
        if np.count_nonzero(clear) < _LEAST_TILES:
            return motion, 0.0
        rest, agreeing = _fitted(tiles.centres[clear], found.shift[clear], tiles.size)
        motion = Motion(motion.dx + rest.dx, motion.dy + rest.dy, motion.zoom * rest.zoom)
        confidence = agreeing / len(clear)
        if rest.largest(tiles.size) < _SETTLED_PX:
            break
    if abs(motion.zoom - 1) / 2 * np.hypot(*tiles.size) < LEAST_ZOOM_PX:
        motion = motion._replace(zoom=1.0)
    return motion, confidence


def moved_back(
    picture: npt.NDArray[Level], motion: Motion, interpolation: int
) -> npt.NDArray[Level]:
    """Return a picture (H, W) or (H, W, 3) with the motion undone; its edges are continued."""
    if motion == Motion():
        return picture
    height, width = picture.shape[:2]
    rest = motion.zoom - 1
    x = motion.dx - rest * (width - 1) / 2
    y = motion.dy - rest * (height - 1) / 2
    way = np.array([[motion.zoom, 0, x], [0, motion.zoom, y]])
    flags = interpolation | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        picture, way, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, picture.dtype)


class _Tiles(NamedTuple):
    """Overlapping square parts of a picture that have texture and lie outside the mask.

    Attributes:
        side, size: Of a tile, and (width, height) of the picture.
        places: (n, 2) left top corners.
        taper: (n, side, side), how much each pixel counts.
        content: (n, side, side) of the original, tapered.
    """

    side: int
    size: tuple[int, int]
    places: npt.NDArray[np.intp]
    taper: FloatArray
    content: FloatArray

    @classmethod
    def of(cls, original: FloatArray, free: FloatArray) -> _Tiles:
        """Choose the tiles of a picture."""
        height, width = original.shape
        wanted = int(np.clip(max(width, height) * _TILE_SHARE, _SMALLEST_TILE_PX, _LARGEST_TILE_PX))
        side = min(wanted, width, height) // 2 * 2
        places = np.array(
            [(x, y) for y in _starts(height, side) for x in _starts(width, side)], np.intp
        )
        hann = np.hanning(side + 2)[1:-1].astype(np.float32)
        window = np.outer(hann, hann)
        taper = _cut(free, places, side) * window
        tiles = cls(side, (width, height), places, taper, taper)
        content = tiles.cut(original)
        # The mean square of what is left, over the part that counts.
        share = (taper**2).sum(axis=(1, 2)) + 1e-6
        texture = np.sqrt((content**2).sum(axis=(1, 2)) / share)
        coverage = taper.sum(axis=(1, 2)) / window.sum()
        used = (texture >= _LEAST_TEXTURE) & (coverage >= _LEAST_COVERAGE)
        return cls(side, (width, height), places[used], taper[used], content[used])

    @property
    def centres(self) -> FloatArray:
        """(n, 2) middles of the tiles, seen from the middle of the picture."""
        middle = np.array(self.size) / 2
        return np.asarray(self.places + self.side / 2 - middle, np.float32)

    def cut(self, picture: FloatArray) -> FloatArray:
        """Return the tiles of another picture, of mean zero and tapered."""
        cut = _cut(picture, self.places, self.side)
        weight = self.taper.sum(axis=(1, 2), keepdims=True) + 1e-6
        mean = (cut * self.taper).sum(axis=(1, 2), keepdims=True) / weight
        return np.asarray((cut - mean) * self.taper, np.float32)


def _cut(picture: FloatArray, places: npt.NDArray[np.intp], side: int) -> FloatArray:
    if not len(places):
        return np.zeros((0, side, side), np.float32)
    return np.stack([picture[y : y + side, x : x + side] for x, y in places])


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin along an axis: about half a tile apart, from edge to edge."""
    count = min(_MOST_TILES, max(1, round((length - side) / (side / 2)) + 1))
    return [round(start) for start in np.linspace(0, length - side, count)]


def _fitted(centres: FloatArray, shifts: FloatArray, size: tuple[int, int]) -> tuple[Motion, int]:
    """Return the motion that most tiles agree with, and how many do."""
    # Any pairs will do if they are the same every time.
    pairs = np.random.default_rng(0).integers(0, len(centres), (_TRIALS, 2))
    apart = centres[pairs[:, 1]] - centres[pairs[:, 0]]
    wider = shifts[pairs[:, 1]] - shifts[pairs[:, 0]]
    length = (apart**2).sum(axis=1)
    rest = np.where(length > 0, (apart * wider).sum(axis=1) / np.maximum(length, 1), 0)
    # A zoom beyond one twentieth is no error of a model any more.
    rest = np.where(np.abs(rest) <= 0.05, rest, 0)
    shift = (shifts[pairs[:, 0]] + shifts[pairs[:, 1]]) / 2
    shift = shift - rest[:, None] * (centres[pairs[:, 0]] + centres[pairs[:, 1]]) / 2
    told = shift[:, None] + rest[:, None, None] * centres[None]
    distance = np.linalg.norm(told - shifts[None], axis=2)
    best = int(np.argmax((distance <= _AGREEMENT_PX).sum(axis=1)))
    agree = distance[best] <= _AGREEMENT_PX
    motion = _least_squares(centres[agree], shifts[agree], size)
    told = np.array([motion.dx, motion.dy]) + (motion.zoom - 1) * centres
    return motion, int(np.count_nonzero(np.linalg.norm(told - shifts, axis=1) <= _AGREEMENT_PX))


def _least_squares(centres: FloatArray, shifts: FloatArray, size: tuple[int, int]) -> Motion:
    """Shift and zoom of tiles that agree; tiles that lie close together cannot tell the zoom."""
    middle, shift = centres.mean(axis=0), shifts.mean(axis=0)
    spread = ((centres - middle) ** 2).sum()
    rest = 0.0
    if np.sqrt(spread / len(centres)) > max(size) / 8:
        rest = float(((centres - middle) * (shifts - shift)).sum() / spread)
    dx, dy = (shift - rest * middle).tolist()
    return Motion(dx, dy, 1 + rest)


def _is_nearer(original: FloatArray, edited: FloatArray, free: FloatArray, motion: Motion) -> bool:
    """Whether the edited picture differs less from its original once it is moved back."""
    moved = moved_back(edited, motion, cv2.INTER_CUBIC)
    edge = int(np.ceil(motion.largest((original.shape[1], original.shape[0])))) + 1
    inner = (slice(edge, -edge), slice(edge, -edge))
    weight = free[inner]
    if weight.size == 0 or not weight.any():
        return False
    # Both are blurred, because resampling alone makes noise, and with it the difference, smaller.
    wanted = _detail(original)[inner]
    was, now = (
        float((np.abs(_detail(picture)[inner] - wanted) * weight).sum())
        for picture in (edited, moved)
    )
    return now < LEAST_GAIN * was


def _detail(luminance: FloatArray) -> FloatArray:
    """What is neither noise nor a change of light."""
    fine = cv2.GaussianBlur(luminance, (0, 0), 1.2)
    return np.asarray(fine - cv2.GaussianBlur(luminance, (0, 0), 6), np.float32)


def _luminance(picture: Pixels) -> FloatArray:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)


def _free(mask: Mask | None, size: tuple[int, ...]) -> FloatArray:
    """How much each pixel counts: nothing in the mask and around it, softly more beyond."""
    if mask is None:
        return np.ones(size, np.float32)
    margin = max(_LEAST_MARGIN_PX, round(_MARGIN_SHARE * max(size)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    masked = cv2.dilate((mask > 0).astype(np.uint8), disc)
    free = (1 - np.asarray(masked, np.float32)).astype(np.float32)
    soft = cv2.blur(free, (margin + 1, margin + 1))
    return np.asarray(np.minimum(free, soft * 2 - 1).clip(0, 1), np.float32)
