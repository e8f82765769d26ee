"""A hub on loopback: what huggingface_hub and the downloads of the engine need, over real HTTP.

Repositories are served as a hub does it: the interface lists files with sizes and checksums, small
files come directly, large ones by a redirect to a second server (the store), which has another
origin and must never see a token. The hub can be told to misbehave: see ``Faults``.
"""

import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_letmein"
_LARGE = (".safetensors", ".bin", ".model")
_PIECE = 16384


@dataclass
class Repository:
    """One repository at one commit.

    Attributes:
        files: content by path.
        gated: whether files are given to holders of TOKEN only.
        private: whether all is.
        announced: sizes that are announced instead of the true ones.
        card: the head of its model card.
    """

    files: dict[str, bytes]
    gated: bool = False
    private: bool = False
    commit: str = COMMIT
    announced: dict[str, int] = field(default_factory=dict)
    card: dict[str, str] = field(default_factory=lambda: {"license": "openrail++"})

    @classmethod
    def of_folder(cls, folder: Path) -> "Repository":
        """A repository with the files of a folder."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})

    def size(self, name: str) -> int:
        """What the hub says of a file's size."""
        return self.announced.get(name, len(self.files[name]))


@dataclass
class Faults:
    """How the hub misbehaves.

    Attributes:
        cut: is asked for each answer with a file's bytes after how many of them the connection is
            cut; None = not at all.
        flip: files of which one byte, in the middle of what is sent, is wrong.
        piece_pause_s: waits before each piece of 16 kB.
        refuse: (status, error code) for the next answers, one each, whatever is asked.
        no_ranges: every file is sent from its start.
    """

    cut: Callable[[], int | None] = lambda: None
    flip: set[str] = field(default_factory=set)
    piece_pause_s: float = 0.0
    refuse: list[tuple[int, str]] = field(default_factory=list)
    no_ranges: bool = False


@dataclass
class Sent:
    """One answer with a file's bytes."""

    name: str
    start: int
    count: int = 0


