"""Weights on disk, read without torch: is a safetensors file whole, and which weights are these?

A safetensors file is eight bytes with the length of its header (least significant first), the
header (JSON: for each tensor its dtype, shape and the range of its bytes), and the bytes of all
tensors. That is enough to find a cut or damaged file before anything is loaded.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from asyndm.gguf_files import SUFFIX, parse_gguf
from asyndm.weight_header import DamagedFileError, Header, TensorEntry

_MAX_HEADER_BYTES = 100 << 20  # the limit of the reference reader
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
}  # fmt: skip
_SAMPLES = 32
_SAMPLE_BYTES = 64 << 10
_BLOCK_BYTES = 1 << 20

Progress = Callable[[float], None]


def parse_header(path: Path) -> Header:
    """The checked header of a safetensors or GGUF file, taken apart.

    Raises:
        DamagedFileError: it is no such file, or not all of it is there.
        OSError: it cannot be read.
    """
    if path.suffix.lower() == SUFFIX:
        return parse_gguf(path)
    data, start = read_header(path)
    entries = json.loads(data)
    metadata = entries.pop("__metadata__", None)
    tensors = {}
    for name, entry in entries.items():
        first, last = entry["data_offsets"]
        shape = tuple(int(n) for n in entry["shape"])
        tensors[name] = TensorEntry(
            str(entry["dtype"]), shape, start + int(first), start + int(last)
        )
    texts = metadata.items() if isinstance(metadata, dict) else ()
    return Header(path, tensors, {str(key): str(value) for key, value in texts}, start)


def read_header(path: Path) -> tuple[bytes, int]:
    """The checked header of a safetensors file, and where the tensors begin.

    Raises:
        DamagedFileError: it is no safetensors file, or not all of it is there.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 10 or length < 2 or length > _MAX_HEADER_BYTES:
            raise DamagedFileError("is no safetensors file")
        if 8 + length > size:
            raise DamagedFileError("is cut short")
        header = file.read(length)
    try:
        entries = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError("is no safetensors file") from error
    if not isinstance(entries, dict):
        raise DamagedFileError("is no safetensors file")
    _check_tensors(entries, size - 8 - length)
    return header, 8 + length


def weights_hash(files: Iterable[Path], root: Path) -> str:
    """Twelve hexadecimal digits that identify weights, from a few megabytes of them.

    Names, sizes and headers of all files count, and samples of their bytes spread evenly: other
    training or other precision changes all of them.

    Args:
        files: safetensors or GGUF files.
        root: the folder their names are taken relative to; of a file elsewhere its name counts.

    Raises:
        DamagedFileError: one of them is damaged.
        OSError: one of them cannot be read.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        header, start = _hashed_header(path)
        size = path.stat().st_size
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        digest.update(f"{name}\0{size}\0".encode())
        digest.update(header)
        with path.open("rb") as file:
            room = max(0, size - start - _SAMPLE_BYTES)
            for position in sorted({start + room * k // (_SAMPLES - 1) for k in range(_SAMPLES)}):
                file.seek(position)
                digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:12]


def _hashed_header(path: Path) -> tuple[bytes, int]:
    """The bytes before the tensors, and how many there are."""
    if path.suffix.lower() != SUFFIX:
        return read_header(path)
    start = parse_header(path).start
    with path.open("rb") as file:
        return file.read(start), start


def sha256(path: Path, advance: Callable[[int], None]) -> str:
    """SHA-256 of a whole file; `advance` is told the bytes of each block read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            advance(len(block))
    return digest.hexdigest()


def tensors_sha256(header: Header) -> str:
    """SHA-256 of all tensors' bytes, which ModelSpec calls the hash of a model."""
    digest = hashlib.sha256()
    with header.path.open("rb") as file:
        file.seek(header.start)
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def checksum_problems(folder: Path, progress: Progress | None = None) -> list[str]:
    """What differs between a folder and its ``checksums.json``; nothing if it has none.

    The file is ``{"version": 1, "sha256": {relative name: hexadecimal digest}}``.
    """
    listing = folder / "checksums.json"
    if not listing.exists():
        return []
    try:
        digests = json.loads(listing.read_text(encoding="utf-8"))["sha256"]
        expected = {str(name): str(digest) for name, digest in digests.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ["checksums.json is damaged."]
    paths = {name: folder / name for name in expected if _is_inside(name)}
    outside = [name for name in expected if name not in paths]
    problems = [f"checksums.json names {name}, outside the folder." for name in outside]
    total = sum(path.stat().st_size for path in paths.values() if path.is_file())
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done / total)

    for name, path in paths.items():
        if not path.is_file():
            problems.append(f"{name} is missing.")
        elif sha256(path, advance) != expected[name]:
            problems.append(f"{name} is not the file that was published (checksums differ).")
    return problems


def _is_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _dimension(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no dimension")
    return value


def _check_tensors(entries: dict[str, Any], size: int) -> None:
    """Raise unless every tensor has its bytes within `size`, and these are all there is."""
    end = 0
    for name, entry in entries.items():
        if name == "__metadata__":
            continue
        try:
            first, last = (int(n) for n in entry["data_offsets"])
            bits = _BITS.get(str(entry["dtype"]))
            count = 1
            for n in entry["shape"]:
                count *= _dimension(n)
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError("has a damaged header") from error
        if last > size:
            raise DamagedFileError("is cut short")
        if not 0 <= first <= last or (bits is not None and count * bits != 8 * (last - first)):
            raise DamagedFileError("has a damaged header")
        end = max(end, last)
    if end != size:
        raise DamagedFileError("has bytes that belong to no tensor")
