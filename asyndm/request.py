"""The request: one frozen object that holds everything that affects the result.

The window, the command line, the Python API and a remote engine all send the same object. It
serialises to a *record*: plain JSON values plus numpy arrays as leaves (``asyndm.records`` turns
them into text for files; the process protocol sends them as binary attachments).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from asyndm.errors import RequestError
from asyndm.number_checks import check_range, check_share, check_unit, check_whole
from asyndm.object_order import Order, WordConcavity, check_order, check_word_concavity
from asyndm.region import MASK_LEVELS, FloatArray, Region

__all__ = [
    "MASK_LEVELS", "MOST_CLIP_SKIP", "VERSION", "ByteArray", "Family", "FloatArray", "Lora",
    "MaskSource", "Method", "Region", "Request", "Sampler", "Task",
]  # fmt: skip

Task = Literal["generate", "repair", "inpaint", "edit"]
Method = Literal["standard", "concave", "asyndm", "asyndm_fixed"]
MaskSource = Literal["painted", "attention", "union", "intersection"]
Family = Literal["linear", "quadratic", "piecewise_linear", "exponential"]
Sampler = Literal["ddim", "ddpm", "dpmpp_2m", "flow_euler", "flow_heun"]

VERSION = 1
MOST_CLIP_SKIP = 31
"""The longest text encoder, SDXL's second, has 32 layers."""

