"""Which files are taken, on the file lists of repositories as they are really published."""

import pytest

from asyndm.errors import ModelError
from asyndm.hub_selection import is_safe, needed_files, running_parts

TOKENIZER = ("merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json")
SDXL = {
    "_class_name": "StableDiffusionXLPipeline",
    "_diffusers_version": "0.19.0",
    "force_zeros_for_empty_prompt": True,
    "feature_extractor": [None, None],
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
SDXL_FILES = [
    ".gitattributes", "LICENSE.md", "README.md", "model_index.json", "comparison.png",
    "sd_xl_base_1.0.safetensors", "sd_xl_base_1.0_0.9vae.safetensors",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json", "text_encoder/flax_model.msgpack",
    "text_encoder/model.fp16.safetensors", "text_encoder/model.onnx",
    "text_encoder/model.safetensors", "text_encoder/openvino_model.bin",
    *(f"tokenizer/{name}" for name in TOKENIZER),
    "unet/config.json", "unet/diffusion_flax_model.msgpack",
    "unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.safetensors",
    "unet/model.onnx", "unet/model.onnx_data",
    "vae/config.json", "vae/diffusion_pytorch_model.fp16.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
    "vae_1_0/config.json", "vae_1_0/diffusion_pytorch_model.safetensors",
]  # fmt: skip


@pytest.mark.parametrize("dot", ["", ".fp16"])
def test_sdxl(dot: str) -> None:
    assert set(needed_files(SDXL_FILES, SDXL, dot.removeprefix(".") or None)) == {
        "LICENSE.md", "README.md", "model_index.json", "scheduler/scheduler_config.json",
        "text_encoder/config.json", f"text_encoder/model{dot}.safetensors",
        *(f"tokenizer/{name}" for name in TOKENIZER),
        "unet/config.json", f"unet/diffusion_pytorch_model{dot}.safetensors",
        "vae/config.json", f"vae/diffusion_pytorch_model{dot}.safetensors",
    }  # fmt: skip


def test_small_files_come_first() -> None:
    names = needed_files(SDXL_FILES, SDXL)
    weights = [name.endswith(".safetensors") for name in names]
    assert names[0] == "model_index.json"
    assert weights == sorted(weights)


T5 = [
    "text_encoder_3/config.json",
    *(f"text_encoder_3/model-0000{k}-of-00002.safetensors" for k in (1, 2)),
    *(f"text_encoder_3/model.fp16-0000{k}-of-00002.safetensors" for k in (1, 2)),
    "text_encoder_3/model.safetensors.index.json",
    "text_encoder_3/model.safetensors.index.fp16.json",
    "text_encoder_3/pytorch_model.bin.index.json",
]
SD3 = {"_class_name": "SomePipeline", "text_encoder_3": ["transformers", "T5EncoderModel"]}


def test_shards_come_with_the_index_of_their_variant() -> None:
    assert set(needed_files(T5, SD3)) == {"model_index.json", *T5[:3], T5[5]}
    assert set(needed_files(T5, SD3, "fp16")) == {"model_index.json", T5[0], *T5[3:5], T5[6]}
    late = [name.replace("model.fp16-00001-of-00002", "model-00001-of-00002.fp16") for name in T5]
    late = [name.replace("model.fp16-00002-of-00002", "model-00002-of-00002.fp16") for name in late]
    assert set(needed_files(late, SD3, "fp16")) == {
        "model_index.json", late[0], *late[3:5], late[6],
    }  # fmt: skip


def test_one_file_is_preferred_to_the_same_weights_in_several() -> None:
    whole = "text_encoder_3/model.safetensors"
    assert set(needed_files([*T5, whole], SD3)) == {"model_index.json", T5[0], whole}


def test_a_missing_shard_is_told_before_gigabytes_are_fetched() -> None:
    broken = [name for name in T5 if "00002-of" not in name]
    with pytest.raises(ModelError, match="text_encoder_3 of the repository lacks some"):
        needed_files(broken, SD3)
    half = [name for name in T5 if "model-00002-of" not in name]
    assert set(needed_files(half, SD3)) == {"model_index.json", T5[0], *T5[3:5], T5[6]}


def test_parts_that_never_run_are_left_out() -> None:
    index = {
        "_class_name": "StableDiffusionPipeline",
        "feature_extractor": ["transformers", "CLIPImageProcessor"],
        "requires_safety_checker": True,
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "image_encoder": [None, None],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "numbers": [1, 2],
    }
    assert running_parts(index) == ["unet"]
    assert running_parts({**index, "_class_name": "Other"}) == ["feature_extractor", "unet"]


@pytest.mark.parametrize(
    "name", ["../a", "a/../b", "/a", "a//b", "a\\b", "C:/a", "a/.", "", "a\x00b", 'a"b', "a|b"]
)
def test_unsafe_names(name: str) -> None:
    assert not is_safe(name)
    assert is_safe("text_encoder/model-00001-of-00002.safetensors")
