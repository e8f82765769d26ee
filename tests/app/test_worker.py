"""The engine process, as a process: it works, obeys, dies and comes back."""

import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.jobs.protocol import Decoder, encode
from asyndm.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Loading,
    Step,
    event_from_record,
)
from asyndm.request import Region, Request
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.editing.photograph import photograph

ROOT = Path(__file__).parents[2]
PAGE = resource.getpagesize()
PATIENCE_S = 120
"""Only a hung process takes this long, also on a machine with other work."""


class Client:
    """A worker process and the window's end of its pipes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.jobs.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self._decoder = Decoder()
        self._waiting: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.write(encode(message))

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def run(self, job: int, request: Request) -> None:
        self.send({"op": "run", "job": job, "request": request.to_record()})

    def receive(self) -> dict[str, Any]:
        """The next message; fails if the process ends or is silent for too long."""
        assert self.process.stdout is not None
        while not self._waiting:
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
            assert ready, "the worker is silent"
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            assert data, f"the worker ended: {self.errors()}"
            self._waiting += self._decoder.feed(data)
        return self._waiting.pop(0)

    def event(self, job: int) -> Event:
        message = self.receive()
        assert (message["op"], message["job"]) == ("event", job)
        return event_from_record(message["event"])

    def events(self, job: int) -> list[Event]:
        """All events of a job."""
        events = [self.event(job)]
        while not isinstance(events[-1], Finished | Cancelled | Failed):
            events.append(self.event(job))
        return events

    def finished(self, job: int) -> Finished:
        last = self.events(job)[-1]
        assert isinstance(last, Finished), last
        return last

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "plain"))


@pytest.fixture(scope="module")
def request_(model: str) -> Request:
    return Request(prompt="a red ball", model=model, seed=5, steps=4)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A worker that the tests of this module share; each leaves it idle."""
    client = Client()
    assert client.receive()["op"] == "ready"
    yield client
    client.close()


@pytest.fixture
def start() -> Iterator[Callable[[], Client]]:
    """Starts workers that are gone after the test."""
    clients = []

    def start_one() -> Client:
        clients.append(Client())
        return clients[-1]

    yield start_one
    for one in clients:
        one.close()


def test_it_is_ready_then_runs_what_it_is_sent(
    start: Callable[[], Client], request_: Request
) -> None:
    client = start()
    client.run(1, request_)  # before it is ready: nothing is lost
    ready = client.receive()
    assert (ready["op"], ready["pid"]) == ("ready", client.process.pid)
    events = client.events(1)
    assert isinstance(events[0], Loading)
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.i for step in steps] == [1, 2, 3, 4]
    assert steps[0].preview.shape == (16, 16, 3)
    assert steps[0].level_map.shape == steps[0].mask.shape == (16, 16)
    assert steps[-1].level_map.max() == 0
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.images.shape == (1, 64, 64, 3)


def test_jobs_run_in_order_and_alike(client: Client, request_: Request) -> None:
    client.run(10, request_)
    client.run(11, request_.with_(seed=6))
    client.run(12, request_)
    first, other, again = (client.finished(job) for job in (10, 11, 12))
    np.testing.assert_array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)


def test_pictures_and_masks_arrive(client: Client, request_: Request) -> None:
    mask = np.zeros((64, 64), np.float32)
    mask[20:40, 20:40] = 1
    request = request_.with_(task="inpaint", image=photograph(64, 64), regions=(Region(mask=mask),))
    client.run(20, request)
    events = client.events(20)
    assert isinstance(events[-1], Finished)
    step = next(event for event in events if isinstance(event, Step))
    assert step.mask[5:10, 5:10].min() == 1
    assert step.mask[:5].max() == 0


def test_no_memory_is_told_and_the_next_run_succeeds(
    start: Callable[[], Client], request_: Request
) -> None:
    client = start()
    client.run(1, request_)
    assert client.receive()["op"] == "ready"
    before = client.finished(1)
    used = int(Path(f"/proc/{client.process.pid}/statm").read_text().split()[0]) * PAGE
    resource.prlimit(client.process.pid, resource.RLIMIT_AS, (used + (96 << 20), -1))
    client.run(2, request_.with_(width=2048, height=2048))
    failed = client.events(2)[-1]
    assert isinstance(failed, Failed)
    assert "not enough memory for a picture of 2048 x 2048 pixels: it needs about" in failed.reason
    assert " MB were free" in failed.reason
    assert failed.suggestion is not None
    assert failed.suggestion["width"] < 2048
    client.run(3, request_)
    np.testing.assert_array_equal(client.finished(3).images, before.images)


