"""Resolve a request on a model once: defaults filled in, every misfit refused with a sentence."""

from dataclasses import dataclass

import numpy as np

from asyndm.catalogue import ModelInfo
from asyndm.errors import RequestError
from asyndm.pipeline_classes import PIPELINES
from asyndm.request import FloatArray, MaskSource, Request


@dataclass(frozen=True)
class RunPlan:
    """A request that is known to fit its model.

    Attributes:
        request: as it came, with the model's own sampler if it named none.
        info: the model's entry in the catalogue.
        height: of the picture in pixels, a multiple of what the model can make.
        width: likewise.
        mask_source: where the concave pixels come from; None = nowhere (standard), or everywhere
            (concave).
        attention: whether attention masks are needed: "no", "dynamic" or "fixed".
        start: first network call; above 0 when the strength is below 1.
    """

    request: Request
    info: ModelInfo
    height: int
    width: int
    mask_source: MaskSource | None
    attention: str
    start: int

    @property
    def latent_shape(self) -> tuple[int, int]:
        """(h, w) of the latents."""
        factor = self.info.latent_factor
        return self.height // factor, self.width // factor

    @property
    def keeps_recorded(self) -> bool:
        """Whether the pixels outside the regions are those of the run that made the picture."""
        request = self.request
        return request.task == "repair" and not request.whole_picture and request.has_painted_pixels

    def original_request(self) -> Request:
        """The request that made the picture which is to be repaired."""
        recorded = self.request.recorded
        if recorded is None:
            recorded = self.request.with_(
                task="generate", method="standard", mask_source=None, regions=(), image=None
            )
        return recorded.with_(width=self.width, height=self.height, count=1, image=None)

    @property
    def can_follow(self) -> bool:
        """Whether the run that made the picture can be kept step by step.

        It can if it has the same model, wearing the same, and the same size and timesteps.
        """
        original, request = self.request.recorded, self.request
        if original is None:
            return True
        size = (self.height, self.width)
        return (
            all(region.mask.shape == size for region in original.regions)
            and original.height in (None, self.height)
            and original.width in (None, self.width)
            and original.model in (None, request.model, self.info.name, str(self.info.path))
            and original.steps == request.steps
            and (original.loras, original.embeddings) == (request.loras, request.embeddings)
            and (original.sampler or self.info.samplers[0]) == request.sampler
        )

    def joined_mask(self) -> FloatArray:
        """Largest value of all regions, float32 (height, width)."""
        joined = np.zeros((self.height, self.width), np.float32)
        for region in self.request.regions:
            np.maximum(joined, region.mask, out=joined)
        return joined


def resolve(request: Request, info: ModelInfo) -> RunPlan:
    """Fit a request to a model.

    Raises:
        RequestError: the model cannot do the task, or sampler, sizes or strength do not fit.
    """
    if request.task not in info.tasks:
        able = ", ".join(info.tasks) or "nothing"
        raise RequestError(f"The model {info.name!r} cannot {request.task}; it can {able}.")
    request = with_sampler(request, info)
    height, width = _size(request, info)
    source = _mask_source(request)
    attends = source is not None and source != "painted"
    attention = "no"
    if attends:
        attention = "fixed" if request.method == "asyndm_fixed" else "dynamic"
    return RunPlan(request, info, height, width, source, attention, _start(request, info))


def with_sampler(request: Request, info: ModelInfo) -> Request:
    """The request with the model's own sampler if it names none.

    Raises:
        RequestError: the model cannot use the sampler.
    """
    if request.sampler is None:
        return request.with_(sampler=info.samplers[0])
    if request.sampler not in info.samplers:
        raise RequestError(
            f"The model {info.name!r} cannot use the sampler {request.sampler}; it can use "
            f"{', '.join(info.samplers)}."
        )
    return request


def _size(request: Request, info: ModelInfo) -> tuple[int, int]:
    """Height and width of the picture, checked against the latent grid and the masks."""
    if request.image is not None:
        height, width = request.image.shape[:2]
    else:
        height, width = request.height or info.native_size, request.width or info.native_size
    multiple = info.size_multiple
    if height % multiple or width % multiple:
        raise RequestError(
            f"The picture is {width} x {height} pixels; the model {info.name!r} needs sides that "
            f"are multiples of {multiple}."
        )
    for region in request.regions:
        if region.mask.shape != (height, width):
            mask_height, mask_width = region.mask.shape
            raise RequestError(
                f"The mask is {mask_width} x {mask_height} pixels, but the picture is "
                f"{width} x {height}; they must be of the same size."
            )
    return height, width


def _mask_source(request: Request) -> MaskSource | None:
    """DESIGN: asyndm uses the painted regions if there are any, else attention."""
    if request.method in ("standard", "concave"):
        return None
    if request.method == "asyndm_fixed":
        return "attention" if request.mask_source in (None, "painted") else request.mask_source
    if request.mask_source is not None:
        return request.mask_source
    # In the other tasks nothing is redone outside the regions, so attention has no say without one.
    if request.has_painted_pixels or request.task != "generate":
        return "painted"
    return "attention"


def _start(request: Request, info: ModelInfo) -> int:
    """First network call for the request's strength, as diffusers counts it.

    What is left of the steps is rounded down for Stable Diffusion, and up for flow models.
    """
    if request.task != "inpaint" or request.strength >= 1.0:
        return 0
    left = request.steps * request.strength
    is_flow = PIPELINES[info.pipeline].is_flow
    start = int(request.steps - left) if is_flow else request.steps - int(left)
    if start >= request.steps:
        raise RequestError(
            f"With {request.steps} steps a strength of {request.strength:g} leaves no step to run; "
            "raise one of them."
        )
    return start
