"""How large the parts of a model are, from the headers of their weights: no tensor is read."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from asyndm.architecture import PART_PREFIXES
from asyndm.errors import ModelError
from asyndm.gguf_files import SUFFIX
from asyndm.model_folder import present_parts, weights_of
from asyndm.model_info import ModelInfo
from asyndm.pipeline_classes import PIPELINES
from asyndm.weight_files import parse_header
from asyndm.weight_header import DamagedFileError, TensorEntry

_BLOCK = re.compile(r"^(.*?\.\d+)\.")


@dataclass(frozen=True)
class PartSize:
    """The size of a part in parameters; times the bytes of one in the data type of a run.

    Attributes:
        total: of all its tensors.
        largest_block: of its largest numbered block.
        outside_blocks: of what belongs to no block.
        largest_tensor: of one tensor.
    """

    total: int = 0
    largest_block: int = 0
    outside_blocks: int = 0
    largest_tensor: int = 0


def part_sizes(info: ModelInfo) -> dict[str, PartSize]:
    """Size of each part that has weights.

    Raises:
        ModelError: a file is damaged or gone.
    """
    kind = PIPELINES[info.pipeline]
    present = present_parts(info.settings or info.path, kind)
    parts = [part for part in present if part in kind.weighted and part not in info.absent]
    try:
        if info.settings is not None:
            return _sizes_of_file(info, parts)
        return {part: _size(_counts(_one_form(weights_of(info.path / part)))) for part in parts}
    except (OSError, DamagedFileError) as error:
        raise ModelError(f"The weights of {info.name!r} cannot be read: {error}.") from error


def _one_form(files: list[Path]) -> list[Path]:
    """The files of one form where the weights are there in full and in half precision."""
    full = [path for path in files if ".fp16" not in path.name]
    return full or files


def _sizes_of_file(info: ModelInfo, parts: Sequence[str]) -> dict[str, PartSize]:
    """Of a model in one file; what it lacks comes from elsewhere."""
    network, borrowed = PIPELINES[info.pipeline].network, dict(info.borrowed)
    counts = _counts([info.path])
    others = tuple(prefix for prefixes in PART_PREFIXES.values() for prefix in prefixes)
    sizes = {}
    for part in parts:
        place = borrowed.get(part)
        if place is not None:
            files = _one_form(weights_of(place)) if place.is_dir() else [place]
            sizes[part] = _size(_counts(files))
        elif part == network:
            own = {name: count for name, count in counts.items() if not name.startswith(others)}
            sizes[part] = _size(own)
        else:
            prefixes = PART_PREFIXES.get(part, ())
            sizes[part] = _size({n: count for n, count in counts.items() if n.startswith(prefixes)})
    if network == "unet":
        # Its publisher's blocks are smaller than those that wait in main memory.
        whole = sizes[network]
        sizes[network] = replace(whole, largest_block=max(whole.largest_block, whole.total // 3))
    return sizes


def _counts(files: Iterable[Path]) -> dict[str, int]:
    """Parameters of each tensor; quantised ones, which stay so in memory, as half their bytes."""
    counts: dict[str, int] = {}
    for path in files:
        for name, entry in parse_header(path).tensors.items():
            counts[name] = _count(path, entry)
    return counts


def _size(counts: Mapping[str, int]) -> PartSize:
    blocks: dict[str, int] = {}
    for name, count in counts.items():
        match = _BLOCK.match(name)
        block = match[1] if match else ""
        blocks[block] = blocks.get(block, 0) + count
    outside = blocks.pop("", 0)
    return PartSize(
        total=sum(counts.values()),
        largest_block=max(blocks.values(), default=0),
        outside_blocks=outside,
        largest_tensor=max(counts.values(), default=0),
    )


def _count(path: Path, entry: TensorEntry) -> int:
    if path.suffix.lower() == SUFFIX and entry.dtype not in ("F32", "F16", "BF16"):
        return (entry.end - entry.start) // 2
    return math.prod(entry.shape)
