"""No memory in mid run: a sentence with figures, a smaller setting, and the next run succeeds."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from asyndm.engine import Engine
from asyndm.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Step,
    event_from_record,
    event_to_record,
)
from asyndm.request import Region, Request
from tests.asyndm.tiny_models import tiny_pipeline_folder

REQUEST = Request(prompt="a red ball", steps=5, seed=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "tiny")


@contextmanager
def starving(module: torch.nn.Module, call: int) -> Iterator[list[torch.Tensor]]:
    """In call number `call` of a module torch is asked for a petabyte, and refuses as it does."""
    seen: list[torch.Tensor] = []

    def before(*_: Any) -> None:
        seen.append(torch.empty(8))
        if len(seen) == call:
            seen.append(torch.empty(1 << 50, dtype=torch.uint8))

    handle = module.register_forward_pre_hook(before)
    try:
        yield seen
    finally:
        handle.remove()


def network(engine: Engine) -> torch.nn.Module:
    return next(engine._store.cache.values()).network


def failed(events: list[Event]) -> Failed:
    assert isinstance(events[-1], Failed), events[-1]
    return events[-1]


def test_a_lack_in_step_3_is_told_and_the_next_run_succeeds(folder: Path) -> None:
    engine = Engine(str(folder), "cpu")
    engine.preload(str(folder))
    with starving(network(engine), 3):
        events = list(engine.run(REQUEST))
    assert [event.i for event in events if isinstance(event, Step)] == [1, 2]
    end = failed(events)
    assert (
        "not enough memory for a picture of 64 x 64 pixels: it needs about 1125899.9 GB, and "
        in (end.reason)
    )
    assert end.reason.endswith("GB were free; try 48 x 48, or close other programs.")
    assert "\n" not in end.reason
    assert "you tried to allocate 1125899906842624 bytes" in end.details
    assert end.suggestion == {"width": 48, "height": 48}
    assert end.retryable
    again = list(engine.run(REQUEST))[-1]
    fresh = list(Engine(str(folder), "cpu").run(REQUEST))[-1]
    assert isinstance(again, Finished)
    assert isinstance(fresh, Finished)
    assert np.array_equal(again.images, fresh.images)
    smaller = list(engine.run(REQUEST.with_(**end.suggestion)))[-1]
    assert isinstance(smaller, Finished)
    assert smaller.images.shape == (1, 48, 48, 3)


def test_nothing_of_the_failed_run_is_left(folder: Path) -> None:
    engine = Engine(str(folder), "cpu")
    engine.preload(str(folder))
    left: list[weakref.ref[Any]] = []

    def note(_module: Any, args: Any) -> None:
        left.append(weakref.ref(args[0]))

    handle = network(engine).register_forward_pre_hook(note)
    gc.disable()  # what is left must go by the engine's own care
    try:
        with starving(network(engine), 3):
            for event in engine.run(REQUEST):
                if isinstance(event, Failed):
                    alive = [ref() is not None for ref in left]
    finally:
        gc.enable()
        handle.remove()
    assert alive == [False] * 3


@pytest.mark.parametrize("offload", ["model", "group", "sequential"])
def test_hooks_survive_a_lack(folder: Path, offload: str) -> None:
    engine = Engine(str(folder), "cpu", offload=offload)
    expected = list(engine.run(REQUEST))[-1]
    assert isinstance(expected, Finished)
    with starving(network(engine), 2):
        failed(list(engine.run(REQUEST)))
    again = list(engine.run(REQUEST))[-1]
    assert isinstance(again, Finished), again
    assert np.array_equal(again.images, expected.images)


def test_a_lack_while_loading(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(str(folder), "cpu")

    def starved(*_args: Any, **_kwargs: Any) -> None:
        torch.empty(1 << 50)

    from diffusers import StableDiffusionPipeline

    with monkeypatch.context() as patch:
        patch.setattr(StableDiffusionPipeline, "to", starved)
        end = failed(list(engine.run(REQUEST)))
    assert f"not enough memory for the model '{folder.name}': it needs about" in end.reason
    assert end.suggestion is None
    assert len(engine._store.cache) == 0
    assert isinstance(list(engine.run(REQUEST))[-1], Finished)


def test_a_lack_while_decoding_a_large_picture_suggests_tiles(tmp_path: Path) -> None:
    folder = tiny_pipeline_folder(tmp_path / "m", vae_blocks=4, latent_size=64)
    engine = Engine(str(folder), "cpu")
    request = REQUEST.with_(width=640, height=64, steps=1)
    engine.preload(str(folder))
    vae = next(engine._store.cache.values()).vae
    with starving(vae.decoder, 1):
        end = failed(list(engine.run(request)))
    assert end.suggestion == {"vae": "tiled"}
    assert "decoded in tiles" in end.reason
    done = list(engine.run(request, memory=end.suggestion))[-1]
    assert isinstance(done, Finished)
    assert vae.use_tiling
    assert isinstance(list(engine.run(request))[-1], Finished)
    assert not vae.use_tiling


def test_a_picture_with_a_painted_region_keeps_its_size(folder: Path) -> None:
    engine = Engine(str(folder), "cpu")
    engine.preload(str(folder))
    region = Region(mask=np.ones((64, 64), np.float32))
    with starving(network(engine), 1):
        end = failed(list(engine.run(REQUEST.with_(regions=(region,)))))
    assert end.suggestion is None
    assert "close other programs" in end.reason


def test_a_cancelled_run_is_no_failure(folder: Path) -> None:
    import threading

    cancel = threading.Event()
    cancel.set()
    assert isinstance(list(Engine(str(folder), "cpu").run(REQUEST, cancel))[-1], Cancelled)


def test_a_suggestion_travels_and_old_records_read() -> None:
    event = Failed(reason="No.", suggestion={"offload": "model"})
    record = event_to_record(event)
    assert event_from_record(record) == event
    del record["suggestion"]
    assert event_from_record(record) == Failed(reason="No.")
