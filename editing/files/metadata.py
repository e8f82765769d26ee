"""The request that made a picture, as it is stored inside the file.

PNG has a chunk of our own (iTXt "asyndm": the request as JSON, with "version") beside the
"parameters" text that other tools read. JPEG and WebP hold the same JSON in XMP and the text in the
EXIF user comment. Masks inside the request are opaque here.

Reading trusts nothing: a record that is corrupt, too large, or of a newer version is left out with
a note.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from editing.files import exif, xmp
from editing.files.attachments import Attachments, read_attachments
from editing.files.reading import read_file
from editing.files.sniff import picture_format

if TYPE_CHECKING:
    from pathlib import Path

KEYWORD = "asyndm"
PARAMETERS_KEYWORD = "parameters"
VERSION = 1
MAX_RECORD_BYTES = 32 * 1024 * 1024

_CORRUPT = "The settings stored in the file are damaged and were ignored."
_NEWER = "The settings stored in the file are of a newer version of this program and were ignored."
_TOO_LARGE = "The settings stored in the file are too large and were ignored."

_LABELS = (
    ("steps", "Steps"),
    ("sampler", "Sampler"),
    ("guidance", "CFG scale"),
    ("seed", "Seed"),
    ("size", "Size"),
    ("model", "Model"),
    ("model_hash", "Model hash"),
    ("strength", "Denoising strength"),
    ("method", "Method"),
)


class GenerationRecord(NamedTuple):
    """What a file says about how it was made.

    Attributes:
        record: The request with its "version", or None.
        parameters: The text other tools read and write ("parameters"), or None.
        notes: Sentences for the person about what was ignored.
    """

    record: dict[str, Any] | None
    parameters: str | None
    notes: list[str]


def read_generation(source: Path | str | bytes) -> GenerationRecord:
    """Read the record from a file (PNG, JPEG, WebP) or from its bytes.

    A corrupt record or one of a newer version is ignored with a note.

    Raises:
        FileError: The file cannot be read at all, or is no picture.
    """
    data = source if isinstance(source, bytes) else read_file(source)
    name = "The picture" if isinstance(source, bytes) else str(source)
    return generation_from(read_attachments(data, picture_format(data, name)))


def generation_from(attachments: Attachments) -> GenerationRecord:
    """Return what the blocks of a file say."""
    text = attachments.texts.get(KEYWORD)
    if text is None and attachments.xmp is not None:
        text = xmp.read_record(attachments.xmp)
    parameters = attachments.texts.get(PARAMETERS_KEYWORD)
    if parameters is None and attachments.exif is not None:
        parameters = exif.user_comment(attachments.exif)
    if text is None:
        return GenerationRecord(None, parameters, [])
    record, note = parse_record(text)
    return GenerationRecord(record, parameters, [] if note is None else [note])


def record_text(record: dict[str, Any]) -> str:
    """Return the JSON text to store; "version" is added if it is missing.

    Raises:
        TypeError: The record holds something that JSON does not know.
    """
    return json.dumps({"version": VERSION, **record}, separators=(",", ":"))


def parse_record(text: str) -> tuple[dict[str, Any] | None, str | None]:
    """Return (record, None), or (None, note) for a text that cannot be used."""
    if len(text) > MAX_RECORD_BYTES:
        return None, _TOO_LARGE
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None, _CORRUPT
    version = record.get("version") if isinstance(record, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return None, _CORRUPT
    if version > VERSION:
        return None, _NEWER
    return record, None


def parameters_text(record: dict[str, Any], size: tuple[int, int]) -> str:
    """Return the text other tools read: prompt, negative prompt, then "Name: value" pairs.

    Args:
        record: The request.
        size: (width, height) of the picture.
    """
    lines = [str(record.get("prompt") or "")]
    if record.get("negative_prompt"):
        lines.append(f"Negative prompt: {record['negative_prompt']}")
    facts = {"sampler": "DDIM", **record, "size": f"{size[0]}x{size[1]}"}
    pairs = [
        f"{label}: {_quoted(facts[key])}" for key, label in _LABELS if facts.get(key) is not None
    ]
    lines.append(", ".join(pairs))
    return "\n".join(lines)


def digital_source_of(record: dict[str, Any]) -> xmp.DigitalSource:
    """Return "generated" if no pixel comes from elsewhere, "edited" otherwise.

    A repair redoes part of a generated picture, so its result is generated as well.
    """
    return "generated" if record.get("task") in ("generate", "repair") else "edited"


def _quoted(value: object) -> str:
    """Return a value; one that would break the row of pairs is quoted as JSON."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(c in text for c in ",:\n") else text
