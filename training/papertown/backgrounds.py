"""Drawing of the six backgrounds: a sky or wall, a ground, and clouds or stars in the sky."""

import random
from typing import Final

from PIL import ImageDraw

from training.papertown.shapes import SUPERSAMPLING, Colour

# Sky and ground; a gray background is one wall without a horizon.
PALETTE: Final[dict[str, tuple[Colour, Colour]]] = {
    "grass": ((132, 202, 235), (104, 184, 78)),
    "snow": ((186, 218, 240), (240, 244, 250)),
    "night": ((18, 18, 58), (38, 52, 46)),
    "beach": ((128, 198, 235), (236, 214, 148)),
    "desert": ((252, 190, 122), (214, 150, 92)),
    "gray": ((150, 150, 152), (150, 150, 152)),
}


def draw_background(
    name: str, draw: ImageDraw.ImageDraw, size: int, rng: random.Random
) -> tuple[float, float]:
    """Fill the picture with a background.

    Args:
        name: a key of `PALETTE`.
        draw: canvas of `size * SUPERSAMPLING` pixels a side.
        size: side of the final picture in pixels.
        rng: the scene's generator.

    Returns:
        Position of the horizon and brightness jitter, for records of the scene.
    """
    jitter = rng.uniform(0.95, 1.05)
    sky, ground = (_jittered(colour, jitter) for colour in PALETTE[name])
    full = size * SUPERSAMPLING
    horizon = rng.uniform(0.52, 0.68)
    draw.rectangle([0, 0, full, full], fill=sky)
    if name != "gray":
        draw.rectangle([0, horizon * full, full, full], fill=ground)
    if name == "night":
        _stars(draw, full, horizon, rng)
    elif name in ("grass", "beach", "snow") and rng.random() < 0.6:
        _cloud(draw, full, rng)
    return horizon, jitter


def _jittered(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, round(c * factor)) for c in colour)
    return red, green, blue


def _stars(draw: ImageDraw.ImageDraw, full: int, horizon: float, rng: random.Random) -> None:
    for _ in range(rng.randint(8, 16)):
        x, y = rng.uniform(0, full), rng.uniform(0, horizon * full)
        radius = rng.uniform(1.2, 2.2)
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=(235, 235, 220))


def _cloud(draw: ImageDraw.ImageDraw, full: int, rng: random.Random) -> None:
    x, y = rng.uniform(0, full), rng.uniform(0.04, 0.12) * full
    for offset in (-0.06, 0.0, 0.06):
        width, height = 0.055 * full, 0.028 * full
        cx = x + offset * full
        draw.ellipse([cx - width, y - height, cx + width, y + height], fill=(250, 250, 252))
