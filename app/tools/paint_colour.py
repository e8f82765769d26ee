"""From the colours to paint with, which are sRGB, to the numbers of a document and back."""

from typing import Literal

import numpy as np

from app.models.colour_model import ColourModel, Rgb
from editing.color import from_srgb, to_srgb
from editing.document import Document
from editing.plane import Pixels

Name = Literal["foreground", "background"]


def paint_colour(document: Document, colours: ColourModel, name: Name = "foreground") -> Rgb:
    """The numbers that show a colour in the document's space; masks have no space.

    What was picked from a document of the same space is exact.
    """
    colour = colours.background if name == "background" else colours.foreground
    if document.target != "layer":
        return colour
    profile = document.metadata.icc
    picked = colours.numbers(colour, profile)
    return _only(from_srgb(_pixel(colour), profile)) if picked is None else picked


def pick(document: Document, colours: ColourModel, numbers: Rgb, name: Name = "foreground") -> None:
    """Paint with a colour that a document holds from now on."""
    profile = document.metadata.icc
    colour = _only(to_srgb(_pixel(numbers), profile))
    colours.keep_numbers(colour, profile, numbers)
    if name == "background":
        colours.background = colour
    else:
        colours.foreground = colour


def _pixel(colour: Rgb) -> Pixels:
    return np.array([[colour]], np.uint8)


def _only(pixels: Pixels) -> Rgb:
    red, green, blue = (int(value) for value in pixels[0, 0])
    return red, green, blue
