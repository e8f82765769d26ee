"""Saving: round trips, what travels along, and sentences for what cannot be done."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from editing.errors import FileError
from editing.files.raster import SaveOptions, load_picture, save_picture
from tests.editing.nobody import as_nobody
from tests.editing.photograph import photograph, photograph_rgba
from tests.editing.profiles import SWAPPED, gamma_profile

Pixels = npt.NDArray[np.uint8]


def exif_block() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x8769] = {0x9003: "2026:01:02 03:04:05"}
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 30.0)}
    return exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("suffix", [".png", ".webp"])
@pytest.mark.parametrize("size", [(1, 1), (1, 90), (90, 1), (61, 47)])
@pytest.mark.parametrize("alpha", [False, True])
def test_lossless_round_trip(
    suffix: str, size: tuple[int, int], alpha: bool, tmp_path: Path
) -> None:
    pixels = photograph_rgba(*size)
    if alpha:
        pixels[..., 3] = np.random.default_rng(0).integers(0, 256, pixels.shape[:2])
    path = tmp_path / f"picture{suffix}"
    assert save_picture(path, pixels, SaveOptions(lossless=True)) == []
    assert np.array_equal(load_picture(path).pixels, pixels)
    with Image.open(path) as picture:
        assert picture.mode == ("RGBA" if alpha and pixels[..., 3].min() < 255 else "RGB")
        assert np.array_equal(np.asarray(picture.convert("RGBA")), pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".JPEG", ".webp"])
def test_lossy_files_are_near_and_follow_the_quality(suffix: str, tmp_path: Path) -> None:
    pixels = photograph(200, 150)
    errors, sizes = [], []
    for quality in (30, 95):
        path = tmp_path / f"{quality}{suffix}"
        assert save_picture(path, pixels, SaveOptions(quality=quality)) == []
        difference = load_picture(path).pixels[..., :3].astype(float) - pixels
        errors.append(float(np.sqrt((difference**2).mean())))
        sizes.append(path.stat().st_size)
    assert errors[1] < errors[0]
    assert errors[1] < 5
    assert sizes[1] > sizes[0]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_profile_exif_and_xmp_travel_along(suffix: str, tmp_path: Path) -> None:
    profile = gamma_profile(1.8, SWAPPED)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF></x:xmpmeta>'
    path = tmp_path / f"picture{suffix}"
    exif = exif_block()
    assert save_picture(path, photograph(30, 20), icc=profile, exif=exif, xmp=xmp) == []
    loaded = load_picture(path)
    assert loaded.icc == profile
    assert loaded.exif == exif
    assert loaded.xmp == xmp
    with Image.open(path) as picture:
        assert picture.info["icc_profile"] == profile
        assert picture.getexif()[0x010F] == "Maker"
        assert picture.getexif().get_ifd(0x8825)[1] == "N"


def test_an_upright_picture_stays_upright_after_load_and_save(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = tmp_path / "camera.jpg"
    Image.fromarray(photograph(64, 32)).save(stored, quality=95, exif=exif)
    first = load_picture(stored)
    assert first.pixels.shape == (64, 32, 4)
    again = tmp_path / "again.png"
    save_picture(again, first.pixels, exif=first.exif, icc=first.icc)
    assert np.array_equal(load_picture(again).pixels, first.pixels)


def test_jpeg_puts_transparency_on_white_and_says_so(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    notes = save_picture(tmp_path / "x.jpg", pixels)
    assert "put on white" in notes[0]
    assert load_picture(tmp_path / "x.jpg").pixels.min() >= 254


def test_the_format_may_differ_from_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "picture.part"
    save_picture(path, photograph(8, 8), SaveOptions(format="webp"))
    assert load_picture(path).format == "webp"
    with pytest.raises(FileError, match="no known suffix"):
        save_picture(path, photograph(8, 8))


@pytest.mark.parametrize("quality", [0, 101])
def test_an_impossible_quality_is_refused(quality: int) -> None:
    with pytest.raises(ValueError, match="quality"):
        SaveOptions(quality=quality)


@pytest.mark.parametrize(("suffix", "limit"), [(".webp", 16383), (".jpg", 65500)])
def test_what_a_format_cannot_hold(suffix: str, limit: int, tmp_path: Path) -> None:
    pixels = np.zeros((1, limit + 1, 3), np.uint8)
    with pytest.raises(FileError, match=f"at most {limit}"):
        save_picture(tmp_path / f"x{suffix}", pixels)
    assert list(tmp_path.iterdir()) == []


def test_exif_too_large_for_jpeg_is_left_out_with_a_note(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    notes = save_picture(tmp_path / "x.jpg", photograph(8, 8), exif=block)
    assert "EXIF" in notes[0]
    assert load_picture(tmp_path / "x.jpg").exif is None
    assert save_picture(tmp_path / "x.png", photograph(8, 8), exif=block) == []
    assert load_picture(tmp_path / "x.png").exif == block


def test_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        path = tmp_path / "new.png"
        save_picture(path, photograph(4, 4))
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        save_picture(path, photograph(5, 5))
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(old)


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    save_picture(target, photograph(4, 4))
    link.symlink_to(target)
    save_picture(link, photograph(9, 9))
    assert link.is_symlink()
    assert load_picture(target).pixels.shape == (9, 9, 4)


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    pixels = photograph(4, 4)
    with pytest.raises(FileError, match="does not exist"):
        save_picture(tmp_path / "missing" / "x.png", pixels)
    (tmp_path / "file").write_text("text")
    with pytest.raises(FileError, match="is not a folder"):
        save_picture(tmp_path / "file" / "x.png", pixels)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        save_picture(tmp_path / "folder.png", pixels)
    with pytest.raises(FileError, match="too long"):
        save_picture(tmp_path / ("x" * 300 + ".png"), pixels)
    # Nobody, not even the superuser, may create files here.
    with pytest.raises(FileError, match=r"/proc (does not exist|may not be written to)"):
        save_picture("/proc/x.png", pixels)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with as_nobody(), pytest.raises(FileError, match="may not be written to"):
        save_picture(tmp_path / "x.png", photograph(4, 4))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picture.png"
    save_picture(path, photograph(4, 4))
    before = path.read_bytes()
    real_open = os.open

    def open_on_full_disk(name: Path | str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            real = real_open(name, flags, mode)
            os.close(real)
            return real_open("/dev/full", os.O_WRONLY)
        return real_open(name, flags, mode)

    monkeypatch.setattr(os, "open", open_on_full_disk)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    with pytest.raises(FileError, match="is full"):
        save_picture(path, photograph(50, 50))
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["picture.png"]


def test_other_programs_read_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    save_picture(
        path, photograph(40, 30), generation={"prompt": "a cat", "seed": 1, "m": "y" * 2_000_000}
    )
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        picture.load()
        assert picture.info["parameters"].startswith("a cat")
