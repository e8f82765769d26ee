"""Records as JSON text: numpy arrays inside become base64 of their zlib-packed bytes.

A record is what ``Request.to_record`` and ``event_to_record`` give: plain JSON values with numpy
arrays as leaves. Files (PNG chunks, settings) hold the JSON text; the process protocol sends the
same records with the arrays as binary attachments instead.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asyndm.errors import RequestError

_MAX_ARRAY_BYTES = 512 << 20
_DTYPES = {"uint8": np.uint8, "float32": np.float32}


def to_json(record: Mapping[str, Any]) -> str:
    """JSON text of a record; arrays are packed with zlib."""
    return json.dumps(record, default=_encode, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> dict[str, Any]:
    """The record in a JSON text.

    Raises:
        RequestError: the text is no JSON object, or an array inside is damaged.
    """
    try:
        record = json.loads(text, object_hook=_decode)
    except (ValueError, TypeError, KeyError, OverflowError, zlib.error, RecursionError) as error:
        raise RequestError(f"The record is damaged: {error}.") from error
    if not isinstance(record, dict):
        raise RequestError("The record is damaged: it is no JSON object.")
    return record


def _encode(value: object) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.name in _DTYPES:
        data = zlib.compress(np.ascontiguousarray(value).tobytes(), 6)
        return {
            "dtype": value.dtype.name,
            "shape": list(value.shape),
            "zlib": base64.b64encode(data).decode("ascii"),
        }
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a record cannot hold a {type(value).__name__}")


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() != {"dtype", "shape", "zlib"}:
        return value
    return _array(value["dtype"], [int(n) for n in value["shape"]], base64.b64decode(value["zlib"]))


def _array(dtype: str, shape: list[int], packed: bytes) -> NDArray[Any]:
    """Unpack one array; its size is known beforehand, so a zip bomb cannot grow beyond it."""
    kind = np.dtype(_DTYPES[dtype])
    size = kind.itemsize
    for n in shape:
        if n < 0:
            raise ValueError("negative array size")
        size *= n
    if size > _MAX_ARRAY_BYTES:
        raise ValueError("array too large")
    inflate = zlib.decompressobj()
    data = inflate.decompress(packed, size + 1)
    if len(data) != size:
        raise ValueError("array of the wrong length")
    return np.frombuffer(data, dtype=kind).reshape(shape)
