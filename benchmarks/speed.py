"""What a timestep for every pixel costs: one step of a model of full width with random weights.

Run: python -m benchmarks.speed [--model sd21|sdxl|sd35|flux] [--rounds 15] [--dtype float32]
    [--device cpu] [--compile] [--blocks 1 1] [--only 2 "30 + attention"] [--budget-minutes 30]
    [--out build/speed/flux.jsonl]
Then: python -m benchmarks.speed --read build/speed/*.jsonl

Every variant is timed in every round, in an order that changes from round to round, and compared
with the stock step of the same round. On a CPU the measure is the process's CPU time on one
thread (other programs share the cores), on a GPU wall time between synchronisations. Every step
is written to the file as soon as it is done; a later run of the same subject adds to it. Printed
as a table: median ratio to the stock step, its 95 % interval, peak memory beside the stock step's.
The exit code is 1 if an interval lies wholly above its limit (1.03; 1.05 with 200 timesteps, 1.12
with 800; attention maps 1.03 beside the same step without; memory 1.05).
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from asyndm.per_pixel_time import per_pixel_time
from benchmarks.speed_models import Subject, build
from benchmarks.speed_table import LIMITS, Step, print_tables, read_steps

NAIVE_EVERY = 3
"""The naive step is slow and far from any limit, so it is timed in every third round only."""
LEAST_ROUNDS = 5

Variant = Callable[[], object]


def make_variants(subject: Subject) -> dict[str, Variant]:
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

    maps = {n: _timestep_map(n, subject, generator) for n in LIMITS}
    variants: dict[str, Variant] = {"stock": subject.step}
    for n in LIMITS:
        variants[f"{n}"] = partial(ours, n, capture=False)
        variants[f"{n} + attention"] = partial(ours, n, capture=True)
    variants["naive"] = lambda: subject.naive(maps[200])
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
    variants: dict[str, Variant], rounds: int, device: str, deadline: float
) -> Iterator[Step]:
    """Time the variants, round by round: at least five, then until the deadline."""
    names = list(variants)
    # Warm up: allocator and cached primitives; on a GPU also what is compiled for each variant.
    for name in names if device != "cpu" else names[:1]:
        variants[name]()
    for k in range(rounds):
        if k >= LEAST_ROUNDS and time.monotonic() > deadline:
            return
        number = f"{os.getpid()}.{k}"
        for name in names[k % len(names) :] + names[: k % len(names)]:
            if name == "naive" and k % NAIVE_EVERY:
                continue
            _reset_peak_memory(device)
            started = _now(device)
            variants[name]()
            seconds = _now(device) - started
            yield Step(number, name, seconds, _peak_memory(device), os.getloadavg()[0])


def _now(device: str) -> float:
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def _reset_peak_memory(device: str) -> None:
    """Start a new peak; Linux forgets the old one when asked through clear_refs."""
    if device == "cpu":
        Path("/proc/self/clear_refs").write_text("5")
    else:
        torch.cuda.reset_peak_memory_stats()


def _peak_memory(device: str) -> float:
    """Peak since the last reset, in MB: resident set (CPU) or allocated (GPU), weights included."""
    if device != "cpu":
        return torch.cuda.max_memory_allocated() / 2**20
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="each gives one pair with stock")
    parser.add_argument("--budget-minutes", type=float, default=1e9,
                        help=f"start no round later than this, after {LEAST_ROUNDS}")  # fmt: skip
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32", "float16"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="the repeated blocks")
    models = ["sd21", "sdxl", "sd35", "flux", "tiny"]
    parser.add_argument("--model", default="sd21", choices=models)
    parser.add_argument("--blocks", type=int, nargs=2, default=(1, 2), help="of a transformer")
    parser.add_argument("--side", type=int, help="of a UNet's latents")
    chosen = ["2", "30", "200", "800", "30 + attention", "naive"]
    parser.add_argument("--only", nargs="*", default=chosen,
                        help='rows, such as 30, "30 + attention" or naive')  # fmt: skip
    parser.add_argument("--out", type=Path, help="add every step to this file, one a line")
    parser.add_argument("--read", type=Path, nargs="+", help="only print what these files hold")
    return parser.parse_args()


def main() -> int:
    """Run the benchmark; the exit code says whether the limits hold."""
    options = _options()
    if options.read:
        return print_tables(read_steps(options.read))
    if options.device == "cpu":
        torch.set_num_threads(1)
    deadline = time.monotonic() + 60 * options.budget_minutes
    dtype = getattr(torch, options.dtype)
    subject = build(options.model, dtype, options.device, tuple(options.blocks), options.side)
    if options.compile:
        subject.model.compile_repeated_blocks(fullgraph=True)
    variants = make_variants(subject)
    variants = {name: variants[name] for name in ("stock", *options.only)}
    parameters = sum(p.numel() for p in subject.model.parameters()) / 1e6
    title = f"{subject.name}; {parameters:.0f} M parameters, {options.dtype}, {options.device}"
    title += ", compiled blocks" if options.compile else ""
    print(title, flush=True)
    steps: list[Step] = []
    try:
        for step in measure(variants, options.rounds, options.device, deadline):
            steps.append(step)
            if options.out:
                step.append_to(options.out, title)
    except KeyboardInterrupt:  # report what there is
        pass
    return print_tables(read_steps([options.out]) if options.out else {title: steps})


if __name__ == "__main__":
    raise SystemExit(main())
