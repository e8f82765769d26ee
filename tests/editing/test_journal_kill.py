"""Fifty painting runs, each killed at a random moment: nothing acknowledged is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from editing.recovery import find_journals
from tests.editing.painter import checksum, readable

KILLS = 50
PAINTER = Path(__file__).with_name("painter.py")


class Log(NamedTuple):
    """What a run told before it was killed."""

    planned: dict[int, str]
    acknowledged: int
    saving: dict[str, int]
    saved: int
    failures: list[str]


def read_log(folder: Path) -> Log:
    planned: dict[int, str] = {}
    saving: dict[str, int] = {}
    acknowledged, saved = 0, -1
    failures = []
    log = folder / "log"
    for line in log.read_text().splitlines() if log.exists() else ():
        kind, number, *rest = line.split()
        if kind == "failure":
            failures.append(line)
        elif kind == "plan":
            planned[int(number)] = rest[0]
        elif kind == "ack":
            acknowledged = max(acknowledged, int(number))
        elif kind == "saving":
            saving[rest[0]] = int(number)
        else:
            saved = int(number)
    return Log(planned, acknowledged, saving, saved, failures)


def check(folder: Path) -> str:
    """What became of one run."""
    log = read_log(folder)
    assert not log.failures
    in_file = -1
    for picture in folder.glob("picture.*"):
        content = readable(picture)
        # The first picture was there before the run began.
        in_file = log.saving.get(content, 0)
        assert content in log.saving or log.saved < 0
        assert in_file >= log.saved
    found = find_journals(folder / "journals")
    if not found:
        # All is in the file, or nothing was acknowledged.
        assert max(in_file, 0) >= log.acknowledged
        return "saved" if log.acknowledged else "nothing yet"
    (journal,) = found
    number = journal.summary.sequence
    assert number >= log.acknowledged
    document = journal.load()
    assert checksum(document) == log.planned[number]
    assert document.modified
    journal.discard()
    assert not find_journals(folder / "journals")
    return "recovered"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the runs are forked and killed by signals")
def test_every_acknowledged_edit_outlives_a_kill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    halves = [(0, KILLS // 2), (KILLS // 2, KILLS - KILLS // 2)]
    environment = {**os.environ, "PYTHONPATH": str(PAINTER.parents[2])}
    running = [
        subprocess.Popen(
            [sys.executable, str(PAINTER), str(tmp_path), str(first), str(count)], env=environment
        )
        for first, count in halves
    ]
    assert [process.wait() for process in running] == [0, 0]
    ends = Counter(check(tmp_path / str(seed)) for seed in range(KILLS))
    logs = [read_log(tmp_path / str(seed)) for seed in range(KILLS)]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{KILLS} kills: {dict(ends)}; {sum(log.acknowledged for log in logs)} edits "
            f"acknowledged, {sum(len(log.saving) for log in logs)} saves begun, 0 lost\n"
        )
    assert ends["recovered"] > KILLS / 3