class HubServer:
    """The hub and its store, each on a port of its own. `with running_hub(...)` starts them."""

    def __init__(self, repositories: dict[str, Repository]) -> None:
        self.repositories = repositories
        self.faults = Faults()
        self.sent: list[Sent] = []
        self.requests: list[str] = []
        self.tokens_at_the_store: list[str] = []
        self.connections: set[socket.socket] = set()
        self._servers = [self._server(store=store) for store in (False, True)]
        self.endpoint, self.store = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )
        # Polled often, so that tests do not wait for their end.
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.01,)) for server in self._servers
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def bytes_sent(self, name: str | None = None) -> int:
        """Bytes of files that were sent, in all or of one file."""
        return sum(sent.count for sent in self.sent if name in (None, sent.name))

    def forget(self) -> None:
        """Count anew."""
        self.sent.clear()
        self.requests.clear()

    def _server(self, *, store: bool) -> ThreadingHTTPServer:
        hub = self

        class Handler(_Handler):
            is_store = store
            server_state = hub

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        return server


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for its second half
    is_store: bool
    server_state: HubServer

    def setup(self) -> None:
        super().setup()
        self.server_state.connections.add(self.connection)

    def finish(self) -> None:
        self.server_state.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_arguments: object) -> None:
        """Nothing on the terminal."""

    def _answer(self, *, with_body: bool) -> None:
        hub = self.server_state
        hub.requests.append(f"{self.command} {self.path}")
        self._with_body = with_body
        if hub.faults.refuse:
            self._refuse(*hub.faults.refuse.pop(0))
            return
        address = urlsplit(self.path)
        path = unquote(address.path)
        try:
            if self.is_store:
                self._from_store(path)
            elif path.startswith("/api/models/"):
                self._interface(path.removeprefix("/api/models/"), parse_qs(address.query))
            elif "/resolve/" in path:
                self._resolve(path)
            else:
                self._refuse(404, "")
        except ConnectionError:
            self.close_connection = True

    def _interface(self, path: str, query: dict[str, list[str]]) -> None:
        owner, name, *rest = path.split("/")
        repository = self._repository(f"{owner}/{name}", needs_token=False)
        if repository is None:
            return
        kind, revision = (rest[0], rest[1]) if len(rest) >= 2 else ("revision", "main")
        if revision not in ("main", repository.commit):
            self._refuse(404, "RevisionNotFound")
        elif kind == "tree":
            self._json([_tree_entry(repository, file) for file in repository.files])
        else:
            record = {
                "id": f"{owner}/{name}",
                "sha": repository.commit,
                "gated": "auto" if repository.gated else False,
                "private": repository.private,
                "cardData": repository.card,
                "siblings": [
                    _sibling(repository, file, details="blobs" in query)
                    for file in repository.files
                ],
            }
            self._json(record)

    def _resolve(self, path: str) -> None:
        subject, _, rest = path.strip("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        repository = self._repository(subject, needs_token=True)
        if repository is None:
            return
        if revision not in ("main", repository.commit):
            self._refuse(404, "RevisionNotFound")
        elif file not in repository.files:
            self._refuse(404, "EntryNotFound")
        elif file.endswith(_LARGE):
            self._redirect(repository, subject, file)
        else:
            etag = _blob(repository.files[file])
            self._bytes(subject, file, {"ETag": f'"{etag}"', "X-Repo-Commit": repository.commit})

    def _redirect(self, repository: Repository, subject: str, file: str) -> None:
        digest = hashlib.sha256(repository.files[file]).hexdigest()
        self.send_response(302)
        self.send_header("Location", f"{self.server_state.store}/{subject}//{file}")
        self.send_header("X-Repo-Commit", repository.commit)
        self.send_header("X-Linked-Etag", f'"{digest}"')
        self.send_header("X-Linked-Size", str(repository.size(file)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _from_store(self, path: str) -> None:
        token = self.headers.get("Authorization")
        if token:
            self.server_state.tokens_at_the_store.append(token)
        subject, _, file = path.strip("/").partition("//")
        self._bytes(subject, file, {"ETag": '"store"'})

    def _bytes(self, subject: str, file: str, headers: dict[str, str]) -> None:
        """A file, or the rest of it; cut, slow or wrong if the faults say so."""
        faults = self.server_state.faults
        data = self.server_state.repositories[subject].files[file]
        start = 0
        wanted = self.headers.get("Range")
        if wanted and not faults.no_ranges:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= len(data):
                self._refuse(416, "")
                return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        for name, value in {"Accept-Ranges": "bytes", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self._with_body:
            self._send(file, _flipped(data, start) if file in faults.flip else data, start)

    def _send(self, file: str, data: bytes, start: int) -> None:
        faults = self.server_state.faults
        limit = faults.cut()
        end = len(data) if limit is None else min(len(data), start + limit)
        sent = Sent(file, start)
        self.server_state.sent.append(sent)
        for first in range(start, end, _PIECE):
            time.sleep(faults.piece_pause_s)
            piece = data[first : min(first + _PIECE, end)]
            self.wfile.write(piece)
            sent.count += len(piece)
        if end < len(data):
            self.close_connection = True

    def _repository(self, name: str, *, needs_token: bool) -> Repository | None:
        """A repository, or None after a refusal was sent."""
        repository = self.server_state.repositories.get(name)
        has_token = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if repository is None or (repository.private and not has_token):
            self._refuse(401, "RepoNotFound")
        elif repository.gated and needs_token and not has_token:
            self._refuse(403 if self.headers.get("Authorization") else 401, "GatedRepo")
        else:
            return repository
        return None

    def _json(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self._with_body:
            self.wfile.write(data)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def running_hub(repositories: dict[str, Repository]) -> Iterator[HubServer]:
    """A hub that serves for the time of a with block."""
    hub = HubServer(repositories)
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


def _sibling(repository: Repository, name: str, *, details: bool) -> dict[str, object]:
    if not details:
        return {"rfilename": name}
    data, size = repository.files[name], repository.size(name)
    record: dict[str, object] = {"rfilename": name, "size": size, "blobId": _blob(data)}
    if name.endswith(_LARGE):
        digest = hashlib.sha256(data).hexdigest()
        record["lfs"] = {"size": size, "sha256": digest, "pointerSize": 134}
    return record


def _tree_entry(repository: Repository, name: str) -> dict[str, object]:
    data, size = repository.files[name], repository.size(name)
    record: dict[str, object] = {"type": "file", "path": name, "size": size, "oid": _blob(data)}
    if name.endswith(_LARGE):
        digest = hashlib.sha256(data).hexdigest()
        record["lfs"] = {"size": size, "oid": digest, "pointerSize": 134}
    return record


def _blob(data: bytes) -> str:
    """Git's name of a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _flipped(data: bytes, start: int) -> bytes:
    middle = (start + len(data)) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
