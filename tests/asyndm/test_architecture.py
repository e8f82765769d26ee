"""What a weights file is, told from its header. Whole full-size networks: test_model_configs."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from asyndm.architecture import NETWORK_PREFIX, Identity
from asyndm.header_cache import HeaderCache
from asyndm.weight_files import parse_header
from asyndm.weight_header import DamagedFileError
from asyndm.weight_kinds import identify

SHORT = tuple[int, ...]
CONTEXT = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
STATISTIC = "output_blocks.11.1.transformer_blocks.0.norm1.bias"


def write(
    path: Path, shapes: Mapping[str, SHORT], metadata: Mapping[str, str] | None = None
) -> Path:
    """A safetensors file of full-size tensors: a real header, and a hole for the numbers."""
    entries: dict[str, object] = {"__metadata__": dict(metadata or {})}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * int(np.prod(shape, dtype=np.int64))
        entries[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [start, end]}
    header = json.dumps(entries).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with path.open("r+b") as file:
        file.truncate(8 + len(header) + end)  # sparse: takes no room on the disk
    return path


def look(
    folder: Path, shapes: Mapping[str, SHORT], metadata: Mapping[str, str] | None = None
) -> Identity:
    return identify(parse_header(write(folder / "a.safetensors", shapes, metadata)))


def unet(channels: int = 4, context: int = 768, *, labels: bool = False) -> dict[str, SHORT]:
    """The tensors of a UNet that detection looks at."""
    shapes: dict[str, SHORT] = {
        "input_blocks.0.0.weight": (320, channels, 3, 3),
        CONTEXT: (320, context),
        "out.2.weight": (4, 320, 3, 3),
    }
    if labels:
        shapes["label_emb.0.0.weight"] = (1280, 2816)
    return {NETWORK_PREFIX + name: shape for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("channels", "context", "labels", "problem"),
    [
        (5, 1024, False, "takes a depth map"),
        (7, 1024, False, "is an upscaler"),
        (8, 768, False, "is InstructPix2Pix"),
        (6, 768, False, "takes 6 channels"),
        (4, 1280, True, "is the refiner of SDXL"),
        (4, 640, False, "a UNet for text of width 640"),
        (4, 1024, True, "a UNet for text of width 1024"),  # unCLIP: needs a picture's embedding
        (4, 2048, False, "a UNet for text of width 2048"),
    ],
)
def test_unets_that_cannot_be_used_say_why(
    tmp_path: Path, channels: int, context: int, labels: bool, problem: str
) -> None:
    identity = look(tmp_path, unet(channels, context, labels=labels))
    assert identity.kind == "model"
    assert problem in identity.problem


def test_edm_and_quantised_models_are_refused(tmp_path: Path) -> None:
    edm = look(tmp_path, unet(4, 2048, labels=True) | {"edm_mean": (4,), "edm_std": (4,)})
    assert "EDM" in edm.problem
    scaled = look(tmp_path, unet() | {"scaled_fp8": (2,)})
    assert "quantised" in scaled.problem
    assert scaled.network == ""  # no settings can mend that


def test_markers_and_metadata_tell_the_prediction(tmp_path: Path) -> None:
    xl = unet(4, 2048, labels=True)
    assert look(tmp_path, xl).prediction_type == ""
    marked = look(tmp_path, xl | {"v_pred": (0,)})
    assert (marked.architecture, marked.prediction_type) == ("sdxl", "v_prediction")
    assert not marked.zero_terminal_snr
    assert look(tmp_path, xl | {"v_pred": (0,), "ztsnr": (0,)}).zero_terminal_snr
    said = {"modelspec.prediction_type": "v"}
    assert look(tmp_path, xl, said).prediction_type == "v_prediction"
    said = {
        "modelspec.prediction_type": "epsilon",
        "modelspec.title": "A",
        "modelspec.license": "B",
    }
    identity = look(tmp_path, xl, said)
    assert (identity.prediction_type, identity.title, identity.licence) == ("epsilon", "A", "B")


@pytest.mark.parametrize(
    ("spread", "architecture", "other"), [(0.05, "sd2", "sd2-v"), (0.2, "sd2-v", "sd2")]
)
def test_the_two_kinds_of_sd2_are_told_by_a_bias(
    tmp_path: Path, spread: float, architecture: str, other: str
) -> None:
    shapes = unet(4, 1024) | {NETWORK_PREFIX + STATISTIC: (320,)}
    path = write(tmp_path / "a.safetensors", shapes)
    header = parse_header(path)
    values = np.tile([spread, -spread], 160).astype("<f2")
    with path.open("r+b") as file:
        file.seek(header.tensors[NETWORK_PREFIX + STATISTIC].start)
        file.write(values.tobytes())
    identity = identify(header)
    assert identity.architecture == architecture
    assert f"--as {other}" in identity.note
    said = write(
        tmp_path / "b.safetensors",
        shapes,
        {"modelspec.architecture": "stable-diffusion-v2-768-v"},
    )
    assert identify(parse_header(said)).architecture == "sd2-v"
    assert identify(parse_header(said)).note == ""


def flux(inputs: int = 64, double: int = 19, *, guided: bool = True) -> dict[str, SHORT]:
    shapes: dict[str, SHORT] = {"img_in.weight": (3072, inputs)}
    for i in range(double):
        shapes[f"double_blocks.{i}.img_attn.qkv.weight"] = (9216, 3072)
    for i in range(38):
        shapes[f"single_blocks.{i}.linear2.weight"] = (3072, 15360)
    if guided:
        shapes["guidance_in.in_layer.weight"] = (3072, 256)
    return shapes


def test_the_members_of_flux_are_told_apart(tmp_path: Path) -> None:
    assert look(tmp_path, flux(guided=False)).architecture == "flux-schnell"
    assert look(tmp_path, flux(384)).architecture == "flux-fill"
    dev = look(tmp_path, flux())
    assert dev.architecture == "flux-dev"
    assert "--as flux-kontext" in dev.note
    assert look(tmp_path, flux(), {"modelspec.title": "FLUX.1-dev"}).note == ""
    said = {"modelspec.architecture": "flux-1-kontext-dev"}
    assert look(tmp_path, flux(), said).architecture == "flux-kontext"
    assert "Depth or Canny" in look(tmp_path, flux(128)).problem
    small = look(tmp_path, flux(double=8))
    assert "8 + 38 blocks" in small.problem
    assert small.network == "flux"  # the person may have its settings
    chroma = flux() | {"distilled_guidance_layer.in_proj.bias": (5120,)}
    assert "not supported" in look(tmp_path, chroma).problem
    assert look(tmp_path, {NETWORK_PREFIX + "layers.0.weight": (3,)}).kind == "model"


OTHERS: dict[str, tuple[dict[str, SHORT], dict[str, str], str, str, int]] = {
    "kohya SD 1": (
        {
            "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (8, 768),
            "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight":
            (8, 768),
        },
        {}, "lora", "sd1", 0,
    ),
    "kohya SDXL": (
        {
            "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_up.weight": (640, 8),
            "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight":
            (8, 2048),
        },
        {}, "lora", "sdxl", 0,
    ),
    "diffusers SD 2": (
        {"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (4, 1024)},
        {}, "lora", "sd2", 0,
    ),
    "kohya FLUX": (
        {"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": (4, 3072)},
        {}, "lora", "flux", 0,
    ),
    "diffusers FLUX": (
        {"transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight": (4, 3072)},
        {}, "lora", "flux", 0,
    ),
    "diffusers SD 3": (
        {"transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight": (4, 1536)},
        {}, "lora", "sd3", 0,
    ),
    "LyCORIS, by its metadata": (
        {"lora_unet_mid_block.hada_w1_a": (4, 4)},
        {"ss_base_model_version": "sdxl_base_v1-0"}, "lora", "sdxl", 0,
    ),
    "A1111 embedding": ({"emb_params": (4, 768)}, {}, "embedding", "sd1", 768),
    "SDXL embedding": ({"clip_l": (2, 768), "clip_g": (2, 1280)}, {}, "embedding", "sdxl", 768),
    "diffusers embedding": ({"<cat>": (1024,)}, {}, "embedding", "sd2", 1024),
    "VAE": (
        {"decoder.conv_in.weight": (512, 16, 3, 3), "encoder.conv_in.weight": (128, 3, 3, 3)},
        {}, "vae", "", 16,
    ),
    "ControlNet": ({"control_model.time_embed.0.weight": (1280, 320)}, {}, "controlnet", "", 0),
    "IP adapter": ({"image_proj.proj.weight": (768, 1024)}, {}, "adapter", "", 0),
    "CLIP-L": (
        {
            "text_model.embeddings.position_embedding.weight": (77, 768),
            "text_model.final_layer_norm.weight": (768,),
        },
        {}, "text_encoder", "clip_l", 768,
    ),
    "diffusers part": (
        {"down_blocks.0.resnets.0.conv1.weight": (3, 3), "conv_in.weight": (3, 3)},
        {}, "part", "", 0,
    ),
    "upscaler": ({"conv_first.weight": (64, 3, 3, 3)}, {}, "unknown", "", 0),
    "nothing": ({}, {}, "unknown", "", 0),
    "shapes too short": ({"decoder.conv_in.weight": (3,), "emb_params": ()}, {}, "unknown", "", 0),
    "a UNet of vectors": (
        {"input_blocks.0.0.weight": (3,), "out.2.weight": (3,)}, {}, "unknown", "", 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_files_that_are_no_models_are_recognised(tmp_path: Path, name: str) -> None:
    shapes, metadata, kind, architecture, width = OTHERS[name]
    identity = look(tmp_path, shapes, metadata)
    assert (identity.kind, identity.architecture, identity.width) == (kind, architecture, width)


@pytest.mark.parametrize(
    ("name", "family"),
    [("sdxl_vae", "sdxl"), ("ae", "flux"), ("FLUX-vae", "flux"), ("sd3_vae", "sd3"), ("fae", "")],
)
def test_vaes_of_the_same_shape_are_told_by_their_names(
    tmp_path: Path, name: str, family: str
) -> None:
    shapes = {"decoder.conv_in.weight": (512, 4, 3, 3), "encoder.conv_in.weight": (128, 3, 3, 3)}
    path = write(tmp_path / f"{name}.safetensors", shapes)
    assert identify(parse_header(path)).architecture == family


def test_numbers_of_every_float_are_read(tmp_path: Path) -> None:
    values = np.array([1.5, -2.0, 0.25], np.float32)
    rows = {
        "F32": values.astype("<f4").tobytes(),
        "F16": values.astype("<f2").tobytes(),
        "BF16": (values.view(np.uint32) >> 16).astype("<u2").tobytes(),
    }
    for dtype, data in rows.items():
        entry = {"dtype": dtype, "shape": [3], "data_offsets": [0, len(data)]}
        header = json.dumps({"a": entry}).encode()
        path = tmp_path / f"{dtype}.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header + data)
        np.testing.assert_array_equal(parse_header(path).values("a"), values)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F16", "shape": [-1, -3], "data_offsets": [0, 6]},
        {"dtype": "F16", "shape": ["3"], "data_offsets": [0, 6]},
        {"dtype": "F16", "shape": [3], "data_offsets": [0, 5]},
        {"dtype": "F16", "shape": [3], "data_offsets": [6, 0]},
        {"dtype": "F16", "shape": [3]},
    ],
)
def test_a_header_that_lies_is_damaged(tmp_path: Path, entry: dict[str, object]) -> None:
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(6))
    with pytest.raises(DamagedFileError, match="damaged header"):
        parse_header(path)


def test_identities_are_remembered_until_the_file_changes(tmp_path: Path) -> None:
    store = tmp_path / "cache" / "weights.json"
    path = write(tmp_path / "a.safetensors", unet(9))
    first = HeaderCache(store)
    found = first.look(path)
    assert found is not None
    assert found.identity.architecture == "sd1-inpaint"
    first.save()
    time = path.stat().st_mtime_ns
    path.write_bytes(bytes(path.stat().st_size))  # same size
    os.utime(path, ns=(time, time))  # and same time: the file is not read again
    assert HeaderCache(store).look(path) == found
    os.utime(path, ns=(time + 1, time + 1))
    changed = HeaderCache(store).look(path)
    assert changed is not None
    assert changed.damaged
    for text in ("", "[]", '{"version": 1, "files": {"a": 3}}', '{"version": 0}'):
        store.write_text(text)
        again = HeaderCache(store).look(path)
        assert again is not None
        assert again.damaged
    path.unlink()
    assert HeaderCache(store).look(path) is None
