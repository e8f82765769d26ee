"""Does it help two-object prompts if one object waits for the other? Paper Town, scored.

Each prompt has two objects of one kind each. It is run with one seed in several ways, which differ
only in the concavity of the two; the scorer says what of the prompt each picture fulfils.
Differences are paired, prompt by prompt, with 95 % bootstrap intervals.

python -m benchmarks.object_order --prompts 60 --minutes 10
"""

import argparse
import json
import time
from pathlib import Path

from asyndm.engine import Engine
from asyndm.events import Finished
from asyndm.request import Request
from training.papertown.bootstrap import bootstrap
from training.papertown.captions import Prompt, caption
from training.papertown.evaluate import draw_prompts
from training.papertown.export import MODELS
from training.papertown.scorer import Scorer, judge

BASE = "one concavity"
STEPS, GUIDANCE = 20, 3.0
VERDICTS = ("presence", "colour", "count", "relation", "all_correct")


def two_objects(count: int) -> list[Prompt]:
    """Prompts of two single objects of different kinds."""
    drawn = draw_prompts(20 * count, "train", 0.0, seed=4)
    pairs = [p for p in drawn if len(p.groups) == 2 and all(g.count == 1 for g in p.groups)]
    return pairs[:count]


def ways(prompt: Prompt, seed: int) -> dict[str, Request]:
    """The same prompt and seed with other concavities."""
    first, second = (group.kind for group in prompt.groups)
    one = Request(
        prompt=caption(prompt), seed=seed, steps=STEPS, guidance=GUIDANCE, words=(first, second)
    )
    return {
        BASE: one,
        "standard": one.with_(method="standard"),
        "first waits for second": one.with_(order=((first, second),)),
        "second waits for first": one.with_(order=((second, first),)),
        "first 0.7, second 0.35": one.with_(word_concavity=((second, 0.35),)),
    }


def picture_verdicts(engine: Engine, scorer: Scorer, prompt: Prompt, request: Request) -> list[int]:
    """Run, and compare with the prompt."""
    *_, last = engine.run(request)
    if not isinstance(last, Finished):
        raise SystemExit(f"A run ended with {last}.")
    verdict = judge(prompt, scorer.objects(last.images)[0])
    return [int(getattr(verdict, name)) for name in VERDICTS]


def report(found: dict[str, list[list[int]]]) -> None:
    """Shares of each way, and the paired difference of all_correct to one concavity."""
    print(f"{len(found[BASE])} prompts; shares, and all_correct against {BASE!r}, 95 % intervals")
    for way, rows in found.items():
        shares = "  ".join(
            f"{name} {sum(column) / len(rows):.2f}"
            for name, column in zip(VERDICTS, zip(*rows, strict=True), strict=True)
        )
        paired = [row[-1] - base[-1] for row, base in zip(rows, found[BASE], strict=True)]
        gain = bootstrap([float(one) for one in paired])
        wins, losses = paired.count(1), paired.count(-1)
        print(
            f"{way:24} {shares}  {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
            f"  better {wins}, worse {losses}"
        )


def main() -> None:
    """Run until all prompts are done, the processor time is spent, or Ctrl+C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10.0, help="of processor time")
    parser.add_argument("--out", type=Path, help="verdicts as JSON")
    arguments = parser.parse_args()
    engine = Engine(model="papertown", device="cpu")
    scorer = Scorer.load(MODELS / "papertown-scorer")
    found: dict[str, list[list[int]]] = {}
    try:
        for seed, prompt in enumerate(two_objects(arguments.prompts)):
            rows = {
                way: picture_verdicts(engine, scorer, prompt, request)
                for way, request in ways(prompt, seed).items()
            }
            for way, verdicts in rows.items():
                found.setdefault(way, []).append(verdicts)
            if time.process_time() > 60 * arguments.minutes:
                break
    except KeyboardInterrupt:
        print("Stopped; this is what was done.")
    report(found)
    if arguments.out:
        arguments.out.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
