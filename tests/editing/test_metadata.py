"""The stored request, the text for other tools, and the provenance mark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from editing.errors import FileError
from editing.files import exif, xmp
from editing.files.metadata import (
    digital_source_of,
    parameters_text,
    parse_record,
    read_generation,
    record_text,
)
from editing.files.raster import load_picture, save_picture
from tests.editing.make_png import chunk, make_png
from tests.editing.photograph import photograph

if TYPE_CHECKING:
    from pathlib import Path

RECORD: dict[str, Any] = {
    "task": "inpaint",
    "prompt": 'three yellow stars, <night> & "moon"\nsecond line äöü 星',
    "negative_prompt": "blur",
    "steps": 30,
    "guidance": 7.5,
    "seed": 123,
    "model": "papertown-inpaint",
    "regions": [{"mask": "iVBORw0KGgo" * 50, "concavity": 0.7}],
}
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
EDITED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
OTHER_XMP = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture">
   <dc:creator><rdf:Seq><rdf:li>Somebody</rdf:li></rdf:Seq></dc:creator>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_the_request_comes_back_as_it_was(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture{suffix}"
    assert save_picture(path, photograph(20, 10), generation=RECORD) == []
    loaded = load_picture(path)
    assert loaded.generation == {"version": 1, **RECORD}
    assert loaded.parameters == parameters_text(RECORD, (20, 10))
    assert loaded.notes == []
    for source in (path, str(path), path.read_bytes()):
        found = read_generation(source)
        assert found.record == loaded.generation
        assert found.parameters == loaded.parameters
    # Saved once more with another request there is one record, the new one.
    save_picture(path, loaded.pixels, exif=loaded.exif, xmp=loaded.xmp, generation={"seed": 4})
    assert load_picture(path).generation == {"version": 1, "seed": 4}


def test_the_parameters_text_is_what_other_tools_parse() -> None:
    record = {"prompt": "a cat", "negative_prompt": "blur", "steps": 30, "seed": 7}
    record |= {"guidance": 7.5, "model": "my: model, v2"}
    assert parameters_text(record, (640, 480)) == (
        "a cat\nNegative prompt: blur\n"
        'Steps: 30, Sampler: DDIM, CFG scale: 7.5, Seed: 7, Size: 640x480, Model: "my: model, v2"'
    )


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize(
    ("task", "expected"),
    [("generate", GENERATED), ("repair", GENERATED), ("inpaint", EDITED), ("edit", EDITED)],
)
def test_the_provenance_mark(suffix: str, task: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture{suffix}"
    save_picture(path, photograph(9, 9), generation={"task": task}, xmp=OTHER_XMP)
    packet = load_picture(path).xmp
    assert packet is not None
    assert xmp.read_digital_source(packet) == expected
    assert packet.count(b"DigitalSourceType=") == 1
    assert b"<rdf:li>Somebody</rdf:li>" in packet


def test_a_mark_without_a_request(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    save_picture(path, photograph(9, 9), digital_source="edited")
    loaded = load_picture(path)
    assert loaded.generation is None
    assert loaded.xmp is not None
    assert xmp.read_digital_source(loaded.xmp) == EDITED
    assert digital_source_of({}) == "edited"


def test_without_a_request_the_packet_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    save_picture(path, photograph(9, 9), xmp=OTHER_XMP)
    assert load_picture(path).xmp == OTHER_XMP


def test_marks_are_replaced_and_not_piled_up() -> None:
    packet: bytes | None = OTHER_XMP
    for number in range(3):
        packet = xmp.with_marks(packet, "generated", f'{{"n":"{number} <&>\\""}}')
    assert packet is not None
    assert xmp.read_record(packet) == '{"n":"2 <&>\\""}'
    assert packet.count(b"rdf:Description ") == 2
    ElementTree.fromstring(packet)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"junk",
        b"<unfinished",
        OTHER_XMP.decode().encode("utf-16"),
        b'<!DOCTYPE a [<!ENTITY b "cc">]>' + OTHER_XMP.split(b"?>", 1)[1],
    ],
)
def test_a_packet_that_cannot_be_kept_is_replaced_with_a_note(
    packet: bytes, tmp_path: Path
) -> None:
    assert xmp.read_record(packet) is None
    assert not xmp.is_kept(packet)
    path = tmp_path / "x.webp"
    notes = save_picture(path, photograph(9, 9), xmp=packet, generation=RECORD)
    assert "XMP" in notes[0]
    assert load_picture(path).generation == {"version": 1, **RECORD}


def test_a_request_too_large_for_jpeg_is_left_out_with_a_note(tmp_path: Path) -> None:
    record = {**RECORD, "mask": "x" * 70_000}
    notes = save_picture(tmp_path / "x.jpg", photograph(9, 9), generation=record, xmp=OTHER_XMP)
    assert "do not fit into a JPEG" in notes[0]
    loaded = load_picture(tmp_path / "x.jpg")
    assert loaded.generation is None
    assert loaded.parameters == parameters_text(record, (9, 9))
    assert loaded.xmp is not None
    assert xmp.read_digital_source(loaded.xmp) == EDITED
    for suffix in (".png", ".webp"):
        path = tmp_path / f"x{suffix}"
        assert save_picture(path, photograph(9, 9), generation=record) == []
        assert load_picture(path).generation == {"version": 1, **record}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[1, 2]", "damaged"),
        ("7", "damaged"),
        ('{"seed": 1}', "damaged"),
        ('{"version": "1"}', "damaged"),
        ('{"version": true}', "damaged"),
        ('{"version": 0}', "damaged"),
        ("[" * 100_000, "damaged"),
        ('{"version": 1' + "0" * 5000 + "}", "damaged"),
        ('{"version": 2, "seed": 1}', "newer version"),
        ('{"version": 1, "x": "' + "y" * (33 * 1024 * 1024) + '"}', "too large"),
    ],
    ids=range(12),
)
def test_a_record_that_cannot_be_used_is_ignored_with_a_note(text: str, note: str) -> None:
    extra = chunk(b"iTXt", b"asyndm\0\0\0\0\0" + text.encode())
    found = read_generation(make_png(1, 1, [b"\1\2\3"], extra=extra))
    assert found.record is None
    assert note in found.notes[0]


def test_bytes_that_are_no_text_are_ignored() -> None:
    extra = chunk(b"iTXt", b"asyndm\0\0\0\0\0\xff\xfe\x80")
    assert read_generation(make_png(1, 1, [b"\1\2\3"], extra=extra)).record is None


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=9,
        ),
    )
)
@settings(max_examples=60, deadline=None)
def test_any_request_survives_xmp_and_json(record: dict[str, Any]) -> None:
    record = {key: value for key, value in record.items() if key != "version"}
    packet = xmp.with_marks(None, "edited", record_text(record))
    text = xmp.read_record(packet)
    assert text is not None
    assert parse_record(text) == ({"version": 1, **record}, None)


def test_records_are_read_from_what_other_tools_wrote(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    comment = Image.Exif()
    comment.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "a cat\nSteps: 20".encode("utf-16-le")
    Image.fromarray(photograph(9, 9)).save(path, exif=comment)
    assert read_generation(path).parameters == "a cat\nSteps: 20"
    comment.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a dog"
    Image.fromarray(photograph(9, 9)).save(path, exif=comment)
    assert read_generation(path) == (None, "a dog", [])


def test_a_file_that_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("text")
    with pytest.raises(FileError, match="not a picture"):
        read_generation(tmp_path / "x.png")
    with pytest.raises(FileError, match="does not exist"):
        read_generation(tmp_path / "y.png")


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_as_exif_do_no_harm(block: bytes) -> None:
    for order in (b"", b"II*\0", b"MM\0*\0\0\0\x08"):
        whole = order + block
        assert 1 <= exif.orientation(whole) <= 8
        assert len(exif.upright(whole)) == len(whole)
        exif.user_comment(whole)
        exif.with_user_comment(whole, "text")


def test_a_broken_exif_block_is_kept_as_it_is(tmp_path: Path) -> None:
    block = b"II*\0\xff\xff\xff\xff"
    save_picture(tmp_path / "x.png", photograph(4, 4), exif=block, generation=RECORD)
    loaded = load_picture(tmp_path / "x.png")
    assert loaded.exif == block
    assert np.array_equal(loaded.pixels[..., :3], photograph(4, 4))
    assert json.loads(record_text(RECORD))["version"] == 1
