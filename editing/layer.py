"""One layer of a document: its pixels and how they are laid over the layers below.

A layer is a value: a change of its properties makes another one that shares the planes. Pixels are
edited in place through the planes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterator

    from editing.plane import Plane

BlendMode = Literal[
    "normal", "multiply", "screen", "overlay", "soft_light", "color_dodge", "difference"
]
BLEND_MODES: tuple[BlendMode, ...] = get_args(BlendMode)

_IDS = itertools.count(1)


def new_id() -> int:
    """Return a number that no other layer or region of this process has."""
    return next(_IDS)


@dataclass(frozen=True)
class Layer:
    """Pixels of the document's size with a place in its stack.

    Attributes:
        plane: Plane (H, W, 4), RGBA, straight alpha.
        name: Shown in the list.
        visible: Whether it is part of the picture.
        opacity: In [0, 1]; multiplies alpha.
        blend: How its colours meet those below (``editing.blend``).
        locked: Whether its pixels must not be edited.
        mask: Plane (H, W) that multiplies alpha as well, or None: 255 shows, 0 hides.
        id: Unique in this process, kept by copies with other properties.
    """

    plane: Plane
    name: str
    visible: bool = True
    opacity: float = 1.0
    blend: BlendMode = "normal"
    locked: bool = False
    mask: Plane | None = None
    id: int = field(default_factory=new_id)

    def __post_init__(self) -> None:
        """Reject what cannot be shown."""
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"opacity is {self.opacity}, not in [0, 1]")
        if self.blend not in BLEND_MODES:
            raise ValueError(f"{self.blend!r} is no blend mode")

    @property
    def is_plain(self) -> bool:
        """Whether its pixels are shown just as they are."""
        return self.visible and self.opacity == 1 and self.blend == "normal" and self.mask is None

    def planes(self) -> Iterator[Plane]:
        """Yield the planes that hold its pixels."""
        yield self.plane
        if self.mask is not None:
            yield self.mask
