"""What a run shows on a terminal, in a log, and as JSON."""

import io
import json
import re

import numpy as np

from app.command_progress import JsonReporter, TextReporter
from asyndm.events import Failed, Finished, Loading, Notice, Step


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def step(i: int, n: int, picture: int = 0, pictures: int = 1, phase: str = "run") -> Step:
    grid = np.zeros((2, 3), np.float32)
    return Step(
        i=i,
        n=n,
        preview=np.zeros((2, 3, 3), np.uint8),
        level_map=grid,
        mask=grid,
        picture=picture,
        pictures=pictures,
        phase=phase,
    )


def finished() -> Finished:
    return Finished(
        images=np.zeros((1, 8, 8, 3), np.uint8),
        seeds=(7,),
        words=("cat",),
        masks=np.zeros((1, 2, 2), np.float32),
        attention=np.zeros((1, 1, 2, 2), np.float32),
        seconds=1.26,
        model_hash="0123456789ab",
    )


def test_a_terminal_gets_one_bar_that_only_grows() -> None:
    out, err = io.StringIO(), Terminal()
    reporter = TextReporter(out, err)
    steps = [
        *(step(i, 4, phase="probe") for i in (1, 2, 3, 4)),
        *(step(i, 4, phase="probe") for i in (1, 2, 3, 4)),
        *(step(i, 4) for i in (1, 2, 3, 4)),
    ]
    for event in steps:
        reporter.event(event)
    bars = err.getvalue().split("\r")[1:]
    assert "\n" not in err.getvalue()
    lengths = [bar.count("#") for bar in bars]
    assert lengths == sorted(lengths)
    assert lengths[0] == 4
    assert lengths[-1] == 28
    assert "step 1/4 of the run before it" in bars[0]
    assert re.search(r"step 4/4, 0:00 left", bars[-1])
    reporter.saved(finished(), ["a.png"], ["Made with seed 7."])
    reporter.close()
    assert out.getvalue() == "a.png\n"
    shown = err.getvalue().rsplit("\r", 1)[1]
    assert shown == "Made with seed 7.\nDone in 1.3 s.\n"


def test_a_longer_line_leaves_no_rest_of_it_behind() -> None:
    err = Terminal()
    reporter = TextReporter(io.StringIO(), err)
    reporter.event(step(1, 100, phase="probe"))
    reporter.event(step(2, 100))
    first, second = err.getvalue().split("\r")[1:]
    assert len(second) >= len(first.rstrip())
    reporter.note("A sentence.")
    assert err.getvalue().endswith(" \rA sentence.\n")


def test_a_log_gets_a_few_plain_lines() -> None:
    out, err = io.StringIO(), io.StringIO()
    reporter = TextReporter(out, err)
    reporter.event(Loading(model="papertown"))
    reporter.event(Notice(text="The prompt is too long."))
    for picture in range(2):
        for i in range(1, 31):
            reporter.event(step(i, 30, picture, 2))
    reporter.close()
    assert "\r" not in err.getvalue()
    lines = err.getvalue().splitlines()
    assert lines[:2] == ["Loading the model papertown.", "Note: The prompt is too long."]
    assert lines[2:] == [
        "picture 1/2, step 15/30 (25%)",
        "picture 1/2, step 30/30 (50%)",
        "picture 2/2, step 15/30 (75%)",
        "picture 2/2, step 30/30 (100%)",
    ]
    assert out.getvalue() == ""


def test_json_leaves_arrays_out_and_nothing_else() -> None:
    out, err = io.StringIO(), io.StringIO()
    reporter = JsonReporter(out, err)
    reporter.event(step(3, 9, 1, 2, "probe"))
    reporter.event(Failed(reason="No.", details="Traceback", retryable=True))
    reporter.note("A sentence.")
    reporter.saved(finished(), ["a.png"], ["Made with seed 7."])
    reporter.close()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines == [
        {"version": 1, "event": "step", "i": 3, "n": 9, "picture": 1, "pictures": 2,
         "phase": "probe"},
        {"version": 1, "event": "failed", "reason": "No.", "details": "Traceback",
         "retryable": True, "suggestion": None},
        {"version": 1, "event": "finished", "seeds": [7], "words": ["cat"], "seconds": 1.26,
         "model_hash": "0123456789ab", "dtype": "", "files": ["a.png"],
         "captions": ["Made with seed 7."]},
    ]  # fmt: skip
    assert err.getvalue() == "Note: A sentence.\n"
