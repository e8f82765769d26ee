"""ICC profiles for tests, built from their definition (ICC.1:2022), since none is installed.

Matrix profiles have a colour space of RGB; the grey one has a single curve; the CMYK one a small
table of the plain conversion.
"""

from __future__ import annotations

import struct

SRGB_COLORANTS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))
# Red and green swapped: no conversion could be mistaken for another.
SWAPPED = (SRGB_COLORANTS[1], SRGB_COLORANTS[0], SRGB_COLORANTS[2])
_D50 = (0.9642, 1.0, 0.8249)


def gamma_profile(
    gamma: float, colorants: tuple[tuple[float, float, float], ...] = SRGB_COLORANTS
) -> bytes:
    """Return an RGB profile with a power curve."""
    tags = {b"wtpt": _xyz(_D50)}
    for name, colorant in zip("rgb", colorants, strict=True):
        tags[name.encode() + b"XYZ"] = _xyz(colorant)
        tags[name.encode() + b"TRC"] = _curve(gamma)
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_profile(gamma: float) -> bytes:
    """Return a grey profile with a power curve."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(_D50), b"kTRC": _curve(gamma)})


def cmyk_profile() -> bytes:
    """Return a CMYK profile whose table of corners makes pure cyan come out as mid grey.

    No sensible conversion does that, so a picture shows whether the profile was used.
    """
    entries = []
    for corner in range(16):  # Cyan varies slowest.
        black = corner & 1
        entries.append(0 if black else 128 if corner & 8 else 255)
    table = b"".join(struct.pack(">BBB", lightness, 128, 128) for lightness in entries)
    ramp = bytes(range(256))
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    lut = (
        b"mft1\0\0\0\0" + struct.pack(">BBBB", 4, 3, 2, 0) + identity + ramp * 4 + table + ramp * 3
    )
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(_D50), b"A2B0": lut, b"A2B1": lut})


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": b"desc\0\0\0\0\0\0\0\5test\0" + b"\0" * 78, **tags}
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    size = start + len(body)
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sI4s4s8sI12s4s",
        size, b"\0" * 4, 0x02400000, kind, space, connection,
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp", b"\0" * 4, 0, b"\0" * 4, b"\0" * 4,
        b"\0" * 8, 0, struct.pack(">3i", *(round(value * 65536) for value in _D50)), b"\0" * 4,
    )  # fmt: skip
    return header + b"\0" * 44 + struct.pack(">I", len(tags)) + table + body
