"""Messages between the window process and the engine process, as bytes on a pipe.

A message is plain JSON values (a mapping with string keys) with numpy arrays as leaves. On the
pipe it is a *frame*: four bytes, the length of the header, least significant first; the header,
a JSON object in UTF-8; then the bytes of the arrays one after another. In the header an array is
the object ``{"array": k}``, and ``header["arrays"][k]`` gives its dtype and shape. Pixels travel
inline: a 512 x 512 preview costs about a millisecond, and there is no shared memory to leak.

The messages themselves (``op`` says which):

====================  ===========================================================================
window to engine      ``run`` (job, request: a record, memory: a suggestion of ``Failed``, or
                      nothing), ``cancel`` (job), ``preload`` (model); the end of the stream asks
                      the engine process to exit
engine to window      ``ready`` (pid), ``event`` (job, event: a record)
====================  ===========================================================================
"""

import json
import struct
from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

VERSION = 1
MAX_HEADER_BYTES = 16 << 20
MAX_ARRAY_BYTES = 1 << 30
"""Of all arrays of one frame: a picture of 100 megapixels with its masks fits."""

_LENGTH = struct.Struct("<I")
_DTYPES: dict[str, np.dtype[Any]] = {"uint8": np.dtype("u1"), "float32": np.dtype("<f4")}
_MARK = "array"
_RESERVED = {"version", "arrays"}


class ProtocolError(Exception):
    """The other side sent something that is no frame, or a message that cannot be sent."""


def encode(message: Mapping[str, Any]) -> bytes:
    """The frame of a message.

    Args:
        message: JSON values with uint8 and float32 arrays of any shape as leaves; the keys
            "version" and "arrays" are the frame's own.

    Raises:
        ProtocolError: the message holds something else, or is too large.
    """
    if _RESERVED & message.keys():
        raise ProtocolError("A message may not use the keys 'version' and 'arrays'.")
    arrays: list[NDArray[Any]] = []
    header = {"version": VERSION, **_take_arrays(dict(message), arrays)}
    header["arrays"] = [{"dtype": a.dtype.name, "shape": list(a.shape)} for a in arrays]
    try:
        text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"The message cannot be sent: {error}.") from error
    size = sum(a.nbytes for a in arrays)
    if len(data) > MAX_HEADER_BYTES or size > MAX_ARRAY_BYTES:
        raise ProtocolError(f"The message is too large to be sent ({len(data) + size} bytes).")
    return b"".join((_LENGTH.pack(len(data)), data, *(a.tobytes() for a in arrays)))


class Decoder:
    """Puts the messages together again from the pieces that a pipe delivers."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._header: dict[str, Any] | None = None
        self._layout: list[tuple[np.dtype[Any], tuple[int, ...], int]] = []
        self._body_bytes = 0
        self._broken: str | None = None

    @property
    def is_idle(self) -> bool:
        """Whether everything fed so far was whole messages: the stream may end here."""
        return not self._buffer and self._header is None and self._broken is None

    def feed(self, data: bytes | bytearray | memoryview) -> list[dict[str, Any]]:
        """The messages that are complete with these bytes, arrays restored (read-only).

        Raises:
            ProtocolError: the bytes are no frame, or one of a newer version or beyond the limits.
                The position in the stream is then lost, so every later call raises as well.
        """
        if self._broken is not None:
            raise ProtocolError(self._broken)
        self._buffer += data
        messages = []
        try:
            while (message := self._next()) is not None:
                messages.append(message)
        except ProtocolError as error:
            self._broken = str(error)
            self._buffer.clear()
            raise
        return messages

    def _next(self) -> dict[str, Any] | None:
        """Take the next message off the buffer, or None if it is not complete yet."""
        if self._header is None and not self._read_header():
            return None
        if self._header is None or len(self._buffer) < self._body_bytes:
            return None
        arrays, start = [], 0
        with memoryview(self._buffer) as view:
            for dtype, shape, size in self._layout:
                array = np.frombuffer(bytes(view[start : start + size]), dtype).reshape(shape)
                arrays.append(array)
                start += size
        message = _put_arrays(self._header, arrays)
        del self._buffer[: self._body_bytes]
        self._header = None
        return dict(message)

    def _read_header(self) -> bool:
        """Take a header off the buffer and learn the arrays' layout; False if incomplete."""
        if len(self._buffer) < _LENGTH.size:
            return False
        (length,) = _LENGTH.unpack_from(self._buffer)
        if not 2 <= length <= MAX_HEADER_BYTES:
            raise ProtocolError(f"A frame with a header of {length} bytes arrived.")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return False
        header = _parse(bytes(self._buffer[_LENGTH.size : end]))
        self._layout = _layout(header.pop("arrays", None))
        self._body_bytes = sum(size for _, _, size in self._layout)
        if self._body_bytes > MAX_ARRAY_BYTES:
            raise ProtocolError(f"A frame with {self._body_bytes} bytes of arrays arrived.")
        self._header = header
        del self._buffer[:end]
        return True


def _take_arrays(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Replace every array below `value` by its mark, and collect the arrays."""
    if isinstance(value, np.ndarray):
        dtype = _DTYPES.get(value.dtype.name)
        if dtype is None:
            raise ProtocolError(f"An array of {value.dtype.name} cannot be sent.")
        arrays.append(value.astype(dtype, copy=False))
        return {_MARK: len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        if value.keys() == {_MARK}:
            raise ProtocolError("A message may not hold an object whose only key is 'array'.")
        return {key: _take_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_take_arrays(item, arrays) for item in value]
    return value


def _put_arrays(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Replace every mark below `value` by its array."""
    if isinstance(value, dict):
        if value.keys() == {_MARK}:
            index = value[_MARK]
            if not _is_count(index) or index >= len(arrays):
                raise ProtocolError(f"A frame refers to array {index!r}, which it does not hold.")
            return arrays[index]
        return {key: _put_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_arrays(item, arrays) for item in value]
    return value


def _parse(data: bytes) -> dict[str, Any]:
    """The JSON object of a header."""
    try:
        header = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"A frame whose header is no JSON arrived: {error}.") from error
    if not isinstance(header, dict):
        raise ProtocolError("A frame whose header is no JSON object arrived.")
    version = header.get("version")
    if not _is_count(version) or not 1 <= version <= VERSION:
        raise ProtocolError(f"A frame of version {version!r} arrived; this side reads {VERSION}.")
    return header


def _layout(entries: object) -> list[tuple[np.dtype[Any], tuple[int, ...], int]]:
    """dtype, shape and size in bytes of each array of a frame."""
    if not isinstance(entries, list):
        raise ProtocolError("A frame without a list of arrays arrived.")
    layout = []
    for entry in entries:
        dtype = _DTYPES.get(str(entry.get("dtype"))) if isinstance(entry, dict) else None
        shape = entry.get("shape") if isinstance(entry, dict) else None
        if dtype is None or not isinstance(shape, list) or not all(map(_is_count, shape)):
            raise ProtocolError(f"A frame with an unknown kind of array arrived: {entry!r}.")
        size = dtype.itemsize
        for n in shape:
            size *= n
        layout.append((dtype, tuple(shape), size))
    return layout


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
