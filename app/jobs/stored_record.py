"""What the metadata of a picture say of how it was made, read back as requests. No Qt, no torch."""

import json
from collections.abc import Mapping
from typing import Any

from asyndm.errors import RequestError
from asyndm.records import from_json
from asyndm.request import Region, Request
from editing.reshape import RESHAPED_KEY


def stored_settings(record: Mapping[str, Any]) -> Request:
    """The settings in a stored record, without regions, as a request of task generate.

    Args:
        record: from a picture's metadata (plain JSON values).

    Raises:
        RequestError: the record is damaged.
    """
    values = {**record, "task": "generate", "image": None, "regions": [], "recorded": None}
    return _request(values)


def stored_original(record: Mapping[str, Any]) -> Request | None:
    """The request that made the whole picture, also if it was repaired since.

    Args:
        record: from the picture's metadata.

    Returns:
        A request of task generate; None if the picture was not made from a prompt alone, or was
        cropped, turned or scaled since.

    Raises:
        RequestError: the record is damaged.
    """
    if record.get(RESHAPED_KEY):
        return None
    if record.get("task") == "generate":
        return _request({**record, "image": None})
    if record.get("task") == "repair" and isinstance(record.get("recorded"), Mapping):
        return _request(record["recorded"])
    return None


def stored_regions(record: Mapping[str, Any]) -> tuple[Region, ...]:
    """The painted regions in a stored record, masks of the picture's size.

    Raises:
        RequestError: the record is damaged.
    """
    return _request({**record, "task": "generate", "image": None, "recorded": None}).regions


def _request(record: Mapping[str, Any]) -> Request:
    """The request in plain JSON values; RequestError whatever is wrong with them."""
    try:
        return Request.from_record(from_json(json.dumps(record)))
    except (AttributeError, TypeError, ValueError) as error:
        raise RequestError(f"The record of the request is damaged: {error}.") from error
