"""Measure the edit model on unseen scenes: is the change there, and is the rest as it was?

"Success" is read from the edited picture by the scorer, or, for arms and backgrounds, which it does
not see, by which drawn picture the edited one is nearest to. Beside it stand the same verdicts
on the right answer, drawn and sent through the autoencoder (the ceiling), and on the picture
left as it was (the floor).

    python -m training.papertown.edit_quality --count 20 --out edit.json
"""

import argparse
import json
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import torch
from diffusers.pipelines.flux.pipeline_flux_kontext import FluxKontextPipeline
from PIL import Image, ImageFilter

from training.papertown.bootstrap import bootstrap
from training.papertown.edit_data import encode_plans
from training.papertown.edit_sampling import evaluation_edit
from training.papertown.edits import OPERATIONS, Edit, EditSplit, Plan, draw
from training.papertown.export import MODELS
from training.papertown.latents import decode
from training.papertown.scorer import FoundObject, Scorer
from training.papertown.tokenizer import MAX_LENGTH
from training.papertown.vocabulary import BACKGROUNDS
from training.papertown.world import SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

Picture = npt.NDArray[np.uint8]
STEPS: Final = 20
GUIDANCE: Final = 1.0  # true_cfg_scale: 1 is none
BATCH: Final = 10
BORDER: Final = 4  # pixels around what differs that count as changed
SPLITS: Final[dict[str, EditSplit]] = {"seen": "train", "held out": "held_out"}
# Where an added object may be, in pixels: left, top, right, bottom of its centre.
SIDES: Final = {
    "on the left": (0, 0, 50, SIZE),
    "on the right": (SIZE - 50, 0, SIZE, SIZE),
    "at the top": (0, 0, SIZE, 50),
    "at the bottom": (0, SIZE - 50, SIZE, SIZE),
    "in the middle": (40, 40, SIZE - 40, SIZE - 40),
}


@dataclass(frozen=True)
class Result:
    """The verdict on one edited picture.

    Attributes:
        success: the change asked for is there.
        scene: the scorer finds the objects of the right answer, and no others.
        drift: mean absolute difference from the original where nothing should change, in [0, 1].
    """

    success: bool
    scene: bool
    drift: float


def load_editing(folder: Path) -> FluxKontextPipeline:
    """The pipeline of a folder, offline, in float32 and without a progress bar."""
    pipeline = FluxKontextPipeline.from_pretrained(
        folder, local_files_only=True, dtype=torch.float32
    )
    configure: Callable[..., None] = pipeline.set_progress_bar_config
    configure(disable=True)
    return pipeline


def apply_edits(
    pipeline: FluxKontextPipeline,
    pictures: list[Picture],
    instructions: list[str],
    steps: int = STEPS,
    guidance: float = GUIDANCE,
    first_seed: int = 0,
) -> list[Picture]:
    """Edit pictures (SIZE, SIZE, 3) uint8 with diffusers' own call; seeds count up."""
    edited: list[Picture] = []
    for start in range(0, len(pictures), BATCH):
        some = pictures[start : start + BATCH]
        call: Callable[..., object] = pipeline
        output = call(
            image=[Image.fromarray(picture) for picture in some],
            prompt=instructions[start : start + BATCH],
            negative_prompt=[""] * len(some) if guidance > 1 else None,
            true_cfg_scale=guidance,
            height=SIZE,
            width=SIZE,
            max_area=SIZE * SIZE,
            max_sequence_length=MAX_LENGTH,
            num_inference_steps=steps,
            generator=[
                torch.Generator().manual_seed(first_seed + start + i) for i in range(len(some))
            ],
            output_type="np",
            return_dict=False,
            _auto_resize=False,
        )
        assert isinstance(output, tuple)
        edited += [(image * 255).round().astype(np.uint8) for image in output[0]]
    return edited


def _distance(one: Picture, other: Picture, where: npt.NDArray[np.bool_]) -> float:
    """Mean absolute difference in [0, 1] over the pixels of a mask."""
    difference = np.abs(one.astype(np.float64) - other.astype(np.float64)).mean(axis=2)
    return float(difference[where].mean() / 255)


def changed_pixels(before: Picture, after: Picture) -> npt.NDArray[np.bool_]:
    """Where two pictures differ, and a border around it (SIZE, SIZE)."""
    differs = Image.fromarray((before != after).any(axis=2).astype(np.uint8) * 255)
    return np.asarray(differs.filter(ImageFilter.MaxFilter(2 * BORDER + 1))) > 0