def test_settings_of_memory_reach_the_engine(client: Client, request_: Request) -> None:
    record = request_.to_record()
    message = {"op": "run", "job": 21, "request": record, "memory": {"vae": "neither"}}
    client.send(message)
    failed = client.events(21)[-1]
    assert isinstance(failed, Failed)
    assert "'neither' is no way to decode" in failed.reason
    client.send({**message, "job": 22, "memory": {"vae": "tiled"}})
    assert client.finished(22).images.shape == (1, 64, 64, 3)


def test_a_cancel_ends_a_run_within_a_step(client: Client, request_: Request) -> None:
    client.run(30, request_.with_(steps=1000))
    while not isinstance(event := client.event(30), Step):
        assert not isinstance(event, Failed)
    client.send({"op": "cancel", "job": 30})
    events = client.events(30)
    assert isinstance(events[-1], Cancelled)
    assert events[-1].i < 1000
    client.send({"op": "cancel", "job": 30})  # too late, and harmless
    client.run(31, request_)
    client.finished(31)


def test_a_waiting_job_can_be_cancelled(client: Client, request_: Request) -> None:
    client.run(40, request_.with_(steps=300))
    client.run(41, request_)
    client.send({"op": "cancel", "job": 41})
    client.send({"op": "cancel", "job": 40})
    assert isinstance(client.events(40)[-1], Cancelled)
    assert client.events(41) == [Cancelled()]


def test_bad_requests_fail_in_a_sentence(client: Client, request_: Request) -> None:
    good = request_.to_record()
    bad: list[dict[str, Any]] = [
        {},
        {**good, "steps": 0},
        {**good, "version": 99},
        {**good, "regions": 3},
        {**good, "regions": [3]},
        {**good, "model": "no such model"},
        {**good, "model": "/no/such/folder"},
        {**good, "width": 30},
        {**good, "words": ["elephant"]},
    ]
    for job, record in enumerate(bad, start=50):
        client.send({"op": "run", "job": job, "request": record})
        (event,) = client.events(job)
        assert isinstance(event, Failed), record
        assert event.reason.endswith(".")
        assert "Traceback" not in event.reason
        assert not event.retryable
    client.run(99, request_)
    client.finished(99)


def test_a_preload_spares_the_loading(start: Callable[[], Client], request_: Request) -> None:
    client = start()
    assert request_.model is not None
    client.send({"op": "preload", "model": "no such model"})
    client.send({"op": "preload", "model": request_.model})
    client.run(1, request_)
    assert client.receive()["op"] == "ready"
    assert not any(isinstance(event, Loading) for event in client.events(1))


def test_killed_and_started_again_it_gives_the_same_picture(
    client: Client, start: Callable[[], Client], request_: Request
) -> None:
    client.run(110, request_)
    undisturbed = client.finished(110)
    victim = start()
    victim.run(1, request_.with_(steps=1000))
    assert victim.receive()["op"] == "ready"
    while not isinstance(victim.event(1), Step):
        pass
    victim.process.kill()
    assert victim.process.wait(PATIENCE_S) == -signal.SIGKILL
    successor = start()
    assert successor.receive()["op"] == "ready"
    successor.run(1, request_)
    np.testing.assert_array_equal(successor.finished(1).images, undisturbed.images)


def test_it_goes_when_the_window_goes(start: Callable[[], Client], request_: Request) -> None:
    client = start()
    assert client.receive()["op"] == "ready"
    client.run(1, request_.with_(steps=1000))
    while not isinstance(client.event(1), Step):
        pass
    assert client.process.stdin is not None
    client.process.stdin.close()
    # Its output is still read, so that it is the end of its input that it obeys.
    deadline = time.monotonic() + PATIENCE_S
    assert client.process.stdout is not None
    while os.read(client.process.stdout.fileno(), 1 << 16):
        assert time.monotonic() < deadline
    assert client.process.wait(PATIENCE_S) == 0


def test_it_goes_while_torch_is_loading(start: Callable[[], Client]) -> None:
    client = start()
    assert client.receive()["op"] == "ready"
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    "rubbish",
    [b"hello, engine\n", encode({"op": "dance"}), encode({"op": "run", "job": "1"})],
)
def test_rubbish_ends_it_with_an_error(start: Callable[[], Client], rubbish: bytes) -> None:
    client = start()
    assert client.receive()["op"] == "ready"
    client.write(rubbish)
    assert client.process.wait(PATIENCE_S) not in (0, None)
    lines = client.errors().splitlines()
    assert lines[-1].startswith("engine: ")
    assert "Traceback" not in "".join(lines)


def test_prints_of_libraries_do_not_reach_the_window() -> None:
    code = (
        "import os, sys\n"
        "from app.jobs.worker import claim_streams\n"
        "requests, replies = claim_streams()\n"
        "print('from python', flush=True)\n"
        "os.write(1, b'from a library')\n"
        "replies.write(b'frame'); replies.flush()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, input=b""
    )
    assert done.stdout == b"frame"
    assert done.stderr == b"from python\nfrom a library"
