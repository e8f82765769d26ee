"""Drawing of the ten object kinds and of the six backgrounds with Pillow.

Every shape is drawn around its centre in units of its half-size, through a `Pen` that draws the
same outline into the picture and into the object's mask. `EXTENTS` bounds each shape, so that
objects can be placed without overlap before anything is drawn.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import ImageDraw

SUPERSAMPLING: Final = 3
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

# Reach from the centre in half-sizes: left, up, right, down.
EXTENTS: Final[dict[str, Box]] = {
    "ball": (1.0, 1.0, 1.0, 1.0),
    "box": (0.9, 0.9, 0.9, 0.9),
    "star": (1.0, 1.0, 1.0, 0.85),
    "heart": (1.0, 0.95, 1.0, 0.95),
    "cat": (0.75, 1.05, 0.95, 1.0),
    "fish": (1.1, 0.6, 1.1, 0.6),
    "house": (1.0, 1.0, 1.0, 0.9),
    "tree": (0.85, 1.0, 0.85, 1.05),
    "car": (1.15, 0.6, 1.15, 0.6),
    "person": (0.72, 1.15, 0.72, 1.15),
}


def shade(colour: Colour, factor: float) -> Colour:
    """Darken (factor < 1) or lighten (factor > 1) a colour."""
    red, green, blue = (max(0, min(255, round(c * factor))) for c in colour)
    return red, green, blue


def edge_of(colour: Colour) -> Colour:
    """The outline colour: darker than the fill, lighter for a black fill."""
    return (95, 95, 105) if sum(colour) < 130 else shade(colour, 0.6)


@dataclass
class Pen:
    """Draws in half-sizes around a centre, into the picture and a mask at once."""

    picture: ImageDraw.ImageDraw
    mask: ImageDraw.ImageDraw
    x: float
    y: float
    size: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Pixel position, in the supersampled picture, of a point in half-sizes."""
        return (
            (self.x + u * self.size) * SUPERSAMPLING,
            (self.y + v * self.size) * SUPERSAMPLING,
        )

    def _width(self) -> int:
        return max(2, round(self.size * SUPERSAMPLING * 0.06))

    def polygon(
        self, points: list[tuple[float, float]], fill: Colour, edge: Colour | None = None
    ) -> None:
        """Fill a polygon and outline it."""
        placed = [self.at(u, v) for u, v in points]
        self.picture.polygon(placed, fill=fill)
        if edge is not None:
            closed = [*placed, placed[0], placed[1]]
            self.picture.line(closed, fill=edge, width=self._width(), joint="curve")
        self.mask.polygon(placed, fill=255)

    def ellipse(self, box: Box, fill: Colour, edge: Colour | None = None) -> None:
        """Fill an ellipse inscribed in a box and outline it."""
        placed = [self.at(box[0], box[1]), self.at(box[2], box[3])]
        width = self._width() if edge is not None else 0
        self.picture.ellipse(placed, fill=fill, outline=edge, width=width)
        self.mask.ellipse(placed, fill=255)

    def box(self, box: Box, fill: Colour, edge: Colour | None = None) -> None:
        """Fill an axis-aligned rectangle and outline it."""
        left, top, right, bottom = box
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        self.polygon(corners, fill, edge)

    def stroke(self, points: list[tuple[float, float]], fill: Colour, width: float) -> None:
        """Draw a thick line with round ends, as limbs and tails are."""
        placed = [self.at(u, v) for u, v in points]
        pixels = max(3, round(width * self.size * SUPERSAMPLING))
        radius = pixels / 2
        for draw, ink in ((self.picture, fill), (self.mask, 255)):
            draw.line(placed, fill=ink, width=pixels, joint="curve")
            for px, py in (placed[0], placed[-1]):
                draw.ellipse([px - radius, py - radius, px + radius, py + radius], fill=ink)


