"""From the engine's pictures to new pixels of the picture worked on. No Qt and no torch."""

import json
from dataclasses import dataclass
from typing import Any

from app.jobs.preparation import Pixels, PreparedRun, Source, joined_mask
from asyndm.events import Finished
from asyndm.records import to_json
from editing.alignment import Alignment, aligned
from editing.composite import changed_outside, paste_back, with_patch
from editing.crop import CropPlan
from editing.geometry import Rect

_VISIBLE_ZOOM = 5e-4
"""Below this the zoom of an edit is not worth a word."""


@dataclass(frozen=True, eq=False)
class Result:
    """One picture of a finished run.

    Attributes:
        patch: uint8 (h, w, channels of the source), the new pixels of `box`.
        box: where they go; the whole picture for generate.
        seed: of this picture.
        record: for the picture's metadata, plain JSON values.
        changed_outside: pixels changed farther than the border from every masked pixel; None
            where nothing is promised (generate, and where the whole picture was made anew).
        caption: what changed, in a sentence or two.
        source: the picture worked on, or None.
        alignment: edit only: how the edit lay on the picture, in pixels of what the model saw.
    """

    patch: Pixels
    box: Rect
    seed: int
    record: dict[str, Any]
    changed_outside: int | None
    caption: str
    source: Source | None = None
    alignment: Alignment | None = None

    def whole(self) -> Pixels:
        """The whole picture with the new pixels in it, a copy."""
        if self.source is None:
            return self.patch
        return with_patch(self.source.pixels, self.patch, self.box)


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


def _result(run: PreparedRun, finished: Finished, image: Pixels, seed: int) -> Result:
    record = _record(run, seed, finished.model_hash)
    if run.source is None or run.plan is None:
        box = Rect.of_shape(image.shape)
        return Result(image, box, seed, record, None, f"Made with seed {seed}.")
    image, alignment = _aligned(run, image)
    patch, count = _joined(run, run.source, run.plan, image)
    caption = _caption(count, run.border_px)
    if alignment is not None:
        record["alignment"] = _alignment_record(alignment)
        caption += _shift_caption(alignment, run.plan)
    return Result(patch, run.plan.box, seed, record, count, caption, run.source, alignment)


def _aligned(run: PreparedRun, image: Pixels) -> tuple[Pixels, Alignment | None]:
    """An edit is moved back to where the picture was; other tasks draw only what was masked."""
    original = run.request.image
    if run.request.task != "edit" or original is None or not run.options.correct_shift:
        return image, None
    regions = run.request.regions
    mask = joined_mask(regions, original.shape[:2]) if regions else None
    return aligned(original, image, mask)


def _joined(
    run: PreparedRun, source: Source, plan: CropPlan, image: Pixels
) -> tuple[Pixels, int | None]:
    """The new pixels of the plan's box, and how many changed where none should."""
    rows, columns = plan.box.slices()
    result = plan.to_canvas(image, source.profile)
    if run.mask is None or run.request.whole_picture:
        patch = source.pixels[rows, columns].copy()
        patch[..., :3] = result
        return patch, None
    patch = paste_back(
        source.pixels,
        result,
        plan,
        run.mask,
        strict_border=run.options.strict_border,
        match_colour=run.options.match_colour,
    )
    before, mask = source.pixels[rows, columns], run.mask[rows, columns]
    return patch, changed_outside(before, patch, mask, run.border_px)


def _caption(count: int | None, border_px: int) -> str:
    if count is None:
        return "The whole picture was made anew."
    pixels = "1 pixel" if count == 1 else f"{count} pixels"
    border = f" and its border of {border_px} px" if border_px else ""
    return f"{pixels} changed outside the mask{border}."


def _shift_caption(alignment: Alignment, plan: CropPlan) -> str:
    """A sentence on a shift that was corrected, in pixels of the picture."""
    if not alignment.corrected:
        return ""
    motion = alignment.motion
    dx = motion.dx * plan.box.width / plan.model_size[0]
    dy = motion.dy * plan.box.height / plan.model_size[1]
    zoom = ""
    if abs(motion.zoom - 1) >= _VISIBLE_ZOOM:
        kind = "enlarged" if motion.zoom > 1 else "reduced"
        zoom = f" and {kind} by {abs(motion.zoom - 1):.1%}".replace("%", " %")
    return f" The edit was shifted by {dx:.1f}, {dy:.1f} pixels{zoom}; corrected."


def _alignment_record(alignment: Alignment) -> dict[str, Any]:
    motion = alignment.motion
    return {
        "dx": round(motion.dx, 3),
        "dy": round(motion.dy, 3),
        "zoom": round(motion.zoom, 5),
        "confidence": round(alignment.confidence, 2),
        "corrected": alignment.corrected,
    }


def _record(run: PreparedRun, seed: int, model_hash: str) -> dict[str, Any]:
    """What is stored in the metadata of one picture, plain JSON values."""
    record = run.request.to_record()
    # The picture itself is in the file; the masks are kept as painted, not as the model saw them.
    record["image"] = None
    record["regions"] = [region.to_record() for region in run.regions]
    record["seed"], record["count"] = seed, 1
    record["model_hash"] = model_hash
    if run.plan is not None:
        options = run.options
        record["fill"] = options.fill
        record["strict_border"] = options.strict_border
        record["match_colour"] = options.match_colour
        record["correct_shift"] = options.correct_shift
        record["crop"] = list(run.plan.box)
        record["model_size"] = list(run.plan.model_size)
    stored: dict[str, Any] = json.loads(to_json(record))
    return stored
