"""From the document's colour space to that of the screen, which is taken to be sRGB.

Only what is shown is converted, in the screen buffer: the document keeps its numbers. For the
widest screens a whole buffer takes some milliseconds, a dab far less than one.
"""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColorSpace, QColorTransform

from app.qt_images import wrap_argb
from editing.color import is_srgb

if TYPE_CHECKING:
    import numpy.typing as npt

    from editing.geometry import Rect


def to_screen(profile: bytes | None) -> QColorTransform | None:
    """How colours of a document with this ICC profile are shown; None if they stay as they are."""
    if is_srgb(profile):
        return None
    space = QColorSpace.fromIccProfile(profile or b"")
    if not space.isValid():
        return None
    return space.transformationToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))


def convert(pixels: "npt.NDArray[np.uint32]", part: "Rect", colours: QColorTransform) -> None:
    """Convert a part of opaque 0xFFRRGGBB pixels in place."""
    shown = np.ascontiguousarray(pixels[part.slices()])
    image = wrap_argb(shown, opaque=True)
    image.applyColorTransform(colours)
    # The image may have taken memory of its own for it.
    converted = np.frombuffer(image.constBits(), np.uint32).reshape(shown.shape)
    pixels[part.slices()] = converted
