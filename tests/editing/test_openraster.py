"""OpenRaster: everything comes back, other programs find what they need, old pieces are used."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from editing.document import Document
from editing.errors import FileError
from editing.files.document_file import decode_document, load_document, save_document
from editing.files.openraster_writing import write_openraster
from editing.flatten import flattened
from editing.geometry import Rect
from editing.layer import BLEND_MODES, Layer
from editing.plane import TILE, Pixels, Plane
from editing.recording import TileRecording
from editing.region import Region
from editing.snapshot import take_snapshot
from editing.structure import Metadata, Structure
from tests.editing.profiles import gamma_profile
from tests.editing.sample_files import encoded, foreign_openraster, noise, own_document, zipped

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.text(max_size=12)


def assert_equal(one: Document, other: Document) -> None:
    for mine, theirs in zip(one.structure.planes(), other.structure.planes(), strict=True):
        np.testing.assert_array_equal(mine.pixels, theirs.pixels)
    for layer, read in zip(one.layers, other.layers, strict=True):
        for name in ("name", "visible", "opacity", "blend", "locked"):
            assert getattr(layer, name) == getattr(read, name)
    for region, found in zip(one.regions, other.regions, strict=True):
        for name in ("name", "colour", "concavity", "prompt", "visible"):
            assert getattr(region, name) == getattr(found, name)
    assert one.metadata == other.metadata
    assert one.layers.index(one.active_layer) == other.layers.index(other.active_layer)
    assert one.regions.index(one.active_region) == other.regions.index(other.active_region)
    assert one.source_depth == other.source_depth


def saved(document: Document, path: Path) -> bytes:
    with take_snapshot(document) as snapshot:
        assert save_document(snapshot, path) == []
    return path.read_bytes()


def sparse(shape: tuple[int, ...], rect: Rect, seed: int) -> Plane:
    plane = Plane.zeros(shape)
    view = plane.pixels[rect.intersect(plane.bounds).slices()]
    view[...] = np.random.default_rng(seed).integers(0, 256, view.shape, np.uint8)
    plane.mark_dirty(rect)
    return plane


@st.composite
def documents(draw: st.DrawFn) -> Document:
    width, height = draw(st.integers(1, 2 * TILE + 9)), draw(st.integers(1, 2 * TILE + 9))
    size = (height, width)

    def plane(*channels: int) -> Plane:
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        side = draw(st.sampled_from((0, 1, 30, 400)))
        return sparse((*size, *channels), Rect(x, y, side, side), draw(st.integers(0, 9)))

    layers = [
        Layer(
            plane(4),
            draw(NAMES),
            draw(st.booleans()),
            draw(st.floats(0, 1)),
            draw(st.sampled_from(BLEND_MODES)),
            draw(st.booleans()),
            plane() if draw(st.booleans()) else None,
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    regions = [
        Region(
            plane(),
            draw(NAMES),
            (1, 2, draw(st.integers(0, 255))),
            draw(st.floats(0, 0.95)),
            draw(st.none() | NAMES),
            draw(st.booleans()),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    document = Document(structure=Structure(tuple(layers), tuple(regions), plane()))
    document.choose_layer(draw(st.sampled_from(layers)).id)
    document.choose_region(draw(st.sampled_from(regions)).id)
    return document


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(documents())
def test_any_document_comes_back_to_the_byte(tmp_path: Path, document: Document) -> None:
    saved(document, tmp_path / "any.ora")
    loaded = load_document(tmp_path / "any.ora")
    assert_equal(document, loaded.document)
    assert loaded.notes == []
    assert not loaded.document.modified
    assert loaded.document.path == tmp_path / "any.ora"


def test_metadata_and_profile_come_back(tmp_path: Path) -> None:
    source = own_document()
    profile = gamma_profile(1.8)
    metadata = Metadata(b"II*\0\x08\0\0\0\0\0", profile, b"<x/>", {"task": "repair", "mask": "QQ"})
    structure = Structure(source.layers, source.regions, source.selection, metadata)
    document = Document(structure=structure, source_depth=16)
    data = saved(document, tmp_path / "meta.ora")
    assert_equal(document, decode_document(data).document)
    with zipfile.ZipFile(BytesIO(data)) as archive, archive.open("mergedimage.png") as member:
        assert Image.open(member).info["icc_profile"] == profile


def test_other_programs_find_what_they_need(tmp_path: Path) -> None:
    document = own_document()
    data = saved(document, tmp_path / "own.ora")
    assert data[30:38] == b"mimetype"
    assert data[38:54] == b"image/openraster"
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
        pictures = {
            name: np.array(Image.open(BytesIO(archive.read(name))))
            for name in archive.namelist()
            if name.endswith(".png")
        }
        stack = ElementTree.fromstring(archive.read("stack.xml")).find("stack")
    assert stack is not None
    merged = flattened(document.layers)
    np.testing.assert_array_equal(pictures["mergedimage.png"], merged)
    assert [layer.get("name") for layer in stack] == ["Hidden", "Masked", "Background"]
    masked = stack[1].attrib
    assert masked["composite-op"] == "svg:multiply"
    assert (masked["opacity"], masked["edit-locked"]) == ("0.5", "true")
    assert stack[0].get("visibility") == "hidden"
    # A mask is in the alpha that others see.
    mask = document.layers[1].mask
    assert mask is not None
    pixels = document.layers[1].plane.pixels
    baked = np.rint(pixels[..., 3] * (mask.pixels / 255))
    np.testing.assert_array_equal(pictures[masked["src"]][..., 3], baked)
    thumbnail = pictures["Thumbnails/thumbnail.png"]
    assert thumbnail.shape == merged.shape


def test_thumbnail_is_the_picture_reduced(tmp_path: Path) -> None:
    picture = noise(3, size=(44, 37)).repeat(30, axis=0).repeat(30, axis=1)
    rgba = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    with zipfile.ZipFile(BytesIO(saved(Document(rgba), tmp_path / "a.ora"))) as archive:
        thumbnail = Image.open(BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert thumbnail.size == (256, round(256 * rgba.shape[0] / rgba.shape[1]))
    expected = Image.fromarray(rgba).resize(thumbnail.size, Image.Resampling.BOX)
    difference = np.abs(np.array(thumbnail).astype(int) - np.array(expected))
    assert difference.mean() < 6


def write(document: Document, path: Path) -> int:
    with take_snapshot(document) as snapshot:
        return write_openraster(snapshot, path)


def paint(plane: Plane, rect: Rect, value: int) -> None:
    recording = TileRecording("picture", plane)
    recording.touch(rect)
    plane.pixels[rect.slices()] = value
    plane.mark_dirty(rect)
    recording.finish("Paint")


def large_document() -> Document:
    shape = (4 * TILE, 300)
    layers = (
        Layer(Plane(full(shape, 1)), "A"),
        Layer(Plane(full(shape, 2)), "B", opacity=0.5, blend="screen"),
    )
    region = Region(Plane.zeros(shape), "R")
    return Document(structure=Structure(layers, (region,), Plane.zeros(shape)))


def full(shape: tuple[int, int], seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 4), np.uint8)


def test_the_second_save_copies_what_has_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    document = large_document()
    assert write(document, path) == 0
    assert write(document, path) == 12  # Four bands of two layers and of the merged picture.
    paint(document.layers[1].plane, Rect(3, TILE + 5, 20, 20), 9)
    assert write(document, path) == 10
    assert_equal(document, load_document(path).document)
    assert_merged(document, path)
    # To another file, from the last one.
    other = tmp_path / "b.ora"
    assert write(document, other) == 12
    assert_equal(document, load_document(other).document)


def assert_merged(document: Document, path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        merged = np.array(Image.open(BytesIO(archive.read("mergedimage.png"))))
    np.testing.assert_array_equal(merged, flattened(document.layers))


def test_properties_of_layers_make_a_new_merged_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    document = large_document()
    write(document, path)
    changed = Layer(document.layers[1].plane, "B", True, 0.75, "difference")
    document.structure = Structure(
        (document.layers[0], changed), document.regions, document.selection
    )
    assert write(document, path) == 8
    assert_merged(document, path)


def test_pieces_of_a_file_that_was_changed_by_others_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    document = large_document()
    write(document, path)
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert write(document, path) == 0
    assert_equal(document, load_document(path).document)
    # Even if it looks untouched: of a damaged band only the checksum tells.
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    with path.open("r+b") as file:
        status = path.stat()
        file.write(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert write(document, path) == 11
    assert_equal(document, load_document(path).document)
    path.unlink()
    assert write(document, path) == 0
    assert_equal(document, load_document(path).document)


def test_a_save_that_is_stopped_leaves_the_old_file(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    path = tmp_path / "a.ora"
    document = large_document()
    told: list[float] = []
    with take_snapshot(document) as snapshot:
        save_document(snapshot, path, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    before = path.read_bytes()
    paint(document.layers[0].plane, document.bounds, 1)

    def stop(share: float) -> None:
        if share > 0.5:
            raise StoppedError

    with take_snapshot(document) as snapshot, pytest.raises(StoppedError):
        save_document(snapshot, path, progress=stop)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ora"]
    assert write(document, path) > 0  # The pieces of the old file are still known.
    assert_equal(document, load_document(path).document)


def test_errors_of_writing_are_sentences(tmp_path: Path) -> None:
    with take_snapshot(own_document()) as snapshot:
        with pytest.raises(FileError, match="does not exist"):
            save_document(snapshot, tmp_path / "nowhere" / "a.ora")
        with pytest.raises(FileError, match="no known suffix"):
            save_document(snapshot, tmp_path / "a.psd")


def test_a_file_of_another_program() -> None:
    loaded = decode_document(foreign_openraster())
    layers = loaded.document.layers
    assert [layer.name for layer in layers] == ["Bottom", "Soft group", "Hidden", "Inside", "Top"]
    bottom, group, hidden, inside, top = layers
    assert loaded.document.active_layer is bottom
    assert bottom.locked
    assert not hidden.visible
    assert (group.blend, group.opacity) == ("multiply", 0.5)
    assert (top.blend, top.opacity) == ("screen", 0.5)
    small, picture = noise(4, 2, (10, 12)), noise(4, 1, (30, 20))
    # The group's place and its layer's add up; what lies outside is cut off.
    np.testing.assert_array_equal(inside.plane.pixels[4:16, 6:16], small)
    assert inside.plane.pixels.sum() == small.sum()
    np.testing.assert_array_equal(top.plane.pixels[9:29, :25], picture[:, 5:])
    below = np.zeros((37, 44, 4), np.uint8)
    below[:20, :30] = picture
    lifted = np.zeros_like(below)
    lifted[20:32, 20:30] = small
    expected = flattened((Layer(Plane(below), ""), Layer(Plane(lifted), "")))
    np.testing.assert_array_equal(group.plane.pixels, expected)
    assert loaded.notes == [
        "Groups were composed into one layer each: Soft group.",
        "Unknown blend modes were opened as normal: svg:burn.",
    ]


def rezipped(data: bytes, change: dict[str, bytes | None]) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped({name: part for name, part in (members | change).items() if part is not None})


def test_layers_changed_by_another_program_win_over_our_record(tmp_path: Path) -> None:
    document = own_document()
    data = saved(document, tmp_path / "own.ora")
    painted = encoded(noise(4, 9), "PNG")
    loaded = decode_document(rezipped(data, {"data/layer0.png": painted}))
    np.testing.assert_array_equal(loaded.document.layers[0].plane.pixels, noise(4, 9))
    assert loaded.document.layers[1].mask is None
    assert loaded.document.regions[0].name == "Eyes"
    assert loaded.notes == ["Another program has changed the layers; the regions are as they were."]


def test_what_is_not_needed_may_be_missing(tmp_path: Path) -> None:
    document = own_document()
    data = saved(document, tmp_path / "own.ora")
    bare = rezipped(data, {"mergedimage.png": None, "Thumbnails/thumbnail.png": None})
    assert_equal(document, decode_document(bare).document)
    without = decode_document(rezipped(data, {"asyndm/region0.png": None}))
    assert not without.document.mask.pixels.any()
    assert without.notes == ["The regions and masks in the file are damaged and were left out."]


def test_an_empty_stack_is_an_empty_layer() -> None:
    stack = b"<image w='9' h='5'><stack/></image>"
    loaded = decode_document(zipped({"mimetype": b"image/openraster", "stack.xml": stack}))
    assert loaded.document.size == (9, 5)
    assert not loaded.document.layers[0].plane.pixels.any()
