"""Loaded models that are kept for the next run, within a limit of memory.

The one used longest ago goes first. Text encoders are shared: where two models have the same one
(FLUX dev, Fill and Kontext; the two Paper Town models) it is in memory once. They are the same if
class, settings and weights are.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from asyndm.errors import ModelError
from asyndm.loading import LoadedModel
from asyndm.memory_needs import Offload
from asyndm.model_folder import present_parts, read_json, weights_of
from asyndm.model_info import ModelInfo
from asyndm.pipeline_classes import PIPELINES
from asyndm.weight_files import weights_hash
from asyndm.weight_header import DamagedFileError

Key = tuple[str, ...]
_SHARED = "text_encoder"
_NOT_SETTINGS = ("_name_or_path", "transformers_version", "torch_dtype", "dtype")


class ModelCache:
    """Models by key, the one used last at the end.

    Args:
        limit: most bytes of weights that are kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._models: dict[Key, LoadedModel] = {}
        self._identities: dict[Key, dict[str, str]] = {}

    def __len__(self) -> int:
        return len(self._models)

    def __contains__(self, key: Key) -> bool:
        return key in self._models

    def values(self) -> Iterator[LoadedModel]:
        """The models, the one used longest ago first."""
        return iter(self._models.values())

    def get(self, key: Key) -> LoadedModel | None:
        """A model, which is used now; None if it is not there."""
        model = self._models.pop(key, None)
        if model is not None:
            self._models[key] = model
        return model

    def peek(self, key: Key) -> LoadedModel | None:
        """A model, which is not used for that; None if it is not there."""
        return self._models.get(key)

    def others(self, key: Key) -> list[LoadedModel]:
        """All models but one."""
        return [model for other, model in self._models.items() if other != key]

    def add(self, key: Key, model: LoadedModel) -> None:
        """Keep a model that was just loaded."""
        self._models[key] = model
        self._identities[key] = _identities(model.info)

    def drop(self, key: Key) -> None:
        """Let a model go, if it is there."""
        self._models.pop(key, None)
        self._identities.pop(key, None)

    def drop_others(self, key: Key) -> None:
        """Let all but one go."""
        for other in [other for other in self._models if other != key]:
            self.drop(other)

    def drop_oldest(self, keep: Key) -> bool:
        """Let the model go that was used longest ago; False if only the one to keep is there."""
        oldest = next((key for key in self._models if key != keep), None)
        if oldest is None:
            return False
        self.drop(oldest)
        return True

    def make_room(self, count: int, keep: Key) -> bool:
        """Let models go until `count` bytes more are within the limit; whether any did.

        Args:
            count: bytes.
            keep: a model that stays in any case.
        """
        before = len(self._models)
        while self.held() + count > self.limit and self.drop_oldest(keep):
            pass
        return len(self._models) < before

    def held(self, device_type: str | None = None) -> int:
        """Bytes of all weights, shared ones once; only those on a type of device if it is named."""
        tensors: dict[int, int] = {}
        for model in self._models.values():
            for module in model.modules():
                for tensor in (*module.parameters(), *module.buffers()):
                    if device_type is None or tensor.device.type == device_type:
                        tensors[id(tensor)] = tensor.nbytes
        return sum(tensors.values())

    def shared_parts(
        self, info: ModelInfo, device: torch.device, dtype: torch.dtype, offload: Offload
    ) -> dict[str, nn.Module]:
        """Text encoders of kept models that a model to be loaded has as well.

        Args:
            info: of the model to be loaded.
            device: where it will run.
            dtype: of its weights.
            offload: hooks of single layers belong to one pipeline, so that nothing is shared then.
        """
        if offload not in ("none", "model"):
            return {}
        there = {
            identity: getattr(model.pipeline, part)
            for key, model in self._models.items()
            if (model.device, model.dtype, model.offload) == (device, dtype, offload)
            for part, identity in self._identities[key].items()
        }
        wanted = _identities(info)
        return {part: there[identity] for part, identity in wanted.items() if identity in there}


def _identities(info: ModelInfo) -> dict[str, str]:
    """What tells each text encoder of a model from others: class, settings and weights.

    Raises:
        ModelError: a file is damaged or gone.
    """
    home = info.settings or info.path
    index, borrowed = read_json(home / "model_index.json"), dict(info.borrowed)
    found = {}
    for part in present_parts(home, PIPELINES[info.pipeline]):
        # What lies inside a model's own file is its own.
        place = info.path / part if info.settings is None else borrowed.get(part)
        if part.startswith(_SHARED) and place is not None:
            found[part] = _identity(info, place, home / part, index.get(part))
    return found


def _identity(info: ModelInfo, place: Path, settings_home: Path, named: Any) -> str:
    """Of a text encoder in a folder of its own, or in a file whose settings are elsewhere."""
    is_folder = place.is_dir()
    config = read_json((place if is_folder else settings_home) / "config.json")
    settings = {name: config[name] for name in sorted(config) if name not in _NOT_SETTINGS}
    files, root = (weights_of(place), place) if is_folder else ([place], place.parent)
    try:
        weights = weights_hash(files, root)
    except (OSError, DamagedFileError) as error:
        raise ModelError(f"The weights of {info.name!r} cannot be read: {error}.") from error
    text = json.dumps([named, settings, weights])
    return hashlib.sha256(text.encode()).hexdigest()
