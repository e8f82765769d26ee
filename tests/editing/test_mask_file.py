"""Masks from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from editing.errors import FileError
from editing.files.mask_file import load_mask
from tests.editing.make_png import make_png

if TYPE_CHECKING:
    from pathlib import Path


def test_white_is_redone_by_luminance(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    row = [(255, 255, 255, 255), (0, 0, 0, 255), (255, 0, 0, 255), (255, 255, 255, 0)]
    Image.fromarray(np.array([[*row, (255, 255, 255, 128)]], np.uint8)).save(path)
    mask = load_mask(path, (5, 1))
    assert mask.dtype == np.float32
    assert mask.tolist()[0] == pytest.approx([1, 0, 76 / 255, 0, 128 / 255])
    assert mask[0, 0] == 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_all_kinds_of_black_and_white(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    square = Image.new("L", (6, 4), 0)
    square.paste(255, (2, 1, 4, 3))
    square.convert(mode).save(path)
    mask = load_mask(path, (6, 4))
    assert np.argwhere(mask == 1).tolist() == [[1, 2], [1, 3], [2, 2], [2, 3]]
    assert np.count_nonzero(mask) == 4


def test_sixteen_bits(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(make_png(2, 1, [b"\xff\xff\x80\x80"], depth=16, colour_type=0))
    assert load_mask(path, (2, 1)).tolist()[0] == pytest.approx([1, 128 / 255])


def test_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    Image.new("L", (6, 4)).save(path)
    with pytest.raises(FileError, match="6 x 4 pixels and the picture is 4 x 6"):
        load_mask(path, (4, 6))


def test_no_picture_at_all(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_text("text")
    with pytest.raises(FileError, match="not a picture"):
        load_mask(tmp_path / "mask.png", (4, 6))
