"""Files that cannot be opened: one sentence each, and never another exception."""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from editing.errors import FileError
from editing.files.raster import decode_picture, load_picture
from tests.editing.make_png import SIGNATURE, chunk, make_png
from tests.editing.nobody import as_nobody
from tests.editing.photograph import photograph, photograph_rgba
from tests.editing.profiles import gamma_profile

if TYPE_CHECKING:
    from pathlib import Path


def encoded(kind: str, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    stream = io.BytesIO()
    picture = Image.fromarray(photograph(24, 18))
    picture.save(stream, kind, exif=exif, icc_profile=gamma_profile(1.8), **options)
    return stream.getvalue()


def deep_png() -> bytes:
    rows = [np.arange(24 * 3, dtype=">u2").tobytes()] * 18
    return make_png(24, 18, rows, depth=16)


def gif(frames: int) -> bytes:
    stream = io.BytesIO()
    pictures = [Image.fromarray(photograph(24, 18, seed)).quantize(16) for seed in range(frames)]
    pictures[0].save(stream, "GIF", save_all=True, append_images=pictures[1:])
    return stream.getvalue()


FILES = {
    "png": encoded("PNG"),
    "png alpha": make_png(24, 18, [photograph_rgba(24, 1).tobytes()] * 18, colour_type=6),
    "png 16": deep_png(),
    "jpeg": encoded("JPEG", quality=90),
    "jpeg progressive": encoded("JPEG", progressive=True),
    "webp": encoded("WEBP"),
    "webp lossless": encoded("WEBP", lossless=True),
    "gif": gif(1),
    "gif animated": gif(2),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_off_anywhere_is_refused_or_right(name: str) -> None:
    data = FILES[name]
    whole = decode_picture(data).pixels
    refused = 0
    sentences = set()
    for length in range(len(data)):
        try:
            pixels = decode_picture(data[:length], "cut").pixels
        except FileError as error:
            sentences.add(error.sentence)
            refused += 1
        else:
            # Only bytes that no pixel needs were missing.
            assert np.array_equal(pixels, whole), length
    assert all(sentence.startswith("cut is ") for sentence in sentences), sentences
    # Nothing but trailers and later frames may be missing from a file that still opens.
    assert refused > len(data) // 3 if name == "gif animated" else refused > len(data) * 0.9


@pytest.mark.parametrize("name", FILES)
def test_flipped_bits_never_raise_anything_else(name: str) -> None:
    data = bytearray(FILES[name])
    rng = np.random.default_rng(0)
    opened = 0
    for _ in range(200):
        position, bit = int(rng.integers(len(data))), 1 << int(rng.integers(8))
        data[position] ^= bit
        try:
            decode_picture(bytes(data))
            opened += 1
        except FileError:
            pass
        data[position] ^= bit
    assert opened < 200


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"just some text\n" * 9, "is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture"),
        (b"\0" * 100, "is not a picture"),
        (b"II*\0" + b"\0" * 50, "incomplete or damaged"),
        (b"II+\0" + b"\0" * 50, "BigTIFF"),
        (b"BM" + b"\0" * 50, "BMP"),
        (b"\0\0\0\x20ftypavif" + b"\0" * 50, "incomplete or damaged"),
        (b"8BPS\0\1" + b"\0" * 50, "holds layers"),
        (SIGNATURE, "incomplete or damaged"),
        (b"\xff\xd8\xff\xe0", "incomplete or damaged"),
        (b"GIF89a", "incomplete or damaged"),
        (b"RIFF\0\0\0\0WEBP", "incomplete or damaged"),
    ],
)
def test_one_sentence_names_file_and_reason(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_bytes(content)
    with pytest.raises(FileError, match=expected) as caught:
        load_picture(path)
    assert str(path) in caught.value.sentence
    assert caught.value.sentence.count(".") == str(path).count(".") + 1
    assert "\n" not in caught.value.sentence


def huge_png(width: int, height: int) -> bytes:
    """A valid PNG of black pixels, small because all rows are alike."""
    row = zlib.compressobj(9)
    blank = b"\0" * (1 + width // 8)
    packed = b"".join(row.compress(blank) for _ in range(height)) + row.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND")


def test_a_picture_of_200_megapixels_is_refused_by_size_and_limit() -> None:
    with pytest.raises(FileError) as caught:
        decode_picture(huge_png(20_000, 10_000), "big.png")
    assert caught.value.sentence == (
        "big.png has 20000 x 10000 pixels (200 megapixels) and the limit is 100 megapixels: "
        "make it smaller first."
    )


@pytest.mark.parametrize("kind", ["webp", "webp lossless", "webp extended", "gif", "jpeg", "png"])
def test_sizes_are_checked_before_any_pixel_is_decoded(kind: str) -> None:
    side = 16_000
    if kind == "png":
        side = 2**31 - 1
        data = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    elif kind == "gif":
        data = b"GIF89a" + struct.pack("<HH", side, side) + b"\0\0\0"
    elif kind == "webp":
        data = b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", side, side)
    elif kind == "webp lossless":
        bits = (side - 1) | (side - 1) << 14
        data = b"VP8L\0\0\0\0\x2f" + struct.pack("<I", bits) + b"\0" * 9
    elif kind == "webp extended":
        edge = struct.pack("<I", side - 1)[:3]
        data = b"VP8X\x0a\0\0\0\0\0\0\0" + edge + edge
    else:
        frame = FILES["jpeg"].index(b"\xff\xc0") + 5
        data = FILES["jpeg"][:frame] + struct.pack(">HH", side, side) + FILES["jpeg"][frame + 4 :]
    if kind.startswith("webp"):
        data = b"RIFF\0\0\0\0WEBP" + data
    with pytest.raises(FileError, match=f"{side} x {side} pixels"):
        decode_picture(data)


def test_text_that_unpacks_to_gigabytes_is_left_out() -> None:
    bomb = zlib.compress(b"a" * 100_000_000, 9)
    extra = chunk(b"zTXt", b"Comment\0\0" + bomb) + chunk(b"iCCP", b"x\0\0" + bomb)
    extra += chunk(b"iTXt", b"asyndm\0\1\0\0\0" + bomb)
    loaded = decode_picture(make_png(1, 1, [b"\1\2\3"], extra=extra))
    assert loaded.pixels[0, 0].tolist() == [1, 2, 3, 255]
    assert loaded.icc is None
    assert loaded.generation is None


def test_text_that_other_programs_choke_on_does_not_hide_the_picture() -> None:
    long_text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 3_000_000))
    assert decode_picture(make_png(1, 1, [b"\1\2\3"], extra=long_text)).pixels.shape == (1, 1, 4)


@pytest.mark.parametrize("depth", [8, 16])
def test_pixels_that_end_early_inside_a_complete_file_are_noticed(depth: int) -> None:
    rows = [b"\7" * (24 * 3 * depth // 8)] * 9
    with pytest.raises(FileError, match="incomplete or damaged"):
        decode_picture(make_png(24, 18, rows, depth=depth))


def test_places_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not exist"):
        load_picture(tmp_path / "missing.png")
    with pytest.raises(FileError, match="is a folder"):
        load_picture(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="no ordinary file"):
        load_picture(tmp_path / "pipe")
    with pytest.raises(FileError, match="no ordinary file"):
        load_picture("/dev/zero")
    with pytest.raises(FileError, match="cannot be read"):
        load_picture("a\0b.png")
    with pytest.raises(FileError, match="cannot be read"):
        load_picture(tmp_path / ("x" * 300))


def test_a_file_that_the_kernel_will_not_let_anyone_read() -> None:
    """Even the superuser cannot read the memory of address 0 through this file."""
    with pytest.raises(FileError, match="cannot be read"):
        load_picture("/proc/self/mem")


def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(FILES["png"])
    path.chmod(0)
    with as_nobody(), pytest.raises(FileError, match="may not be read"):
        load_picture(path)
