"""The scorer's own error: rendered scenes through the autoencoder, judged against their captions.

python -m training.papertown.scorer_error --count 400
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from training.papertown.bootstrap import Estimate, bootstrap
from training.papertown.dataset import DEFAULT_ROOT, FIRST_EVALUATION_SEED
from training.papertown.export import MODELS
from training.papertown.latents import decode, encode, load_vae
from training.papertown.scorer import Scorer, judge
from training.papertown.world import scene


def measure_scorer(scorer: Scorer, vae: AutoencoderKL, count: int) -> dict[str, Estimate]:
    """Share of rendered scenes that the scorer finds right, by verdict.

    Args:
        scorer: the scorer.
        vae: the autoencoder that the pictures pass through.
        count: scenes, drawn from every combination, held out or not.
    """
    scenes = [scene(FIRST_EVALUATION_SEED + i, "all") for i in range(count)]
    pictures = np.stack([drawn.picture for drawn in scenes])
    cpu = torch.device("cpu")
    passed = np.concatenate(
        [
            decode(vae, encode(vae, pictures[i : i + 16], cpu) * vae.config["scaling_factor"])
            for i in range(0, count, 16)
        ]
    )
    verdicts = [
        judge(drawn.prompt, found)
        for drawn, found in zip(scenes, scorer.objects(passed), strict=True)
    ]
    names = ("presence", "colour", "count", "relation", "all_correct")
    return {name: bootstrap([float(getattr(v, name)) for v in verdicts]) for name in names}


def main() -> None:
    """Print the scorer's error and keep it in `scorer.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--scorer", type=Path, default=MODELS / "papertown-scorer")
    arguments = parser.parse_args()
    vae = load_vae(arguments.root, torch.device("cpu"))
    errors = measure_scorer(Scorer.load(arguments.scorer), vae, arguments.count)
    for name, estimate in errors.items():
        print(f"{name:12} {estimate}")
    text = json.dumps({name: asdict(estimate) for name, estimate in errors.items()}, indent=2)
    (arguments.root / "scorer.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
