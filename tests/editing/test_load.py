"""Loading: what each kind of file gives, compared with what was put in."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from editing.document import Document
from editing.files.raster import decode_picture, load_picture
from tests.editing.make_png import chunk, make_png
from tests.editing.photograph import photograph, photograph_rgba
from tests.editing.profiles import SWAPPED, cmyk_profile, gamma_profile, grey_profile

if TYPE_CHECKING:
    from pathlib import Path

Pixels = npt.NDArray[np.uint8]


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (33, 20)])
def test_lossless_files_give_the_same_bytes(
    kind: str, size: tuple[int, int], tmp_path: Path
) -> None:
    pixels = photograph_rgba(*size)
    pixels[..., 3] = np.random.default_rng(0).integers(0, 256, pixels.shape[:2])
    path = tmp_path / "picture.anything"
    path.write_bytes(encoded(Image.fromarray(pixels), kind, lossless=True, exact=True))
    loaded = load_picture(path)
    assert np.array_equal(loaded.pixels, pixels)
    assert loaded.pixels.flags["WRITEABLE"]
    assert loaded.pixels.flags["C_CONTIGUOUS"]
    assert (loaded.format, loaded.source_depth, loaded.notes) == (kind.lower(), 8, [])
    assert (loaded.icc, loaded.exif, loaded.xmp, loaded.generation) == (None, None, None, None)
    document = Document.from_picture(loaded, path)
    assert document.size == size
    assert document.path == path
    assert not document.modified


def test_a_jpeg_gives_what_its_decoder_gives() -> None:
    data = encoded(Image.fromarray(photograph(50, 40)), "JPEG", quality=80)
    loaded = decode_picture(data)
    assert np.array_equal(loaded.pixels[..., :3], np.asarray(Image.open(io.BytesIO(data))))
    assert (loaded.pixels[..., 3] == 255).all()


def test_a_grey_jpeg_and_a_progressive_one() -> None:
    grey = Image.fromarray(photograph(40, 30)).convert("L")
    loaded = decode_picture(encoded(grey, "JPEG", quality=100))
    assert np.ptp(loaded.pixels[..., :3].astype(int), axis=2).max() == 0
    data = encoded(Image.fromarray(photograph(64, 64)), "JPEG", progressive=True)
    assert decode_picture(data).pixels.shape == (64, 64, 4)


# Column and row of the stored picture's top left and top right pixel in the upright one.
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_orientation_is_honoured_and_reset(orientation: int, kind: str) -> None:
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:8, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker"
    data = encoded(Image.fromarray(pixels), kind, exif=exif, quality=100, lossless=True)
    with Image.open(io.BytesIO(data)) as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture).convert("RGBA"))
    loaded = decode_picture(data)
    assert np.array_equal(loaded.pixels, expected)
    assert loaded.exif is not None
    kept = Image.Exif()
    kept.load(loaded.exif)
    assert kept[0x0112] == 1
    assert kept[0x010F] == "Maker"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_profile_is_kept_as_it_is(kind: str) -> None:
    profile = gamma_profile(1.8, SWAPPED)
    data = encoded(Image.fromarray(photograph(20, 20)), kind, icc_profile=profile, lossless=True)
    loaded = decode_picture(data)
    assert loaded.icc == profile
    if kind != "JPEG":
        assert np.array_equal(loaded.pixels[..., :3], photograph(20, 20))


def test_a_cmyk_jpeg_goes_through_its_profile() -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    plain = decode_picture(encoded(cyan, "JPEG", quality=100))
    assert plain.pixels[8, 8].tolist() == pytest.approx([0, 255, 255, 255], abs=3)
    assert "without a profile" in plain.notes[0]
    profiled = decode_picture(encoded(cyan, "JPEG", quality=100, icc_profile=cmyk_profile()))
    assert np.ptp(profiled.pixels[8, 8, :3].astype(int)) <= 6
    assert "its own profile" in profiled.notes[0]
    assert profiled.icc is None
    broken = decode_picture(encoded(cyan, "JPEG", quality=100, icc_profile=b"junk" * 50))
    assert np.array_equal(broken.pixels, plain.pixels)


def test_grey_with_a_profile_becomes_srgb() -> None:
    grey = Image.new("L", (4, 4), 64)
    loaded = decode_picture(encoded(grey, "PNG", icc_profile=grey_profile(1.0)))
    assert loaded.pixels[0, 0].tolist() == pytest.approx([137, 137, 137, 255], abs=2)
    assert loaded.icc is None
    assert "grey" in loaded.notes[0]


@pytest.mark.parametrize(("channels", "colour_type"), [(1, 0), (3, 2), (2, 4), (4, 6)])
def test_sixteen_bits_are_rounded_to_eight(channels: int, colour_type: int) -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (5, 7, channels))
    deep[0, 0] = 65535
    deep[0, 1] = 0x80FF
    rows = [row.astype(">u2").tobytes() for row in deep]
    loaded = decode_picture(make_png(7, 5, rows, depth=16, colour_type=colour_type))
    expected = np.rint(deep / 257).astype(np.uint8)
    colour = expected[..., :1] if channels < 3 else expected[..., :3]
    assert np.array_equal(loaded.pixels[..., :3], np.broadcast_to(colour, (5, 7, 3)))
    alpha = expected[..., -1] if channels in (2, 4) else np.full((5, 7), 255)
    assert np.array_equal(loaded.pixels[..., 3], alpha)
    assert loaded.source_depth == 16
    assert "16 bits" in loaded.notes[0]
    assert Document.from_picture(loaded).source_depth == 16


def test_sixteen_bits_keep_profile_and_orientation() -> None:
    profile = gamma_profile(1.8)
    deep = np.random.default_rng(1).integers(0, 65536, (8, 6, 3), dtype=np.uint16)
    done, buffer = cv2.imencode(".png", deep[..., ::-1])
    assert done
    data = buffer.tobytes()
    exif = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    icc = chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))
    loaded = decode_picture(data[:33] + icc + chunk(b"eXIf", exif) + data[33:])
    assert loaded.icc == profile
    expected = np.rot90(np.rint(deep / 257).astype(np.uint8), -1)
    assert np.array_equal(loaded.pixels[..., :3], expected)


def test_palettes_with_transparency() -> None:
    palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]))
    alpha = chunk(b"tRNS", bytes([0, 128]))
    data = make_png(4, 1, [bytes([0b00011011])], depth=2, colour_type=3, extra=palette + alpha)
    assert decode_picture(data).pixels[0].tolist() == [
        [255, 0, 0, 0],
        [0, 255, 0, 128],
        [0, 0, 255, 255],
        [9, 9, 9, 255],
    ]


@pytest.mark.parametrize(
    ("depth", "colour_type", "row", "key"),
    [
        (8, 0, bytes([7, 9]), struct.pack(">H", 7)),
        (8, 2, bytes([1, 2, 3, 4, 5, 6]), struct.pack(">3H", 1, 2, 3)),
        (16, 2, struct.pack(">6H", 1, 2, 3, 4, 5, 6), struct.pack(">3H", 1, 2, 3)),
    ],
)
def test_a_transparent_colour(depth: int, colour_type: int, row: bytes, key: bytes) -> None:
    data = make_png(2, 1, [row], depth=depth, colour_type=colour_type, extra=chunk(b"tRNS", key))
    assert decode_picture(data).pixels[0, :, 3].tolist() == [0, 255]


def test_one_bit_and_interlaced() -> None:
    data = make_png(9, 1, [bytes([0b10100000, 0b10000000])], depth=1, colour_type=0)
    assert decode_picture(data).pixels[0, :, 0].tolist() == [255, 0, 255, 0, 0, 0, 0, 0, 255]
    # The passes of a picture of 3 x 2 pixels: its corner, column 2, then 1, then the second row.
    passes = [bytes([1, 0, 0]), bytes([3, 0, 0]), bytes([2, 0, 0]), bytes([4, 0, 0] * 3)]
    loaded = decode_picture(make_png(3, 2, passes, interlace=1))
    assert loaded.pixels[..., 0].tolist() == [[1, 2, 3], [4, 4, 4]]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation(kind: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    loaded = decode_picture(data)
    assert (loaded.pixels == (255, 0, 0, 255)).all()
    assert "first frame" in loaded.notes[0]


def test_a_still_gif_has_no_note() -> None:
    loaded = decode_picture(encoded(Image.new("P", (3, 2), 0), "GIF"))
    assert loaded.format == "gif"
    assert loaded.notes == []
