"""The engine: events in order, cancel within a step, faults as sentences."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import asyndm
from asyndm import (
    Cancelled,
    Catalogue,
    Engine,
    EngineError,
    Failed,
    Finished,
    Loading,
    ModelError,
    Notice,
    Region,
    Request,
    RequestError,
    Step,
    part_of_speech,
)
from tests.asyndm.tiny_models import tiny_pipeline_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipeline_folder(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    return Engine(model=str(folder), device="cpu")


def finished(events: Iterator[asyndm.Event]) -> Finished:
    last = list(events)[-1]
    assert isinstance(last, Finished)
    return last


def test_events_of_a_run(folder: Path) -> None:
    engine = Engine(model=str(folder), device="cpu")
    request = Request(prompt="a red ball", steps=3, count=2, seed=5)
    events = list(engine.run(request))
    assert isinstance(events[0], Loading)
    steps = [e for e in events if isinstance(e, Step)]
    assert [(s.picture, s.i, s.n, s.pictures) for s in steps] == [
        (k, i, 3, 2) for k in (0, 1) for i in (1, 2, 3)
    ]
    for step in steps:
        assert step.preview.shape == (16, 16, 3)
        assert step.level_map.shape == step.mask.shape == (16, 16)
        assert 0 <= step.level_map.min() <= step.level_map.max() <= 1
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.images.shape == (2, 64, 64, 3)
    assert last.images.dtype == np.uint8
    assert last.seeds == (5, 6)
    assert last.words == ("ball",)
    assert last.attention.shape == (2, 1, 16, 16)
    assert last.model_hash
    again = list(engine.run(request))
    assert not any(isinstance(e, Loading) for e in again)
    assert isinstance(again[-1], Finished)
    assert np.array_equal(again[-1].images, last.images)


def test_picture_k_of_a_count_has_seed_plus_k(engine: Engine) -> None:
    both = finished(engine.run(Request(prompt="a cat", steps=2, seed=8, count=2)))
    second = finished(engine.run(Request(prompt="a cat", steps=2, seed=9)))
    assert np.array_equal(both.images[1], second.images[0])
    assert not np.array_equal(both.images[0], both.images[1])


def test_repair_says_its_phases(engine: Engine) -> None:
    mask = np.zeros((64, 64), np.float32)
    mask[20:40, 20:40] = 1
    request = Request(task="repair", prompt="a cat", image=np.zeros((64, 64, 3), np.uint8),
                      steps=2, regions=(Region(mask=mask),))  # fmt: skip
    events = list(engine.run(request))
    phases = [e.phase for e in events if isinstance(e, Step)]
    assert phases == ["probe", "probe", "run", "run"]
    notices = [e.text for e in events if isinstance(e, Notice)]
    assert any("do not give this picture" in text for text in notices)  # it is plain black


@pytest.mark.parametrize("after", [0, 1, 2])
def test_cancel_ends_within_one_step(engine: Engine, after: int) -> None:
    cancel = threading.Event()
    seen: list[asyndm.Event] = []
    if not after:
        cancel.set()
    for event in engine.run(Request(prompt="a cat", steps=50), cancel):
        seen.append(event)
        if isinstance(event, Step) and event.i == after:
            cancel.set()
    assert isinstance(seen[-1], Cancelled)
    assert seen[-1].i == after
    assert sum(isinstance(e, Step) for e in seen) == after


def test_no_object_word_is_a_notice_and_a_standard_run(engine: Engine) -> None:
    request = Request(prompt="at", steps=2, seed=1)
    events = list(engine.run(request))
    notices = [e.text for e in events if isinstance(e, Notice)]
    assert len(notices) == 1
    assert "No object word" in notices[0]
    standard = finished(engine.run(request.with_(method="standard")))
    assert isinstance(events[-1], Finished)
    assert np.array_equal(events[-1].images, standard.images)


def test_words_chosen_by_hand(engine: Engine) -> None:
    done = finished(engine.run(Request(prompt="a red ball", steps=2, words=("red",))))
    assert done.words == ("red",)
    with pytest.raises(RequestError, match="cat"):
        engine.run(Request(prompt="a red ball", words=("cat",)))


BAD_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"steps": 0}, "steps"),
    ({"steps": True}, "steps"),
    ({"method": "magic"}, "no method"),
    ({"concavity": 2.0}, "concavity"),
    ({"strength": 0.0}, "strength"),
    ({"guidance": float("nan")}, "guidance"),
    ({"task": "inpaint"}, "picture is needed"),
    ({"task": "edit", "image": np.zeros((64, 64, 3), np.uint8)}, "cannot edit"),
    ({"image": np.zeros((64, 64), np.uint8)}, "RGB"),
    ({"width": 65}, "multiples of 4"),
    ({"regions": (Region(mask=np.ones((8, 8), np.float32)),)}, "same size"),
    (
        {"task": "inpaint", "image": np.zeros((64, 64, 3), np.uint8), "strength": 0.05, "steps": 5},
        "no step to run",
    ),
    ({"model": "no-such-model"}, "no-such-model"),
    ({"model": "/no/such/folder"}, "/no/such/folder"),
]


@pytest.mark.parametrize(("changes", "words"), BAD_REQUESTS)
def test_bad_requests_raise_a_sentence_before_any_event(
    engine: Engine, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises((RequestError, ModelError)) as error:
        engine.run(Request(prompt="a cat", **changes))
    assert words in str(error.value)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_mask_values_outside_0_to_1_are_refused(value: float) -> None:
    with pytest.raises(RequestError, match="between 0 and 1"):
        Region(mask=np.full((4, 4), value, np.float32))


def failing(engine: Engine, monkeypatch: pytest.MonkeyPatch, error: Exception) -> Failed:
    """The end of a run in which the network raises an error."""

    def forward(*_args: object, **_kwargs: object) -> None:
        raise error

    engine.preload(engine.model)
    loaded = next(engine._store.cache.values())
    monkeypatch.setattr(loaded.pipeline.unet, "forward", forward)
    last = list(engine.run(Request(prompt="a cat", steps=2)))[-1]
    assert isinstance(last, Failed)
    return last


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_out_of_memory_is_a_sentence(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failed = failing(engine, monkeypatch, error)
    assert "not enough memory for a picture of 64 x 64" in failed.reason
    assert failed.retryable
    assert "Traceback" not in failed.reason
    assert "Traceback" in failed.details


def test_unexpected_errors_are_reported_with_details(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = failing(engine, monkeypatch, RuntimeError("mat1 and mat2 shapes"))
    assert "unexpected error (RuntimeError)" in failed.reason
    assert "mat1 and mat2" in failed.details
    monkeypatch.undo()
    assert finished(engine.run(Request(prompt="a cat", steps=2))).images.shape == (1, 64, 64, 3)


def test_nan_latents_are_a_sentence(folder: Path) -> None:
    engine = Engine(model=str(folder), device="cpu")
    engine.preload(str(folder))
    loaded = next(engine._store.cache.values())
    with torch.no_grad():
        loaded.pipeline.unet.conv_out.bias.fill_(float("nan"))
    failed = list(engine.run(Request(prompt="a cat", steps=2)))[-1]
    assert isinstance(failed, Failed)
    assert "NaN" in failed.reason
    assert failed.retryable


def test_torch_free_half_imports_no_torch() -> None:
    import subprocess
    import sys

    code = (
        "import sys, asyndm\n"
        "asyndm.Request(prompt='a cat'); asyndm.Schedule('quadratic', 0.5)(0.5)\n"
        "asyndm.object_words('a cat'); asyndm.Catalogue().models(); asyndm.Failed(reason='x')\n"
        "print(any(name in sys.modules for name in ('torch', 'diffusers', 'transformers')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_public_names_resolve() -> None:
    for name in asyndm.__all__:
        assert getattr(asyndm, name) is not None
    assert set(dir(asyndm)) == set(asyndm.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = asyndm.nothing


def test_models_behind_a_link_and_relative_ones_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(folder.parent, target_is_directory=True)
    monkeypatch.chdir(folder.parent.parent)
    for models in (tmp_path / "link", Path(folder.parent.name)):
        engine = Engine(model=folder.name, device="cpu", catalogue=Catalogue([models]))
        done = finished(engine.run(Request(prompt="a cat", steps=1)))
        assert done.images.shape == (1, 64, 64, 3)


def test_weights_that_were_replaced_are_loaded_anew(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "m")
    engine = Engine(device="cpu", catalogue=Catalogue([tmp_path]))
    request = Request(prompt="a cat", steps=2, model="m")
    before = finished(engine.run(request))
    weights = Path("unet", "diffusion_pytorch_model.safetensors")
    other = tiny_pipeline_folder(tmp_path / "other", seed=5)
    shutil.copy(other / weights, tmp_path / "m" / weights)
    after = finished(engine.run(request))
    assert before.model_hash != after.model_hash
    assert not np.array_equal(before.images, after.images)


def test_a_decoder_that_gives_nan_is_a_sentence(folder: Path) -> None:
    engine = Engine(model=str(folder), device="cpu")
    engine.preload(str(folder))
    loaded = next(engine._store.cache.values())
    with torch.no_grad():
        loaded.vae.decoder.conv_out.bias.fill_(float("nan"))
    failed = list(engine.run(Request(prompt="a cat", steps=1)))[-1]
    assert isinstance(failed, Failed)
    assert "NaN" in failed.reason
    assert failed.reason.endswith("may be damaged.")


def test_a_missing_word_list_is_a_sentence(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    part_of_speech._lexicon.cache_clear()
    monkeypatch.setattr(part_of_speech, "find_spec", lambda _name: None)
    with pytest.raises(EngineError, match="pip install textblob"):
        engine.run(Request(prompt="a cat", steps=1))


def test_pictures_of_a_repair_share_the_run_that_made_the_picture(engine: Engine) -> None:
    original = Request(prompt="a cat", steps=2, seed=4)
    picture = finished(engine.run(original)).images[0]
    mask = np.zeros((64, 64), np.float32)
    mask[:, 32:] = 1
    repair = original.with_(task="repair", image=picture, regions=(Region(mask=mask),),
                            recorded=original)  # fmt: skip
    events = list(engine.run(repair.with_(count=2)))
    steps = [(e.phase, e.picture) for e in events if isinstance(e, Step)]
    assert steps == [("probe", 0)] * 2 + [("run", 0)] * 2 + [("run", 1)] * 2
    assert isinstance(events[-1], Finished)
    alone = finished(engine.run(repair.with_(seed=5)))
    assert np.array_equal(events[-1].images[1], alone.images[0])

    changed = repair.with_(image=255 - picture, count=2)
    notices = [e for e in engine.run(changed) if isinstance(e, Notice)]
    assert len(notices) == 1
    assert "do not give this picture" in notices[0].text
