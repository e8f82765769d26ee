"""Is a single weights file what it was? Its checksums, wherever there are any."""

from pathlib import Path

from asyndm.sources import Sources
from asyndm.weight_files import Progress, checksum_problems, parse_header, sha256, tensors_sha256
from asyndm.weight_header import DamagedFileError, Header

_METADATA_HASHES = ("modelspec.hash_sha256", "sshs_model_hash")
"""Where tools write the SHA-256 of all tensors' bytes: ModelSpec, and the trainers of LoRAs."""
_HEX_DIGITS = 64


def file_problems(path: Path, sources: Sources | None, progress: Progress | None) -> list[str]:
    """What differs between a file and its checksums, a sentence each.

    These are in its metadata, in a ``checksums.json`` beside it (downloads have one), and in the
    list of sources.

    Where a list of sources is kept and knows no checksum of the file, the present one is recorded,
    so that later damage can be found.

    Args:
        path: of a safetensors file.
        sources: where checksums are recorded.
        progress: is told the share done, 0 to 1.
    """
    try:
        problems = _metadata_problems(parse_header(path)) + checksum_problems(path.parent)
        return problems + _recorded_problems(path, sources, progress)
    except DamagedFileError as error:
        return [f"{path.name} {error}; get it anew."]
    except OSError as error:
        return [f"{path.name} cannot be read: {error.strerror}."]


def has_checksum(path: Path, sources: Sources | None) -> bool:
    """Whether there is anything to compare a file with."""
    try:
        stated = _stated_hash(parse_header(path))
    except (DamagedFileError, OSError):
        return False
    if (path.parent / "checksums.json").is_file():
        return True
    return bool(stated or (sources is not None and sources.checksum(path)))


def _stated_hash(header: Header) -> str:
    """The hash of the tensors that the metadata states, or ""."""
    for key in _METADATA_HASHES:
        digest = header.metadata.get(key, "").lower().removeprefix("0x")
        if len(digest) == _HEX_DIGITS:
            return digest
    return ""


def _metadata_problems(header: Header) -> list[str]:
    stated = _stated_hash(header)
    if not stated or tensors_sha256(header) == stated:
        return []
    return [
        f"{header.path.name} is not what its own metadata says (hashes differ): it is damaged, or "
        "a tool changed its weights and kept the old metadata."
    ]


def _recorded_problems(path: Path, sources: Sources | None, progress: Progress | None) -> list[str]:
    if sources is None:
        return []
    total, done = path.stat().st_size, 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done / total)

    recorded = sources.checksum(path)
    digest = sha256(path, advance)
    if not recorded:
        sources.set_checksum(path, digest)
    elif recorded != digest:
        return [f"{path.name} is not the file it was when it was recorded (checksums differ)."]
    return []
