"""The engine client against a real process that follows a script."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.jobs.engine_client import EngineClient
from asyndm.events import Cancelled, Failed, Finished, Loading, Step
from asyndm.request import Request
from tests.app.studio import PATIENCE_MS, WORKER


class Recorder:
    """Keeps what a client says."""

    def __init__(self, client: EngineClient) -> None:
        self.events: list[tuple[int, Any]] = []
        self.states: list[str] = []
        client.event_received.connect(lambda job, event: self.events.append((job, event)))
        client.state_changed.connect(self.states.append)

    def kinds(self) -> list[type[Any]]:
        return [type(event) for _, event in self.events]

    def ended(self) -> bool:
        return any(isinstance(event, Finished | Cancelled | Failed) for _, event in self.events)


@pytest.fixture
def client(qapp: object) -> Iterator[EngineClient]:  # noqa: ARG001
    client = EngineClient(command=WORKER, cancel_patience_ms=300)
    yield client
    client.stop()
    assert client.pid == 0


def request(prompt: str, steps: int = 3) -> Request:
    return Request(prompt=prompt, steps=steps, seed=7)


def test_a_job_sent_before_the_process_is_ready_is_run(client: EngineClient, qtbot: QtBot) -> None:
    heard = Recorder(client)
    job = client.run(request(""))
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    assert heard.kinds() == [Loading, Step, Step, Step, Finished]
    assert {number for number, _ in heard.events} == {job}
    assert heard.states == ["starting", "ready", "busy", "ready"]


def test_jobs_have_numbers_of_their_own(client: EngineClient, qtbot: QtBot) -> None:
    heard = Recorder(client)
    first = client.run(request(""))
    with pytest.raises(RuntimeError, match="already running"):
        client.run(request(""))
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    heard.events.clear()
    second = client.run(request(""))
    assert second == first + 1
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)


def test_a_cancel_ends_the_job(client: EngineClient, qtbot: QtBot) -> None:
    heard = Recorder(client)
    client.run(request("slow", steps=400))
    qtbot.waitUntil(lambda: Step in heard.kinds(), timeout=PATIENCE_MS)
    pid = client.pid
    client.cancel()
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    assert heard.kinds()[-1] is Cancelled
    assert client.pid == pid


def test_an_ignored_cancel_kills_the_process(client: EngineClient, qtbot: QtBot) -> None:
    heard = Recorder(client)
    client.run(request("slow deaf", steps=1000))
    qtbot.waitUntil(lambda: Step in heard.kinds(), timeout=PATIENCE_MS)
    pid = client.pid
    client.cancel()
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    assert heard.kinds()[-1] is Cancelled
    qtbot.waitUntil(lambda: client.state == "ready", timeout=PATIENCE_MS)
    assert client.pid not in (0, pid)


def test_a_cancel_before_the_process_is_ready_needs_no_answer(client: EngineClient) -> None:
    heard = Recorder(client)
    client.run(request(""))
    client.cancel()
    assert heard.kinds() == [Cancelled]


def test_a_death_is_told_and_mended(client: EngineClient, qtbot: QtBot) -> None:
    heard = Recorder(client)
    client.run(request("die"))
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    failed = heard.events[-1][1]
    assert isinstance(failed, Failed)
    assert failed.retryable
    assert "SIGKILL" in failed.details
    heard.events.clear()
    client.run(request(""))
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    assert heard.kinds()[-1] is Finished


def test_a_process_that_never_starts_is_given_up(qapp: object, qtbot: QtBot) -> None:  # noqa: ARG001
    client = EngineClient(command=(*WORKER, "--broken"))
    heard = Recorder(client)
    client.run(request(""))
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    failed = heard.events[-1][1]
    assert isinstance(failed, Failed)
    assert "the script says: broken" in failed.details
    assert client.state == "dead"
    assert heard.states.count("starting") == 3 or heard.states == ["starting", "dead"]
    client.stop()


def test_rubbish_on_the_pipe_ends_the_job_with_a_sentence(qapp: object, qtbot: QtBot) -> None:  # noqa: ARG001
    client = EngineClient(command=("-c", "import sys; sys.stdout.write('x' * 64)"))
    heard = Recorder(client)
    client.run(request(""))
    qtbot.waitUntil(heard.ended, timeout=PATIENCE_MS)
    assert isinstance(heard.events[-1][1], Failed)
    assert "frame" in heard.events[-1][1].details
    client.stop()


def test_stop_ends_the_process(client: EngineClient, qtbot: QtBot) -> None:
    client.start()
    qtbot.waitUntil(lambda: client.state == "ready", timeout=PATIENCE_MS)
    pid = client.pid
    client.stop()
    assert client.state == "off"
    if sys.platform.startswith("linux"):
        assert not Path(f"/proc/{pid}").exists()