def _nearest_background(plan: Plan, picture: Picture) -> str:
    """The background whose drawing of a plan is nearest to a picture, objects left out."""
    objects = draw(plan)[1]
    around = ~np.any([item.mask for item in objects], axis=0)
    distances = {
        name: _distance(picture, draw(replace(plan, background=name))[0], around)
        for name in BACKGROUNDS
    }
    return min(distances, key=lambda name: distances[name])


def succeeded(edit: Edit, picture: Picture, found: list[FoundObject]) -> bool:
    """Whether a picture shows the change that an edit asks for.

    Args:
        edit: what was asked for.
        picture: the edited picture.
        found: the objects that the scorer sees in it.
    """
    same_kind = [item for item in found if item.kind == edit.kind]
    if edit.operation == "background":
        return _nearest_background(edit.after, picture) == edit.after.background
    if edit.operation == "arms":
        before, after = draw(edit.before)[0], draw(edit.after)[0]
        where = (before != after).any(axis=2)
        return _distance(picture, after, where) < _distance(picture, before, where)
    if edit.operation == "remove":
        return not same_kind
    if edit.operation == "recolour":
        return bool(same_kind) and all(item.colour == edit.colour for item in same_kind)
    left, top, right, bottom = SIDES[edit.place]
    return any(
        item.colour == edit.colour and left <= item.x <= right and top <= item.y <= bottom
        for item in same_kind
    )


def judge_edit(edit: Edit, picture: Picture, found: list[FoundObject]) -> Result:
    """The verdict on an edited picture."""
    before, after = draw(edit.before)[0], draw(edit.after)[0]
    wanted = sorted((i.placement.kind, i.placement.colour) for i in edit.after.items)
    return Result(
        succeeded(edit, picture, found),
        sorted((item.kind, item.colour) for item in found) == wanted,
        _distance(picture, before, ~changed_pixels(before, after)),
    )


def judge_all(scorer: Scorer, edits: list[Edit], pictures: list[Picture]) -> list[Result]:
    """The verdicts on several pictures."""
    objects = scorer.objects(np.stack(pictures))
    return [judge_edit(*each) for each in zip(edits, pictures, objects, strict=True)]


def summary(edits: list[Edit], results: list[Result]) -> dict[str, object]:
    """Means with their intervals: every operation together, and the success of each."""
    by_operation: dict[str, list[float]] = defaultdict(list)
    for edit, result in zip(edits, results, strict=True):
        by_operation[edit.operation].append(float(result.success))
    return {
        "success": asdict(bootstrap([float(r.success) for r in results])),
        "scene": asdict(bootstrap([float(r.scene) for r in results])),
        "drift": asdict(bootstrap([r.drift for r in results])),
        **{name: asdict(bootstrap(values)) for name, values in by_operation.items()},
    }


def round_trip(pipeline: FluxKontextPipeline, plans: list[Plan]) -> list[Picture]:
    """Drawn plans, through the autoencoder and back."""
    latents = encode_plans(pipeline.vae, plans, torch.device("cpu")).float()
    parts = [decode(pipeline.vae, latents[i : i + BATCH]) for i in range(0, len(latents), BATCH)]
    return list(np.concatenate(parts))


def main() -> None:
    """Score the edit model on both splits and write the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "papertown-edit")
    parser.add_argument("--scorer", type=Path, default=MODELS / "papertown-scorer")
    parser.add_argument("--count", type=int, default=20, help="edits of each operation")
    parser.add_argument("--first", type=int, default=0, help="seed of the first edit")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pipeline = load_editing(arguments.model)
    scorer = Scorer.load(arguments.scorer)
    results: dict[str, object] = {"steps": arguments.steps, "guidance": arguments.guidance}
    seeds = range(arguments.first, arguments.first + arguments.count)
    for label, split in SPLITS.items():
        edits = [evaluation_edit(seed, name, split) for name in OPERATIONS for seed in seeds]
        originals = [draw(edit.before)[0] for edit in edits]
        instructions = [edit.instruction for edit in edits]
        pictures = apply_edits(
            pipeline, originals, instructions, arguments.steps, arguments.guidance
        )
        ceiling = round_trip(pipeline, [edit.after for edit in edits])
        floor = round_trip(pipeline, [edit.before for edit in edits])
        measured = {
            "edited": summary(edits, judge_all(scorer, edits, pictures)),
            "answer through the autoencoder": summary(edits, judge_all(scorer, edits, ceiling)),
            "left as it was, through the autoencoder": summary(
                edits, judge_all(scorer, edits, floor)
            ),
        }
        results[label] = measured
        print(label, json.dumps(measured["edited"]), flush=True)
        arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
