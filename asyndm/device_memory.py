"""What a device has: free memory, a data type that suits it, and whether an error is its lack."""

import gc
import re
import sys
import time
from functools import cache
from pathlib import Path

import psutil
import torch

from asyndm.memory import Free

_BIG_MODEL = 2_000_000_000
"""Parameters; a smaller model runs in float32 on a CPU, which gives the same picture everywhere."""
_WORTH_IT = 1.5
_SIGNS = ("out of memory", "allocate memory", "not enough memory")
_TRIED = re.compile(r"tried to allocate ([\d.]+) ?(bytes|[KMGT]i?B)", re.IGNORECASE)
_UNITS = {"bytes": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_CGROUP = Path("/sys/fs/cgroup")


def free_memory(device: torch.device, held: int = 0, limit: int | None = None) -> Free:
    """What a run may take.

    Args:
        device: where it computes.
        held: bytes on the device in models that are kept, and could give way.
        limit: most bytes that the engine may take on the device, or None.
    """
    ram = free_ram()
    if device.type == "cuda":
        on_device = torch.cuda.mem_get_info(device)[0]
        # Torch keeps what was freed for itself.
        on_device += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    elif device.type == "mps":
        most = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        on_device = min(ram, most)
    else:
        on_device = ram
    on_device = max(0, on_device) + held
    return Free(
        device=on_device if limit is None else min(on_device, limit),
        ram=ram,
        is_separate=device.type not in ("cpu", "mps"),
    )


def all_memory(device: torch.device) -> int:
    """Bytes that the device has."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return psutil.virtual_memory().total


def free_ram() -> int:
    """Bytes of main memory that this process may still take: of the machine and of its limits."""
    free = [psutil.virtual_memory().available, *_left_of_group()]
    if sys.platform != "win32":
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            free.append(max(0, limit - psutil.Process().memory_info().vms))
    return min(free)


def _left_of_group() -> list[int]:
    """What is left of the limit of a container, if there is one."""
    try:
        most = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        stat = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        return [max(0, most - used + int(stat.get("inactive_file", 0)))]
    except (OSError, ValueError):  # no such limit ("max"), or another system
        return []


def release(device: torch.device) -> None:
    """Give back what nothing refers to any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error says that memory is lacking."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and any(sign in text for sign in _SIGNS)


def tried_bytes(error: BaseException) -> int:
    """The allocation that failed, as far as the error tells; else 0."""
    found = _TRIED.search(str(error))
    if found is None:
        return 0
    unit = found[2].lower()
    return int(float(found[1]) * _UNITS[unit if unit == "bytes" else unit[0]])


def suitable_dtype(device: torch.device, family: str, parameters: int) -> torch.dtype:
    """The data type of a model on a device; the same on each run, whatever is free.

    Args:
        device: where it computes.
        family: "sd", "sdxl", "sd3" or "flux".
        parameters: of the whole model.

    bfloat16 where the device computes with it. float16 elsewhere on a GPU, but for SD 3 and FLUX,
    whose activations exceed its range: these get bfloat16, however slow. On a CPU float32, unless
    the model is large, and is faster in bfloat16 or does not fit into half of the machine.
    """
    if device.type == "cuda":
        has_it = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if has_it or family in ("sd3", "flux") else torch.float16
    if device.type == "mps":
        return torch.bfloat16 if family in ("sd3", "flux") else torch.float16
    if parameters < _BIG_MODEL:
        return torch.float32
    is_tight = 4 * parameters > psutil.virtual_memory().total / 2
    return torch.bfloat16 if is_tight or _bfloat16_is_faster() else torch.float32


@cache
def _bfloat16_is_faster() -> bool:
    """Whether this CPU multiplies matrices of bfloat16 clearly faster, by trying."""
    times = {}
    for dtype in (torch.float32, torch.bfloat16):
        left = torch.ones(256, 1024, dtype=dtype)
        right = torch.ones(1024, 1024, dtype=dtype)
        best = float("inf")
        for _ in range(5):
            started = time.perf_counter()
            torch.matmul(left, right)
            best = min(best, time.perf_counter() - started)
        times[dtype] = best
    return times[torch.float32] > _WORTH_IT * times[torch.bfloat16]
