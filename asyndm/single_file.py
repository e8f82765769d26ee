"""Load a model from one safetensors file in its publisher's layout.

The conversion of names is diffusers' own (``from_single_file`` and its text encoder functions),
with settings that come with the application, so nothing is asked of the internet. Parts that the
file lacks come from where the catalogue found them. A tensor that is missing, or of another shape
than the settings say, is an error: a half loaded network would run and paint noise.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import diffusers
import torch
import transformers
from diffusers.loaders.single_file_utils import (
    create_diffusers_clip_model_from_ldm,
    create_diffusers_t5_model_from_checkpoint,
)
from diffusers.models.model_loading_utils import load_gguf_checkpoint
from diffusers.quantizers.gguf.utils import GGUFParameter
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from asyndm.architecture import NETWORK_PREFIX
from asyndm.errors import ModelError
from asyndm.flux_names import diffusers_names
from asyndm.gguf_files import SUFFIX
from asyndm.model_folder import present_parts, read_json, weights_of
from asyndm.model_info import ModelInfo
from asyndm.pipeline_classes import PIPELINES
from asyndm.tool_folders import INDEX_FILE

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENIZERS = Path(__file__).resolve().parents[1] / "resources" / "tokenizers"

Tensors = dict[str, Tensor]

_VAE_PREFIXES = ("first_stage_model.", "vae.")
_CLIP_PREFIXES = {
    "text_encoder": ("cond_stage_model.", "conditioner.embedders.0.", "text_encoders.clip_l."),
    "text_encoder_2": ("conditioner.embedders.1.", "text_encoders.clip_g."),
}
_OTHER_PARTS = (*_VAE_PREFIXES, "cond_stage_model.", "conditioner.", "text_encoders.")
_CLIP_L, _CLIP_G, _T5 = (
    f"text_encoders.{name}.transformer." for name in ("clip_l", "clip_g", "t5xxl")
)


class _Missing(Exception):
    """Tensors that a part should have are not there; says so, to follow the file's name."""


def load_single_file(
    info: ModelInfo, dtype: torch.dtype, shared: Mapping[str, nn.Module] | None = None
) -> Any:
    """Load the pipeline of a model in one file.

    Args:
        info: its entry in the catalogue, with the places of borrowed parts.
        dtype: of all weights.
        shared: parts that are in memory already.

    Returns:
        The diffusers pipeline that its settings name, on the CPU.

    Raises:
        ModelError: the file or a borrowed part is damaged, incomplete or of another size.
    """
    if info.settings is None:
        raise ModelError(f"The model {info.name!r} is no single file.")
    index = read_json(info.settings / INDEX_FILE)
    pipeline_class = PIPELINES[info.pipeline]
    places = dict(info.borrowed)
    tensors = _read(info.path)
    parts: dict[str, Any] = {"scheduler": _scheduler(info, info.settings, index), **(shared or {})}
    present = present_parts(info.settings, pipeline_class)
    for part in pipeline_class.parts:
        if part in parts:
            continue
        if part not in present or part.replace("tokenizer", "text_encoder") in info.absent:
            parts[part] = None
            continue
        place = places.get(part, info.path)
        own = tensors if part not in places or place.is_dir() else _read(place)
        try:
            parts[part] = _part(info.settings, part, str(index[part][1]), place, own, dtype)
        except ModelError:
            raise
        except _Missing as missing:
            raise ModelError(f"{place.name} {missing}.") from missing
        except Exception as error:  # whatever a damaged file makes the libraries raise
            raise ModelError(
                f"The {part} of the model {info.name!r} could not be loaded from {place.name}: the "
                f"file does not fit its settings, or is damaged ({_first_line(error)})."
            ) from error
    kind = getattr(diffusers, info.pipeline)
    return kind(**parts, **_pipeline_settings(kind, index), **pipeline_class.unused)


def _read(path: Path) -> Tensors:
    """The tensors of a file; their bytes are read when they are used."""
    try:
        if path.suffix.lower() == SUFFIX:
            return cast("Callable[[str], Tensors]", load_gguf_checkpoint)(str(path))
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"{path.name} is damaged ({_first_line(error)}); get it anew.") from error


def _part(
    settings: Path, part: str, kind: str, place: Path, tensors: Tensors, dtype: torch.dtype
) -> Any:
    """One part of the pipeline, from the model's file or from where it is borrowed."""
    if part.startswith("tokenizer"):
        return _tokenizer(settings, part, kind)
    if place.is_dir():
        return _from_folder(place, kind, dtype)
    if part in ("unet", "transformer"):
        return _network(settings, part, kind, tensors, dtype)
    if part == "vae":
        return _vae(settings, tensors, dtype)
    if kind == "T5EncoderModel":
        return _t5(settings, part, tensors, dtype)
    return _clip(settings, part, kind, tensors, dtype)


def _network(
    settings: Path, part: str, kind: str, tensors: Tensors, dtype: torch.dtype
) -> nn.Module:
    """The denoising network."""
    own = _without(tensors, (NETWORK_PREFIX,))
    if not own:
        own = {name: t for name, t in tensors.items() if not name.startswith(_OTHER_PARTS)}
    if kind == "FluxTransformer2DModel":
        own = diffusers_names(own)
    elif kind == "UNet2DConditionModel":  # its conversion wants the prefix
        own = {NETWORK_PREFIX + name: tensor for name, tensor in own.items()}
    return _converted(getattr(diffusers, kind), settings, part, own, dtype)


