"""What weights files are, remembered: a header is read again when size or time of a file change."""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from asyndm.architecture import Identity
from asyndm.weight_files import parse_header
from asyndm.weight_header import DamagedFileError
from asyndm.weight_kinds import identify

_VERSION = 1  # of what is stored; another one is forgotten
_FIELDS = {field.name for field in fields(Identity)}


@dataclass(frozen=True)
class FoundFile:
    """A weights file and what it is.

    Attributes:
        path: of the file. size_bytes: of the file.
        identity: what it is; kind "unknown" if it is damaged, with the reason as its problem.
        damaged: whether its header could not be read.
    """

    path: Path
    size_bytes: int
    identity: Identity
    damaged: bool = False

    @property
    def name(self) -> str:
        """Its name without the suffix."""
        return self.path.stem


class HeaderCache:
    """Identities by path, size and time of change.

    Args:
        path: a file to keep them in between starts; None = in memory only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, tuple[tuple[int, int], FoundFile]] = {}
        self._changed = False
        self._loaded = path is None

    def look(self, path: Path) -> FoundFile | None:
        """What a file is; None if it is gone."""
        try:
            stat = path.stat()
        except OSError:
            return None
        if not self._loaded and self._path is not None:  # not before: a window makes catalogues
            self._load(self._path)
            self._loaded = True
        stamp = (stat.st_size, stat.st_mtime_ns)
        known = self._known.get(str(path))
        if known is not None and known[0] == stamp:
            return known[1]
        found = _read(path, stat.st_size)
        self._known[str(path)] = (stamp, found)
        self._changed = True
        return found

    def save(self) -> None:
        """Write what was learnt; a disk that refuses costs only the time to learn it again."""
        if self._path is None or not self._changed:
            return
        entries = {
            path: {"stamp": stamp, "identity": asdict(found.identity), "damaged": found.damaged}
            for path, (stamp, found) in self._known.items()
        }
        scratch = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_text(json.dumps({"version": _VERSION, "files": entries}), "utf-8")
            scratch.replace(self._path)
        except OSError:
            return
        self._changed = False

    def _load(self, path: Path) -> None:
        try:
            record = json.loads(path.read_text("utf-8"))
            if record["version"] != _VERSION:
                return
            for name, entry in record["files"].items():
                size, time = (int(number) for number in entry["stamp"])
                identity = _identity(entry["identity"])
                found = FoundFile(Path(name), size, identity, bool(entry["damaged"]))
                self._known[name] = ((size, time), found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._known = {}


def _identity(record: dict[str, Any]) -> Identity:
    known = {name: value for name, value in record.items() if name in _FIELDS}
    return Identity(**{**known, "holds": tuple(known["holds"])})


def _read(path: Path, size: int) -> FoundFile:
    try:
        return FoundFile(path, size, identify(parse_header(path)))
    except DamagedFileError as error:
        return FoundFile(path, size, Identity("unknown", problem=str(error)), damaged=True)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        return FoundFile(path, size, Identity("unknown", problem=problem), damaged=True)
