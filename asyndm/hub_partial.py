"""The hidden folder in which a download comes about, and the rename that makes it a model.

    .OWNER--NAME.download/
        lock            held by the process that is downloading; freed by the system when it dies
        download.json   which files are wanted, by checksum, and which large ones are complete
        model/          the files; NAME.part is one that is not complete

A large file that ``download.json`` calls complete was checked, and its bytes were on the disk
before that was written; it is not read again. All other files are hashed again when a download
goes on, which is quick for small ones and needs no network. A file with another checksum than the
wanted one, such as that of an older revision, is thrown away.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asyndm.errors import ModelError
from asyndm.hub_access import RemoteFile
from asyndm.hub_transfer import part_of

_SOURCE = "source.json"
_CHECKSUMS = "checksums.json"
_VERSION = 1
LARGE_BYTES = 4 << 20
"""From this size on a complete file is noted as such; noting each small one would take longer."""


class PartialFolder:
    """The unfinished download of one thing.

    Args:
        home: the folder of the models.
        subject: what is downloaded, OWNER/NAME or OWNER/NAME/FILE.
    """

    def __init__(self, home: Path, subject: str) -> None:
        self._home = home
        self._folder = home / f".{subject.replace('/', '--')}.download"
        self._subject = subject
        self._state = self._folder / "download.json"
        self._wanted: dict[str, str] = {}
        self._verified: dict[str, str] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from the same download.

        Raises:
            ModelError: one is at it, or the folder cannot be made.
        """
        from filelock import FileLock, Timeout

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._folder / "lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise ModelError(
                f"{self._subject} is being downloaded already, by another process."
            ) from error
        except OSError as error:
            raise _unusable(self._home, error) from error
        try:
            yield
        finally:
            lock.release()
            if not (self._folder / "model").exists():
                shutil.rmtree(self._folder, ignore_errors=True)

    def path(self, name: str) -> Path:
        """Where a file is put."""
        return self._folder / "model" / name

    def present_bytes(self, files: Mapping[str, RemoteFile]) -> int:
        """Bytes of the wanted files that are there, as far as their sizes tell."""
        wanted, _ = self._read()
        present = 0
        for name, file in files.items():
            if wanted.get(name) != file.digest:
                continue
            for path in (self.path(name), part_of(self.path(name))):
                if path.is_file():
                    present += min(path.stat().st_size, file.size)
        return present

    def keep_what_fits(self, files: Mapping[str, RemoteFile]) -> None:
        """Throw away what is not wanted (any more), and note what is.

        Raises:
            ModelError: the folder cannot be written to.
        """
        before, verified = self._read()
        wanted = {name: file.digest for name, file in files.items()}
        keep = set()
        for name, digest in wanted.items():
            if before.get(name) == digest:
                keep |= {self.path(name), part_of(self.path(name))}
        self._wanted = wanted
        self._verified = {
            name: digest
            for name, digest in verified.items()
            if self.path(name) in keep and self.path(name).is_file()
        }
        try:
            for path in sorted((self._folder / "model").rglob("*")):
                if path.is_file() and path not in keep:
                    path.unlink()
            for name in wanted:
                if name not in self._verified and self.path(name).is_file():
                    # Complete, but whether its bytes are right is not known here.
                    self.path(name).replace(part_of(self.path(name)))
            self._write()
        except OSError as error:
            raise _unusable(self._home, error) from error

    def verified(self, name: str) -> str | None:
        """SHA-256 of a large file that is complete; None if it has to be fetched or hashed."""
        return self._verified.get(name)

    def note(self, name: str, digest: str) -> None:
        """A file is complete.

        Raises:
            ModelError: the folder cannot be written to.
        """
        if self.path(name).stat().st_size < LARGE_BYTES:
            return
        self._verified[name] = digest
        try:
            self._write()
        except OSError as error:
            raise _unusable(self._home, error) from error

    def finish(self, target: Path, digests: Mapping[str, str], source: Mapping[str, Any]) -> Path:
        """Make the complete files a model.

        Args:
            target: its folder.
            digests: SHA-256 of each file.
            source: where it is from, for source.json.

        Raises:
            ModelError: something of that name has come about meanwhile, or the disk is full.
        """
        model = self._folder / "model"
        try:
            for folder in sorted((p for p in model.rglob("*") if p.is_dir()), reverse=True):
                if not any(folder.iterdir()):
                    folder.rmdir()
            _write_json(model / _CHECKSUMS, {"version": _VERSION, "sha256": dict(digests)})
            _write_json(model / _SOURCE, {"version": _VERSION, **source})
            if target.exists():
                raise ModelError(f"There is already a model {target.name} in {target.parent}.")
            model.rename(target)
        except OSError as error:
            raise _unusable(self._home, error) from error
        return target

    @staticmethod
    def repository_of(model: Path) -> str | None:
        """The repository a model's folder was downloaded from; None if it was not."""
        try:
            value = json.loads((model / _SOURCE).read_text(encoding="utf-8"))["repository"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return str(value)

    def _read(self) -> tuple[dict[str, str], dict[str, str]]:
        """Wanted and verified checksums; nothing if the state is missing or damaged."""
        try:
            record = json.loads(self._state.read_text(encoding="utf-8"))
            wanted = {str(name): str(digest) for name, digest in record["wanted"].items()}
            verified = {str(name): str(digest) for name, digest in record["verified"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}, {}
        return wanted, verified

    def _write(self) -> None:
        (self._folder / "model").mkdir(exist_ok=True)
        record = {"version": _VERSION, "wanted": self._wanted, "verified": self._verified}
        _write_json(self._state, record)


def _write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a file so that it is there whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _unusable(home: Path, error: OSError) -> ModelError:
    return ModelError(
        f"The folder of the models, {home}, cannot be written to ({error.strerror or error})."
    )
