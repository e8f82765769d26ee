"""A model folder in the diffusers format, read without torch.

``model_index.json`` names the pipeline class and the class of each part; each part has a folder of
its own with its settings and, for the networks, its weights. All that can be learnt from those
small files and from the headers of the weights is learnt here.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from asyndm.errors import ModelError
from asyndm.model_info import ModelInfo
from asyndm.pipeline_classes import PIPELINES, USUAL, PipelineClass
from asyndm.request import Task
from asyndm.tool_folders import PICKLE_SUFFIXES
from asyndm.weight_files import read_header
from asyndm.weight_header import DamagedFileError

_PREDICTIONS = ("epsilon", "v_prediction", "sample")
_USUAL_DIVISOR = 4
_USUAL_SIDE = 128  # latent pixels along a side, where the network's settings do not say


def read_model(folder: Path, extras: Mapping[str, Any], *, embedded: bool) -> ModelInfo:
    """What the small files of a model folder say.

    Args:
        folder: the model's folder; its name is the model's name.
        extras: what the folder cannot say: title, description, tasks, attention_divisor, licence,
            native_size.
        embedded: whether it comes with the application.

    Raises:
        ModelError: a file is missing or damaged, or a class is not supported.
    """
    index = read_json(folder / "model_index.json")
    _check_classes(folder, index)
    pipeline = str(index["_class_name"])
    parts = PIPELINES[pipeline]
    network, vae, scheduler = (
        read_json(folder / part / name)
        for part, name in (
            (parts.network, "config.json"),
            ("vae", "config.json"),
            ("scheduler", "scheduler_config.json"),
        )
    )
    _check_settings(folder, pipeline, network, vae, scheduler)
    try:
        factor = 2 ** (len(vae["block_out_channels"]) - 1)
        return ModelInfo(
            name=folder.name,
            path=folder,
            title=extras.get("title", folder.name),
            description=extras.get("description", ""),
            pipeline=pipeline,
            tasks=_tasks(extras.get("tasks"), pipeline),
            native_size=int(extras.get("native_size") or _native_side(network, parts) * factor),
            latent_factor=factor,
            latent_channels=int(vae["latent_channels"]),
            input_channels=_input_channels(network, parts),
            prediction_type=_prediction(parts, scheduler),
            attention_divisor=int(extras.get("attention_divisor") or _divisor(network, parts)),
            size_bytes=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
            licence=extras.get("licence") or _licence(folder / "README.md"),
            embedded=embedded,
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ModelError(
            f"The model {folder.name!r} cannot be used: its settings are incomplete or damaged "
            f"({type(error).__name__}: {error})."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"The model file {path} is missing.") from error
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"The model file {path} is damaged: it is no JSON.") from error
    if not isinstance(value, dict):
        raise ModelError(f"The model file {path} is damaged: it holds no JSON object.")
    return value


def part_problems(folder: Path) -> list[str]:
    """What is missing or damaged among the parts, a sentence each; no tensor is read."""
    problems = []
    kind = _kind_of(folder)
    present = present_parts(folder, kind)
    for part in present:
        if part not in kind.weighted:
            if not (folder / part).is_dir():
                problems.append(f"{part} is missing.")
            continue
        if not (folder / part / "config.json").is_file():
            problems.append(f"{part}/config.json is missing.")
        problems += _weight_problems(folder / part)
    if not (folder / "scheduler" / "scheduler_config.json").is_file():
        problems.append("scheduler/scheduler_config.json is missing.")
    return problems


def present_parts(folder: Path, kind: PipelineClass) -> tuple[str, ...]:
    """The parts a folder should have: all of its class but the optional ones it does not name."""
    try:
        index = read_json(folder / "model_index.json")
    except ModelError:
        index = {}
    return tuple(
        part for part in kind.parts if part not in kind.optional or _named_class(index.get(part))
    )


def _named_class(entry: object) -> tuple[object, object] | None:
    """Library and class that an entry of model_index.json names, or None."""
    if isinstance(entry, list) and len(entry) == 2 and entry[1]:
        return entry[0], entry[1]
    return None


def _kind_of(folder: Path) -> PipelineClass:
    """The class a folder says it is; the usual one if it does not say."""
    try:
        return PIPELINES.get(str(read_json(folder / "model_index.json").get("_class_name")), USUAL)
    except ModelError:
        return USUAL


def weights_of(home: Path) -> list[Path]:
    """The safetensors files in a part's folder."""
    return sorted(path for path in home.glob("*.safetensors") if path.is_file())


