"""What a timestep for every pixel costs: one step of a model of full width with random weights.

Run: python -m benchmarks.speed [--model sd21|sdxl|sd35|flux] [--pairs 15] [--dtype bfloat16]
    [--device cpu] [--only "30 timesteps"] [--json FILE]

Every variant is timed in every round, in an order that changes from round to round, and compared
with the stock step of the same round. On a CPU the measure is the process's CPU time on one
thread (other programs share the cores), on a GPU wall time between synchronisations. Printed:
median ratio to the stock step, its 95 % interval, peak memory beside the stock step's. The exit
code is 1 if an interval lies wholly above its limit (1.03; 1.05 with 200 timesteps, 1.12 with 800;
memory 1.05).
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from asyndm.per_pixel_time import per_pixel_time
from benchmarks.naive_per_pixel import naive_per_pixel_time
from benchmarks.speed_models import Subject, build
from benchmarks.statistics import median_interval

LIMITS = {2: 1.03, 30: 1.03, 200: 1.05, 800: 1.12}
MEMORY_LIMIT = 1.05

Variant = Callable[[], object]


def make_variants(subject: Subject, device: str) -> dict[str, Variant]:
    """The steps to time, by name; each runs one step of the subject."""
    generator = torch.Generator().manual_seed(1)

    def ours(distinct: int, *, capture: bool) -> Tensor:
        with ExitStack() as stack:
            clock = stack.enter_context(per_pixel_time(subject.model))
            clock.set(maps[distinct])
            taps = stack.enter_context(subject.capture()) if capture else None
            out = subject.step()
            if taps is not None:
                subject.finish(taps)
        return out

    def naive() -> Tensor:
        every = maps[200][None].expand(2, -1, -1).to(device)
        with naive_per_pixel_time(subject.model, every):
            return subject.step()

    maps = {n: _timestep_map(n, subject, generator) for n in LIMITS}
    variants: dict[str, Variant] = {"stock": subject.step}
    for n in LIMITS:
        variants[f"{n} timesteps"] = partial(ours, n, capture=False)
        variants[f"{n} timesteps + attention"] = partial(ours, n, capture=True)
    if subject.name.startswith("UNet") and not subject.model.config.addition_embed_type:
        variants["naive per-pixel embedding"] = naive
    return variants


def _timestep_map(distinct: int, subject: Subject, generator: torch.Generator) -> Tensor:
    """A map with exactly `distinct` values, in patches of 2 x 2 as masks make them."""
    height, width = subject.grid
    coarse = torch.randperm(height * width // 4, generator=generator) % distinct
    values = torch.linspace(1, 981, distinct).round() * (subject.unit / 1000)
    if subject.unit == 1000:
        values = values.long()
    patches = values[coarse].reshape(height // 2, -1)
    return patches.repeat_interleave(2, 0).repeat_interleave(2, 1)


def measure(
    variants: dict[str, Variant], rounds: int, device: str
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Seconds of each variant in each round, and its peak memory in MB."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    memory: dict[str, float] = dict.fromkeys(variants, 0.0)
    names = list(variants)
    for name in names:  # warm up: allocator, oneDNN's cached primitives
        variants[name]()
    for k in range(rounds):
        times: dict[str, float] = {}
        try:
            for name in names[k % len(names) :] + names[: k % len(names)]:
                reset_peak_memory(device)
                started = _now(device)
                variants[name]()
                times[name] = _now(device) - started
                memory[name] = max(memory[name], peak_memory(device))
        except KeyboardInterrupt:  # report the whole rounds there are
            break
        for name in names:
            seconds[name].append(times[name])
    return seconds, memory


def _now(device: str) -> float:
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def reset_peak_memory(device: str) -> None:
    """Start a new peak; Linux forgets the old one when asked through clear_refs."""
    if device == "cpu":
        Path("/proc/self/clear_refs").write_text("5")
    else:
        torch.cuda.reset_peak_memory_stats()


def peak_memory(device: str) -> float:
    """Peak since the last reset, in MB: resident set (CPU) or allocated (GPU), weights included."""
    if device != "cpu":
        return torch.cuda.max_memory_allocated() / 2**20
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def report(seconds: dict[str, list[float]], memory: dict[str, float]) -> tuple[list[Any], bool]:
    """Print the table; returns its rows and whether every limit holds."""
    rows, holds = [], True
    print(f"{'one guided step':34} {'s':>7} {'ratio':>7} {'95 % interval':>16} {'peak MB':>8}")
    for name, times in seconds.items():
        ratios = [a / b for a, b in zip(times, seconds["stock"], strict=True)]
        low, high = median_interval(ratios)
        limit = next((LIMITS[n] for n in LIMITS if name.startswith(f"{n} ")), None)
        memory_ratio = memory[name] / memory["stock"] if memory["stock"] else 1.0
        over = limit is not None and (low > limit or memory_ratio > MEMORY_LIMIT)
        holds = holds and not over
        ratio, typical = statistics.median(ratios), statistics.median(times)
        note = f"  ABOVE its limit {limit}" if over else ""
        interval = f"{low:.3f} .. {high:.3f}"
        print(f"{name:34} {typical:7.3f} {ratio:7.3f} {interval:>16} {memory[name]:8.0f}{note}")
        rows.append({"name": name, "seconds": times, "ratio": ratio, "interval": [low, high],
                     "peak_mb": memory[name], "limit": limit})  # fmt: skip
    return rows, holds


def main() -> int:
    """Run the benchmark; the exit code says whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=15, help="rounds; each gives one pair")
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32", "float16"])
    parser.add_argument("--device", default="cpu")
    models = ["sd21", "sdxl", "sd35", "flux", "tiny"]
    parser.add_argument("--model", default="sd21", choices=models)
    parser.add_argument("--blocks", type=int, default=4, help="of a transformer")
    parser.add_argument("--only", nargs="*", help="variants whose names start like one of these")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    if options.device == "cpu":
        torch.set_num_threads(1)
    dtype = getattr(torch, options.dtype)
    subject = build(options.model, dtype, options.device, options.blocks)
    variants = make_variants(subject, options.device)
    if options.only:
        kept = ("stock", *options.only)
        variants = {k: v for k, v in variants.items() if k.startswith(kept)}
    parameters = sum(p.numel() for p in subject.model.parameters()) / 1e6
    print(f"{subject.name}: {parameters:.0f} M parameters, {options.dtype}, {options.device}, "
          f"up to {options.pairs} interleaved rounds, torch {torch.__version__}")  # fmt: skip
    seconds, memory = measure(variants, options.pairs, options.device)
    print(f"{len(seconds['stock'])} rounds were measured (Ctrl+C ends after the last whole one)")
    rows, holds = report(seconds, memory)
    if options.json:
        options.json.write_text(json.dumps({"options": vars(options) | {"json": None},
                                            "rows": rows}, indent=1))  # fmt: skip
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
