"""Large PNGs are written in bands; they hold the same as small ones."""

from pathlib import Path

import numpy as np
import pytest

from editing.files import encode
from editing.files.raster import load_picture, save_picture


@pytest.mark.parametrize("channels", [3, 4])
def test_a_large_picture_keeps_pixels_and_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int
) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (300, 200, 4), np.uint8)
    if channels == 3:
        pixels[..., 3] = 255
    record = {"prompt": "a house", "seed": 3, "task": "generate"}
    for limit in (0, encode.MOST_AT_ONCE):
        monkeypatch.setattr(encode, "MOST_AT_ONCE", limit)
        path = tmp_path / "out.png"
        save_picture(path, pixels, generation=record)
        loaded = load_picture(path)
        assert (loaded.pixels == pixels).all()
        assert loaded.generation is not None
        assert loaded.generation["prompt"] == "a house"
