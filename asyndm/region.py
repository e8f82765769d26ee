"""A painted part of the picture with its own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asyndm.errors import RequestError
from asyndm.number_checks import check_unit

MASK_LEVELS = 32
"""A region's softness is kept in this many steps: w = concavity * mask (DESIGN.md)."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """A painted part of the picture with its own concavity.

    Attributes:
        mask: float32 (H, W) in [0, 1], in picture pixels; above 0 is the region, softer is less
            concave. Rounded up to 1/32 when the region is made, so that a record restores it
            exactly and a faint stroke is never lost.
        concavity: w in [0, 1] of METHOD.md: 0 is the standard schedule, larger is decided later.
        prompt: what belongs here, or None for the request's prompt.
        name: what the person calls it.
    """

    mask: FloatArray
    concavity: float = 0.7
    prompt: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        mask = np.asarray(self.mask, dtype=np.float32)
        if mask.ndim != 2 or mask.size == 0:
            raise RequestError("A mask must be a picture of one channel, height by width.")
        if not np.isfinite(mask).all() or mask.min() < 0 or mask.max() > 1:
            raise RequestError("The values of a mask must lie between 0 and 1.")
        check_unit("concavity", self.concavity)
        levels = np.ceil(mask * MASK_LEVELS - 1e-4)
        frozen = (levels / MASK_LEVELS).astype(np.float32)
        frozen.setflags(write=False)
        object.__setattr__(self, "mask", frozen)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Region):
            return NotImplemented
        mine, theirs = self.to_record(), other.to_record()
        return bool(np.array_equal(mine.pop("levels"), theirs.pop("levels"))) and mine == theirs

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is masked."""
        return not bool(self.mask.any())

    def to_record(self) -> dict[str, Any]:
        """The region as plain values and one uint8 array of levels 0..32."""
        levels = np.rint(self.mask * MASK_LEVELS).astype(np.uint8)
        return {
            "levels": levels,
            "concavity": self.concavity,
            "prompt": self.prompt,
            "name": self.name,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Region":
        """The region a record describes; RequestError if it does not describe one."""
        levels = np.asarray(record.get("levels"))
        if levels.dtype != np.uint8 or levels.ndim != 2:
            raise RequestError("The record of a region holds no mask.")
        return cls(
            mask=(levels / MASK_LEVELS).astype(np.float32),
            concavity=float(record.get("concavity", 0.7)),
            prompt=record.get("prompt"),
            name=str(record.get("name", "")),
        )
