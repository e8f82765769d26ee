"""Gets the model of a run into memory with the settings that fit, and keeps it for the next."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from asyndm.adapters import Worn
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.device_memory import all_memory, free_memory, release
from asyndm.loading import LoadedModel, choose_dtype, load_model, quiet_libraries
from asyndm.memory import MemoryPlan, checked_offload, checked_vae, plan_memory
from asyndm.memory_needs import OFFLOADS, Work, needs_of
from asyndm.model_cache import Key, ModelCache
from asyndm.offload import begin_run
from asyndm.pipeline_classes import PIPELINES
from asyndm.weight_sizes import PartSize, part_sizes

_KEPT_SHARE = 0.5


class ModelStore:
    """The models of an engine.

    Args:
        catalogue: tells which weights a model has now.
        device: that computes.
        dtype: "auto", or of the weights of all models.
        offload: "auto", or what waits in main memory.
        vae: "auto", or whether pictures are decoded in tiles.
        limit: most bytes to take on the device; None = what is free, and half of all for models
            that are kept.

    Raises:
        ModelError: one of the settings is unknown.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        device: torch.device,
        dtype: str,
        *,
        offload: str,
        vae: str,
        limit: int | None,
    ) -> None:
        choose_dtype(dtype, device)  # refuses here what is unknown
        self._catalogue, self._device, self._dtype = catalogue, device, dtype
        self._offload, self._vae = checked_offload(offload), checked_vae(vae)
        self._limit = limit
        kept = int(all_memory(device) * _KEPT_SHARE) if limit is None else limit
        self.cache = ModelCache(kept)
        self._sizes: dict[Key, dict[str, PartSize]] = {}

    def key(self, info: ModelInfo) -> Key:
        """What a loaded model is known by: weights that were replaced since are another model."""
        return str(info.path.resolve()), self._catalogue.model_hash(info)

    def is_ready(self, info: ModelInfo, memory: MemoryPlan) -> bool:
        """Whether a model is in memory, in a form that fits."""
        key = self.key(info)
        model = self.cache.peek(key)
        return model is not None and _serves(model, memory)

    def plan(self, work: Work, suggestion: Mapping[str, Any]) -> MemoryPlan:
        """The settings of a run.

        Args:
            work: to be done.
            suggestion: of a run that failed; counts before the engine's own settings.

        Raises:
            ModelError: the weights cannot be read.
        """
        key = self.key(work.info)
        if key not in self._sizes:
            self._sizes[key] = part_sizes(work.info)
        sizes = self._sizes[key]
        name = self._dtype_of(work.info, sizes)
        # Models that are kept give way to a run.
        held = self.cache.held(self._device.type)
        free = free_memory(self._device, held, self._limit)
        if free.is_separate:
            free = replace(free, ram=free.ram + self.cache.held("cpu"))
        offload = checked_offload(str(suggestion.get("offload", self._offload)))
        vae = checked_vae(str(suggestion.get("vae", self._vae)))
        return plan_memory(needs_of(work, sizes, name), free, name, offload=offload, vae=vae)

    def load(self, info: ModelInfo, memory: MemoryPlan) -> LoadedModel:
        """The model from memory or from the disk; those used longest ago make room for it.

        Raises:
            ModelError: it is damaged.
            EngineError: there is no room for it.
        """
        key = self.key(info)
        self._take_off_others(key)
        model = self.cache.get(key)
        if model is not None and not _serves(model, memory):
            model = None
            self.cache.drop(key)
        self._make_room(key, memory)
        if model is None:
            dtype = getattr(torch, memory.dtype)
            shared = self.cache.shared_parts(info, self._device, dtype, memory.offload)
            model = load_model(info, self._device, dtype, memory.offload, shared)
            self.cache.add(key, model)
        begin_run(model.pipeline, memory.vae)
        return model

    def _take_off_others(self, key: Key) -> None:
        """Text encoders may be shared: what another model wears must not show in this one."""
        with quiet_libraries():
            for model in self.cache.others(key):
                model.adapters.wear(Worn())

    def recover(self, info: ModelInfo, memory: MemoryPlan | None) -> None:
        """After a run that found no memory: let go of all that the next one does not need.

        Args:
            info: of the model that ran.
            memory: its settings; a model whose hooks were interrupted is loaded again.
        """
        key = self.key(info)
        self.cache.drop_others(key)
        if memory is None or memory.offload in ("group", "sequential"):
            self.cache.drop(key)
        release(self._device)

    def _make_room(self, key: Key, memory: MemoryPlan) -> None:
        """Let other models go while the run would not fit beside them."""
        weights, taken = sum(memory.needs.parts.values()), memory.device_bytes
        is_there = key in self.cache
        if is_there and memory.offload == "none":
            taken -= weights  # which it holds already
        dropped = self.cache.make_room(0 if is_there else weights, keep=key)
        if dropped:
            release(self._device)
        while taken > free_memory(self._device).device and self.cache.drop_oldest(key):
            release(self._device)

    def _dtype_of(self, info: ModelInfo, sizes: Mapping[str, PartSize]) -> str:
        """The data type of a model, by name; the same on each run, whatever is free."""
        family = PIPELINES[info.pipeline].family
        parameters = sum(size.total for size in sizes.values())
        dtype = choose_dtype(self._dtype, self._device, family, parameters)
        return str(dtype).removeprefix("torch.")


def _serves(model: LoadedModel, memory: MemoryPlan) -> bool:
    """Whether a loaded model takes no more on the device than was planned."""
    return OFFLOADS.index(model.offload) >= OFFLOADS.index(memory.offload)
