"""The engine process: ``python -m app.jobs.worker``, spoken to with ``app.jobs.protocol``.

It says ``ready`` as soon as it listens and imports torch only then, so that the window can send
work at once. Jobs run one after another on the main thread; a second thread reads the requests,
sets the cancel event of a job, and ends the process when the window is gone: the end of its
standard input is enough, also in the middle of a step. Nothing is written to the disk here, so
leaving at once loses nothing.

Standard output carries frames only: the descriptor is taken over before anything else is imported,
and whatever a library prints goes to standard error.
"""

import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from app.jobs.engine_environment import set_engine_environment
from app.jobs.protocol import Decoder, ProtocolError, encode
from asyndm.errors import AsynDMError, RequestError
from asyndm.events import Cancelled, Event, Failed, event_to_record
from asyndm.request import Request

if TYPE_CHECKING:
    from asyndm.engine import Engine

_CHUNK_BYTES = 1 << 18
_GRACE_S = 0.5
_PROTOCOL_EXIT_CODE = 3


@dataclass
class _Job:
    """A run that waits or is under way."""

    number: int
    record: Mapping[str, Any]
    memory: Mapping[str, Any]
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Preload:
    """A model to load before it is asked for."""

    model: str


class Worker:
    """Serves one window.

    Args:
        requests: frames from the window.
        replies: frames to the window.
    """

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        self._work: queue.SimpleQueue[_Job | _Preload | None] = queue.SimpleQueue()
        self._jobs: dict[int, _Job] = {}
        self._engine: Engine | None = None

    def serve(self) -> None:
        """Work until the requests end."""
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        self._send({"op": "ready", "pid": os.getpid()})
        self._warm_up()
        while (item := self._work.get()) is not None:
            if isinstance(item, _Preload):
                self._preload(item.model)
            else:
                self._run(item)
                self._jobs.pop(item.number, None)

    def _read(self) -> None:
        """Take requests until they end; runs on a thread of its own."""
        decoder = Decoder()
        try:
            while data := self._requests.read(_CHUNK_BYTES):
                for message in decoder.feed(data):
                    self._take(message)
        except ProtocolError as error:
            sys.stderr.write(f"engine: {error}\n")
            sys.stderr.flush()
            os._exit(_PROTOCOL_EXIT_CODE)
        for job in list(self._jobs.values()):
            job.cancel.set()
        self._work.put(None)
        # A step may take long, and nobody waits for its result any more.
        time.sleep(_GRACE_S)
        os._exit(0)

    def _take(self, message: Mapping[str, Any]) -> None:
        """Queue what the window asks for, or set the cancel event it names."""
        operation, number = message.get("op"), message.get("job")
        if operation == "run" and isinstance(number, int):
            job = _Job(number, _mapping(message, "request"), _mapping(message, "memory"))
            self._jobs[number] = job
            self._work.put(job)
        elif operation == "cancel" and isinstance(number, int):
            if number in self._jobs:
                self._jobs[number].cancel.set()
        elif operation == "preload" and isinstance(message.get("model"), str):
            self._work.put(_Preload(message["model"]))
        else:
            raise ProtocolError(f"An unknown message arrived: {operation!r}.")

    def _warm_up(self) -> None:
        """Import torch while the person is still looking at the window."""
        try:
            self._get_engine()
        except Exception:  # a job will report it
            traceback.print_exc()

    def _get_engine(self) -> "Engine":
        if self._engine is None:
            from asyndm.engine import Engine

            self._engine = Engine()
        return self._engine

    def _preload(self, model: str) -> None:
        try:
            self._get_engine().preload(model)
        except Exception:  # a run with this model will report it
            traceback.print_exc()

    def _run(self, job: _Job) -> None:
        """Run a job; its last event is Finished, Cancelled or Failed, whatever happens."""
        if job.cancel.is_set():
            self._reply(job, Cancelled())
            return
        try:
            request = _request(job.record)
            for event in self._get_engine().run(request, job.cancel, job.memory):
                self._reply(job, event)
        except AsynDMError as error:
            self._reply(job, Failed(reason=str(error)))
        except ProtocolError as error:
            reason = "The result is too large to be sent to the window; choose a smaller one."
            self._reply(job, Failed(reason=reason, details=str(error)))
        except Exception as error:
            reason = f"The engine could not run the request ({type(error).__name__})."
            self._reply(job, Failed(reason=reason, details=traceback.format_exc(), retryable=True))

    def _reply(self, job: _Job, event: Event) -> None:
        self._send({"op": "event", "job": job.number, "event": event_to_record(event)})

    def _send(self, message: Mapping[str, Any]) -> None:
        """Send a message; without anybody to read it there is nothing left to do."""
        frame = encode(message)
        try:
            self._replies.write(frame)
            self._replies.flush()
        except OSError:
            os._exit(0)


def _mapping(message: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = message.get(key)
    return value if isinstance(value, Mapping) else {}


def _request(record: Mapping[str, Any]) -> Request:
    """The request in a record; RequestError whatever is wrong with it."""
    try:
        return Request.from_record(record)
    except (AttributeError, TypeError, ValueError) as error:
        raise RequestError(f"The request is damaged: {error}.") from error


def claim_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input, and standard output for frames alone: prints go to standard error."""
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return requests, replies


def main() -> int:
    """Serve the window at the other end of the standard streams.

    Returns:
        The exit code.
    """
    # Ctrl+C in a terminal reaches this process too, but the window decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_engine_environment()
    requests, replies = claim_streams()
    Worker(requests, replies).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
