"""Masks for inpainting training: objects, limbs, blobs, free-form strokes, or everything.

Free-form strokes follow the idea of Yu et al., "Free-Form Image Inpainting with Gated
Convolution", arXiv:1806.03589, section 3.4: random walks drawn with a thick brush.
"""

import math
import random
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from training.papertown.shapes import Box
from training.papertown.world import SIZE

# What is painted over, and how often.
SHARES: Final = {"object": 0.42, "limb": 0.13, "blob": 0.2, "stroke": 0.17, "everything": 0.08}


def draw_mask(
    object_boxes: list[Box], limb_boxes: list[Box], rng: random.Random
) -> npt.NDArray[np.float32]:
    """One mask (SIZE, SIZE), 1 where the picture is to be painted anew.

    Args:
        object_boxes: boxes of the scene's objects in pixels.
        limb_boxes: boxes of persons' arms and legs; objects serve where there are none.
        rng: the sample's generator.
    """
    kind = rng.choices(list(SHARES), weights=list(SHARES.values()))[0]
    if kind == "everything":
        return np.ones((SIZE, SIZE), dtype=np.float32)
    image = Image.new("L", (SIZE, SIZE))
    draw = ImageDraw.Draw(image)
    if kind == "stroke":
        _stroke(draw, rng)
    elif kind == "blob":
        _blob(draw, rng)
    else:
        boxes = limb_boxes if kind == "limb" and limb_boxes else object_boxes
        count = rng.randint(1, min(2, len(boxes)))
        for box in rng.sample(boxes, count):
            _around(draw, box, rng)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _around(draw: ImageDraw.ImageDraw, box: Box, rng: random.Random) -> None:
    """A rectangle or ellipse over a box, somewhat larger, as a person would paint it."""
    left, top, right, bottom = box
    grown = (
        left - rng.uniform(1, 10),
        top - rng.uniform(1, 10),
        right + rng.uniform(1, 10),
        bottom + rng.uniform(1, 10),
    )
    if rng.random() < 0.7:
        draw.rectangle(grown, fill=255)
        return
    wide, high = (grown[2] - grown[0]) * 0.2, (grown[3] - grown[1]) * 0.2
    draw.ellipse((grown[0] - wide, grown[1] - high, grown[2] + wide, grown[3] + high), fill=255)


def _blob(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    x, y, radius = rng.uniform(15, 113), rng.uniform(15, 113), rng.uniform(14, 46)
    points = []
    for i in range(10):
        angle = 2 * math.pi * i / 10
        reach = radius * rng.uniform(0.75, 1.25)
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    draw.polygon(points, fill=255)


def _stroke(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    width = rng.randint(10, 28)
    x, y = rng.uniform(0, SIZE), rng.uniform(0, SIZE)
    angle = rng.uniform(0, 2 * math.pi)
    for _ in range(rng.randint(2, 6)):
        angle += rng.uniform(-1.3, 1.3)
        length = rng.uniform(15, 45)
        end = (x + length * math.cos(angle), y + length * math.sin(angle))
        draw.line([(x, y), end], fill=255, width=width)
        for px, py in ((x, y), end):
            half = width / 2
            draw.ellipse([px - half, py - half, px + half, py + half], fill=255)
        x, y = (min(SIZE, max(0.0, v)) for v in end)
