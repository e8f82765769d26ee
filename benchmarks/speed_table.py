"""The steps of the speed benchmark: kept as lines of JSON, summed up as a table."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.statistics import median_interval

LIMITS = {2: 1.03, 30: 1.03, 200: 1.05, 800: 1.12}
"""Largest ratio to the stock step, by number of distinct timesteps."""
ATTENTION_LIMIT = 1.03
MEMORY_LIMIT = 1.05


@dataclass(frozen=True)
class Step:
    """One timed step of one variant.

    Attributes:
        round: its round; variants are compared within a round.
        name: of the variant.
        seconds: that it took.
        memory: its peak, MB.
        load: of the machine when it ended.
    """

    round: str
    name: str
    seconds: float
    memory: float
    load: float

    def append_to(self, path: Path, title: str) -> None:
        """Add the step to a file, as one line."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(json.dumps({"title": title, **asdict(self)}) + "\n")


def read_steps(paths: Iterable[Path]) -> dict[str, list[Step]]:
    """The steps in files, by the title of their subject."""
    found: dict[str, list[Step]] = {}
    for path in paths:
        for line in path.read_text().splitlines() if path.exists() else ():
            values = json.loads(line)
            found.setdefault(values.pop("title"), []).append(Step(**values))
    return found


def print_tables(subjects: dict[str, list[Step]]) -> int:
    """Print a table for each subject; returns 1 if a limit does not hold, else 0."""
    return max([_print_table(title, steps) for title, steps in subjects.items()], default=0)


def _print_table(title: str, steps: Sequence[Step]) -> int:
    loads = [step.load for step in steps]
    print(f"\n{title}; load average {min(loads):.1f} to {max(loads):.1f}\n")
    print("| distinct timesteps | pairs | seconds | ratio to stock | 95 % interval | peak MB |")
    print("|---|---|---|---|---|---|")
    over = []
    names = list(dict.fromkeys(step.name for step in steps))
    stock_peak = _peak(steps, "stock")
    for name in sorted(names, key=lambda n: n != "stock"):
        ratios = _ratios(steps, name, "stock")
        if not ratios:
            continue
        ratio, (low, high) = statistics.median(ratios), median_interval(ratios)
        seconds = statistics.median(s.seconds for s in steps if s.name == name)
        peak = _peak(steps, name)
        print(f"| {name} | {len(ratios)} | {seconds:.2f} | {ratio:.3f} | "
              f"{low:.3f} .. {high:.3f} | {peak:.0f} |")  # fmt: skip
        limit = LIMITS.get(int(name)) if name.isdigit() else None
        if limit is not None and (low > limit or peak > MEMORY_LIMIT * stock_peak):
            over.append(name)
    over += _print_attention(steps, names)
    print(f"\nAbove their limits: {', '.join(over) or 'none'}")
    return int(bool(over))


def _print_attention(steps: Sequence[Step], names: Sequence[str]) -> list[str]:
    """What the attention maps cost beside the same step without; returns what is too much."""
    over = []
    for name in names:
        ratios = _ratios(steps, name, name.removesuffix(" + attention"))
        if name.endswith(" + attention") and ratios:
            low, high = median_interval(ratios)
            print(f"\n{name}, beside the same without: {statistics.median(ratios):.3f}, "
                  f"{low:.3f} .. {high:.3f}")  # fmt: skip
            over += [name] if low > ATTENTION_LIMIT else []
    return over


def _peak(steps: Sequence[Step], name: str) -> float:
    return statistics.median(step.memory for step in steps if step.name == name)


def _ratios(steps: Sequence[Step], name: str, other: str) -> list[float]:
    """Ratios of two variants' seconds, within each round that has both."""
    others = {step.round: step.seconds for step in steps if step.name == other}
    return [s.seconds / others[s.round] for s in steps if s.name == name and s.round in others]
