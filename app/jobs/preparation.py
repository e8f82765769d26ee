"""From a picture, a mask and settings to a request for the engine; ``results`` is the way back.

The window and the command line both go through here, so that the same input gives the same
picture. No Qt and no torch.

* *settings* are a ``Request`` of task generate that carries everything but picture and regions;
* a *prepared run* is the request that the engine gets, with the plan for the way back;
* a *stored record* is what goes into a picture's metadata: the settings with the masks at the
  picture's own size, the seed of that one picture, and the hash of the weights; it is read by
  ``app.jobs.stored_record``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.jobs.stored_record import stored_original
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.errors import RequestError
from asyndm.object_times import check_names
from asyndm.plan import resolve, with_sampler
from asyndm.request import Region, Request, Task
from editing.crop import CropPlan, fitted_picture, plan_crop, whole_picture
from editing.fill import FillMethod, fill_region

Pixels = NDArray[np.uint8]
Mask = NDArray[np.float32]

_LEAST_MULTIPLE = 8  # a UNet's lower levels need room; what the model itself needs counts as well


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
        correct_shift: move an edit that is shifted or enlarged back to where the picture was.
    """

    fill: FillMethod = "original"
    strict_border: bool = False
    match_colour: bool = True
    correct_shift: bool = True


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
        mask: (H, W), largest value of all regions; None where nothing is painted, so that all
            may change (generate, and an edit of the whole picture).
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
        task: generate, repair, inpaint or edit.
        settings: everything else that affects the result; a model of None is the task's default.
        catalogue: where the model is looked up.
        source: the picture, for all tasks but generate.
        regions: what is to be redone, masks of the picture's size; empty ones are left out. An edit
            without any changes the whole picture.
        options: how the result is joined with the picture.

    Raises:
        RequestError: there is no picture, nothing is masked, the model cannot do this, or an
            object is named that is not there.
        ModelError: the model is unknown or cannot be used.
    """
    options = options or PasteOptions()
    info = catalogue.find(settings.model) if settings.model else catalogue.default_for(task)
    settings = with_sampler(settings.with_(model=settings.model or info.name), info)
    regions = tuple(region for region in regions if not region.is_empty)
    check_names(settings.with_(regions=regions, width=None, height=None))
    if task == "generate":
        sized = resolve(settings.with_(task=task, regions=regions), info)
        request = sized.request.with_(width=sized.width, height=sized.height)
        return PreparedRun(request, info, options, regions=regions)
    if source is None:
        raise RequestError(f"To {task}, a picture is needed.")
    if task == "edit" and not settings.prompt.strip():
        raise RequestError("To edit, an instruction is needed: write what is to change.")
    if not regions and task != "edit":
        raise RequestError("Nothing is masked: paint over what is to be redone.")
    shape = source.pixels.shape[:2]
    mask = joined_mask(regions, shape) if regions else None
    plan = _plan(task, shape, mask, info)
    request = _request(task, settings, source, regions, plan, options.fill)
    resolve(request, info)  # refuses here what would not fit the model
    return PreparedRun(request, info, options, source, plan, regions, mask)


def joined_mask(regions: Sequence[Region], size: tuple[int, ...]) -> Mask:
    """Largest value of all regions, (H, W).

    Args:
        regions: painted regions.
        size: (height, width) of the picture.

    Raises:
        RequestError: a mask is of another size.
    """
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


def _plan(task: Task, shape: tuple[int, ...], mask: Mask | None, info: ModelInfo) -> CropPlan:
    """What the model sees: the picture as it is, the surroundings of the mask, or all, scaled."""
    size = (shape[1], shape[0])
    if task == "repair":
        return whole_picture(size)
    multiple = math.lcm(info.size_multiple, _LEAST_MULTIPLE)
    if task == "inpaint" and mask is not None:
        return plan_crop(mask, info.native_size, multiple)
    return fitted_picture(size, info.native_size, multiple)


def _request(
    task: Task,
    settings: Request,
    source: Source,
    regions: Sequence[Region],
    plan: CropPlan,
    fill: FillMethod,
) -> Request:
    """Picture and masks as the model sees them; a repair knows the run that made the picture."""
    scaled = tuple(replace(region, mask=plan.mask_to_model(region.mask)) for region in regions)
    picture = plan.to_model(source.pixels, source.profile)
    recorded = None
    if task == "inpaint":
        picture = _filled(picture, source, scaled, plan, fill)
    elif task == "repair" and source.record is not None:
        recorded = stored_original(source.record)
    return settings.with_(
        task=task, image=picture, regions=scaled, width=None, height=None, recorded=recorded
    )


def _filled(
    picture: Pixels, source: Source, regions: Sequence[Region], plan: CropPlan, fill: FillMethod
) -> Pixels:
    """The picture with its masked part as the run shall start from it."""
    mask = joined_mask(regions, picture.shape[:2])
    if source.pixels.shape[2] == 4:
        # A border that was added has no colours of its own, so the picture is continued there.
        clear = plan.mask_to_model((source.pixels[..., 3] == 0).astype(np.uint8) * np.uint8(255))
        picture = fill_region(picture, np.minimum(clear, mask), "border")
    return fill_region(picture, mask, fill)
