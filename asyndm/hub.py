"""Download a model from a hub into the folder of installed models; resumed, checked, never half.

    info = describe("OWNER/NAME")            # how large, where to, which licence
    folder = download("OWNER/NAME", cancel=event, progress=report)

A reference is OWNER/NAME for a model in the diffusers layout, or OWNER/NAME:PATH.safetensors for
one file of a repository. Everything arrives in a hidden folder beside the other models, which is
kept when a download stops; when all checksums are right, one rename makes the model appear.
Nothing here needs torch or Qt; the functions wait for the network, so they are called on a thread.
"""

import json
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asyndm.catalogue import EMBEDDED, installed_models_folder
from asyndm.errors import ModelError
from asyndm.hub_access import (
    AccessError,
    DownloadCancelledError,
    Hub,
    Listing,
    RemoteFile,
    size_text,
)
from asyndm.hub_partial import PartialFolder
from asyndm.hub_selection import INDEX, is_safe, needed_files
from asyndm.hub_transfer import fetch
from asyndm.pipeline_classes import PIPELINES
from asyndm.request import Task

__all__ = [
    "AccessError",
    "DownloadCancelledError",
    "DownloadProgress",
    "RepoInfo",
    "describe",
    "download",
    "is_reference",
    "size_text",
]

_WORD = r"[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9_])?"
_REFERENCE = re.compile(rf"({_WORD}/{_WORD})(?::(.+))?")
_INDEX_LIMIT = 1 << 20
_SPARE_BYTES = 16 << 20  # the disk shall not be filled to the last byte


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download is.

    Attributes:
        done: bytes that are there, those of earlier tries included.
        total: bytes of all files.
        file: the one that is being fetched.
    """

    done: int
    total: int
    file: str


Progress = Callable[[DownloadProgress], None]


@dataclass(frozen=True)
class RepoInfo:
    """What a download will bring, known before it starts.

    Attributes:
        repository: OWNER/NAME. revision: the commit.
        file: the one file that was asked for, or None for a whole model.
        variant: the weights that are preferred, or None.
        name: the model will have. target: its folder.
        pipeline: class in model_index.json, "" for a single file.
        tasks: what the model can be used for; empty for a single file.
        licence: its name, or "unknown".
        gated: whether the licence must be accepted on the hub first.
        files: name and size in bytes of each file.
        total_bytes: of all of them. present_bytes: are there from an earlier try.
        free_bytes: on the disk of `target`.
    """

    repository: str
    revision: str
    file: str | None
    variant: str | None
    name: str
    target: Path
    pipeline: str
    tasks: tuple[Task, ...]
    licence: str
    gated: bool
    files: tuple[tuple[str, int], ...]
    total_bytes: int
    present_bytes: int
    free_bytes: int


def is_reference(text: str) -> bool:
    """Whether a text is OWNER/NAME or OWNER/NAME:FILE, and no path of something that exists."""
    return _REFERENCE.fullmatch(text) is not None and not Path(text).exists()


def describe(
    reference: str,
    *,
    revision: str | None = None,
    variant: str | None = None,
    token: str | None = None,
    folder: Path | None = None,
    cancel: threading.Event | None = None,
) -> RepoInfo:
    """Ask the hub what a download would bring; nothing is written.

    Args: as `download`.

    Raises:
        DownloadCancelledError: while waiting for a busy hub.
        AccessError: a token or an accepted licence is wanted.
        ModelError: no such repository or file, or nothing in it that can be used.
        EngineError: the hub cannot be reached, or answers nonsense.
    """
    hub = Hub(token)
    return _plan(hub, reference, revision, variant, folder, cancel or threading.Event()).info


def download(
    reference: str,
    *,
    revision: str | None = None,
    variant: str | None = None,
    token: str | None = None,
    folder: Path | None = None,
    cancel: threading.Event | None = None,
    progress: Progress | None = None,
) -> Path:
    """Download a model, or go on with a download that stopped.

    Args:
        reference: OWNER/NAME, or OWNER/NAME:PATH.safetensors.
        revision: branch, tag or commit; None = the main branch.
        variant: weights to prefer, such as "fp16"; None = full precision where it is there.
        token: for gated and private repositories; None = HF_TOKEN or the stored one.
        folder: of the models; None = that of the installed ones.
        cancel: stops the download, within ten seconds where the hub is silent.
        progress: is told with every piece that arrives, on this thread.

    Returns:
        The model's folder.

    Raises:
        DownloadCancelledError: what has arrived is kept.
        AccessError: a token or an accepted licence is wanted.
        ModelError: it cannot be had, is there already, or there is no room.
        EngineError: the network failed for long, or bytes are not those that were published.
    """
    cancel = cancel or threading.Event()
    hub = Hub(token)
    plan = _plan(hub, reference, revision, variant, folder, cancel)
    info = plan.info
    if info.target.exists():
        raise ModelError(
            f"There is already a model {info.name} in {info.target.parent}; remove it first to "
            "get it anew, or check it with models verify."
        )
    with plan.partial.locked():
        plan.partial.keep_what_fits(plan.files)
        _check_room(info)
        digests = _fetch_all(hub, plan, cancel, progress)
        source = {
            "repository": info.repository, "revision": info.revision,
            "file": info.file, "variant": info.variant,
        }  # fmt: skip
        return plan.partial.finish(info.target, digests, source)


@dataclass(frozen=True)
class _Plan:
    """A description, and what is needed to carry it out; `files` go from local name to file."""

    info: RepoInfo
    listing: Listing
    files: dict[str, RemoteFile]
    partial: PartialFolder


def _plan(
    hub: Hub,
    reference: str,
    revision: str | None,
    variant: str | None,
    folder: Path | None,
    cancel: threading.Event,
) -> _Plan:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ModelError(
            f"{reference!r} names no repository; write OWNER/NAME, or OWNER/NAME:FILE.safetensors."
        )
    repository, file = match[1], match[2]
    if file is not None and not file.lower().endswith(".safetensors"):
        raise ModelError(f"{file} is no .safetensors file; only such files are downloaded singly.")
    listing = hub.listing(repository, revision, cancel)
    pipeline = ""
    if file is not None:
        files = _single_file(listing, file)
    else:
        pipeline, files = _model_files(hub, listing, variant, cancel)
    name = Path(file).stem.lstrip(".") if file is not None else repository.partition("/")[2]
    home = installed_models_folder() if folder is None else folder
    partial = PartialFolder(home, repository if file is None else f"{repository}/{name}")
    known = PIPELINES.get(pipeline)
    target = _target(home, name, repository)
    info = RepoInfo(
        repository=repository,
        revision=listing.revision,
        file=file,
        variant=variant,
        name=target.name,
        target=target,
        pipeline=pipeline,
        tasks=known.tasks if known else (),
        licence=listing.licence,
        gated=listing.gated,
        files=tuple((remote.name, remote.size) for remote in files.values()),
        total_bytes=sum(remote.size for remote in files.values()),
        present_bytes=partial.present_bytes(files),
        free_bytes=_free_bytes(home),
    )
    return _Plan(info, listing, files, partial)


def _single_file(listing: Listing, name: str) -> dict[str, RemoteFile]:
    """One file, which lies at the top of the model's folder whatever its path was."""
    for file in listing.files:
        if file.name == name:
            _check(file)
            return {name.rpartition("/")[2]: file}
    raise ModelError(f"The repository {listing.repository} has no file {name}; {_singles(listing)}")


