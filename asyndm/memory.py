"""The fastest setting of a run that fits into what is free, and the next smaller one.

Arithmetic alone, without torch. None of the settings changes the random numbers, the timesteps or
the order of the arithmetic of a step, so offloading gives the same picture. Decoding in tiles is
the exception: the autoencoder normalises each tile for itself, and colours may shift by a few
levels; it is therefore the last resort.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from asyndm.errors import ModelError
from asyndm.memory_needs import OFFLOADS, TILE_PX, VAE_MODES, Needs, Offload, VaeMode
from asyndm.plan import RunPlan

_SMALLER = (3 / 4, 1 / 2, 3 / 8, 1 / 4)


@dataclass(frozen=True)
class Free:
    """What a run may take.

    Attributes:
        device: bytes on the device that computes.
        ram: bytes of main memory; the same as `device` where that is a CPU or shares its memory.
        is_separate: whether the device has memory of its own, so that parts can wait elsewhere.
    """

    device: int
    ram: int
    is_separate: bool = False


@dataclass(frozen=True)
class MemoryPlan:
    """The settings of a run, what they need, and what was free.

    Attributes:
        dtype: of the weights, a name.
        offload: what waits in main memory.
        vae: whether pictures are decoded in tiles.
        device_bytes: estimated peak on the device.
        ram_bytes: estimated peak in main memory.
        free: what was free.
        needs: what the estimate is made of.
        untouched: bytes on the device if nothing were offloaded or tiled.
    """

    dtype: str
    offload: Offload
    vae: VaeMode
    device_bytes: int
    ram_bytes: int
    free: Free
    needs: Needs
    untouched: int

    @property
    def fits(self) -> bool:
        """Whether it should succeed."""
        ram = not self.free.is_separate or self.ram_bytes <= self.free.ram
        return self.device_bytes <= self.free.device and ram


def plan_memory(
    needs: Needs,
    free: Free,
    dtype: str,
    *,
    offload: Offload | Literal["auto"] = "auto",
    vae: VaeMode | Literal["auto"] = "auto",
) -> MemoryPlan:
    """The fastest settings that fit, or the smallest there are.

    Args:
        needs: of the run.
        free: what there is.
        dtype: of the weights, as it was chosen; the settings never change it.
        offload: "auto", or what it is to be.
        vae: "auto", or what it is to be.
    """
    plans = [_made(needs, free, dtype, each, mode) for mode, each in _settings(free, offload, vae)]
    return next((plan for plan in plans if plan.device_bytes <= free.device), plans[-1])


def _settings(
    free: Free, offload: Offload | Literal["auto"], vae: VaeMode | Literal["auto"]
) -> list[tuple[VaeMode, Offload]]:
    """Settings from the fastest to the smallest; those that change the picture come last."""
    offloads = OFFLOADS if free.is_separate else OFFLOADS[:1]
    chosen = offloads if offload == "auto" else (offload,)
    modes = VAE_MODES if vae == "auto" else (vae,)
    return [(mode, each) for mode in modes for each in chosen]


def _made(needs: Needs, free: Free, dtype: str, offload: Offload, vae: VaeMode) -> MemoryPlan:
    return MemoryPlan(
        dtype, offload, vae, needs.on_device(offload, vae), needs.in_ram(), free, needs,
        needs.on_device("none", "whole"),
    )  # fmt: skip


def smaller(memory: MemoryPlan, plan: RunPlan, *, stage: str) -> dict[str, Any] | None:
    """What to try next after a run did not fit, for ``Failed.suggestion``.

    Args:
        memory: the settings that were too large.
        plan: the run.
        stage: where it failed: "load", "steps" or "decode".

    Returns:
        ``{"offload": ...}``, ``{"vae": "tiled"}``, ``{"width": ..., "height": ...}``; None if there
        is nothing left that the run itself could do.
    """
    if stage == "decode" and memory.vae == "whole" and max(plan.height, plan.width) > TILE_PX:
        return {"vae": "tiled"}
    if memory.free.is_separate and memory.offload != OFFLOADS[-1]:
        return {"offload": OFFLOADS[OFFLOADS.index(memory.offload) + 1]}
    request = plan.request
    if stage == "load":
        return None  # a smaller picture would not help
    if request.task != "generate" or request.has_painted_pixels:
        return None  # the size is the picture's
    return _smaller_size(memory, plan)


def _smaller_size(memory: MemoryPlan, plan: RunPlan) -> dict[str, Any] | None:
    """The largest of a few smaller sizes that should fit; not below half the model's own."""
    multiple, least = plan.info.size_multiple, plan.info.native_size // 2
    sizes = []
    for share in _SMALLER:
        width, height = (
            int(side * share) // multiple * multiple for side in (plan.width, plan.height)
        )
        if min(width, height) >= least:
            sizes.append((share, {"width": width, "height": height}))
    needs = memory.needs
    for share, size in sizes:
        area = share**2
        shrunk = replace(needs, step=int(needs.step * area), whole=int(needs.whole * area))
        if shrunk.on_device(memory.offload, memory.vae) <= memory.free.device:
            return size
    return sizes[-1][1] if sizes else None


def gigabytes(count: float) -> str:
    """A number of bytes for a sentence, as "13.2 GB" or "85 MB"."""
    if count < 0.5e9:
        return f"{max(1, round(count / 1e6))} MB"
    return f"{count / 1e9:.1f} GB"


def checked_offload(value: str) -> Offload | Literal["auto"]:
    """The setting of that name.

    Raises:
        ModelError: there is none.
    """
    if value == "auto":
        return "auto"
    for known in OFFLOADS:
        if value == known:
            return known
    raise ModelError(f"{value!r} is no way to offload; choose auto, {', '.join(OFFLOADS)}.")


def checked_vae(value: str) -> VaeMode | Literal["auto"]:
    """The setting of that name.

    Raises:
        ModelError: there is none.
    """
    if value == "auto":
        return "auto"
    for known in VAE_MODES:
        if value == known:
            return known
    raise ModelError(f"{value!r} is no way to decode; choose auto, {', '.join(VAE_MODES)}.")
