"""Measure the text-to-picture model with the scorer: standard sampling, seen and held-out apart.

python -m training.papertown.evaluate --model resources/models/papertown --out scores.json
"""

import argparse
import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from training.papertown.bootstrap import bootstrap
from training.papertown.captions import Prompt, caption
from training.papertown.export import MODELS
from training.papertown.scorer import Scorer, judge
from training.papertown.world import Split, sample_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS: Final = 30
GUIDANCE: Final = 3.0
NAMES: Final = ("kind_and_colour", "presence", "colour", "count", "relation", "all_correct")


def draw_prompts(count: int, split: Split, singles: float, seed: int = 0) -> list[Prompt]:
    """Prompts of the world's grammar, drawn from a seed; `singles` 1 gives one object each."""
    rng = random.Random(f"evaluation-{split}-{singles}-{seed}")
    return [sample_prompt(rng, split, singles)[0] for _ in range(count)]


def load_pipeline(folder: Path) -> StableDiffusionPipeline:
    """The pipeline of a folder, offline, in float32 and without a progress bar."""
    pipeline = StableDiffusionPipeline.from_pretrained(
        folder, local_files_only=True, dtype=torch.float32
    )
    configure: Callable[..., None] = pipeline.set_progress_bar_config
    configure(disable=True)
    return pipeline


def sample(
    pipeline: StableDiffusionPipeline,
    texts: list[str],
    seeds: list[int],
    steps: int = STEPS,
    guidance: float = GUIDANCE,
    batch: int = 10,
) -> npt.NDArray[np.uint8]:
    """Standard DDIM sampling (eta 0): one picture (128, 128, 3) uint8 for each text and seed.

    Noise comes from a CPU generator for each picture, so that it depends on nothing but the seed.
    """
    pictures = []
    for start in range(0, len(texts), batch):
        generators = [torch.Generator().manual_seed(s) for s in seeds[start : start + batch]]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = pipeline(
                texts[start : start + batch],
                num_inference_steps=steps,
                guidance_scale=guidance,
                generator=generators,
                output_type="np",
            )
        pictures.append(np.asarray(output.images))
    return (np.concatenate(pictures) * 255).round().astype(np.uint8)


def score_prompts(
    pipeline: StableDiffusionPipeline,
    scorer: Scorer,
    prompts: list[Prompt],
    guidance: float = GUIDANCE,
    steps: int = STEPS,
) -> dict[str, dict[str, float]]:
    """Sample one picture for each prompt (seed = its place in the list) and score it.

    Returns:
        For each verdict its mean, 95 % interval and count. "kind_and_colour" is presence and
        colour together.
    """
    texts = [caption(prompt) for prompt in prompts]
    pictures = sample(pipeline, texts, list(range(len(texts))), steps, guidance)
    verdicts = [
        judge(prompt, found)
        for prompt, found in zip(prompts, scorer.objects(pictures), strict=True)
    ]
    values = {name: [float(getattr(v, name)) for v in verdicts] for name in NAMES[1:]}
    values["kind_and_colour"] = [float(v.presence and v.colour) for v in verdicts]
    return {name: asdict(bootstrap(values[name])) for name in NAMES}


def main() -> None:
    """Score a model on four sets of prompts and write the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "papertown")
    parser.add_argument("--scorer", type=Path, default=MODELS / "papertown-scorer")
    parser.add_argument("--counts", type=int, nargs=4, default=[100, 100, 100, 100])
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pipeline = load_pipeline(arguments.model)
    scorer = Scorer.load(arguments.scorer)
    results: dict[str, object] = {"steps": arguments.steps, "guidance": arguments.guidance}
    sets: tuple[tuple[str, Split, float], ...] = (
        ("single, seen", "train", 1.0),
        ("single, held out", "held_out", 1.0),
        ("several, seen", "train", 0.0),
        ("several, held out", "held_out", 0.0),
    )
    for (name, split, singles), count in zip(sets, arguments.counts, strict=True):
        prompts = draw_prompts(count, split, singles)
        scores = score_prompts(pipeline, scorer, prompts, arguments.guidance, arguments.steps)
        results[name] = scores
        row = "  ".join(
            f"{key} {v['mean']:.2f} [{v['low']:.2f}, {v['high']:.2f}]" for key, v in scores.items()
        )
        print(f"{name:18} {row}", flush=True)
        arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
