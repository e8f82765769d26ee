"""The score against training steps, measured from the EMA snapshots of the base run.

python -m training.papertown.learning_curve --count 60
"""

import argparse
import json
from pathlib import Path

from training.papertown.dataset import DEFAULT_ROOT
from training.papertown.evaluate import draw_prompts, load_pipeline, score_prompts
from training.papertown.export import MODELS
from training.papertown.release import load_denoiser
from training.papertown.scorer import Scorer


def measure_snapshot(
    root: Path, snapshot: Path, model: Path, scorer: Scorer, count: int
) -> dict[str, dict[str, float]]:
    """Scores of a snapshot on single-object prompts seen in training, standard sampling.

    Args:
        root: the folder of the training runs.
        snapshot: EMA weights of the base run.
        model: an exported folder, for everything but the weights.
        scorer: the scorer.
        count: prompts; the same for every snapshot.
    """
    pipeline = load_pipeline(model)
    denoiser = load_denoiser(root, "base", snapshot)
    pipeline.unet.load_state_dict(denoiser.unet.state_dict())
    pipeline.text_encoder.load_state_dict(denoiser.text_encoder.state_dict())
    return score_prompts(pipeline, scorer, draw_prompts(count, "train", 1.0))


def main() -> None:
    """Measure the snapshots that have no entry yet in `learning_curve.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--every", type=int, default=1, help="measure every so many snapshots")
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    arguments = parser.parse_args()
    path = arguments.root / "learning_curve.json"
    curve = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    scorer = Scorer.load(MODELS / "papertown-scorer")
    snapshots = sorted((arguments.root / "base").glob("ema-*.pt"))[:: arguments.every]
    for snapshot in snapshots:
        step = str(int(snapshot.stem.removeprefix("ema-")))
        if step in curve:
            continue
        curve[step] = measure_snapshot(
            arguments.root, snapshot, MODELS / "papertown", scorer, arguments.count
        )
        print(step, curve[step]["kind_and_colour"], flush=True)
        path.write_text(json.dumps(curve, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