def _model_files(
    hub: Hub, listing: Listing, variant: str | None, cancel: threading.Event
) -> tuple[str, dict[str, RemoteFile]]:
    """Pipeline class and files of a model in the diffusers layout."""
    by_name = {file.name: file for file in listing.files}
    if INDEX not in by_name:
        raise ModelError(
            f"The repository {listing.repository} is no model in the diffusers layout ({INDEX} is "
            f"missing); {_singles(listing)}"
        )
    text = hub.read(hub.file_url(listing, INDEX), listing.repository, _INDEX_LIMIT, cancel)
    try:
        index = json.loads(text)
        pipeline = str(index["_class_name"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"The {INDEX} of {listing.repository} is damaged.") from error
    if pipeline not in PIPELINES:
        raise ModelError(
            f"The model {listing.repository} is a {pipeline}, which is not supported; supported "
            f"are {', '.join(PIPELINES)}."
        )
    names = needed_files(by_name, index, variant)
    for name in names:
        _check(by_name[name])
    return pipeline, {name: by_name[name] for name in names}


def _check(file: RemoteFile) -> None:
    """Raise unless a file can be put into a folder safely, and checked."""
    if not is_safe(file.name):
        raise ModelError(f"The repository has a file with the unsafe name {file.name!r}.")
    if file.size < 0 or not (file.sha256 or file.blob):
        raise ModelError(f"The hub gives no checksum of {file.name}, so it cannot be trusted.")


def _singles(listing: Listing) -> str:
    """The end of a sentence that tells which files could be asked for."""
    found = sorted(
        (file for file in listing.files if file.name.endswith(".safetensors")),
        key=lambda file: -file.size,
    )
    if not found:
        return "it has no .safetensors file either."
    named = ", ".join(f"{file.name} ({size_text(file.size)})" for file in found[:5])
    return f"name one of its files as {listing.repository}:FILE: {named}."


def _target(home: Path, name: str, repository: str) -> Path:
    """The model's folder; another model's name is not taken."""
    target = home / name
    if (EMBEDDED / name).exists() or (
        target.exists() and PartialFolder.repository_of(target) != repository
    ):
        return home / f"{repository.partition('/')[0]}-{name}"
    return target


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _check_room(info: RepoInfo) -> None:
    needed = info.total_bytes - info.present_bytes + _SPARE_BYTES
    if needed > info.free_bytes:
        raise ModelError(
            f"There is no room for {info.name}: {size_text(needed)} are still needed in "
            f"{info.target.parent}, and {size_text(info.free_bytes)} are free."
        )


def _fetch_all(
    hub: Hub, plan: _Plan, cancel: threading.Event, progress: Progress | None
) -> dict[str, str]:
    """Fetch the files that are not there yet.

    Returns:
        SHA-256 of each file, by local name.
    """
    done = 0
    digests = {}

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(DownloadProgress(done, plan.info.total_bytes, file.name))

    for name, file in plan.files.items():
        if cancel.is_set():
            raise DownloadCancelledError
        known = plan.partial.verified(name)
        if known is not None:
            advance(file.size)
            digests[name] = known
            continue
        target = plan.partial.path(name)
        digests[name] = fetch(hub, plan.listing, file, target, cancel, advance)
        plan.partial.note(name, digests[name])
    return digests
