"""Which files of a repository in the diffusers layout are needed to run its model.

Repositories often hold the same weights several times (full and half precision, without moving
average, as one file for other programs, pickled, for other frameworks) and parts that never run
here. Of all that one set is taken: ``model_index.json``, the small files of each part that runs,
and one set of safetensors weights for each part that has weights.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asyndm.errors import ModelError
from asyndm.pipeline_classes import PIPELINES
from asyndm.tool_folders import PICKLE_SUFFIXES

INDEX = "model_index.json"
_TOP = re.compile(r"README\.md|LICEN[CS]E(\.(md|txt))?", re.IGNORECASE)
_SMALL = (".json", ".txt", ".model", ".jinja")
_WEIGHTS = re.compile(
    r"(?P<stem>diffusion_pytorch_model|model)"
    r"(\.(?P<variant>[A-Za-z]\w*))?"
    r"(-\d{5}-of-(?P<count>\d{5}))?"
    r"(\.(?P<late>[A-Za-z]\w*))?"  # before 2024 the variant came after the number
    r"\.safetensors"
)
_NEVER = ("safety_checker", "watermarker")
_HALVES = ("fp16", "bf16")


def needed_files(
    names: Iterable[str], index: Mapping[str, Any], variant: str | None = None
) -> list[str]:
    """The files to fetch, small ones first.

    Args:
        names: all files of the repository.
        index: the content of its model_index.json.
        variant: which weights to prefer, such as "fp16"; None = full precision.

    Raises:
        ModelError: a part has no weights that may be loaded, or none has the variant.
    """
    parts = defaultdict(list)
    for name in names:
        home, _, rest = name.rpartition("/")
        parts[home].append(rest)
    chosen = [INDEX, *(name for name in parts[""] if _TOP.fullmatch(name))]
    weights: list[str] = []
    found = False
    for part in running_parts(index):
        small, large, has_variant = _files_of(part, parts[part], variant)
        chosen += [f"{part}/{name}" for name in small]
        weights += [f"{part}/{name}" for name in large]
        found = found or has_variant
    if variant is not None and not found:
        raise ModelError(f"The repository has no {variant} weights; leave the variant out.")
    return [*chosen, *weights]


def running_parts(index: Mapping[str, Any]) -> list[str]:
    """The parts of a pipeline that are loaded: those that are there, without what never runs."""
    known = PIPELINES.get(str(index.get("_class_name")))
    left_out = {*_NEVER, *(known.unused if known else ())}
    return [
        part
        for part, entry in index.items()
        if isinstance(entry, Sequence)
        and not isinstance(entry, str)
        and len(entry) == 2
        and all(isinstance(word, str) for word in entry)
        and part not in left_out
    ]


def is_safe(name: str) -> bool:
    """Whether a file's name stays within the folder it is put into, on every system."""
    pieces = name.split("/")
    return all(
        piece not in ("", ".", "..") and not re.search(r'[\\:\x00-\x1f<>"|?*]', piece)
        for piece in pieces
    )


def _files_of(
    part: str, names: Sequence[str], variant: str | None
) -> tuple[list[str], list[str], bool]:
    """Small files and weights of a part, and whether the wanted variant is among the weights."""
    small = sorted(n for n in names if n.endswith(_SMALL) and ".index." not in n)
    sets: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for name in sorted(names):
        if match := _WEIGHTS.fullmatch(name):
            kind = match["variant"] or match["late"] or ""
            sets[match["stem"], kind, int(match["count"] or 0)].append(name)
    complete = {key: found for key, found in sets.items() if len(found) == max(1, key[2])}
    if not complete:
        _refuse_missing(part, names)
        return small, [], False
    for kind in (variant or "", "", *_HALVES):
        # One file, if it is there, is preferred to the same weights in several.
        fitting = sorted((key for key in complete if key[1] == kind), key=lambda key: key[2])
        if fitting:
            key = fitting[0]
            return small + _shard_index(names, key), complete[key], kind == variant
    raise ModelError(
        f"The part {part} has weights of an unusual kind only ({sorted(complete)[0][1]}), which "
        "cannot be chosen by themselves; ask for them by --variant."
    )


def _shard_index(names: Sequence[str], key: tuple[str, str, int]) -> list[str]:
    """The file that says which of several weight files holds what."""
    stem, kind, count = key
    if not count:
        return []
    dotted = f".{kind}" if kind else ""
    usual = {
        f"{stem}.safetensors.index{dotted}.json",
        f"{stem}{dotted}.safetensors.index.json",
    }
    return sorted(usual & set(names))


def _refuse_missing(part: str, names: Sequence[str]) -> None:
    """Raise if a part that has no safetensors weights should have some."""
    if any(name.endswith(tuple(PICKLE_SUFFIXES)) for name in names):
        raise ModelError(
            f"The part {part} of the repository has only pickled weights, which can run any "
            "program when they are loaded; find the model in the safetensors format."
        )
    if any(_WEIGHTS.fullmatch(name) for name in names):
        raise ModelError(f"The part {part} of the repository lacks some of its weight files.")
    if any(name.endswith(".safetensors") for name in names):
        raise ModelError(f"The weights of the part {part} have names that are not known.")
