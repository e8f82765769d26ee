"""The frames between window and engine process: whole, in pieces, and broken."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.jobs import protocol
from app.jobs.protocol import Decoder, ProtocolError, encode
from asyndm.events import Step, event_from_record, event_to_record
from asyndm.request import Region, Request

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5).filter(lambda k: k != "array"), inner, max_size=4)
    ),
    max_leaves=12,
)
arrays = hnp.arrays(
    st.sampled_from([np.uint8, np.float32]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    elements={"allow_nan": True},
) | hnp.arrays(np.uint8, (3, 2, 4))


def _frame(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<I", len(header)) + header + body


def _header(**values: Any) -> bytes:
    return json.dumps({"version": 1, "arrays": [], **values}).encode()


@given(st.lists(st.tuples(json_values, arrays), max_size=3), st.integers(1, 40))
def test_messages_survive_any_cutting_into_pieces(
    contents: list[tuple[Any, np.ndarray[Any, Any]]], piece: int
) -> None:
    frames = b"".join(encode({"value": v, "deep": [{"a": a}, 1]}) for v, a in contents)
    decoder, got = Decoder(), []
    for start in range(0, len(frames), piece):
        got += decoder.feed(frames[start : start + piece])
    assert decoder.is_idle
    assert len(got) == len(contents)
    for message, (value, array) in zip(got, contents, strict=True):
        assert message["version"] == 1
        assert "arrays" not in message
        assert message["value"] == value
        restored = message["deep"][0]["a"]
        assert restored.dtype == array.dtype
        assert restored.shape == array.shape
        np.testing.assert_array_equal(restored, array)


def test_a_request_and_an_event_arrive_as_they_were() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    mask = rng.random((48, 64), dtype=np.float32)
    request = Request(
        task="inpaint",
        prompt="a größer Fuchs 狐",
        image=image,
        regions=(Region(mask=mask, concavity=0.5, name="arm"), Region(mask=np.flipud(mask))),
        words=("Fuchs",),
    )
    step = Step(
        i=3,
        n=9,
        preview=image[::4, ::4],
        level_map=np.asfortranarray(mask)[::2],
        mask=mask.T,
    )
    run = encode({"op": "run", "job": 7, "request": request.to_record()})
    event = encode({"op": "event", "job": 7, "event": event_to_record(step)})
    first, second = Decoder().feed(run + event)
    assert first["op"] == "run"
    assert first["job"] == 7
    assert Request.from_record(first["request"]) == request
    arrived = event_from_record(second["event"])
    assert isinstance(arrived, Step)
    np.testing.assert_array_equal(arrived.preview, step.preview)
    np.testing.assert_array_equal(arrived.level_map, step.level_map)
    np.testing.assert_array_equal(arrived.mask, step.mask)
    assert (arrived.i, arrived.n) == (3, 9)


def test_numpy_scalars_become_plain_numbers() -> None:
    (message,) = Decoder().feed(encode({"a": np.float32(0.5), "b": np.int64(3)}))
    assert message["a"] == 0.5
    assert message["b"] == 3


def test_an_unfinished_frame_is_not_idle() -> None:
    decoder = Decoder()
    frame = encode({"a": np.zeros(9, np.uint8)})
    assert decoder.is_idle
    assert decoder.feed(frame[:-1]) == []
    assert not decoder.is_idle
    assert len(decoder.feed(frame[-1:])) == 1
    assert decoder.is_idle


@pytest.mark.parametrize(
    "rubbish",
    [
        b"hello, engine\n",
        b"\x00\x00\x00\x00",
        _frame(b"\xff\xfe{}"),
        _frame(b"[1, 2]"),
        _frame(b"{not json}"),
        _frame(b"[" * 100_000),
        _frame(b'{"arrays": []}'),
        _frame(_header(version=2)),
        _frame(_header(version=True)),
        _frame(_header(arrays={"dtype": "uint8"})),
        _frame(_header(arrays=[3])),
        _frame(_header(arrays=[{"dtype": "object", "shape": [1]}]), b"12345678"),
        _frame(_header(arrays=[{"dtype": "uint8", "shape": [-1]}])),
        _frame(_header(arrays=[{"dtype": "uint8", "shape": [1.5]}])),
        _frame(_header(arrays=[{"dtype": "uint8", "shape": 4}])),
        _frame(_header(arrays=[{"dtype": "uint8", "shape": [2**40]}])),
        _frame(_header(arrays=[{"dtype": "float32", "shape": [65536, 65536]}])),
        _frame(_header(picture={"array": 0})),
        _frame(_header(picture={"array": "0"})),
        _frame(_header(picture={"array": -1}, arrays=[{"dtype": "uint8", "shape": [1]}]), b"1"),
    ],
)
def test_rubbish_is_refused_for_good(rubbish: bytes) -> None:
    decoder = Decoder()
    with pytest.raises(ProtocolError) as first:
        decoder.feed(rubbish)
    with pytest.raises(ProtocolError) as second:
        decoder.feed(encode({"op": "ready"}))
    assert str(first.value) == str(second.value)
    assert not decoder.is_idle


def test_an_oversize_header_is_refused_before_it_arrives() -> None:
    with pytest.raises(ProtocolError, match="header"):
        Decoder().feed(struct.pack("<I", protocol.MAX_HEADER_BYTES + 1))


@pytest.mark.parametrize(
    "message",
    [
        {"a": np.zeros(3, np.int64)},
        {"a": object()},
        {"a": float("nan")},
        {"a": {"array": 0}},
        {"version": 3},
        {"arrays": []},
        {"a": {1, 2}},
    ],
)
def test_what_cannot_be_sent_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        encode(message)


def test_too_large_a_message_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_ARRAY_BYTES", 100)
    encode({"a": np.zeros(100, np.uint8)})
    with pytest.raises(ProtocolError, match="too large"):
        encode({"a": np.zeros(101, np.uint8)})
