"""Flat formats in and out: depth, orientation, profiles, and how large a file will be."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image

from editing.document import Document
from editing.errors import FileError
from editing.files.decode import decode
from editing.files.document_file import decode_document, load_document, save_document
from editing.files.encode import Extras, SaveOptions
from editing.files.formats import FORMATS, READABLE, SAVE_FORMATS, WRITABLE, format_to_write
from editing.files.raster import load_picture, save_picture
from editing.files.size_preview import EXACT_PIXELS, encode_preview
from editing.flatten import flattened
from editing.layer import Layer
from editing.plane import Pixels, Plane
from editing.region import Region
from editing.snapshot import take_snapshot
from editing.structure import Metadata, Structure
from tests.editing.photograph import photograph_rgba
from tests.editing.profiles import gamma_profile
from tests.editing.sample_files import (
    animated_gif,
    encoded,
    exif_block,
    flat_samples,
    foreign_openraster,
    heic,
    layered_psd,
    noise,
)

if TYPE_CHECKING:
    from pathlib import Path

    from editing.files.formats import SaveFormat


def near(one: Pixels, other: Pixels, levels: float) -> bool:
    return bool(np.abs(one.astype(int) - other).mean() <= levels)


def test_every_sample_opens_as_what_it_is() -> None:
    kinds = {name: decode_document(data).format for name, data in flat_samples().items()}
    assert {name: name.split()[0] for name in kinds} == kinds


def test_tables_agree() -> None:
    assert {each.writable for each in FORMATS} - {None} == {"ora", *SAVE_FORMATS}
    assert set(WRITABLE) < set(READABLE)
    assert format_to_write("A.JPG") == "jpeg"
    assert format_to_write("a.psd") is None


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("compression", [1, 5, 8])
def test_sixteen_bit_tiff_is_rounded(channels: int, compression: int) -> None:
    rng = np.random.default_rng(channels)
    deep = rng.integers(0, 65536, (40, 50, channels), np.uint16)
    options = [cv2.IMWRITE_TIFF_COMPRESSION, compression]
    done, data = cv2.imencode(".tiff", deep, options)
    assert done
    loaded = decode(data.tobytes(), "deep.tiff")
    expected = np.rint(deep / 257).astype(np.uint8)
    if channels == 1:
        np.testing.assert_array_equal(loaded.pixels[..., :3], expected.repeat(3, axis=2))
    else:
        np.testing.assert_array_equal(loaded.pixels[..., :3], expected[..., 2::-1])
    assert (loaded.source_depth, loaded.format) == (16, "tiff")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_tiff_is_honoured(orientation: int) -> None:
    stored = noise(3)
    expected = load_oriented(stored, orientation)
    for pixels in (stored, stored[..., 0].astype(np.uint16) * 257):
        data = encoded(pixels, "TIFF", tiffinfo={274: orientation})
        loaded = decode(data, "turned.tiff").pixels[..., 0]
        np.testing.assert_array_equal(loaded, expected[..., 0])


def load_oriented(stored: Pixels, orientation: int) -> Pixels:
    """Return how a lossless WebP with this orientation is opened, which other tests check."""
    exif = Image.Exif()
    exif[274] = orientation
    return decode(encoded(stored, "WEBP", lossless=True, exif=exif.tobytes()), "a").pixels


@pytest.mark.parametrize("kind", ["AVIF", "TIFF"])
def test_orientation_profile_and_maker_are_kept(kind: str) -> None:
    profile = gamma_profile(1.8)
    options: dict[str, Any] = {"quality": 100} if kind == "AVIF" else {}
    data = encoded(noise(3), kind, icc_profile=profile, exif=exif_block(), **options)
    loaded = decode(data, "a")
    assert loaded.pixels.shape == (44, 37, 4)
    assert loaded.icc == profile
    assert loaded.exif is not None
    assert b"Maker" in loaded.exif
    again = Image.Exif()
    again.load(loaded.exif)
    assert again.get(274, 1) == 1
    turned = np.rot90(noise(3), -1)
    assert near(loaded.pixels[..., :3], turned, 8)


def test_a_tiff_keeps_what_describes_the_picture_and_says_what_not(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8298], exif[0x0112] = "Maker", "Mine", 6
    plain = exif.tobytes()[6:]
    exif.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    path = tmp_path / "a.tiff"
    assert save_picture(path, noise(3), exif=plain) == []
    with Image.open(path) as picture:
        read = dict(picture.getexif())
    assert (read[0x010F], read[0x8298], 0x0112 in read) == ("Maker", "Mine", False)
    (note,) = save_picture(path, noise(3), exif=exif.tobytes()[6:])
    assert "camera" in note
    np.testing.assert_array_equal(load_picture(path).pixels[..., :3], noise(3))


def test_heic_is_upright_once() -> None:
    stream = BytesIO()
    source = noise(3, size=(48, 32))
    picture = pillow_heif.from_pillow(Image.fromarray(source))
    picture.save(stream, quality=95, exif=exif_block())
    loaded = decode(stream.getvalue(), "a.heic")
    assert loaded.format == "heic"
    assert loaded.pixels.shape[:2] == (source.shape[1], source.shape[0])
    assert near(loaded.pixels[..., :3], np.rot90(source, -1), 6)


def test_without_its_decoder_heic_is_refused_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = heic()
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", None)
    with pytest.raises(FileError, match="install pillow-heif to open it, or convert it to JPEG"):
        decode(data, "a.heic")


def test_first_frame_of_an_animation() -> None:
    loaded = decode(animated_gif(), "a.gif")
    assert loaded.notes == ["The file is animated; its first frame was opened."]
    expected = np.array(Image.fromarray(noise(3)).convert("P").convert("RGBA"))
    np.testing.assert_array_equal(loaded.pixels, expected)
    stream = BytesIO()
    frames = [Image.fromarray(noise(3, seed)) for seed in (0, 1)]
    frames[0].save(stream, "AVIF", save_all=True, append_images=frames[1:], quality=100)
    moving = decode(stream.getvalue(), "a.avif")
    assert moving.notes == ["The file is animated; its first frame was opened."]
    assert near(moving.pixels[..., :3], noise(3), 8)


def test_pages_of_a_tiff() -> None:
    stream = BytesIO()
    pages = [Image.fromarray(noise(3, seed)) for seed in (0, 1)]
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    loaded = decode(stream.getvalue(), "a.tiff")
    assert loaded.notes == ["The file has several pages; the first one was opened."]
    np.testing.assert_array_equal(loaded.pixels[..., :3], noise(3))


@pytest.mark.parametrize(
    ("pixels", "what"),
    [
        (np.zeros((4, 4), np.float32), "floating-point values"),
        (np.zeros((4, 4), np.int32), "values of many bits"),
    ],
)
def test_tiffs_of_other_values_are_refused(pixels: npt.NDArray[Any], what: str) -> None:
    with pytest.raises(FileError, match=what):
        decode(encoded(pixels, "TIFF"), "deep.tiff")


def layered_document() -> Document:
    layers = (
        Layer(Plane(photograph_rgba(44, 37)), "A"),
        Layer(Plane(noise(4, 3)), "B", True, 0.5, "screen"),
    )
    shape = (37, 44)
    region = Region(Plane.zeros(shape), "R")
    record = {"task": "inpaint", "prompt": "a hat", "seed": 3}
    metadata = Metadata(None, gamma_profile(1.8), None, record)
    return Document(structure=Structure(layers, (region,), Plane.zeros(shape), metadata))


@pytest.mark.parametrize("kind", SAVE_FORMATS)
def test_flat_formats_hold_the_flattened_picture(kind: SaveFormat, tmp_path: Path) -> None:
    document = layered_document()
    path = tmp_path / f"out.{kind}"
    options = SaveOptions(format=kind, quality=100, lossless=True)
    with take_snapshot(document) as snapshot:
        notes = save_document(snapshot, path, options)
    extras = Extras(document.metadata.icc, generation=document.metadata.generation)
    preview = encode_preview(flattened(document.layers), options, extras)
    assert preview.exact
    assert preview.size_bytes == path.stat().st_size
    loaded = load_picture(path)
    assert loaded.format == kind
    assert loaded.icc == document.metadata.icc
    assert loaded.generation is not None
    assert loaded.generation["prompt"] == "a hat"
    expected = flattened(document.layers)
    if kind in ("png", "webp", "tiff"):
        np.testing.assert_array_equal(loaded.pixels, expected)
    else:
        assert near(loaded.pixels[..., :3], expected[..., :3], 2)
    assert notes == []
    opened = load_document(path).document
    assert opened.path == path
    assert not opened.modified


@pytest.mark.parametrize("kind", SAVE_FORMATS)
def test_the_size_of_a_large_picture_is_estimated(kind: SaveFormat, tmp_path: Path) -> None:
    side = int(EXACT_PIXELS**0.5) + 300
    picture = np.tile(photograph_rgba(575, 460), (5, 4, 1))[:side, :side]
    options = SaveOptions(format=kind, quality=80)
    path = tmp_path / "out"
    preview = encode_preview(picture, options, Extras())
    save_picture(path, np.ascontiguousarray(picture), options)
    assert not preview.exact
    assert preview.size_bytes == pytest.approx(path.stat().st_size, rel=0.25)


def test_layers_are_not_taken_for_a_picture() -> None:
    for data in (foreign_openraster(), layered_psd()):
        with pytest.raises(FileError, match="holds layers"):
            decode(data, "a")


def test_a_preview_needs_a_format() -> None:
    with pytest.raises(ValueError, match="format"):
        encode_preview(noise(4), SaveOptions(), Extras())
