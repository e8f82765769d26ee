"""Folders and files with models that the person added, in ``sources.json`` beside their models.

    {"version": 1,
     "sources": [{"path": "/home/me/ComfyUI", "taken_as": ""}, ...],
     "sha256": {"/home/me/model.safetensors": {"bytes": 123, "sha256": "ab..."}}}

Nothing is copied or moved: a source stays where it is. Checksums are kept for files that came
without any, so that damage after the day they were added can be found.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyndm.errors import ModelError

SOURCES_FILE = "sources.json"
_VERSION = 1


@dataclass(frozen=True)
class Source:
    """Something the person added.

    Attributes:
        path: of a folder or a file.
        taken_as: the architecture, or the folder with settings, that the person named; or "".
    """

    path: Path
    taken_as: str = ""


class Sources:
    """What is recorded in one file.

    Args:
        path: of ``sources.json``; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[Source]:
        """All sources, in the order they were added.

        Raises:
            ModelError: the file is damaged.
        """
        entries = self._read().get("sources", [])
        return [Source(Path(entry["path"]), entry.get("taken_as", "")) for entry in entries]

    def add(self, path: Path, taken_as: str) -> None:
        """Record a folder or file; one that was added before is recorded anew.

        Raises:
            ModelError: the file is damaged or cannot be written.
        """
        record = self._read()
        kept = [entry for entry in record.get("sources", []) if Path(entry["path"]) != path]
        record["sources"] = [*kept, {"path": str(path), "taken_as": taken_as}]
        self._write(record)

    def remove(self, path: Path) -> bool:
        """Forget a source; whether it was there.

        Raises:
            ModelError: the file is damaged or cannot be written.
        """
        record = self._read()
        entries = record.get("sources", [])
        kept = [entry for entry in entries if Path(entry["path"]) != path]
        if len(kept) == len(entries):
            return False
        record["sources"] = kept
        record.get("sha256", {}).pop(str(path), None)
        self._write(record)
        return True

    def checksum(self, path: Path) -> str:
        """The SHA-256 recorded for a file of this size, or ""."""
        entry = self._read().get("sha256", {}).get(str(path), {})
        return str(entry.get("sha256", "")) if entry.get("bytes") == path.stat().st_size else ""

    def set_checksum(self, path: Path, digest: str) -> None:
        """Record the SHA-256 of a file.

        Raises:
            ModelError: the file is damaged or cannot be written.
        """
        record = self._read()
        sums = record.setdefault("sha256", {})
        sums[str(path)] = {"bytes": path.stat().st_size, "sha256": digest}
        self._write(record)

    def _read(self) -> dict[str, Any]:
        """The record; an empty one if there is no file."""
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
            for source in record.get("sources", []):
                Path(source["path"])
            sums = record.get("sha256", {})
            if not all(isinstance(entry, dict) for entry in sums.values()):
                raise TypeError("checksums are no objects")
        except FileNotFoundError:
            return {"version": _VERSION}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(
                f"The list of added models {self.path} is damaged; mend or delete it (no model is "
                "lost by that, only the list)."
            ) from error
        return dict(record)

    def _write(self, record: dict[str, Any]) -> None:
        """Replace the file in one step, so that it is never half written."""
        record["version"] = _VERSION
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        scratch = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_text(text, encoding="utf-8")
            scratch.replace(self.path)
        except OSError as error:
            raise ModelError(
                f"The list of added models {self.path} cannot be written: {error.strerror}."
            ) from error
