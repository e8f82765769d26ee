"""Write the README card of each model folder from what was measured.

    python -m training.papertown.cards

Reads, from the folder of the runs: `scores.json` (evaluate), `inpaint.json` (inpaint_quality),
`scorer.json` (scorer_error), `vae.json` (vae_quality), `edit.json` (edit_quality), the checkpoints
and the loss records. Cards whose measurements are not there are left as they are.
"""

import argparse
import csv
import json
from pathlib import Path
from typing import Any, Final

import torch

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.export import MODELS

Scores = dict[str, Any]
PROMPT_SETS: Final = (
    "single, seen",
    "single, held out",
    "several, seen",
    "several, held out",
)
COLUMNS: Final = ("kind_and_colour", "presence", "colour", "count", "relation", "all_correct")

DATA: Final = """## Data
Scenes of Paper Town, drawn by `training/papertown` from seeds: ten kinds of objects, eight
colours, six backgrounds, one to five objects, captions from a fixed grammar. No photograph,
text or weight of anyone else was used. Eight (colour, kind) pairs and five (kind, kind) pairs
never occur in the generators' training; results on prompts with them are called "held out".
"""

LIMITS: Final = """## Limits
It knows the words of its captions and nothing else. It exists to run the application's real
code without a download and to measure it; it is no picture generator for other uses.

Licence: MIT, as the rest of the repository.
"""


def interval(score: Scores) -> str:
    """A mean with its 95 % interval, as text."""
    return f"{score['mean']:.2f} [{score['low']:.2f}, {score['high']:.2f}]"


def score_table(scores: Scores) -> str:
    """The verdicts of the four sets of prompts as a Markdown table."""
    head = "| prompts | " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |"
    lines = [head, "|---" * (len(COLUMNS) + 1) + "|"]
    for name in [name for name in PROMPT_SETS if name in scores]:
        cells = [interval(scores[name][column]) for column in COLUMNS]
        label = f"{name} (n = {scores[name]['presence']['count']})"
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def scorer_line(scorer: Scores) -> str:
    """The scorer's own error, to stand beside every result."""
    return (
        f"The scorer itself, on {scorer['all_correct']['count']} rendered scenes through the "
        f"autoencoder: all correct {interval(scorer['all_correct'])}, "
        f"presence {interval(scorer['presence'])}, colour {interval(scorer['colour'])}, "
        f"count {interval(scorer['count'])}, relation {interval(scorer['relation'])}."
    )


def run_facts(root: Path, run: str) -> str:
    """Steps of a run and the mean loss of its last rows."""
    step = torch.load(root / run / "checkpoint.pt", weights_only=True, map_location="cpu")["step"]
    with (root / run / "loss.csv").open(encoding="utf-8") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)][-10:]
    return f"{step} steps, mean loss of the last 100: {sum(losses) / len(losses):.4f}"


def _read(root: Path, name: str) -> Scores:
    scores: Scores = json.loads((root / name).read_text(encoding="utf-8"))
    return scores


def base_card(root: Path) -> str:
    """The card of the text-to-picture model."""
    scores, scorer, vae = (_read(root, n) for n in ("scores.json", "scorer.json", "vae.json"))
    return f"""# papertown

A text-to-picture latent diffusion model for 128x128 pictures of a small drawn world
(`StableDiffusionPipeline`), trained from scratch.

{DATA}
## Architecture and training
* Autoencoder (`AutoencoderKL`): f = 4, 8 latent channels, widths 16, 48, 80;
  {run_facts(root, "vae")}.
  PSNR on unseen scenes: {interval(vae["train"])} dB, with held-out combinations
  {interval(vae["held_out"])} dB.
* UNet (`UNet2DConditionModel`): widths 64, 128, 192, one layer a block, cross-attention at 16x16
  and 8x8.
* Text encoder (`CLIPTextModel`): 3 layers, width 128, pretrained on captions alone, then trained
  along.
* v-prediction, Stable Diffusion's noise schedule, 10 % caption dropout, EMA, Muon;
  {run_facts(root, "base")},
  batch 16, on two shared CPU cores.

## Measured
{scores["steps"]} DDIM steps (eta 0), guidance {scores["guidance"]}, seed = place in the list of
prompts, one picture a prompt; mean and 95 % bootstrap interval.

{score_table(scores)}

{scorer_line(scorer)}

{LIMITS}"""