def _ball(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    pen.ellipse((-1, -1, 1, 1), colour, edge_of(colour))
    gloss = (90, 90, 98) if sum(colour) < 130 else shade(colour, 1.35)
    pen.ellipse((-0.55, -0.6, -0.2, -0.25), gloss)


def _box(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    edge = edge_of(colour)
    pen.box((-0.87, -0.87, 0.87, 0.87), colour, edge)
    pen.box((-0.87, -0.87, 0.87, -0.4), colour, edge)
    pen.box((-0.17, -0.87, 0.17, -0.4), edge)


def _star(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    points = []
    for i in range(10):
        radius = 0.97 if i % 2 == 0 else 0.4
        angle = math.pi * (i / 5 - 0.5)
        points.append((radius * math.cos(angle), radius * math.sin(angle)))
    pen.polygon(points, colour, edge_of(colour))


def _heart(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    points = []
    for i in range(36):
        a = 2 * math.pi * i / 36
        u = 16 * math.sin(a) ** 3
        v = 13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)
        points.append((u / 17, -v / 17 - 0.12))
    pen.polygon(points, colour, edge_of(colour))


def _cat(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    edge = edge_of(colour)
    tail = [(0.45, 0.75), (0.75, 0.55), (0.82, 0.1)]
    pen.stroke(tail, edge, 0.22)
    pen.stroke(tail, colour, 0.13)
    pen.ellipse((-0.5, -0.05, 0.5, 0.95), colour, edge)
    pen.polygon([(-0.6, -0.45), (-0.55, -1.0), (-0.15, -0.75)], colour, edge)
    pen.polygon([(0.6, -0.45), (0.55, -1.0), (0.15, -0.75)], colour, edge)
    pen.ellipse((-0.63, -0.85, 0.63, 0.15), colour, edge)
    eye = (250, 250, 210) if sum(colour) < 200 else (20, 20, 24)
    for u in (-0.27, 0.27):
        pen.ellipse((u - 0.1, -0.5, u + 0.1, -0.26), eye)
    pen.polygon([(-0.09, -0.2), (0.09, -0.2), (0, -0.08)], (235, 130, 150))


def _fish(pen: Pen, colour: Colour, rng: random.Random) -> None:
    edge = edge_of(colour)
    way = rng.choice((-1, 1))
    pen.polygon([(way * 0.45, 0.0), (way * 1.05, -0.5), (way * 1.05, 0.5)], colour, edge)
    left, right = sorted((-way * 1.05, way * 0.65))
    pen.ellipse((left, -0.55, right, 0.55), colour, edge)
    pen.polygon([(0.0, -0.1), (way * 0.25, 0.2), (-way * 0.1, 0.25)], edge)
    pen.ellipse((-way * 0.65 - 0.14, -0.3, -way * 0.65 + 0.14, -0.02), (252, 252, 252))
    pen.ellipse((-way * 0.67 - 0.07, -0.23, -way * 0.67 + 0.07, -0.09), (15, 15, 18))


def _house(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    pen.box((-0.78, -0.15, 0.78, 0.87), colour, edge_of(colour))
    pen.polygon([(-0.97, -0.12), (0, -0.97), (0.97, -0.12)], (120, 70, 50), (80, 45, 32))
    pen.box((-0.18, 0.35, 0.18, 0.87), (96, 58, 40))
    for u in (-0.47, 0.47):
        pen.box((u - 0.17, 0.08, u + 0.17, 0.4), (190, 228, 250))


def _tree(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    pen.box((-0.14, 0.2, 0.14, 1.03), (112, 74, 44))
    edge = edge_of(colour)
    lobes = ((-0.4, 0.0), (0.4, 0.0), (0.0, -0.5))
    for u, v in lobes:
        pen.ellipse((u - 0.44, v - 0.44, u + 0.44, v + 0.44), colour, edge)
    for u, v in lobes:
        pen.ellipse((u - 0.37, v - 0.37, u + 0.37, v + 0.37), colour)
    pen.ellipse((-0.3, -0.4, 0.3, 0.2), colour)


def _car(pen: Pen, colour: Colour, _rng: random.Random) -> None:
    edge = edge_of(colour)
    pen.polygon([(-0.6, -0.05), (-0.4, -0.55), (0.35, -0.55), (0.62, -0.05)], colour, edge)
    glass = (190, 228, 250)
    pen.polygon([(-0.46, -0.08), (-0.33, -0.44), (-0.05, -0.44), (-0.05, -0.08)], glass)
    pen.polygon([(0.05, -0.08), (0.05, -0.44), (0.3, -0.44), (0.47, -0.08)], glass)
    pen.box((-1.1, -0.05, 1.1, 0.38), colour, edge)
    for u in (-0.58, 0.58):
        pen.ellipse((u - 0.25, 0.1, u + 0.25, 0.6), (24, 24, 28))
        pen.ellipse((u - 0.1, 0.25, u + 0.1, 0.45), (190, 190, 196))


SKINS: Final[tuple[Colour, ...]] = ((240, 200, 165), (198, 145, 105), (120, 78, 52))
HAIR: Final[Colour] = (58, 40, 32)
TROUSERS: Final[Colour] = (52, 60, 105)


def _person(
    pen: Pen, colour: Colour, rng: random.Random, raised: bool | None = None
) -> dict[str, Box]:
    """Draw a person and return the boxes of the four limbs, in half-sizes."""
    skin = rng.choice(SKINS)
    limbs: dict[str, Box] = {}
    for side, name in ((-1, "left"), (1, "right")):
        leg = [(side * 0.15, 0.35), (side * 0.2, 1.0)]
        pen.stroke(leg, TROUSERS, 0.22)
        limbs[f"{name} leg"] = _reach(leg, 0.11)
    arms_up = rng.random() < 0.5
    for side, name in ((-1, "left"), (1, "right")):
        up = arms_up if rng.random() < 0.8 else not arms_up
        up = up if raised is None else raised
        lift = -1 if up else 1
        elbow = (side * 0.55, -0.2 + lift * 0.12)
        arm = [(side * 0.27, -0.2), elbow, (side * (0.6 if up else 0.5), -0.1 + lift * 0.5)]
        pen.stroke(arm, skin, 0.18)
        limbs[f"{name} arm"] = _reach(arm, 0.09)
    pen.box((-0.32, -0.33, 0.32, 0.42), colour, edge_of(colour))
    pen.ellipse((-0.34, -1.12, 0.34, -0.4), HAIR)
    pen.ellipse((-0.29, -0.98, 0.29, -0.36), skin)
    for u in (-0.12, 0.12):
        pen.ellipse((u - 0.05, -0.74, u + 0.05, -0.62), (20, 20, 24))
    pen.stroke([(-0.08, -0.5), (0.08, -0.5)], (150, 60, 60), 0.06)
    return limbs


def _reach(points: list[tuple[float, float]], radius: float) -> Box:
    us, vs = [u for u, _ in points], [v for _, v in points]
    return min(us) - radius, min(vs) - radius, max(us) + radius, max(vs) + radius


_PLAIN: Final[dict[str, Callable[[Pen, Colour, random.Random], None]]] = {
    "ball": _ball,
    "box": _box,
    "star": _star,
    "heart": _heart,
    "cat": _cat,
    "fish": _fish,
    "house": _house,
    "tree": _tree,
    "car": _car,
}


def draw_object(
    kind: str, pen: Pen, colour: Colour, rng: random.Random, raised: bool | None = None
) -> dict[str, Box]:
    """Draw one object.

    Args:
        kind: a word of `KINDS`.
        pen: where and how large.
        colour: RGB.
        rng: decides what the kind leaves open, as which way a fish looks.
        raised: whether a person's arms are up; None lets `rng` decide for each arm. The draws
            from `rng` are the same in every case.

    Returns:
        The limbs' boxes in pixels (empty unless a person).
    """
    if kind != "person":
        _PLAIN[kind](pen, colour, rng)
        return {}
    limbs = _person(pen, colour, rng, raised)
    return {
        name: (
            pen.x + box[0] * pen.size,
            pen.y + box[1] * pen.size,
            pen.x + box[2] * pen.size,
            pen.y + box[3] * pen.size,
        )
        for name, box in limbs.items()
    }
