"""Files that were made or damaged to do harm: one sentence, in bounded time and memory."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from editing.errors import FileError
from editing.files.document_file import decode_document, load_document
from tests.editing.make_png import SIGNATURE, chunk, make_png
from tests.editing.sample_files import SIZE, encoded, layered_psd, noise, own_openraster, zipped

if TYPE_CHECKING:
    from pathlib import Path

PER_SAMPLE = 100
"""Of 22 samples: 2,200 damaged files."""
PEAK_BYTES = 700 * 1024 * 1024

STACK = b"""<image w='44' h='37' version='0.0.6'>
<stack><layer name='A' src='data/a.png'/></stack></image>"""


def openraster(stack: bytes = STACK, **others: bytes) -> dict[str, bytes]:
    picture = encoded(noise(4), "PNG")
    members = {"mimetype": b"image/openraster", "stack.xml": stack, "data/a.png": picture}
    return members | others


def sentence(data: bytes) -> str:
    with pytest.raises(FileError) as caught:
        decode_document(data, "The file")
    text = str(caught.value)
    assert text.endswith(".")
    assert ". " not in text
    assert "\n" not in text
    return text


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux tells it")
def test_two_thousand_damaged_files(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.editing.hostile_child", str(tmp_path), str(PER_SAMPLE)]
    done = subprocess.run(
        [*command, "20261121"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["wrong"] == []
    assert sum(summary["counts"].values()) >= 2000
    assert summary["counts"]["refused"] > summary["counts"]["opened"] > 0
    assert summary["peak_bytes"] < PEAK_BYTES


def test_a_refused_file_leaves_no_trace_in_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "bad.ora"
    members = openraster() | {"../evil.png": b"x", "/tmp/evil.png": b"x", "..\\evil.png": b"x"}
    members["stack.xml"] = STACK.replace(b"data/a.png", b"../evil.png")
    path.write_bytes(zipped(members))
    with pytest.raises(FileError, match="incomplete or damaged"):
        load_document(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.ora"]
    assert not (tmp_path.parent / "evil.png").exists()


@pytest.mark.parametrize(
    "name", ["../a.png", "/etc/passwd", "C:\\a.png", "data/../data/a.png", "DATA/A.PNG", "data/a"]
)
def test_a_layer_is_only_what_a_member_is_called_exactly(name: str) -> None:
    stack = STACK.replace(b"data/a.png", name.encode())
    assert "incomplete or damaged" in sentence(zipped(openraster(stack)))


def test_png_bombs() -> None:
    tall = make_png(100_000, 100_000, [])
    assert "the limit is 100 megapixels" in sentence(tall)
    # Within the limit, but there is far less in it than it says.
    assert "incomplete or damaged" in sentence(make_png(9000, 9000, [b"\0" * 27000]))
    bomb = b"comment\0\0" + zlib.compress(b"\0" * (100 << 20))
    text = make_png(1, 1, [b"\1\2\3"], extra=chunk(b"zTXt", bomb) + chunk(b"iCCP", bomb))
    assert decode_document(text).document.size == (1, 1)


def test_a_png_bomb_inside_a_document() -> None:
    wide = make_png(50_000, 50_000, [], colour_type=6)
    assert "the limit is 100 megapixels" in sentence(zipped(openraster(**{"data/a.png": wide})))


def test_webp_that_claims_the_largest_size() -> None:
    header = b"\0\0\0\0" + (16_383).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + header
    data = b"RIFF" + struct.pack("<I", len(body)) + body
    assert "the limit is 100 megapixels" in sentence(data)


def test_canvas_of_too_many_pixels() -> None:
    for size in (b"w='44000' h='37000'", b"w='0' h='37'", b"w='-5' h='-5'", b"w='4e9' h='1'"):
        sentence(zipped(openraster(STACK.replace(b"w='44' h='37'", size))))


def test_members_that_unpack_to_gigabytes() -> None:
    zeros = b"\0" * (200 << 20)
    packed = zipped({"mimetype": b"image/openraster", "stack.xml": zeros})
    assert len(packed) < 1 << 20
    assert "incomplete or damaged" in sentence(packed)
    lying = packed.replace(struct.pack("<I", len(zeros)), struct.pack("<I", 1000))
    assert "incomplete or damaged" in sentence(lying)


def test_an_archive_in_an_archive_is_not_followed() -> None:
    inner = zipped(openraster())
    for _ in range(20):
        inner = zipped({"mimetype": b"image/openraster", "stack.xml": STACK, "data/a.png": inner})
    assert "incomplete or damaged" in sentence(inner)


def test_ambiguous_encrypted_or_odd_archives() -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("stack.xml", STACK)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("stack.xml", STACK)
    assert "two members of one name" in sentence(stream.getvalue())
    assert "packed in an unknown way" in sentence(zipped(openraster(), zipfile.ZIP_LZMA))
    locked = bytearray(zipped({"stack.xml": STACK}))
    locked[locked.rfind(b"PK\1\2") + 8] |= 1
    assert "is encrypted" in sentence(bytes(locked))
    assert "no OpenRaster" in sentence(zipped({"word/document.xml": b"<w/>"}))


def test_many_members() -> None:
    many = zipped({f"data/{number}": b"" for number in range(5000)}, zipfile.ZIP_STORED)
    assert "too many members" in sentence(many)


def test_entities_and_deep_nesting_in_the_list_of_layers() -> None:
    laughs = b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>" + STACK
    sentence(zipped(openraster(laughs)))
    sentence(zipped(openraster(STACK.decode().encode("utf-16"))))
    deep = b"<image w='4' h='4'>" + b"<stack>" * 100_000 + b"</stack>" * 100_000 + b"</image>"
    assert "incomplete or damaged" in sentence(zipped(openraster(deep)))


def test_more_layers_than_memory() -> None:
    layer = b"<layer name='A' src='data/a.png'/>"
    sentence(zipped(openraster(STACK.replace(b"<stack>", b"<stack>" + layer * 300))))


def test_a_record_of_our_own_that_is_nonsense_leaves_the_layers(tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(own_openraster(tmp_path / "own.ora"))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for record in (
        b"[" * 200_000,
        b"{}",
        b"null",
        b'{"version":1}',
        b"\xff\xfe",
        b'{"version":"x"}',
    ):
        loaded = decode_document(zipped(members | {"asyndm/document.json": record}))
        assert len(loaded.document.layers) == 3
        assert any("damaged" in note for note in loaded.notes)
    newer = decode_document(zipped(members | {"asyndm/document.json": b'{"version":99}'}))
    assert any("newer version" in note for note in newer.notes)


def test_photoshop_files_that_lie() -> None:
    whole = layered_psd()
    huge = whole[:14] + struct.pack(">II", 300_000, 300_000) + whole[22:]
    assert "the limit is 100 megapixels" in sentence(huge)
    assert "32 bits per channel" in sentence(whole[:22] + b"\0\x20" + whole[24:])
    assert "Lab colours" in sentence(whole[:24] + b"\0\x09" + whole[26:])
    assert "incomplete or damaged" in sentence(whole[: len(whole) // 2])
    assert "incomplete or damaged" in sentence(b"8BPS")


def test_a_tiff_of_a_million_pages() -> None:
    whole = encoded(noise(3), "TIFF")
    (first,) = struct.unpack_from("<I", whole, 4)
    (count,) = struct.unpack_from("<H", whole, first)
    last = first + 2 + 12 * count
    entry = struct.pack("<HHHIHH", 1, 256, 3, 1, 1, 0)
    place = len(whole)
    page = struct.Struct("<14sI")
    pages = b"".join(page.pack(entry, place + 18 * (n + 1)) for n in range(1_000_000))
    data = whole[:last] + struct.pack("<I", place) + whole[last + 4 :] + pages
    # Counting them would take minutes.
    assert decode_document(data).document.size == SIZE


def test_signatures_without_anything_behind_them() -> None:
    for start in (SIGNATURE, b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"MM\0*", b"PK\3\4", b"8BPS"):
        for rest in (b"", b"\0" * 100, b"\xff" * 100):
            sentence(start + rest)
    for brand in (b"avif", b"heic", b"mif1"):
        sentence(b"\0\0\0\x20ftyp" + brand + b"\0" * 60)
