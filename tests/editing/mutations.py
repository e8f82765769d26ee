"""Damage to files: cut off, flipped, overwritten, and damage that checksums do not tell."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from tests.editing.make_png import SIGNATURE
from tests.editing.sample_files import zipped

if TYPE_CHECKING:
    import random

_EXTREMES = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0", b"\0\1\0\0")


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return a damaged file."""
    if data.startswith(b"PK") and rng.random() < 0.6:
        return _inside_archive(data, rng)
    if data.startswith(SIGNATURE) and rng.random() < 0.5:
        return _mended_png(_damaged(data, rng))
    return _damaged(data, rng)


def _damaged(data: bytes, rng: random.Random) -> bytes:
    kind = rng.randrange(6)
    place = rng.randrange(len(data))
    if rng.random() < 0.4:  # Headers are where sizes and counts are.
        place = rng.randrange(min(len(data), 200))
    changed = bytearray(data)
    if kind == 0:
        return data[:place]
    if kind == 1:
        for _ in range(rng.randint(1, 12)):
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 2:
        changed[place : place + 4] = rng.choice(_EXTREMES)
    elif kind == 3:
        changed[place : place + 40] = rng.randbytes(rng.randint(1, 40))
    elif kind == 4:
        del changed[place : place + rng.randint(1, 300)]
    else:
        source = rng.randrange(len(data))
        changed[place:place] = data[source : source + rng.randint(1, 300)]
    return bytes(changed)


def _mended_png(data: bytes) -> bytes:
    """Return a PNG whose checksums are right again, so that decoders see what is inside."""
    parts, place = [data[:8]], 8
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        body = data[place + 4 : place + 8 + length]
        if place + 12 + length > len(data):
            break
        parts.append(data[place : place + 4] + body + struct.pack(">I", zlib.crc32(body)))
        place += 12 + length
    return b"".join((*parts, data[place:]))


def _inside_archive(data: bytes, rng: random.Random) -> bytes:
    """Return a whole ZIP file with one damaged member."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    likely = [name for name in ("stack.xml", "asyndm/document.json") if name in members]
    name = rng.choice(likely if rng.random() < 0.5 else [*members])
    if name.endswith((".xml", ".json")) and rng.random() < 0.6:
        members[name] = _other_numbers(members[name], rng)
    else:
        members[name] = mutated(members[name] or b"\0", rng)
    return zipped(members)


def _other_numbers(text: bytes, rng: random.Random) -> bytes:
    """Return a text with one of its numbers replaced by one that nobody expects."""
    places = [place for place, letter in enumerate(text) if 48 <= letter <= 57]
    place = rng.choice(places)
    odd = (
        b"-1",
        b"1e308",
        b"NaN",
        b"99999999999999999999",
        b"null",
        b"[]",
        b"0",
        b"1e-400",
        b'"x"',
    )
    return text[:place] + rng.choice(odd) + text[place + 1 :]
