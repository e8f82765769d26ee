import os
import sys
import time

import pytest

from app import first_frame


def test_the_time_given_by_the_parent_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(first_frame.STARTED_AT, str(time.time() - 5))
    first, second = first_frame.report().splitlines()
    assert 5000 <= float(first.removeprefix("first frame: ").removesuffix(" ms")) < 60_000
    assert second == f"torch loaded: {'torch' in sys.modules}"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_without_it_linux_tells_when_the_process_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(first_frame.STARTED_AT, raising=False)
    age = time.time() - first_frame.started_at()
    spent = sum(os.times()[:2])
    # This process is at least as old as the processor time it has used on one core, about.
    assert 0 < age < 24 * 3600
    assert age > spent / (os.cpu_count() or 1) - 1


def test_it_is_off_unless_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(first_frame.SWITCH, raising=False)
    assert not first_frame.is_wanted()
    monkeypatch.setenv(first_frame.SWITCH, "1")
    assert first_frame.is_wanted()
