"""Measure the inpainting model: one object of an unseen scene is painted over and asked for again.

Reported are how often the whole picture then holds what its caption says, and how far the pixels
outside the mask are from the original (the autoencoder's own loss included).

    python -m training.papertown.inpaint_quality --count 60 --out inpaint.json
"""

import argparse
import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint import (
    StableDiffusionInpaintPipeline,
)

from training.papertown.bootstrap import bootstrap
from training.papertown.dataset import FIRST_EVALUATION_SEED
from training.papertown.device import autocast
from training.papertown.evaluate import GUIDANCE, STEPS
from training.papertown.export import MODELS
from training.papertown.inpaint import mask_channels
from training.papertown.latents import decode
from training.papertown.models import build_scheduler, tokenize
from training.papertown.scorer import Scorer, judge
from training.papertown.vae import LATENT_CHANNELS, to_tensor
from training.papertown.vae_quality import psnr
from training.papertown.world import SIZE, Scene, Split, scene

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 10
BORDER = 5  # pixels by which the mask is larger than the object's box


def load_inpainting(folder: Path) -> StableDiffusionInpaintPipeline:
    """The pipeline of a folder, offline, in float32 and without a progress bar."""
    pipeline = StableDiffusionInpaintPipeline.from_pretrained(
        folder, local_files_only=True, dtype=torch.float32
    )
    configure: Callable[..., None] = pipeline.set_progress_bar_config
    configure(disable=True)
    return pipeline


def object_mask(drawn: Scene, index: int) -> npt.NDArray[np.uint8]:
    """A rectangle (SIZE, SIZE) of 255 over one object and a border around it."""
    left, top, right, bottom = drawn.objects[index].box
    mask = np.zeros((SIZE, SIZE), dtype=np.uint8)
    rows = slice(max(0, int(top) - BORDER), int(bottom) + BORDER)
    mask[rows, max(0, int(left) - BORDER) : int(right) + BORDER] = 255
    return mask


@torch.no_grad()
def repaint(
    pipeline: StableDiffusionInpaintPipeline,
    scenes: list[Scene],
    masks: list[np.ndarray],
    first_seed: int = 0,
) -> npt.NDArray[np.uint8]:
    """Inpaint each scene under its mask with its own caption, by DDIM from noise alone.

    The loop is written out because the pipeline's own call knows UNets of 4 and 9 channels only,
    and this one has 8 + 1 + 8. Seeds count up from `first_seed`.
    """
    count = len(scenes)
    states = _text_states(pipeline, [drawn.caption for drawn in scenes])
    pictures = to_tensor(np.stack([drawn.picture for drawn in scenes]), torch.device("cpu"))
    area = torch.from_numpy(np.stack(masks)).unsqueeze(1).float() / 255
    extra = mask_channels(pipeline.vae, pictures, area).repeat(2, 1, 1, 1)
    shape = (LATENT_CHANNELS, *extra.shape[-2:])
    latents = torch.stack(
        [
            torch.randn(shape, generator=torch.Generator().manual_seed(first_seed + i))
            for i in range(count)
        ]
    )
    scheduler = build_scheduler()
    scheduler.set_timesteps(STEPS)
    unet: Callable[..., Any] = pipeline.unet
    step: Callable[..., Any] = scheduler.step
    for timestep in scheduler.timesteps:
        sample = torch.cat([latents.repeat(2, 1, 1, 1), extra], dim=1)
        with autocast(latents.device):
            both = unet(sample, timestep, states).sample
        without, conditional = both.float().chunk(2)
        guided = without + GUIDANCE * (conditional - without)
        latents = step(guided, timestep, latents).prev_sample
    return decode(pipeline.vae, latents)


def _text_states(pipeline: StableDiffusionInpaintPipeline, captions: list[str]) -> torch.Tensor:
    """Text states for guidance (2 N, 32, width): empty captions first."""
    tokens = tokenize(pipeline.tokenizer, [""] * len(captions) + captions)
    states: torch.Tensor = pipeline.text_encoder(tokens).last_hidden_state
    return states


def main() -> None:
    """Score the inpainting model on both splits and write the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "papertown-inpaint")
    parser.add_argument("--scorer", type=Path, default=MODELS / "papertown-scorer")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pipeline = load_inpainting(arguments.model)
    scorer = Scorer.load(arguments.scorer)
    results: dict[str, object] = {"steps": STEPS, "guidance": GUIDANCE}
    splits: tuple[Split, ...] = ("train", "held_out")
    for split in splits:
        scenes = [scene(FIRST_EVALUATION_SEED + i, split) for i in range(arguments.count)]
        chosen = [random.Random(i).randrange(len(s.objects)) for i, s in enumerate(scenes)]
        masks = [object_mask(s, k) for s, k in zip(scenes, chosen, strict=True)]
        pictures = np.concatenate(
            [
                repaint(pipeline, scenes[i : i + BATCH], masks[i : i + BATCH], i)
                for i in range(0, len(scenes), BATCH)
            ]
        )
        verdicts = [
            judge(s.prompt, found)
            for s, found in zip(scenes, scorer.objects(pictures), strict=True)
        ]
        outside = [
            psnr(s.picture[mask == 0], picture[mask == 0])
            for s, mask, picture in zip(scenes, masks, pictures, strict=True)
        ]
        results[split] = {
            "all_correct": asdict(bootstrap([float(v.all_correct) for v in verdicts])),
            "kind_and_colour": asdict(
                bootstrap([float(v.presence and v.colour) for v in verdicts])
            ),
            "psnr_outside": asdict(bootstrap(outside)),
        }
        print(split, results[split], flush=True)
        arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
