"""Models that are kept: the oldest goes first, equal text encoders are in memory once."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from asyndm.adapters import Worn, WornEmbedding
from asyndm.catalogue import EMBEDDED, Catalogue
from asyndm.engine import Engine
from asyndm.events import Event, Finished, Loading
from asyndm.loading import LoadedModel, load_model
from asyndm.memory_needs import OFFLOADS, Offload
from asyndm.model_cache import ModelCache
from asyndm.request import Request
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "a")


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two models whose text encoders are equal, as those of dev and Kontext are."""
    home = tmp_path_factory.mktemp("flux")
    dev, kontext = (tiny_flux_folder(home / kind, kind) for kind in ("dev", "kontext"))
    for part in ("text_encoder", "text_encoder_2"):
        shutil.rmtree(kontext / part)
        shutil.copytree(dev / part, kontext / part)
    return dev, kontext


def loaded(cache: ModelCache, folder: Path, offload: Offload = "none") -> LoadedModel:
    info = Catalogue([]).find(str(folder))
    shared = cache.shared_parts(info, CPU, torch.float32, offload)
    model = load_model(info, CPU, torch.float32, offload, shared)
    cache.add((str(folder),), model)
    return model


def test_equal_text_encoders_are_one(flux: tuple[Path, Path]) -> None:
    cache = ModelCache(1 << 40)
    dev = loaded(cache, flux[0])
    alone = cache.held()
    kontext = loaded(cache, flux[1])
    for part in ("text_encoder", "text_encoder_2"):
        assert getattr(kontext.pipeline, part) is getattr(dev.pipeline, part)
    assert kontext.network is not dev.network
    own = sum(p.nbytes for part in (kontext.network, kontext.vae) for p in part.parameters())
    assert 0 < cache.held() - alone <= 1.01 * own


def test_the_embedded_models_share_their_text_encoder() -> None:
    cache = ModelCache(1 << 40)
    one, other = (loaded(cache, EMBEDDED / name) for name in ("papertown", "papertown-inpaint"))
    same = [
        np.array_equal(a.detach().numpy(), b.detach().numpy())
        for a, b in zip(
            one.pipeline.text_encoder.parameters(),
            other.pipeline.text_encoder.parameters(),
            strict=True,
        )
    ]
    assert (one.pipeline.text_encoder is other.pipeline.text_encoder) is all(same)


@pytest.mark.parametrize("change", ["weights", "settings", "precision", "hooks"])
def test_what_differs_is_not_shared(flux: tuple[Path, Path], tmp_path: Path, change: str) -> None:
    copy = Path(shutil.copytree(flux[1], tmp_path / "copy"))
    cache = ModelCache(1 << 40)
    dev = loaded(cache, flux[0])
    info = Catalogue([]).find(str(copy))
    dtype, offload = torch.float32, OFFLOADS[0]
    if change == "weights":
        path = next((copy / "text_encoder_2").glob("*.safetensors"))
        path.write_bytes(path.read_bytes()[:-1] + b"\x3f")
    elif change == "settings":
        path = copy / "text_encoder_2" / "config.json"
        config = json.loads(path.read_text())
        path.write_text(json.dumps({**config, "layer_norm_epsilon": 0.5}))
    elif change == "precision":
        dtype = torch.bfloat16
    else:
        offload = OFFLOADS[2]
    shared = cache.shared_parts(info, CPU, dtype, offload)
    assert "text_encoder_2" not in shared
    if change in ("weights", "settings"):
        assert shared["text_encoder"] is dev.pipeline.text_encoder


@pytest.mark.parametrize("offload", ["none", "model"])
def test_models_with_shared_parts_run_in_turn(flux: tuple[Path, Path], offload: str) -> None:
    engine = Engine(device="cpu", offload=offload)
    picture = np.zeros((64, 64, 3), np.uint8)
    requests = [
        Request(prompt="a ball", model=str(flux[0]), steps=1),
        Request(prompt="a ball", model=str(flux[1]), steps=1, task="edit", image=picture),
    ]
    first = [_finished(list(engine.run(request))) for request in requests]
    again = [_finished(list(engine.run(request))) for request in requests]
    one, other = engine._store.cache.values()
    assert one.pipeline.text_encoder_2 is other.pipeline.text_encoder_2
    for before, after in zip(first, again, strict=True):
        assert np.array_equal(before.images, after.images)


def _finished(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1]


def test_the_models_used_longest_ago_make_room(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    for name in names:
        tiny_pipeline_folder(tmp_path / name, seed=ord(name))
    engine = Engine(device="cpu", catalogue=Catalogue([tmp_path]))
    engine.preload("a")
    cache = engine._store.cache
    cache.limit = int(2.5 * cache.held())

    def loads(name: str) -> bool:
        events = list(engine.run(Request(prompt="a cat", steps=1, model=name)))
        _finished(events)
        return isinstance(events[0], Loading)

    assert [loads(name) for name in ("a", "b", "a", "c", "a", "b", "c")] == [
        False, True, False, True, False, True, True,
    ]  # fmt: skip
    assert len(cache) == 2
    assert cache.held() <= cache.limit


def test_a_model_larger_than_the_limit_is_alone(folder: Path, tmp_path: Path) -> None:
    other = tiny_pipeline_folder(tmp_path / "other", seed=9)
    engine = Engine(device="cpu", memory_limit=1)
    for path in (folder, other):
        events = list(engine.run(Request(prompt="a cat", steps=1, model=str(path))))
        _finished(events)
    assert [model.info.path for model in engine._store.cache.values()] == [other]


def test_what_one_model_wears_does_not_show_in_another(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    engine = Engine(device="cpu")
    requests = [Request(prompt="a ball", steps=1, model=str(path)) for path in (folder, other)]
    plain = [_finished(list(engine.run(request))) for request in requests]
    one, two = engine._store.cache.values()
    assert one.pipeline.text_encoder is two.pipeline.text_encoder
    words = one.pipeline.text_encoder.get_input_embeddings().num_embeddings
    vector = tmp_path / "worn.safetensors"
    save_file({"emb_params": torch.ones(1, 32)}, vector)
    one.adapters.wear(Worn(embeddings=(WornEmbedding("worn", vector),)))
    assert two.pipeline.text_encoder.get_input_embeddings().num_embeddings == words + 1
    again = _finished(list(engine.run(requests[1])))
    assert two.pipeline.text_encoder.get_input_embeddings().num_embeddings == words
    assert np.array_equal(again.images, plain[1].images)