def inpaint_card(root: Path) -> str:
    """The card of the inpainting model."""
    scores, scorer = _read(root, "inpaint.json"), _read(root, "scorer.json")
    rows = "\n".join(
        f"| {label} (n = {scores[key]['all_correct']['count']}) "
        f"| {interval(scores[key]['all_correct'])} | {interval(scores[key]['kind_and_colour'])} "
        f"| {interval(scores[key]['psnr_outside'])} |"
        for label, key in (("seen", "train"), ("held out", "held_out"))
    )
    return f"""# papertown-inpaint

The inpainting companion of `papertown` (`StableDiffusionInpaintPipeline`: 8 latent + 1 mask + 8
masked
latent channels), fine-tuned from it; the new input channels started at zero.

{DATA}
## Architecture and training
Autoencoder, tokenizer and sizes as in `papertown`. Masks: objects, persons' limbs, blobs,
free-form strokes,
sometimes everything. {run_facts(root, "inpaint")}, batch 16, on two shared CPU cores.

## Measured
One object of an unseen scene is painted over (its box and 5 pixels) and asked for again with
the scene's caption;
{scores["steps"]} steps, guidance {scores["guidance"]}. Mean and 95 % bootstrap interval.

| scenes | all correct | kind and colour | PSNR outside the mask (dB) |
|---|---|---|---|
{rows}

{scorer_line(scorer)}

{LIMITS}"""


EDIT_COLUMNS: Final = (
    "success", "recolour", "add", "remove", "arms", "background", "scene", "drift",
)  # fmt: skip


def edit_table(scores: Scores) -> str:
    """What was measured of the edit model as a Markdown table."""
    head = "| pictures | " + " | ".join(EDIT_COLUMNS) + " |"
    lines = [head, "|---" * (len(EDIT_COLUMNS) + 1) + "|"]
    for split in [name for name in ("seen", "held out") if name in scores]:
        for row, values in scores[split].items():
            cells = [
                f"{values[c]['mean']:.3f}" if c == "drift" else interval(values[c])
                for c in EDIT_COLUMNS
            ]
            label = f"{split}, {row} (n = {values['success']['count']})"
            lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def edit_card(root: Path) -> str:
    """The card of the edit model."""
    scores = _read(root, "edit.json")
    return f"""# papertown-edit

A model that changes a 128x128 picture of a small drawn world as a sentence asks
(`FluxKontextPipeline`, the classes of FLUX.1 Kontext at a tiny size), trained from scratch.
Instructions it was taught: "make the ball red", "add a blue star on the left", "remove the tree",
"raise the arms", "lower the arms", "move it to the beach", "make it night", and a few wordings
of each.

Call the pipeline with `height=128, width=128, max_area=128 * 128, max_sequence_length=32,
_auto_resize=False`. With T5's usual 512 tokens most of the sequence would be padding, which it
has never seen.

{DATA}
Here each scene has one to three objects of different kinds and is drawn twice: as it is, and
with one change. All else is equal to the pixel. Many edits are also used backwards.

## Architecture and training
* Autoencoder: the file of `papertown`.
* Transformer (`FluxTransformer2DModel`): width 128 (4 heads of 32), 2 double and 4 single blocks,
  no guidance embedding (nothing was distilled; `true_cfg_scale` gives guidance).
* Text: a CLIP encoder (3 layers) for the pooled vector and a T5 encoder (2 layers), both of width
  128, trained on instructions alone, then frozen.
* Flow matching with FLUX's sampler, shift exp(1.1); 10 % instruction dropout; changed places
  weigh five times as much; most steps see 48 of the 256 places; EMA, Muon;
  {run_facts(root, "edit")},
  batch 24, on a small part of two shared CPU cores.

## Measured
{scores["steps"]} steps, true_cfg_scale {scores["guidance"]}, seed = place in the list, one
picture an edit; mean and 95 % bootstrap interval. "success": the change asked for is there.
"scene": the scorer finds the right objects and no others. "drift": mean absolute difference from
the original outside the change, of 1. The other rows are the ceiling and the floor.

{edit_table(scores)}

{scorer_line(_read(root, "scorer.json")) if (root / "scorer.json").exists() else ""}

{LIMITS}"""


def scorer_card(root: Path) -> str:
    """The card of the scorer."""
    return f"""# papertown-scorer

A small segmentation network that finds the objects of a Paper Town picture (kind, colour,
centre, area), so that pictures can be scored without human eyes. Load it with
`training.papertown.scorer.Scorer.load`.

{DATA}
The scorer knows every combination. Trained only on rendered scenes and their ground truth,
degraded by blur, noise, colour shifts, JPEG and the autoencoder; never on the generator's
output. {run_facts(root, "scorer")}.

## Measured
{scorer_line(_read(root, "scorer.json"))}

Licence: MIT, as the rest of the repository.
"""


def main() -> None:
    """Write the cards of all models that have been measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    cards = {
        "papertown": (base_card, "scores.json"),
        "papertown-inpaint": (inpaint_card, "inpaint.json"),
        "papertown-edit": (edit_card, "edit.json"),
        "papertown-scorer": (scorer_card, "scorer.json"),
    }
    for name, (write, measured) in cards.items():
        if not (arguments.root / measured).exists():
            continue
        (MODELS / name / "README.md").write_text(write(arguments.root), encoding="utf-8")


if __name__ == "__main__":
    main()
