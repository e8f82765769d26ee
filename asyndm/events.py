"""What a run yields: loading, steps with a live preview, and exactly one end.

Every run ends with one of ``Finished``, ``Cancelled`` or ``Failed``. Events serialise to records
(plain values plus numpy arrays as leaves) like the request does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asyndm.errors import RequestError

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Loading:
    """A model is being loaded. fraction: 0..1, or None if unknown."""

    model: str
    fraction: float | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something the person should know that does not stop the run."""

    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """Network call `i` of `n` of picture `picture` of `pictures` is done (i counts from 1).

    Attributes:
        preview: uint8 (h, w, 3) on the latent grid: the picture as the model expects it now, by a
            cheap linear map of its clean latents.
        level_map: float32 (h, w) in [0, 1], each pixel's noise level after this step.
        mask: float32 (h, w) in [0, 1]: concavity the pixels follow now over the largest one.
        phase: "run", or "probe" for the standard run that asyndm_fixed takes its mask from and
            that repair takes the kept pixels from.
    """

    i: int
    n: int
    preview: NDArray[np.uint8]
    level_map: NDArray[np.float32]
    mask: NDArray[np.float32]
    picture: int = 0
    pictures: int = 1
    phase: str = "run"


@dataclass(frozen=True, kw_only=True, eq=False)
class Finished:
    """The pictures are there.

    Attributes:
        images: one uint8 (pictures, H, W, 3) array.
        seeds: the seed of each picture.
        words: the object words whose attention was used, in order.
        masks: float32 (pictures, h, w) last mask of each picture on the latent grid.
        attention: float32 (pictures, words, h, w) mean attention maps of the run, each scaled to
            its own maximum; zero words if none was captured.
        seconds: wall time of the run without model loading.
        model_hash: identifies the weights that were used.
        dtype: data type they were in; other types round otherwise.
    """

    images: NDArray[np.uint8]
    seeds: tuple[int, ...]
    words: tuple[str, ...]
    masks: NDArray[np.float32]
    attention: NDArray[np.float32]
    seconds: float
    model_hash: str = ""
    dtype: str = ""


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """The run was cancelled after step `i` of the picture under way."""

    i: int = 0


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The run failed: one sentence, details for a report, whether a retry may help.

    Attributes:
        suggestion: after a lack of memory, the next smaller setting: ``{"offload": ...}`` or
            ``{"vae": "tiled"}`` for ``Engine.run``'s `memory`, or ``{"width": ..., "height": ...}``
            for the request; None if there is none.
    """

    reason: str
    details: str = ""
    retryable: bool = False
    suggestion: dict[str, Any] | None = None


Event = Loading | Notice | Step | Finished | Cancelled | Failed

_KINDS: dict[str, type[Any]] = {
    "loading": Loading,
    "notice": Notice,
    "step": Step,
    "finished": Finished,
    "cancelled": Cancelled,
    "failed": Failed,
}


def event_to_record(event: Event) -> dict[str, Any]:
    """Plain values and arrays, with `version` and `event` (the kind, in lower case)."""
    record: dict[str, Any] = {"version": VERSION, "event": type(event).__name__.lower()}
    for f in fields(event):
        value = getattr(event, f.name)
        record[f.name] = list(value) if isinstance(value, tuple) else value
    return record


def event_from_record(record: Mapping[str, Any]) -> Event:
    """The event a record describes.

    Raises:
        RequestError: the record is of a newer version or of an unknown kind.
    """
    version = record.get("version")
    kind = _KINDS.get(str(record.get("event")))
    if not isinstance(version, int) or version > VERSION or kind is None:
        raise RequestError(f"The engine sent an unknown message: {record.get('event')!r}.")
    names = {f.name for f in fields(kind)}
    values = {key: value for key, value in record.items() if key in names}
    for key in ("seeds", "words"):
        if key in values:
            values[key] = tuple(values[key])
    event: Event = kind(**values)
    return event