def _vae(settings: Path, tensors: Tensors, dtype: torch.dtype) -> nn.Module:
    own = _without(tensors, _VAE_PREFIXES) or dict(tensors)
    return _converted(diffusers.AutoencoderKL, settings, "vae", own, dtype)


def _converted(
    kind: Any, settings: Path, part: str, tensors: Tensors, dtype: torch.dtype
) -> nn.Module:
    """A diffusers model from its publisher's tensors."""
    packed: dict[str, Any] = {}
    if any(isinstance(tensor, GGUFParameter) for tensor in tensors.values()):
        settings_of_packing: Any = diffusers.GGUFQuantizationConfig
        packed["quantization_config"] = settings_of_packing(compute_dtype=dtype)
    try:
        model: nn.Module = kind.from_single_file(
            tensors, config=str(settings), subfolder=part, dtype=dtype, local_files_only=True,
            **packed,
        )  # fmt: skip
    except NotImplementedError as error:  # torch: a tensor without a value cannot be moved
        raise _Missing(
            f"lacks tensors of the {part}: it is incomplete, or a model of another size"
        ) from error
    return _complete(model, part)


def _clip(settings: Path, part: str, kind: str, tensors: Tensors, dtype: torch.dtype) -> nn.Module:
    """A CLIP text encoder, inside a model file or in one of its own."""
    own = {name: t for name, t in tensors.items() if name.startswith(_CLIP_PREFIXES[part])}
    if not own:
        own = _as_inside(tensors, _CLIP_L if part == "text_encoder" else _CLIP_G)
    build = cast("Callable[..., nn.Module]", create_diffusers_clip_model_from_ldm)
    model = build(
        getattr(transformers, kind), own, subfolder=part, config=str(settings),
        torch_dtype=dtype, local_files_only=True,
    )  # fmt: skip
    return _complete(model.to(dtype), part)


def _as_inside(tensors: Tensors, prefix: str) -> Tensors:
    """The tensors of a CLIP file under the names that they have inside a model file."""
    whole = {n if n.startswith("text_") else f"text_model.{n}": t for n, t in tensors.items()}
    return {prefix + name: tensor for name, tensor in whole.items()}


def _t5(settings: Path, part: str, tensors: Tensors, dtype: torch.dtype) -> nn.Module:
    """A T5 encoder."""
    own = {name: t for name, t in tensors.items() if name.startswith(_T5)}
    if not own:
        own = {_T5 + name: tensor for name, tensor in tensors.items()}
    build = cast("Callable[..., Any]", create_diffusers_t5_model_from_checkpoint)
    model = build(
        transformers.T5EncoderModel, own, subfolder=part, config=str(settings),
        torch_dtype=dtype, local_files_only=True,
    )  # fmt: skip
    model.tie_weights()
    return _complete(model.to(dtype), part)


def _from_folder(folder: Path, kind: str, dtype: torch.dtype) -> nn.Module:
    """A part of another model's folder."""
    library = diffusers if kind == "AutoencoderKL" else transformers
    half = all(".fp16." in path.name or ".fp16-" in path.name for path in weights_of(folder))
    model: nn.Module = getattr(library, kind).from_pretrained(
        str(folder), dtype=dtype, use_safetensors=True, local_files_only=True,
        variant="fp16" if half else None,
    )  # fmt: skip
    return model


def _tokenizer(settings: Path, part: str, kind: str) -> Any:
    """A tokenizer of the settings, else that which comes with the application."""
    own = settings / part
    library: Any = getattr(transformers, kind)
    if own.is_dir():
        return library.from_pretrained(str(own), local_files_only=True)
    if kind.startswith("T5"):
        return library.from_pretrained(str(TOKENIZERS / "t5"), local_files_only=True)
    encoder = read_json(settings / part.replace("tokenizer", "text_encoder") / "config.json")
    # The models of OpenCLIP fill up with the token 0, that of OpenAI with its end of text.
    padding = {"pad_token": "!"} if encoder.get("hidden_act") == "gelu" else {}
    return library.from_pretrained(str(TOKENIZERS / "clip"), local_files_only=True, **padding)


def _scheduler(info: ModelInfo, settings: Path, index: dict[str, Any]) -> Any:
    """The scheduler of the settings, with what the file says about its prediction."""
    kind: Any = getattr(diffusers, str(index["scheduler"][1]))
    config = read_json(settings / "scheduler" / "scheduler_config.json")
    if "prediction_type" in config:
        config["prediction_type"] = info.prediction_type
    if info.zero_terminal_snr:
        config["rescale_betas_zero_snr"] = True
    return kind.from_config(config)


def _pipeline_settings(kind: Any, index: dict[str, Any]) -> dict[str, Any]:
    """The plain settings in model_index.json that the pipeline takes."""
    _, optional = kind._get_signature_keys(kind)
    return {
        name: value
        for name, value in index.items()
        if name in optional and isinstance(value, bool) and name != "requires_safety_checker"
    }


def _without(tensors: Tensors, prefixes: tuple[str, ...]) -> Tensors:
    """The tensors whose names begin with one of the prefixes, without it."""
    return {
        name.removeprefix(prefix): tensor
        for prefix in prefixes
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _complete(model: nn.Module, part: str) -> nn.Module:
    """The model, if every tensor it needs was there."""
    missing = [name for name, tensor in model.state_dict().items() if tensor.is_meta]
    if missing:
        raise _Missing(
            f"lacks {len(missing)} tensors of the {part} (the first is {missing[0]}): it is "
            "incomplete, or a model of another size"
        )
    return model.eval()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")
