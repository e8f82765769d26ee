"""A model in one safetensors file: its settings, and what the person may say about it.

The file has weights only. The settings of each architecture come with the application, as small
folders in the diffusers format; the person can name another folder for a network of another size.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from asyndm.architecture import ARCHITECTURES, VELOCITY_NAMES, VELOCITY_SUFFIX
from asyndm.errors import ModelError
from asyndm.header_cache import FoundFile
from asyndm.model_folder import read_json, read_model
from asyndm.model_info import ModelInfo
from asyndm.tool_folders import INDEX_FILE

MODEL_CONFIGS = Path(__file__).resolve().parents[1] / "resources" / "model_configs"

_NETWORKS = {
    "UNet2DConditionModel": "unet",
    "SD3Transformer2DModel": "sd3",
    "FluxTransformer2DModel": "flux",
}
_SAME_TENSORS = (
    {"sd1", "sd1-v"},
    {"sd2", "sd2-v"},
    {"sdxl", "sdxl-v"},
    {"flux-dev", "flux-kontext"},
)
_KIND_NAMES = {
    "lora": "a LoRA, not a model",
    "embedding": "an embedding, not a model",
    "vae": "a VAE, not a model",
    "text_encoder": "a text encoder, not a model",
    "controlnet": "a ControlNet, which is not supported",
    "adapter": "an adapter, which is not supported",
}


def read_model_file(
    found: FoundFile, name: str, taken_as: str, extras: Mapping[str, Any]
) -> ModelInfo:
    """What is known about a model in one file, all but the parts it lacks.

    Args:
        found: the file.
        name: to give it.
        taken_as: what the person says it is: an architecture, or a folder with settings; or "".
        extras: as for ``read_model``.

    Raises:
        ModelError: it is no model, not one that is supported, or not what it is said to be.
    """
    identity = found.identity
    _check_kind(found)
    settings, prediction = _settings(found, taken_as)
    base = read_model(settings, extras, embedded=False)
    if _network_of(settings) != identity.network:
        raise ModelError(
            f"{found.path.name} cannot be taken as {taken_as}: its tensors are those of another "
            "kind of network."
        )
    return replace(
        base,
        name=name,
        path=found.path,
        title=extras.get("title") or identity.title or name,
        size_bytes=found.size_bytes,
        licence=extras.get("licence") or identity.licence or "unknown",
        prediction_type=prediction or base.prediction_type,
        settings=settings,
        architecture=settings.name if settings.parent == MODEL_CONFIGS else "",
        zero_terminal_snr=identity.zero_terminal_snr,
        note="" if taken_as else identity.note,
    )


def check_taken_as(found: FoundFile, taken_as: str) -> None:
    """Refuse what the person says about a file if it cannot be so.

    Raises:
        ModelError: unknown name, no such folder, or the tensors say otherwise.
    """
    read_model_file(found, found.name, taken_as, {})


def possible_architectures(architecture: str) -> tuple[str, ...]:
    """What a file that is taken for one architecture can be: all with the same tensors.

    Args:
        architecture: as detected or said.
    """
    same = next((names for names in _SAME_TENSORS if architecture in names), {architecture})
    return tuple(sorted(same))


def kind_sentence(found: FoundFile) -> str:
    """What a file is that is no model, as a sentence."""
    what = _KIND_NAMES.get(found.identity.kind)
    return f"{found.path.name} is {what}." if what else f"{found.path.name} {_problem(found)}."


def _check_kind(found: FoundFile) -> None:
    if found.identity.kind != "model" or not found.identity.network:
        raise ModelError(kind_sentence(found))


def _problem(found: FoundFile) -> str:
    ending = "; get it anew" if found.damaged else ""
    return f"{found.identity.problem}{ending}"


def _settings(found: FoundFile, taken_as: str) -> tuple[Path, str]:
    """The folder with a file's settings, and its prediction type if they do not tell it."""
    identity = found.identity
    if not taken_as:
        if identity.problem:
            raise ModelError(f"{found.path.name} {identity.problem}.")
        return MODEL_CONFIGS / identity.architecture, identity.prediction_type
    if taken_as in VELOCITY_NAMES:
        _check_said(found, taken_as)
        return MODEL_CONFIGS / taken_as.removesuffix(VELOCITY_SUFFIX), "v_prediction"
    if taken_as in ARCHITECTURES:
        _check_said(found, taken_as)
        return MODEL_CONFIGS / taken_as, ""
    folder = Path(taken_as)
    if not (folder / INDEX_FILE).is_file():
        names = ", ".join((*ARCHITECTURES, *VELOCITY_NAMES))
        raise ModelError(
            f"{taken_as!r} is neither an architecture nor a folder with {INDEX_FILE}; known "
            f"architectures: {names}."
        )
    return folder, identity.prediction_type


def _check_said(found: FoundFile, taken_as: str) -> None:
    """Refuse an architecture whose tensors are not those of the file."""
    identity = found.identity
    if identity.problem:
        raise ModelError(f"{found.path.name} {identity.problem}.")
    same = next((names for names in _SAME_TENSORS if identity.architecture in names), set())
    if taken_as != identity.architecture and taken_as not in same:
        raise ModelError(
            f"{found.path.name} cannot be taken as {taken_as}: its tensors are those of "
            f"{ARCHITECTURES[identity.architecture]}."
        )


def _network_of(settings: Path) -> str:
    """Which naming of tensors the network of a folder with settings goes with."""
    index = read_json(settings / INDEX_FILE)
    for part in ("unet", "transformer"):
        entry = index.get(part)
        if isinstance(entry, list) and len(entry) == 2:
            return _NETWORKS.get(str(entry[1]), "")
    return ""
