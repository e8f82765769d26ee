"""Small valid files of every format that can be opened, made from scratch."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode

from editing.document import Document
from editing.files.document_file import save_document
from editing.files.png_bands import encode_png
from editing.layer import Layer
from editing.plane import Pixels, Plane
from editing.region import Region
from editing.snapshot import take_snapshot
from editing.structure import Metadata, Structure

SIZE = (44, 37)


def noise(channels: int, seed: int = 0, size: tuple[int, int] = SIZE) -> Pixels:
    """Return (h, w, channels) of soft shapes and some noise, or (h, w) for no channels."""
    rng = np.random.default_rng(seed)
    width, height = size
    coarse = rng.integers(0, 256, (4, 5, max(1, channels)), np.uint8)
    big = np.kron(coarse, np.ones((10, 10, 1), np.uint8))[:height, :width]
    grain = rng.integers(0, 9, big.shape, np.uint8)
    picture = np.maximum(big, 8) - grain
    return np.asarray(picture if channels else picture[..., 0], np.uint8)


def encoded(pixels: npt.NDArray[Any], kind: str, **options: Any) -> bytes:
    """Return a picture encoded by Pillow."""
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def exif_block() -> bytes:
    """Return an EXIF block that says that the picture is stored turned."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    return exif.tobytes()


def heic() -> bytes:
    """Return an HEIC file."""
    stream = BytesIO()
    picture = pillow_heif.from_pillow(Image.fromarray(noise(3, size=(64, 64))))
    picture.save(stream, quality=60)
    return stream.getvalue()


def cmyk_jpeg() -> bytes:
    """Return a JPEG of four inks."""
    stream = BytesIO()
    Image.fromarray(noise(3)).convert("CMYK").save(stream, "JPEG")
    return stream.getvalue()


def animated_gif() -> bytes:
    """Return a GIF of two frames."""
    stream = BytesIO()
    frames = [Image.fromarray(noise(3, seed)).convert("P") for seed in (0, 1)]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def own_document() -> Document:
    """Return a document with all that an .ora file of this program can hold."""
    width, height = SIZE
    mask = noise(0, 5)
    layers = (
        Layer(Plane(noise(4, 1)), "Background"),
        Layer(Plane(noise(4, 2)), "Masked", True, 0.5, "multiply", True, Plane(mask)),
        Layer(Plane(noise(4, 3)), "Hidden", visible=False, blend="color_dodge"),
    )
    regions = (
        Region(Plane(noise(0, 6)), "Eyes", (1, 2, 3), 0.25, "two eyes", False),
        Region(Plane.zeros((height, width)), "Region 2"),
    )
    metadata = Metadata(b"II*\0\x08\0\0\0\0\0", None, None, {"task": "repair", "seed": 7})
    return Document(structure=Structure(layers, regions, Plane(noise(0, 7)), metadata))


def own_openraster(path: Any) -> bytes:
    """Return an .ora file as this program writes it, by way of a file at ``path``."""
    with take_snapshot(own_document()) as snapshot:
        save_document(snapshot, path)
    return bytes(path.read_bytes())


def foreign_openraster() -> bytes:
    """Return an .ora file as other programs write it: groups, offsets, an unknown mode."""
    stack = b"""<?xml version='1.0' encoding='UTF-8'?>
<image w="44" h="37" version="0.0.3" xres="300" yres="300"><stack>
 <layer name="Top" src="data/top.png" x="-5" y="9" opacity="0.5" composite-op="svg:screen"/>
 <stack name="Plain group" opacity="1.0" x="2" y="3">
  <layer name="Inside" src="data/small.png" x="4" y="1"/>
  <layer name="Hidden" src="data/small.png" visibility="hidden" composite-op="svg:burn"/>
 </stack>
 <stack name="Soft group" opacity="0.5" composite-op="svg:multiply">
  <layer name="A" src="data/small.png" x="20" y="20"/><layer name="B" src="data/top.png"/>
 </stack>
 <layer name="Bottom" src="data/bottom.png" edit-locked="true" selected="true"/>
</stack></image>"""
    return zipped(
        {
            "mimetype": b"image/openraster",
            "stack.xml": stack,
            "data/top.png": encoded(noise(4, 1, (30, 20)), "PNG"),
            "data/small.png": encoded(noise(4, 2, (10, 12)), "PNG"),
            "data/bottom.png": encoded(noise(3, 3), "PNG"),
        }
    )


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP file of these members."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def layered_psd(mode: str = "RGB", depth: Literal[8, 16] = 8) -> bytes:
    """Return a PSD of two layers, one of them in a group, made with psd-tools."""
    document = PSDImage.new(mode, SIZE, depth=depth)
    background = Image.fromarray(noise(3, 1)).convert(mode)
    document.append(document.create_pixel_layer(background, name="Background"))
    top = Image.fromarray(noise(4, 2, (20, 15)))
    layer = document.create_pixel_layer(
        top if mode == "RGB" else top.convert(mode),
        name="Top",
        top=5,
        left=-3,
        opacity=128,
        blend_mode=BlendMode.MULTIPLY,
    )
    group = document.create_group(name="Group", layer_list=[layer], open_folder=True)
    group.visible = False
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def flat_samples() -> dict[str, bytes]:
    """Return files of one picture by what they are."""
    deep = noise(0, 4).astype(np.uint16) * 257
    return {
        "png rgb": encoded(noise(3), "PNG"),
        "png rgba banded": encode_png(noise(4), rows=8),
        "png palette": encoded(np.asarray(Image.fromarray(noise(3)).quantize(16)), "PNG"),
        "png 16": encoded(deep, "PNG"),
        "jpeg": encoded(noise(3), "JPEG", quality=80, exif=exif_block()),
        "jpeg progressive": encoded(noise(3), "JPEG", progressive=True),
        "jpeg grey": encoded(noise(0), "JPEG"),
        "jpeg cmyk": cmyk_jpeg(),
        "webp": encoded(noise(4), "WEBP", quality=80, exif=exif_block()),
        "webp lossless": encoded(noise(4), "WEBP", lossless=True),
        "gif": animated_gif(),
        "tiff lzw": encoded(noise(3), "TIFF", compression="tiff_lzw"),
        "tiff deflate": encoded(noise(4), "TIFF", compression="tiff_adobe_deflate"),
        "tiff jpeg": encoded(noise(3), "TIFF", compression="jpeg"),
        "tiff 16": encoded(deep, "TIFF", compression="tiff_lzw"),
        "avif": encoded(noise(3), "AVIF", quality=60, speed=10),
        "heic": heic(),
    }
