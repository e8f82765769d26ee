"""Pictures for the documentation: loss curves, the learning curve, a sample sheet.

python -m training.papertown.figures losses curve samples
"""

import argparse
import csv
import json
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from training.papertown.captions import caption
from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.evaluate import draw_prompts, load_pipeline, sample
from training.papertown.export import MODELS

IMAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
SHEET_SEED: Final = 0


def read_column(path: Path, name: str) -> tuple[list[int], list[float]]:
    """Steps and one column of a run's `loss.csv`; steps done twice after a cut count once."""
    with path.open(encoding="utf-8") as file:
        values = {int(row["step"]): float(row[name]) for row in csv.DictReader(file)}
    return sorted(values), [values[step] for step in sorted(values)]


def smooth(values: list[float], window: int = 15) -> list[float]:
    """Running median, centred: a stray row, as the first after a cut may be, does not show."""
    half = window // 2
    return [float(np.median(values[max(0, i - half) : i + half + 1])) for i in range(len(values))]


def draw_losses(root: Path) -> None:
    """Loss curves of every run, one panel each, logarithmic."""
    panels = (("vae", "psnr"), ("base", "loss"), ("inpaint", "loss"), ("scorer", "loss"))
    present = [(run, column) for run, column in panels if (root / run / "loss.csv").exists()]
    figure = Figure(figsize=(4 * len(present), 3), layout="constrained")
    for index, (run, column) in enumerate(present):
        axes = figure.add_subplot(1, len(present), index + 1)
        steps, values = read_column(root / run / "loss.csv", column)
        axes.plot(steps, values, color="0.8", linewidth=0.7)
        axes.plot(steps, smooth(values), color="C0")
        axes.set_title(f"{run}: {'PSNR (dB)' if column == 'psnr' else 'loss'}")
        axes.set_xlabel("step")
        if column == "loss":
            axes.set_yscale("log")
    figure.savefig(IMAGES / "papertown-losses.png", dpi=90)


def draw_learning_curve(root: Path) -> None:
    """Scores of the base model's snapshots against steps, with 95 % intervals."""
    curve = json.loads((root / "learning_curve.json").read_text(encoding="utf-8"))
    steps = sorted(int(step) for step in curve)
    figure = Figure(figsize=(5.5, 3.5), layout="constrained")
    axes = figure.add_subplot()
    for name in ("presence", "kind_and_colour", "all_correct"):
        scores = [curve[str(step)][name] for step in steps]
        axes.plot(steps, [s["mean"] for s in scores], marker="o", label=name.replace("_", " "))
        axes.fill_between(
            steps, [s["low"] for s in scores], [s["high"] for s in scores], alpha=0.12
        )
    axes.axhline(0.85, color="0.5", linestyle=":", linewidth=1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("training steps")
    axes.set_ylabel("share of single-object prompts")
    axes.legend()
    figure.savefig(IMAGES / "papertown-learning-curve.png", dpi=90)


def draw_samples(model: Path) -> list[str]:
    """Draw 32 pictures for the first prompts of a seed, none left out; returns its prompts."""
    prompts = draw_prompts(32, "train", 0.5, seed=SHEET_SEED)
    texts = [caption(prompt) for prompt in prompts]
    pictures = sample(load_pipeline(model), texts, list(range(len(texts))))
    rows = [np.concatenate(list(pictures[i : i + 8]), axis=1) for i in range(0, 32, 8)]
    Image.fromarray(np.concatenate(rows)).save(IMAGES / "papertown-samples.png", optimize=True)
    return texts


def main() -> None:
    """Draw the named figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="+", choices=("losses", "curve", "samples"))
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    parser.add_argument("--model", type=Path, default=MODELS / "papertown")
    arguments = parser.parse_args()
    mpl.use("Agg")
    IMAGES.mkdir(parents=True, exist_ok=True)
    if "losses" in arguments.figures:
        draw_losses(arguments.root)
    if "curve" in arguments.figures:
        draw_learning_curve(arguments.root)
    if "samples" in arguments.figures:
        for index, text in enumerate(draw_samples(arguments.model)):
            print(f"{index // 8 + 1}.{index % 8 + 1} {text}")


if __name__ == "__main__":
    main()
