"""Events as records: every kind comes back as it was, in text and over the pipe."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from asyndm.errors import RequestError
from asyndm.events import (
    VERSION,
    Cancelled,
    Event,
    Failed,
    Finished,
    Loading,
    Notice,
    Step,
    event_from_record,
    event_to_record,
)
from asyndm.records import from_json, to_json

RNG = np.random.default_rng(0)
EVENTS: list[Event] = [
    Loading(model="papertown"),
    Loading(model="papertown", fraction=0.5),
    Notice(text="The prompt is too long."),
    Step(
        i=3,
        n=30,
        preview=RNG.integers(0, 256, (4, 6, 3), dtype=np.uint8),
        level_map=RNG.random((4, 6), dtype=np.float32),
        mask=RNG.random((4, 6), dtype=np.float32),
        picture=1,
        pictures=2,
        phase="probe",
    ),
    Finished(
        images=RNG.integers(0, 256, (2, 16, 24, 3), dtype=np.uint8),
        seeds=(7, 8),
        words=("cat", "ball"),
        masks=RNG.random((2, 4, 6), dtype=np.float32),
        attention=RNG.random((2, 0, 4, 6), dtype=np.float32),
        seconds=1.25,
        model_hash="0123456789ab",
    ),
    Cancelled(i=4),
    Failed(reason="No.", details="Traceback", retryable=True),
]


def _same(one: Event, other: Event) -> bool:
    if type(one) is not type(other):
        return False
    for f in fields(one):
        a, b = getattr(one, f.name), getattr(other, f.name)
        if isinstance(a, np.ndarray):
            if a.dtype != b.dtype or not np.array_equal(a, b):
                return False
        elif a != b or type(a) is not type(b):
            return False
    return True


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_as_text(event: Event) -> None:
    record = event_to_record(event)
    assert record["version"] == VERSION
    assert record["event"] == type(event).__name__.lower()
    assert _same(event_from_record(from_json(to_json(record))), event)
    assert _same(event_from_record(record), event)


def test_fields_of_later_versions_are_left_out() -> None:
    record = {**event_to_record(Notice(text="a")), "colour": "red"}
    assert event_from_record(record) == Notice(text="a")


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"version": 1},
        {"version": 1, "event": "exploded"},
        {"version": 2, "event": "notice", "text": "a"},
        {"version": "1", "event": "notice", "text": "a"},
        {"event": "notice", "text": "a"},
    ],
)
def test_an_unknown_record_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match="unknown message"):
        event_from_record(record)
