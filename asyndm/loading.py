"""Load a model of the catalogue: a diffusers folder, safetensors only, on a device of choice.

Published folders often hold what is never run here (a safety checker and its feature extractor,
more than a gigabyte), or weights in half precision only, under names of their own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from asyndm.adapters import Adapters
from asyndm.catalogue import ModelInfo
from asyndm.device_memory import is_out_of_memory, suitable_dtype
from asyndm.errors import EngineError, ModelError
from asyndm.families.family import Family
from asyndm.families.flux import Flux
from asyndm.families.sd import StableDiffusion
from asyndm.families.sd3 import StableDiffusion3
from asyndm.families.sdxl import StableDiffusionXL
from asyndm.latents import LatentFormat, latent_format
from asyndm.memory_needs import Offload
from asyndm.model_folder import present_parts, weights_of
from asyndm.offload import place
from asyndm.pipeline_classes import PIPELINES

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_HALF = "fp16"
_FAMILIES: dict[str, type[Family]] = {
    "sd": StableDiffusion,
    "sdxl": StableDiffusionXL,
    "sd3": StableDiffusion3,
    "flux": Flux,
}


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory, ready to run.

    Attributes:
        info: its entry in the catalogue.
        family: what the engine asks of its pipeline, whose parts are used and whose ``__call__``
            is not.
        latent_format: of its VAE.
        device: where it computes; parts that are not used may wait in main memory.
        adapters: LoRAs and textual inversions that it wears.
        dtype: of its weights.
        offload: what waits in main memory.
    """

    info: ModelInfo
    family: Family
    latent_format: LatentFormat
    device: torch.device
    adapters: Adapters
    dtype: torch.dtype = torch.float32
    offload: Offload = "none"

    @property
    def pipeline(self) -> Any:
        """The diffusers pipeline."""
        return self.family.pipeline

    @property
    def network(self) -> nn.Module:
        """The denoising network."""
        return self.family.network

    @property
    def vae(self) -> Any:
        """The autoencoder."""
        return self.pipeline.vae

    def modules(self) -> list[nn.Module]:
        """All parts that have weights."""
        return [part for part in self.pipeline.components.values() if isinstance(part, nn.Module)]

    @property
    def extra_channels(self) -> int:
        """Input channels beside the noisy latents: 0, or mask and masked latents of inpainting."""
        return self.family.input_channels - self.latent_format.channels


def choose_device(name: str) -> torch.device:
    """The device a name stands for; "auto" is a CUDA or Metal device if there is one.

    Raises:
        ModelError: torch knows no such device, or it is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"There is no device {name!r} on this machine; try cpu.") from error
    return device


def choose_dtype(
    name: str, device: torch.device, family: str = "sd", parameters: int = 0
) -> torch.dtype:
    """The data type a name stands for.

    Args:
        name: "auto" for what suits device and model, see ``suitable_dtype``.
        device: where the model computes.
        family: of the model.
        parameters: of the model.

    Raises:
        ModelError: unknown name.
    """
    if name == "auto":
        return suitable_dtype(device, family, parameters)
    if name not in _DTYPES:
        raise ModelError(f"{name!r} is no data type; choose auto, {', '.join(_DTYPES)}.")
    return _DTYPES[name]


def load_model(
    info: ModelInfo,
    device: torch.device,
    dtype: torch.dtype,
    offload: Offload = "none",
    shared: Mapping[str, nn.Module] | None = None,
) -> LoadedModel:
    """Load a model: a diffusers folder, or one file.

    Args:
        info: what the catalogue knows about it.
        device: where it computes.
        dtype: of its weights.
        offload: what is to wait in main memory.
        shared: parts that are in memory already.

    Raises:
        ModelError: a part is missing, damaged, or does not fit the others.
        EngineError: there is no room for it.
    """
    parts = PIPELINES[info.pipeline]
    with quiet_libraries():
        pipeline = _pipeline(info, dtype, shared or {})
        for part in parts.weighted:
            if getattr(pipeline, part) is not None:
                getattr(pipeline, part).eval().requires_grad_(requires_grad=False)
        try:
            place(pipeline, parts.weighted, device, offload)
            form = latent_format(pipeline.vae, info.settings or info.path, device)
        except (MemoryError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise _no_room(info, device) from error
            raise
    family = _FAMILIES[parts.family](pipeline)
    adapters = Adapters(family, info.name)
    return LoadedModel(info, family, form, device, adapters, dtype, offload)


def _no_room(info: ModelInfo, device: torch.device) -> EngineError:
    return EngineError(
        f"There is not enough memory on the device {device.type!r} for the model {info.name!r}; "
        "close other programs, or use a smaller model.",
        retryable=True,
    )


def _pipeline(info: ModelInfo, dtype: torch.dtype, shared: Mapping[str, nn.Module]) -> Any:
    """The pipeline of a model, in main memory."""
    try:
        if info.settings is None:
            return _folder_pipeline(info, dtype, shared)
        from asyndm.single_file import load_single_file

        return load_single_file(info, dtype, shared)
    except ModelError as error:
        if is_out_of_memory(error.__cause__):
            raise _no_room(info, torch.device("cpu")) from error.__cause__
        raise


def _folder_pipeline(info: ModelInfo, dtype: torch.dtype, shared: Mapping[str, nn.Module]) -> Any:
    """The pipeline of a model folder."""
    import diffusers

    try:
        pipeline_class = getattr(diffusers, info.pipeline)
        return pipeline_class.from_pretrained(
            str(info.path), dtype=dtype, use_safetensors=True, local_files_only=True,
            variant=_variant(info), **_left_out(info), **shared,
        )  # fmt: skip
    except Exception as error:  # whatever a damaged folder makes the libraries raise
        raise ModelError(
            f"The model {info.name!r} could not be loaded from {info.path}: {_first_line(error)}."
        ) from error


def _left_out(info: ModelInfo) -> dict[str, Any]:
    """Arguments of ``from_pretrained`` for what is never run here, and for what is not there."""
    kind = PIPELINES[info.pipeline]
    absent = set(kind.parts) - set(present_parts(info.path, kind))
    return {**kind.unused, **dict.fromkeys(absent)}


def _variant(info: ModelInfo) -> str | None:
    """The variant to load: "fp16" if a part has its weights in that form only, else None."""
    for part in PIPELINES[info.pipeline].weighted:
        names = [path.name for path in weights_of(info.path / part)]
        if names and all(f".{_HALF}." in name or f".{_HALF}-" in name for name in names):
            return _HALF
    return None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence the progress bars and the advice of diffusers and transformers."""
    import diffusers
    import transformers

    libraries = (diffusers.utils.logging, transformers.utils.logging)
    levels = [library.get_verbosity() for library in libraries]
    for library in libraries:
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library, level in zip(libraries, levels, strict=True):
            library.set_verbosity(level)
            library.enable_progress_bar()
