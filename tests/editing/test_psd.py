"""Photoshop files, made with psd-tools."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode

from editing.files.document_file import decode_document
from editing.flatten import flattened
from editing.layer import Layer
from editing.plane import Pixels, Plane
from tests.editing.sample_files import SIZE, layered_psd, noise


def written(document: PSDImage) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def rgba(pixels: Pixels) -> Pixels:
    return np.array(Image.fromarray(pixels).convert("RGBA"))


def test_layers_keep_their_properties_and_places() -> None:
    loaded = decode_document(layered_psd())
    assert loaded.format == "psd"
    bottom, top = loaded.document.layers
    assert loaded.document.size == SIZE
    assert [bottom.name, top.name] == ["Background", "Top"]
    np.testing.assert_array_equal(bottom.plane.pixels, rgba(noise(3, 1)))
    assert (top.blend, top.opacity) == ("multiply", 128 / 255)
    assert not top.visible  # Its group is hidden.
    assert loaded.document.active_layer is top
    # The library puts the alpha of a picture into a mask.
    assert top.mask is not None
    source = noise(4, 2, (20, 15))
    np.testing.assert_array_equal(top.plane.pixels[5:20, :17, :3], source[:, 3:, :3])
    np.testing.assert_array_equal(top.mask.pixels[5:20, :17], source[:, 3:, 3])
    assert not top.plane.pixels[20:].any()


@pytest.mark.parametrize(
    ("mode", "depth", "note"),
    [
        ("L", 8, ""),
        ("CMYK", 8, "converted from CMYK"),
        ("RGB", 16, "16 bits per channel"),
    ],
)
def test_other_modes_are_converted(mode: str, depth: Literal[8, 16], note: str) -> None:
    loaded = decode_document(layered_psd(mode, depth))
    expected = np.array(Image.fromarray(noise(3, 1)).convert(mode).convert("RGBA"))
    difference = loaded.document.layers[0].plane.pixels.astype(int) - expected
    assert np.abs(difference).max() <= 1
    assert note in " ".join(loaded.notes)
    assert loaded.document.source_depth == depth


def test_a_file_without_layers_is_its_picture() -> None:
    loaded = decode_document(written(PSDImage.frompil(Image.fromarray(noise(3)))))
    assert [layer.name for layer in loaded.document.layers] == ["Background"]
    np.testing.assert_array_equal(loaded.document.layers[0].plane.pixels, rgba(noise(3)))


def test_a_group_with_an_opacity_is_composed() -> None:
    document = PSDImage.new("RGB", SIZE)
    children = [
        document.create_pixel_layer(Image.fromarray(noise(3, seed, (20, 15))), name=str(seed))
        for seed in (1, 2)
    ]
    group = document.create_group(name="Both", layer_list=children, open_folder=True)
    group.opacity = 51
    loaded = decode_document(written(document))
    (layer,) = loaded.document.layers
    assert (layer.name, layer.opacity) == ("Both", 0.2)
    np.testing.assert_array_equal(layer.plane.pixels[:15, :20], rgba(noise(3, 2, (20, 15))))
    assert loaded.notes == ["Groups were composed into one layer each: Both."]


def test_an_unknown_mode_is_normal_with_a_note() -> None:
    document = PSDImage.new("RGB", SIZE)
    document.append(
        document.create_pixel_layer(
            Image.fromarray(noise(3)), name="Burnt", blend_mode=BlendMode.LINEAR_BURN
        )
    )
    loaded = decode_document(written(document))
    assert loaded.document.layers[0].blend == "normal"
    assert loaded.notes == ["Unknown blend modes were opened as normal: linear burn."]


def test_a_clipped_layer_shows_only_where_its_base_does() -> None:
    document = PSDImage.new("RGB", SIZE)
    base = document.create_pixel_layer(
        Image.fromarray(noise(3, 1, (10, 10))), name="Base", left=5, top=5
    )
    above = document.create_pixel_layer(Image.fromarray(noise(3, 2)), name="Clipped")
    document.append(base)
    document.append(above)
    above.clipping = True
    layers = decode_document(written(document)).document.layers
    picture = flattened(layers)
    assert picture[..., 3].sum() == 255 * 100
    np.testing.assert_array_equal(picture[5:15, 5:15, :3], noise(3, 2)[5:15, 5:15])


def test_the_flattened_picture_is_the_stack() -> None:
    document = PSDImage.new("RGB", SIZE)
    for seed in (1, 2):
        document.append(
            document.create_pixel_layer(
                Image.fromarray(noise(3, seed)),
                name=str(seed),
                opacity=100 * seed,
                blend_mode=BlendMode.SCREEN,
            )
        )
    loaded = decode_document(written(document)).document
    expected = flattened(
        [
            Layer(Plane(rgba(noise(3, seed))), "", True, 100 * seed / 255, "screen")
            for seed in (1, 2)
        ]
    )
    np.testing.assert_array_equal(flattened(loaded.layers), expected)