def _weight_problems(home: Path) -> list[str]:
    """What is wrong with the weights in a part's folder."""
    weights = weights_of(home)
    if not weights:
        if home.is_dir() and any(path.suffix in PICKLE_SUFFIXES for path in home.iterdir()):
            return [
                f"{home.name} has only pickled weights, which can run any program when they are "
                "loaded; get it in the safetensors format."
            ]
        return [f"{home.name} has no weights (*.safetensors)."]
    problems = []
    for path in weights:
        try:
            read_header(path)
        except DamagedFileError as error:
            problems.append(f"{home.name}/{path.name} {error}; get it anew.")
        except OSError as error:
            problems.append(f"{home.name}/{path.name} cannot be read: {error.strerror}.")
    return problems


def _check_classes(folder: Path, index: Mapping[str, Any]) -> None:
    """Raise unless the pipeline and its parts are of classes the engine runs."""
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str) or pipeline not in PIPELINES:
        raise ModelError(
            f"The model {folder.name!r} is a {pipeline}, which is not supported; supported are "
            f"{', '.join(PIPELINES)}."
        )
    classes = PIPELINES[pipeline].parts
    for part in (*classes, "scheduler"):
        named = _named_class(index.get(part))
        if named is None:
            if part in PIPELINES[pipeline].optional:
                continue
            raise ModelError(f"The model {folder.name!r} cannot be used: it has no {part}.")
        library, kind = named
        # Any other library would mean code from the folder itself.
        if library not in ("diffusers", "transformers") or kind not in classes.get(part, (kind,)):
            raise ModelError(
                f"The model {folder.name!r} has a {part} of class {library}.{kind}, which is not "
                "supported."
            )


def _check_settings(
    folder: Path,
    pipeline: str,
    network: Mapping[str, Any],
    vae: Mapping[str, Any],
    scheduler: Mapping[str, Any],
) -> None:
    """Raise unless the network takes and predicts what the engine gives and expects."""
    parts = PIPELINES[pipeline]
    prediction = _prediction(parts, scheduler)
    if prediction not in _PREDICTIONS and not parts.is_flow:
        raise ModelError(
            f"The model {folder.name!r} predicts {prediction!r}, which is not supported; supported "
            f"are {', '.join(_PREDICTIONS)}."
        )
    channels, blocks = vae.get("latent_channels"), vae.get("block_out_channels")
    if not isinstance(channels, int) or not isinstance(blocks, list):
        return  # read_model says that they are missing
    # The mask is one more channel of a UNet, and all its picture pixels of a transformer.
    mask = 4 ** (len(blocks) - 1) if parts.patch > 1 else 1
    allowed = {channels, 2 * channels + mask} if parts.inpaints else {channels}
    inputs = _input_channels(network, parts) if "in_channels" in network else channels
    if inputs not in allowed:
        raise ModelError(
            f"The model {folder.name!r} cannot be used: its network takes {inputs} channels, which "
            f"does not fit a {pipeline} with latents of {channels} channels."
        )


def _input_channels(network: Mapping[str, Any], parts: PipelineClass) -> int:
    """Channels of the network's input for each latent pixel; FLUX is given those of a token."""
    channels = int(network["in_channels"])
    return channels // parts.patch**2 if parts.family == "flux" else channels


def _prediction(parts: PipelineClass, scheduler: Mapping[str, Any]) -> str:
    return "flow" if parts.is_flow else str(scheduler.get("prediction_type", "epsilon"))


def _tasks(named: object, pipeline: str) -> tuple[Task, ...]:
    """Tasks of catalogue.json that are known, else those of the pipeline class."""
    if not isinstance(named, list):
        return PIPELINES[pipeline].tasks
    return tuple(cast("Task", task) for task in named if task in get_args(Task))


def _side(sample_size: object) -> int:
    """Native side of the latents; diffusers writes one number, or two."""
    if isinstance(sample_size, list):
        sides: list[int] = [_side(side) for side in sample_size]
        return max(sides)
    if not isinstance(sample_size, int):
        raise TypeError(f"sample_size is {sample_size!r}")
    return sample_size


def _native_side(network: Mapping[str, Any], parts: PipelineClass) -> int:
    """Native side of the latents; FLUX's settings do not say it."""
    return _USUAL_SIDE if parts.family == "flux" else _side(network["sample_size"])


def _divisor(unet: Mapping[str, Any], parts: PipelineClass) -> int:
    """A quarter of the latent side if the network attends to the text there, else the nearest.

    Transformers attend at each of their tokens.
    """
    if parts.patch > 1:
        return parts.patch
    blocks = unet["down_block_types"]
    levels = {2**i for i, block in enumerate(blocks) if "CrossAttn" in block}
    levels.add(2 ** (len(blocks) - 1))  # the middle block
    nearest: int = min(levels, key=lambda divisor: (abs(divisor - _USUAL_DIVISOR), divisor))
    return nearest


def _licence(card: Path) -> str:
    """The licence a model card names in its head."""
    try:
        lines = card.read_text(encoding="utf-8").splitlines()[:60]
    except (OSError, UnicodeDecodeError):
        return "unknown"
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("license:")]
    return named[0] if named and named[0] else "unknown"
