"""Talk to a hub: which files a repository has, and their bytes; refusals become sentences.

huggingface_hub gives the session (proxies, certificates, offline mode), the stored token and the
records of its interface. Its own ``hf_hub_download`` does not serve here: since version 2 it throws
away what has arrived whenever it is interrupted, and it hands large files to hf-xet, whose bytes
could not be counted, resumed or compared with the published checksum on their way.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from asyndm.errors import AsynDMError, EngineError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

PATIENCE_S = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Waits between tries that bring no new byte; the first try after some bytes comes at once."""
_TIMEOUT_S = 10.0
_LONGEST_WAIT_S = 120.0
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_TRUE = ("1", "ON", "YES", "TRUE")


class AccessError(ModelError):
    """The hub wants a token, or a licence to be accepted, before it gives the files."""


class DownloadCancelledError(AsynDMError):
    """A download was cancelled; what has arrived is kept."""

    def __init__(self) -> None:
        super().__init__("Cancelled; what has arrived is kept, so the same download goes on there.")


class TemporaryError(EngineError):
    """A fault that may be gone in a moment.

    Attributes:
        wait_s: how long the hub asks to wait, in seconds.
    """

    def __init__(self, sentence: str, wait_s: float = 0.0) -> None:
        super().__init__(sentence, retryable=True)
        self.wait_s = wait_s


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository.

    Attributes:
        name: path within the repository, with "/".
        size: in bytes.
        sha256: of its bytes, for large files (LFS), hexadecimal; or None.
        blob: git's object name, for small files: SHA-1 of a short header and the bytes; or None.
    """

    name: str
    size: int
    sha256: str | None
    blob: str | None

    @property
    def digest(self) -> str:
        """What identifies its content."""
        return self.sha256 or f"git:{self.blob}"


@dataclass(frozen=True)
class Listing:
    """What a repository holds at one revision.

    Attributes:
        repository: OWNER/NAME.
        revision: the commit.
        files: all of them.
        licence: its name, or "unknown".
        gated: whether the files are given only to those who accepted the licence.
    """

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]
    licence: str
    gated: bool


class Patience:
    """Waits before another try, until there have been too many in a row.

    Args:
        cancel: ends a wait at once.
        waits: in seconds; None = PATIENCE_S.
    """

    def __init__(self, cancel: threading.Event, waits: Sequence[float] | None = None) -> None:
        self._cancel = cancel
        self._waits = PATIENCE_S if waits is None else waits
        self._tries = 0

    def reset(self) -> None:
        """Something has arrived."""
        self._tries = 0

    def wait(self, error: TemporaryError) -> None:
        """Wait for the next try.

        Raises:
            TemporaryError: the given one, if it is time to give up.
            DownloadCancelledError: meanwhile.
        """
        if self._tries >= len(self._waits):
            raise error
        pause = max(self._waits[self._tries], min(error.wait_s, _LONGEST_WAIT_S))
        self._tries += 1
        if self._cancel.wait(pause):
            raise DownloadCancelledError from error


class Hub:
    """A hub: the one that HF_ENDPOINT names, else the usual one.

    Args:
        token: of the person; None = HF_TOKEN, or the one that huggingface_hub has stored.

    Raises:
        ModelError: HF_HUB_OFFLINE forbids it.
        AccessError: the token cannot be one.
    """

    def __init__(self, token: str | None = None) -> None:
        from huggingface_hub import constants, get_token

        if os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE or constants.is_offline_mode():
            raise ModelError(
                "The offline mode is on, so nothing is downloaded; unset HF_HUB_OFFLINE to do so."
            )
        self.endpoint = (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")
        self._token = (token or get_token() or "").strip()
        if not (self._token.isascii() and self._token.isprintable()) or " " in self._token:
            raise AccessError("The token is no token of a hub: it has signs that none has.")

    def listing(
        self, repository: str, revision: str | None, cancel: threading.Event | None = None
    ) -> Listing:
        """What a repository holds.

        Raises:
            AccessError, ModelError: there is none, or not for this person.
            TemporaryError: the hub cannot be reached.
        """
        from huggingface_hub import ModelInfo

        url = f"{self.endpoint}/api/models/{repository}"
        if revision is not None:
            url += f"/revision/{quote(revision, safe='')}"
        text = self.read(f"{url}?blobs=true", repository, 64 << 20, cancel)
        try:
            info = cast("Callable[..., ModelInfo]", ModelInfo)(**json.loads(text))
            files = tuple(_remote_file(sibling) for sibling in info.siblings or ())
            commit = str(info.sha)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise EngineError(
                f"The answer of the hub about {repository} cannot be understood; check HF_ENDPOINT."
            ) from error
        return Listing(repository, commit, files, _licence(info.card_data), bool(info.gated))

    def file_url(self, listing: Listing, name: str) -> str:
        """Address of a file, at the commit of the listing."""
        return f"{self.endpoint}/{listing.repository}/resolve/{listing.revision}/{quote(name)}"

    def read(
        self, url: str, repository: str, limit: int, cancel: threading.Event | None = None
    ) -> bytes:
        """A short answer, whole; tried a few times.

        Raises:
            AccessError, ModelError, TemporaryError: as `stream`.
            EngineError: it has more than `limit` bytes.
        """
        patience = Patience(cancel or threading.Event(), PATIENCE_S[:4])
        while True:
            try:
                with self.stream(url, repository) as response:
                    data = bytearray()
                    for piece in response.iter_bytes():
                        data += piece
                        if len(data) > limit:
                            raise EngineError(f"The hub's answer about {repository} is too long.")
                    return bytes(data)
            except TemporaryError as error:
                patience.wait(error)

    @contextmanager
    def stream(self, url: str, repository: str, start: int = 0) -> Iterator["httpx2.Response"]:
        """An answer to be read piece by piece; faults while it is read are told as well.

        The token goes to the hub only: the session drops it where a redirect leads elsewhere.

        Args:
            url: what to get.
            repository: to name in sentences.
            start: first byte wanted. If it is not 0, the status tells whether that was heard.

        Raises:
            AccessError, ModelError: the hub refuses.
            TemporaryError: it cannot be reached, is busy, or the connection broke.
            EngineError: it answers what cannot be used.
        """
        import httpx2
        from huggingface_hub import get_session

        # Compressed answers would make byte positions meaningless.
        headers = {"user-agent": "asyndm-studio", "accept-encoding": "identity"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        if start:
            headers["range"] = f"bytes={start}-"
        try:
            with get_session().stream(
                "GET", url, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True
            ) as response:
                if response.status_code not in (200, 206):
                    raise self._refusal(response, repository)
                yield response
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.TooManyRedirects) as error:
            raise EngineError(
                f"The address of the hub cannot be used ({error}); check HF_ENDPOINT."
            ) from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise TemporaryError(
                f"The hub cannot be reached ({_reason(error)}); check the network, and HF_ENDPOINT "
                "if it is set."
            ) from error
        except httpx2.HTTPError as error:
            raise TemporaryError(
                f"The connection to the hub broke off ({_reason(error)}); what has arrived is "
                "kept, so start the download again to go on."
            ) from error

    def _refusal(self, response: "httpx2.Response", repository: str) -> AsynDMError:
        """The sentence for an answer that brings no file."""
        status, code = response.status_code, response.headers.get("x-error-code", "")
        if status in _BUSY:
            return TemporaryError(
                f"The hub is busy or does not let one fetch so much at once (status {status}); "
                "start the download again later, it goes on where it was.",
                _seconds(response.headers.get("retry-after", "")),
            )
        if code == "GatedRepo" or (status == 403 and code != "RepoNotFound"):
            return AccessError(self._gated(repository))
        if status == 401:
            return AccessError(
                f"The hub gives {repository} to nobody without a token that it knows: check the "
                "name; if it is private or its licence has to be accepted, give a token (in the "
                "window, by --token, or in HF_TOKEN)."
            )
        if status == 404:
            return ModelError(_missing(code, repository))
        return EngineError(f"The hub refuses {repository} (status {status} {code}).")

    def _gated(self, repository: str) -> str:
        where = f"accept its licence at {self.endpoint}/{repository}"
        if self._token:
            return (
                f"The repository {repository} is gated and the token does not open it yet: {where} "
                "with the account that the token belongs to."
            )
        return (
            f"The repository {repository} is gated: {where}, then give a token of that account (in "
            "the window, by --token, or in the variable HF_TOKEN)."
        )


def size_text(size: float) -> str:
    """A size for people: "6.9 GB"."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"


def _remote_file(sibling: Any) -> RemoteFile:
    size, sha256 = sibling.size, None
    if sibling.lfs is not None:
        size, sha256 = sibling.lfs.size, str(sibling.lfs.sha256)
    return RemoteFile(str(sibling.rfilename), int(size), sha256, sibling.blob_id)


def _licence(card: Mapping[str, Any] | Any) -> str:
    """What the head of a model card says; "other" has a name of its own."""
    values = card.to_dict() if hasattr(card, "to_dict") else card
    if not isinstance(values, Mapping):
        return "unknown"
    named = values.get("license")
    if named == "other":
        named = values.get("license_name") or named
    return str(named) if named else "unknown"


def _missing(code: str, repository: str) -> str:
    if code == "RevisionNotFound":
        return f"The repository {repository} has no such revision; check --revision."
    if code == "EntryNotFound":
        return f"The repository {repository} has not got the file any more; try again."
    return f"The hub has no repository {repository}; check the name."


def _seconds(text: str) -> float:
    """A Retry-After header; it may be a date as well, which is not waited for."""
    return float(text) if text.strip().isdigit() else 0.0


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")
