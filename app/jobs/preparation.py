"""From a picture, a mask and settings to a request for the engine, and from its result back.

The window and the command line both go through here, so that the same input gives the same
picture. No Qt and no torch.

* *settings* are a ``Request`` of task generate that carries everything but picture and regions;
* a *prepared run* is the request that the engine gets, with the plan for the way back;
* a *stored record* is what goes into a picture's metadata: the settings with the masks at the
  picture's own size, the seed of that one picture, and the hash of the weights; it is read by
  ``app.jobs.stored_record``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.jobs.stored_record import stored_original
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.errors import RequestError
from asyndm.events import Finished
from asyndm.plan import resolve, with_sampler
from asyndm.records import to_json
from asyndm.request import Region, Request, Task
from editing.composite import changed_outside, paste_back, with_patch
from editing.crop import CropPlan, plan_crop, whole_picture
from editing.fill import FillMethod, fill_region
from editing.geometry import Rect

Pixels = NDArray[np.uint8]
Mask = NDArray[np.float32]

_LEAST_MULTIPLE = 8  # a UNet's lower levels need room; a multiple of the latent factor as well


@dataclass(frozen=True, eq=False)
class Source:
    """The picture to be worked on.

    Attributes:
        pixels: uint8 (H, W, 3 or 4), straight alpha.
        profile: its ICC profile; None means sRGB.
        record: the stored record in its metadata, or None. A repair keeps what is outside the
            regions as the run that the record tells of made it.
    """

    pixels: Pixels
    profile: bytes | None = None
    record: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class PasteOptions:
    """How a result is joined with the picture.

    Attributes:
        fill: what the region starts from when the strength is below 1.
        strict_border: change masked pixels only, no border around them.
        match_colour: match the result's colours to the surroundings.
    """

    fill: FillMethod = "original"
    strict_border: bool = False
    match_colour: bool = True


@dataclass(frozen=True, eq=False)
class PreparedRun:
    """A request that is known to fit its model, and the way back from its result.

    Attributes:
        request: for the engine.
        model: what runs it.
        options: how the result is joined with the picture.
        source: the picture, or None for generate.
        plan: where the result goes, or None for generate.
        regions: painted regions with masks of the picture's size.
        mask: (H, W), largest value of all regions, or None for generate.
    """

    request: Request
    model: ModelInfo
    options: PasteOptions = PasteOptions()
    source: Source | None = None
    plan: CropPlan | None = None
    regions: tuple[Region, ...] = ()
    mask: Mask | None = None

    @property
    def border_px(self) -> int:
        """Distance from the mask beyond which no pixel may change, in picture pixels."""
        return 0 if self.plan is None or self.options.strict_border else self.plan.border_px


@dataclass(frozen=True, eq=False)
class Result:
    """One picture of a finished run.

    Attributes:
        patch: uint8 (h, w, channels of the source), the new pixels of `box`.
        box: where they go; the whole picture for generate.
        seed: of this picture.
        record: for the picture's metadata, plain JSON values.
        changed_outside: pixels changed farther than the border from every masked pixel; None
            where nothing is promised (generate, and repair of the whole picture).
        caption: one sentence on what changed.
        source: the picture worked on, or None.
    """

    patch: Pixels
    box: Rect
    seed: int
    record: dict[str, Any]
    changed_outside: int | None
    caption: str
    source: Source | None = None

    def whole(self) -> Pixels:
        """The whole picture with the new pixels in it, a copy."""
        if self.source is None:
            return self.patch
        return with_patch(self.source.pixels, self.patch, self.box)


def prepare(
    task: Task,
    settings: Request,
    catalogue: Catalogue,
    source: Source | None = None,
    regions: Sequence[Region] = (),
    options: PasteOptions | None = None,
) -> PreparedRun:
    """Make the engine's request.

    Args:
        task: generate, repair or inpaint.
        settings: everything else that affects the result; a model of None is the task's default.
        catalogue: where the model is looked up.
        source: the picture, for repair and inpaint.
        regions: what is to be redone, masks of the picture's size; empty ones are left out.
        options: how the result is joined with the picture.

    Raises:
        RequestError: there is no picture, nothing is masked, or the model cannot do this.
        ModelError: the model is unknown or cannot be used.
    """
    options = options or PasteOptions()
    info = catalogue.find(settings.model) if settings.model else catalogue.default_for(task)
    settings = with_sampler(settings.with_(model=settings.model or info.name), info)
    regions = tuple(region for region in regions if not region.is_empty)
    if task == "generate":
        sized = resolve(settings.with_(task=task, regions=regions), info)
        request = sized.request.with_(width=sized.width, height=sized.height)
        return PreparedRun(request, info, options, regions=regions)
    if source is None:
        raise RequestError(f"To {task}, a picture is needed.")
    if not regions:
        raise RequestError("Nothing is masked: paint over what is to be redone.")
    mask = _joined(regions, source.pixels.shape[:2])
    plan = _plan(task, mask, info)
    if task == "repair":
        request = _repair_request(settings, source, regions, plan)
    else:
        request = _inpaint_request(settings, source, regions, plan, options.fill)
    resolve(request, info)  # refuses here what would not fit the model
    return PreparedRun(request, info, options, source, plan, regions, mask)


def finish(run: PreparedRun, finished: Finished) -> list[Result]:
    """Join the engine's pictures with the picture that was worked on.

    Args:
        run: what was asked for.
        finished: the engine's answer to ``run.request``.
    """
    return [
        _result(run, finished, image, seed)
        for image, seed in zip(finished.images, finished.seeds, strict=True)
    ]


def _plan(task: Task, mask: Mask, info: ModelInfo) -> CropPlan:
    """A repair runs the full frame; an inpainting the surroundings of the mask."""
    if task == "repair":
        return whole_picture((mask.shape[1], mask.shape[0]))
    if task == "inpaint":
        return plan_crop(mask, info.native_size, math.lcm(info.latent_factor, _LEAST_MULTIPLE))
    raise RequestError(f"The task {task!r} is not supported yet.")


def _joined(regions: Sequence[Region], size: tuple[int, ...]) -> Mask:
    """Largest value of all regions, (H, W)."""
    joined = np.zeros(size, np.float32)
    for region in regions:
        if region.mask.shape != size:
            height, width = region.mask.shape
            raise RequestError(
                f"The mask is {width} x {height} pixels, but the picture is {size[1]} x {size[0]}; "
                "they must be of the same size."
            )
        np.maximum(joined, region.mask, out=joined)
    return joined


def _repair_request(
    settings: Request, source: Source, regions: Sequence[Region], plan: CropPlan
) -> Request:
    """A repair sees the whole picture, and knows the run that made it."""
    return settings.with_(
        task="repair",
        image=plan.to_model(source.pixels, source.profile),
        regions=tuple(regions),
        width=None,
        height=None,
        recorded=None if source.record is None else stored_original(source.record),
    )


def _inpaint_request(
    settings: Request, source: Source, regions: Sequence[Region], plan: CropPlan, fill: FillMethod
) -> Request:
    """An inpainting sees the crop around the mask at the size the model was trained for."""
    scaled = tuple(
        Region(
            mask=plan.mask_to_model(region.mask),
            concavity=region.concavity,
            prompt=region.prompt,
            name=region.name,
        )
        for region in regions
    )
    width, height = plan.model_size
    crop = plan.to_model(source.pixels, source.profile)
    return settings.with_(
        task="inpaint",
        image=fill_region(crop, _joined(scaled, (height, width)), fill),
        regions=scaled,
        width=None,
        height=None,
    )


def _result(run: PreparedRun, finished: Finished, image: Pixels, seed: int) -> Result:
    record = _record(run, seed, finished.model_hash)
    if run.source is None or run.plan is None or run.mask is None:
        box = Rect.of_shape(image.shape)
        return Result(image, box, seed, record, None, f"Made with seed {seed}.")
    original = run.source.pixels
    result = run.plan.to_canvas(image, run.source.profile)
    box = run.plan.box
    if run.request.whole_picture:
        patch = original[box.slices()].copy()
        patch[..., :3] = result
        caption = "The whole picture was made anew."
        return Result(patch, box, seed, record, None, caption, run.source)
    patch = paste_back(
        original,
        result,
        run.plan,
        run.mask,
        strict_border=run.options.strict_border,
        match_colour=run.options.match_colour,
    )
    rows, columns = box.slices()
    count = changed_outside(original[rows, columns], patch, run.mask[rows, columns], run.border_px)
    return Result(patch, box, seed, record, count, _caption(count, run.border_px), run.source)


def _caption(count: int, border_px: int) -> str:
    pixels = "1 pixel" if count == 1 else f"{count} pixels"
    border = f" and its border of {border_px} px" if border_px else ""
    return f"{pixels} changed outside the mask{border}."


def _record(run: PreparedRun, seed: int, model_hash: str) -> dict[str, Any]:
    """What is stored in the metadata of one picture, plain JSON values."""
    record = run.request.to_record()
    # The picture itself is in the file; the masks are kept as painted, not as the model saw them.
    record["image"] = None
    record["regions"] = [region.to_record() for region in run.regions]
    record["seed"], record["count"] = seed, 1
    record["model_hash"] = model_hash
    if run.plan is not None:
        record["fill"] = run.options.fill
        record["strict_border"] = run.options.strict_border
        record["match_colour"] = run.options.match_colour
        record["crop"] = list(run.plan.box)
        record["model_size"] = list(run.plan.model_size)
    stored: dict[str, Any] = json.loads(to_json(record))
    return stored
