"""Loading folders as they are published: half-precision files, parts that are never run."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline

from asyndm.catalogue import Catalogue
from asyndm.errors import EngineError
from asyndm.loading import LoadedModel, load_model
from tests.asyndm.tiny_models import tiny_pipeline_folder

PARTS = ("unet", "vae", "text_encoder")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipeline_folder(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def loaded(folder: Path) -> LoadedModel:
    info = Catalogue([]).find(str(folder))
    return load_model(info, torch.device("cpu"), torch.float32)


@pytest.mark.parametrize("halves", [PARTS, ("unet",), ("text_encoder",)], ids="+".join)
def test_weights_under_half_precision_names(
    folder: Path, copy: Path, halves: tuple[str, ...]
) -> None:
    for part in halves:
        for path in (copy / part).glob("*.safetensors"):
            path.rename(path.with_name(f"{path.stem}.fp16.safetensors"))
    plain, half = loaded(folder), loaded(copy)
    for part in PARTS:
        expected = getattr(plain.pipeline, part).state_dict()
        found = getattr(half.pipeline, part).state_dict()
        assert expected.keys() == found.keys()
        assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_full_precision_is_preferred_where_both_are_there(folder: Path, copy: Path) -> None:
    path = copy / "unet" / "diffusion_pytorch_model.safetensors"
    other = tiny_pipeline_folder(copy.parent / "other", seed=1) / "unet" / path.name
    shutil.copy(other, path.with_name("diffusion_pytorch_model.fp16.safetensors"))
    expected, found = (
        loaded(folder).pipeline.unet.state_dict(),
        loaded(copy).pipeline.unet.state_dict(),
    )
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_safety_checker_is_not_even_read(copy: Path) -> None:
    index = copy / "model_index.json"
    record = json.loads(index.read_text(encoding="utf-8"))
    record["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    record["feature_extractor"] = ["transformers", "CLIPFeatureExtractor"]
    record["requires_safety_checker"] = True
    index.write_text(json.dumps(record), encoding="utf-8")
    (copy / "safety_checker").mkdir()
    (copy / "safety_checker" / "pytorch_model.bin").write_bytes(b"never unpickled")
    model = loaded(copy)
    assert model.pipeline.safety_checker is None
    assert model.pipeline.feature_extractor is None


def test_no_room_on_the_device_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def to(*_args: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(StableDiffusionPipeline, "to", to)
    with pytest.raises(EngineError, match="not enough memory on the device 'cpu' for the model"):
        loaded(folder)