ByteArray = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Lora:
    """A low-rank change of the model's weights that a run wears.

    Attributes:
        name: in the catalogue, or the path of its file.
        strength: factor of the change; 0 = none, below 0 = its opposite.
    """

    name: str
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise RequestError("A LoRA is named by a text.")
        check_range("strength of a LoRA", self.strength, -10.0, 10.0)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Lora":
        """The LoRA a record describes."""
        return cls(name=record.get("name", ""), strength=record.get("strength", 1.0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """Everything that affects the result of a run.

    Attributes:
        task: generate (prompt to picture), repair (same prompt and seed, region decided last),
            inpaint (repaint the region of any picture), edit (by instruction).
        prompt: what the picture shows. negative_prompt: what it should not show. Both, and the
            prompts of regions, may have weights: ``(word:1.2)``, see `asyndm.prompt_weights`.
        clip_skip: layers left out at the end of CLIP text encoders, counted as in diffusers: 0 is
            the model's own layer, 1 one layer earlier. FLUX has no use for it.
        model: a name in the catalogue, or a path; None = the engine's own default.
        seed: of picture 0; picture k of a count uses seed + k. Noise is drawn on the CPU.
        steps: number of network calls N. guidance: classifier-free guidance scale, 1 = off; for
            FLUX the scale that the model was distilled with and is told.
        true_guidance: FLUX only: scale of classifier-free guidance by the negative prompt, at twice
            the time; 1 = off.
        method: standard = every pixel linear; concave = every pixel concave; asyndm = the painted
            regions if there are any, else masks from attention, anew each step; asyndm_fixed = one
            attention mask, averaged over a standard run of the same seed.
        schedule: the curve family. concavity: w of the attention masks and of method concave.
        eta: 0 deterministic DDIM, 1 the paper's setting.
        sampler: ddim, ddpm, dpmpp_2m (DPM-Solver++ of second order: sharp with 15 to 25 steps);
            flow_euler or flow_heun (twice the time) for models of flow matching; None = the
            model's own.
        words: object words chosen by hand; None = found in the prompt.
        word_concavity: pairs (object word, w) for words that have a concavity of their own; the
            n-th mention of a word is its n-th occurrence. A word named here is an object word.
        order: pairs (later, earlier) of names of object words or regions: the first waits for the
            second ("rider", "bike"). Depth in this graph sets the concavity of all that it names,
            up to the largest concavity among them (asyndm.object_times); for a word the entry in
            `word_concavity` wins over it. A pixel of several objects takes the largest.
        mask_smoothing: share of the past in [0, 1) in the attention maps that the masks are made
            of, from step to step; 0 = off.
        minimum_area: smallest patch, and smallest hole, of an attention mask, as a share of the
            picture in [0, 1); 0 = off.
        threshold: of eq. 7, relative to the mean of an attention map.
        mask_source: overrides what `method` says about where masks come from.
        regions: painted regions, each with a mask of the picture's size.
        image: uint8 (H, W, 3), the picture to repair, inpaint or edit.
        width, height: of a generated picture in pixels; None = the model's native size.
        loras: that the model wears, with their strengths.
        embeddings: names of textual inversions; each is a word that the prompt may use.
        strength: s in (0, 1]; below 1 an inpainting starts from the noised picture.
        count: number of pictures.
        recorded: repair only: the request (of task generate) that made the picture. It is run
            again, and what is outside the regions keeps its latents and timesteps at every step.
            None = the standard run of this very request.
        whole_picture: repair only: let the rest of the picture follow too (the paper's own form).
    """

    task: Task = "generate"
    prompt: str = ""
    negative_prompt: str = ""
    clip_skip: int = 0
    model: str | None = None
    seed: int = 0
    steps: int = 30
    guidance: float = 5.0
    true_guidance: float = 1.0
    method: Method = "asyndm"
    schedule: Family = "quadratic"
    concavity: float = 0.7
    eta: float = 0.0
    sampler: Sampler | None = None
    words: tuple[str, ...] | None = None
    word_concavity: WordConcavity = ()
    order: Order = ()
    mask_smoothing: float = 0.0
    minimum_area: float = 0.0
    threshold: float = 1.0
    mask_source: MaskSource | None = None
    regions: tuple[Region, ...] = ()
    image: ByteArray | None = None
    width: int | None = None
    height: int | None = None
    loras: tuple[Lora, ...] = ()
    embeddings: tuple[str, ...] = ()
    strength: float = 1.0
    count: int = 1
    recorded: "Request | None" = None
    whole_picture: bool = False
    version: int = field(default=VERSION)

    def __post_init__(self) -> None:
        for name in ("steps", "seed", "count", "width", "height", "clip_skip"):
            if isinstance(getattr(self, name), np.integer):  # such as a seed from np.arange
                object.__setattr__(self, name, int(getattr(self, name)))
        _check_choices(self)
        _check_numbers(self)
        if self.image is not None:
            object.__setattr__(self, "image", _frozen_picture(self.image))
        for name in ("regions", "loras", "embeddings"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.words is not None:
            object.__setattr__(self, "words", tuple(self.words))
        object.__setattr__(self, "word_concavity", check_word_concavity(self.word_concavity))
        object.__setattr__(self, "order", check_order(self.order))
        _check_pictures(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        mine, theirs = self.to_record(), other.to_record()
        same_image = _same_array(mine.pop("image"), theirs.pop("image"))
        for nested in ("regions", "recorded"):
            mine.pop(nested), theirs.pop(nested)
        same_nested = self.regions == other.regions and self.recorded == other.recorded
        return same_image and same_nested and mine == theirs

    @property
    def has_painted_pixels(self) -> bool:
        """Whether any region masks any pixel."""
        return any(not region.is_empty for region in self.regions)

    def with_(self, **changes: Any) -> "Request":
        """A copy with some fields changed, checked anew."""
        return replace(self, **changes)

    def to_record(self) -> dict[str, Any]:
        """Plain values and numpy arrays, with `version`."""
        record = {f.name: getattr(self, f.name) for f in fields(self)}
        record["regions"] = [region.to_record() for region in self.regions]
        record["loras"] = [{"name": lora.name, "strength": lora.strength} for lora in self.loras]
        record["embeddings"] = list(self.embeddings)
        record["words"] = None if self.words is None else list(self.words)
        for pairs in ("word_concavity", "order"):
            record[pairs] = [list(pair) for pair in getattr(self, pairs)]
        record["recorded"] = None if self.recorded is None else self.recorded.to_record()
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Request":
        """The request a record of this or any older version describes.

        Raises:
            RequestError: the record is of a newer version, or is no request.
        """
        version = record.get("version")
        if not isinstance(version, int) or version < 1:
            raise RequestError("The record of the request carries no version number.")
        if version > VERSION:
            raise RequestError(
                f"The request was written by a newer AsynDM Studio (record version {version}, "
                f"this one reads up to {VERSION})."
            )
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in record.items() if key in known}
        try:
            values["regions"] = tuple(Region.from_record(r) for r in record.get("regions") or ())
            values["loras"] = tuple(Lora.from_record(r) for r in record.get("loras") or ())
            values["embeddings"] = tuple(str(name) for name in record.get("embeddings") or ())
            words = record.get("words")
            if words is not None and not isinstance(words, str):  # a lone text is refused below
                values["words"] = tuple(str(word) for word in words)
            recorded = record.get("recorded")
            values["recorded"] = None if recorded is None else cls.from_record(recorded)
            values["version"] = VERSION
            return cls(**values)
        except (AttributeError, TypeError, ValueError) as error:
            raise RequestError(f"The record of the request is damaged: {error}.") from error


def _check_choices(request: Request) -> None:
    """Raise if a text is none, or a closed choice holds a value that is none of its own."""
    for name in ("prompt", "negative_prompt", "model"):
        value = getattr(request, name)
        if not isinstance(value, str) and (name != "model" or value is not None):
            raise RequestError(f"The {name.replace('_', ' ')} must be a text.")
    if isinstance(request.words, str):
        raise RequestError("The words must be a list of texts, not one text.")
    choices: dict[str, tuple[str, ...]] = {
        "task": get_args(Task),
        "method": get_args(Method),
        "schedule": get_args(Family),
    }
    if request.sampler is not None:
        choices["sampler"] = get_args(Sampler)
    if request.mask_source is not None:
        choices["mask_source"] = get_args(MaskSource)
    for name, allowed in choices.items():
        value = getattr(request, name)
        if value not in allowed:
            raise RequestError(f"{value!r} is no {name}; choose {', '.join(allowed)}.")


def _check_numbers(request: Request) -> None:
    """Raise if a number is outside the range that makes sense."""
    check_whole("number of steps", request.steps, 1, 1000)
    check_range("guidance scale", request.guidance, 0.0, 100.0)
    check_range("true guidance scale", request.true_guidance, 0.0, 100.0)
    check_whole("seed", request.seed, 0, 2**63 - 1)
    check_whole("number of pictures", request.count, 1, 1000)
    check_whole("CLIP skip", request.clip_skip, 0, MOST_CLIP_SKIP)
    check_range("threshold", request.threshold, 0.0, 100.0)
    check_unit("concavity", request.concavity)
    check_unit("eta", request.eta)
    check_share("mask smoothing", request.mask_smoothing)
    check_share("minimum area", request.minimum_area)
    if not 0.0 < request.strength <= 1.0:
        raise RequestError(f"The strength is {request.strength:g}; it must be above 0 and up to 1.")
    for name in ("width", "height"):
        value = getattr(request, name)
        if value is not None:
            check_whole(name, value, 8, 16384)


def _check_pictures(request: Request) -> None:
    """Raise if pictures and masks are missing or do not fit each other."""
    if request.recorded is not None and request.recorded.task != "generate":
        raise RequestError("Only a request of task generate can be the one that made a picture.")
    if request.image is None:
        if request.task in ("repair", "inpaint", "edit"):
            raise RequestError(f"To {request.task}, a picture is needed.")
        size = (
            None
            if request.height is None or request.width is None
            else (request.height, request.width)
        )
    else:
        size = request.image.shape[:2]
    for region in request.regions:
        if size is not None and region.mask.shape != size:
            height, width = region.mask.shape
            raise RequestError(
                f"The mask is {width} x {height} pixels, but the picture is "
                f"{size[1]} x {size[0]}; they must be of the same size."
            )


def _frozen_picture(image: ByteArray) -> ByteArray:
    picture = np.array(image, copy=True)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise RequestError("The picture must be 8-bit RGB, height by width by 3.")
    picture.setflags(write=False)
    return picture


def _same_array(a: ByteArray | None, b: ByteArray | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(np.array_equal(a, b))
