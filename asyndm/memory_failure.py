"""What a person is told about memory, before a run and after one that found none."""

import traceback
from typing import Any, Literal

from asyndm.device_memory import tried_bytes
from asyndm.events import Failed
from asyndm.memory import MemoryPlan, gigabytes, smaller
from asyndm.plan import RunPlan

Stage = Literal["load", "steps", "decode"]

_OFFLOADED = {
    "model": "its parts are moved there one at a time",
    "group": "the blocks of its network are moved there one at a time",
    "sequential": "its layers are moved there one at a time, which is slow",
}
_TILED = "the picture is decoded in tiles, which may shift its colours a little"


def memory_notice(memory: MemoryPlan) -> str:
    """What is done about memory in a run that does not simply fit; "" if it does."""
    free = memory.free
    if memory.untouched <= free.device and memory.fits:
        return ""
    place = " on the GPU" if free.is_separate else ""
    start = f"The run needs about {gigabytes(memory.untouched)}"
    there = f"{gigabytes(free.device)} are free{place}"
    done = [_OFFLOADED[memory.offload]] if memory.offload != "none" else []
    done += [_TILED] if memory.vae == "tiled" else []
    if memory.fits:
        return f"{start} and {there}, so {' and '.join(done)}."
    if free.is_separate and memory.ram_bytes > free.ram:
        needed = gigabytes(memory.ram_bytes)
        there = f"{gigabytes(free.ram)} are free"
        return f"The model needs about {needed} of main memory and {there}; the run may fail."
    return f"{start} and only {there}; it may fail."


def memory_failure(error: BaseException, plan: RunPlan, memory: MemoryPlan, stage: Stage) -> Failed:
    """The end of a run that found no memory.

    Args:
        error: what the allocation raised.
        plan: the run.
        memory: its settings.
        stage: what was being done.
    """
    suggestion = smaller(memory, plan, stage=stage)
    need = max(memory.device_bytes, tried_bytes(error))
    figures = f"it needs about {gigabytes(need)}, and {gigabytes(memory.free.device)} were free"
    if need <= memory.free.device:
        figures = (
            f"it was expected to need about {gigabytes(need)}, and "
            f"{gigabytes(memory.free.device)} were free"
        )
    what = f"a picture of {plan.width} x {plan.height} pixels"
    if stage == "load":
        what = f"the model {plan.info.name!r}"
    return Failed(
        reason=f"There is not enough memory for {what}: {figures}; {_advice(suggestion)}.",
        details="".join(traceback.format_exception(error)),
        retryable=True,
        suggestion=suggestion,
    )


def _advice(suggestion: dict[str, Any] | None) -> str:
    if suggestion is None:
        return "close other programs, or use a smaller model"
    if "width" in suggestion:
        return f"try {suggestion['width']} x {suggestion['height']}, or close other programs"
    if "vae" in suggestion:
        return "try again with the picture decoded in tiles, or close other programs"
    moved = {"model": "its parts", "group": "the blocks of its network", "sequential": "its layers"}
    return f"try again with {moved[suggestion['offload']]} moved to the GPU one at a time"
