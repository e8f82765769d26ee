"""Parts that a model file lacks, found among the other models.

FLUX and SD 3 are mostly published as the transformer alone: their text encoders are gigabytes, the
same in every model, and one copy of them on the disk serves all. They come from, in this order, a
file with just that part, a model folder, another model file that has it inside. A part fits if
its class and its settings are the same; the autoencoders of two families differ in their scaling.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asyndm.architecture import Identity
from asyndm.errors import ModelError
from asyndm.header_cache import FoundFile
from asyndm.model_folder import present_parts, read_json, weights_of
from asyndm.model_info import ModelInfo
from asyndm.pipeline_classes import PIPELINES
from asyndm.tool_folders import INDEX_FILE

_SETTINGS_THAT_MATTER = {
    "CLIPTextModel": ("hidden_size", "num_hidden_layers", "hidden_act", "vocab_size"),
    "CLIPTextModelWithProjection": ("hidden_size", "num_hidden_layers", "hidden_act", "vocab_size"),
    "T5EncoderModel": ("d_model", "num_layers", "num_heads", "d_ff", "vocab_size"),
    "AutoencoderKL": ("latent_channels", "block_out_channels", "scaling_factor", "shift_factor"),
}
_FROZEN = ("FluxPipeline", "FluxFillPipeline", "FluxKontextPipeline", "StableDiffusion3Pipeline")
_WHAT_TO_ADD = {
    "CLIPTextModel": "a CLIP-L text encoder (clip_l.safetensors)",
    "CLIPTextModelWithProjection": "its CLIP text encoder (clip_l or clip_g .safetensors)",
    "T5EncoderModel": "the T5 XXL text encoder (t5xxl_fp16 or t5xxl_fp8 .safetensors)",
    "AutoencoderKL": "its VAE (for FLUX ae.safetensors)",
}


@dataclass(frozen=True)
class _Need:
    """A part that is looked for: its class and the settings that matter."""

    part: str
    kind: str
    settings: tuple[object, ...]
    width: int


@dataclass(frozen=True)
class Lenders:
    """Where parts may come from.

    Attributes:
        files: text encoders and VAEs in files of their own.
        folders: folders in the diffusers format.
        models: model files, with what is known about them.
    """

    files: Sequence[FoundFile]
    folders: Sequence[Path]
    models: Sequence[tuple[ModelInfo, Identity]]


def missing_parts(info: ModelInfo, holds: Iterable[str]) -> list[str]:
    """The parts with weights that a model file lacks, of those in its settings."""
    kind = PIPELINES[info.pipeline]
    there = {kind.network, *holds}
    named = present_parts(info.settings or info.path, kind)
    return [part for part in named if part in kind.weighted and part not in there]


def borrow(info: ModelInfo, identity: Identity, lenders: Lenders) -> ModelInfo:
    """A model file with the places of the parts that it lacks.

    Args:
        info: of the file; its settings say which parts it needs.
        identity: of the file.
        lenders: the other models.

    Raises:
        ModelError: a part is nowhere to be found; the sentence says what to add.
    """
    if info.settings is None:
        return info
    borrowed, absent = [], []
    for part in missing_parts(info, identity.holds):
        need = _need(info.settings, part)
        place = _place(info, identity, need, lenders)
        if place is not None:
            borrowed.append((part, place))
        elif part in PIPELINES[info.pipeline].optional:
            absent.append(part)
        else:
            raise ModelError(
                f"The model {info.name!r} has no {part} in its file, and no other model has one "
                f"that fits; add {_WHAT_TO_ADD.get(need.kind, 'that part')}, or a model of the "
                "same family as a folder in the diffusers format, with: models add."
            )
    return replace(info, borrowed=tuple(borrowed), absent=tuple(absent))


def weight_files(info: ModelInfo) -> list[Path]:
    """All files with weights that a model in one file uses."""
    files = [info.path]
    for _, place in info.borrowed:
        files += weights_of(place) if place.is_dir() else [place]
    return files


def _place(info: ModelInfo, identity: Identity, need: _Need, lenders: Lenders) -> Path | None:
    """The first place that has a part."""
    for found in lenders.files:
        if _file_fits(found.identity, need, _family(info, identity)):
            return found.path
    for folder in sorted(lenders.folders, key=lambda folder: _pipeline(folder) != info.pipeline):
        part = _part_in_folder(folder, need, info.pipeline)
        if part is not None:
            return part
    for other, held in lenders.models:
        if other.path != info.path and _model_fits(other, held, need, info):
            return other.path
    return None


def _need(settings: Path, part: str) -> _Need:
    kind = str(read_json(settings / INDEX_FILE)[part][1])
    config = read_json(settings / part / "config.json")
    width = config.get("hidden_size", config.get("d_model", config.get("latent_channels", 0)))
    return _Need(part, kind, _essentials(kind, config), int(width))


def _essentials(kind: str, config: Mapping[str, Any]) -> tuple[object, ...]:
    values = (config.get(name) for name in _SETTINGS_THAT_MATTER.get(kind, ()))
    return tuple(tuple(v) if isinstance(v, list) else v for v in values)


def _family(info: ModelInfo, identity: Identity) -> str:
    """The family of a model's autoencoder; SD 2 has that of SD 1."""
    if identity.network != "unet":
        return identity.network
    family = info.architecture.split("-")[0]
    return "sd1" if family == "sd2" else family


def _file_fits(identity: Identity, need: _Need, family: str) -> bool:
    if identity.problem or identity.width != need.width:
        return False
    if need.kind == "AutoencoderKL":
        return identity.kind == "vae" and identity.architecture == family != ""
    is_t5 = identity.architecture == "t5"
    return identity.kind == "text_encoder" and is_t5 == (need.kind == "T5EncoderModel")


def _pipeline(folder: Path) -> str:
    try:
        return str(read_json(folder / INDEX_FILE).get("_class_name", ""))
    except ModelError:
        return ""


def _lends(other: str, pipeline: str) -> bool:
    """Whether models of two pipelines have the same encoders: others train theirs along."""
    return other == pipeline or (other in _FROZEN and pipeline in _FROZEN)


def _part_in_folder(folder: Path, need: _Need, pipeline: str) -> Path | None:
    """The folder of a fitting part in a model folder; that of the same name comes first."""
    if not _lends(_pipeline(folder), pipeline):
        return None
    index = read_json(folder / INDEX_FILE)
    for part, entry in sorted(index.items(), key=lambda item: item[0] != need.part):
        if not (isinstance(entry, list) and len(entry) == 2 and entry[1] == need.kind):
            continue
        try:
            config = read_json(folder / part / "config.json")
        except ModelError:
            continue
        if _essentials(need.kind, config) == need.settings and weights_of(folder / part):
            return folder / part
    return None


def _model_fits(other: ModelInfo, held: Identity, need: _Need, info: ModelInfo) -> bool:
    """Whether another model file has a fitting part inside."""
    if other.settings is None or not _lends(other.pipeline, info.pipeline):
        return False
    for part in held.holds:
        if part in PIPELINES[other.pipeline].weighted:
            theirs = _need(other.settings, part)
            same_class = theirs.kind.removesuffix("WithProjection") == need.kind.removesuffix(
                "WithProjection"
            )
            if same_class and theirs.settings == need.settings:
                return True
    return False
