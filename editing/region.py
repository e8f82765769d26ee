"""One region of a document: a soft mask, and how late its pixels are decided.

A region is a value: a change of its properties makes another one that shares the mask.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from editing.layer import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from editing.plane import Plane

LARGEST_CONCAVITY = 0.95
DEFAULT_CONCAVITY = 0.7

Colour = tuple[int, int, int]

REGION_COLOURS: tuple[Colour, ...] = (
    (224, 17, 95),
    (32, 178, 230),
    (250, 173, 20),
    (82, 196, 90),
    (160, 100, 245),
    (245, 110, 50),
)
"""Ruby first, after the masking film of the printing trade; told apart by hue and lightness."""


@dataclass(frozen=True)
class Region:
    """A mask of the document's size.

    Attributes:
        mask: Plane (H, W): 0 keeps a pixel, 255 redoes it fully, values between count in part.
        name: Shown in the list.
        colour: Its tint on the canvas and its curve's colour, sRGB.
        concavity: How late its pixels are decided, in [0, 0.95]; 0 is like everything else.
        prompt: Its own prompt, or None for the prompt of the picture.
        visible: Whether its tint is shown and a run uses it.
        id: Unique in this process, kept by copies with other properties.
    """

    mask: Plane
    name: str
    colour: Colour = REGION_COLOURS[0]
    concavity: float = DEFAULT_CONCAVITY
    prompt: str | None = None
    visible: bool = True
    id: int = field(default_factory=new_id)

    def __post_init__(self) -> None:
        """Reject what no schedule takes."""
        if not 0 <= self.concavity <= LARGEST_CONCAVITY:
            raise ValueError(f"concavity is {self.concavity}, not in [0, {LARGEST_CONCAVITY}]")

    def planes(self) -> Iterator[Plane]:
        """Yield the plane that holds its mask."""
        yield self.mask
