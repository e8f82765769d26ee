"""Weighted and long prompts, negative prompts and CLIP skip in whole runs of every family."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from asyndm.catalogue import Catalogue
from asyndm.conditioning import Conditioning, condition
from asyndm.engine import Engine
from asyndm.events import Event, Failed, Finished, Notice
from asyndm.loading import LoadedModel, load_model
from asyndm.plan import resolve
from asyndm.request import Region, Request
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_sdxl import tiny_sdxl_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder, tiny_sd3_folder

FAMILIES: dict[str, Callable[[Path], Path]] = {
    "sd": tiny_pipeline_folder,
    "sdxl": tiny_sdxl_folder,
    "sd3": tiny_sd3_folder,
    "flux": tiny_flux_folder,
}
BASE = Request(
    prompt="a red ball on a cat", method="standard", steps=2, seed=3, width=64, height=64
)
LONG = "a red cat, a blue ball, three yellow stars at night, " * 3 + "a blue star"
"""42 pieces: two chunks of a UNet's text, within T5's limit."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LoadedModel]:
    base = tmp_path_factory.mktemp("families")
    loaded = {}
    for name, make in FAMILIES.items():
        info = Catalogue().find(str(make(base / name)))
        loaded[name] = load_model(info, torch.device("cpu"), torch.float32)
    return loaded


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", dtype="float32")


def _events(engine: Engine, model: LoadedModel, request: Request) -> list[Event]:
    return list(engine.run(request.with_(model=str(model.info.path))))


def _picture(engine: Engine, model: LoadedModel, request: Request) -> Any:
    last = _events(engine, model, request)[-1]
    assert isinstance(last, Finished), last
    return last.images


def _notices(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def _conditioning(model: LoadedModel, request: Request) -> Conditioning:
    return condition(model, resolve(request, model.info))


@pytest.mark.parametrize("name", FAMILIES)
class TestEveryFamily:
    def test_weights_of_one_are_no_weights_and_others_change_the_picture(
        self, models: dict[str, LoadedModel], engine: Engine, name: str
    ) -> None:
        plain = _picture(engine, models[name], BASE)
        same = _picture(engine, models[name], BASE.with_(prompt="a (red:1) ([ball]) on a cat"))
        assert np.array_equal(plain, same)
        louder = _picture(engine, models[name], BASE.with_(prompt="a red (ball:2) on a cat"))
        assert not np.array_equal(plain, louder)

    def test_a_weight_moves_the_tokens_of_its_word_only(
        self, models: dict[str, LoadedModel], name: str
    ) -> None:
        plain = _conditioning(models[name], BASE).given
        request = BASE.with_(prompt="a red (ball:1.4) on a cat", words=("ball",), method="asyndm")
        louder = _conditioning(models[name], request)
        differ = (plain.embeddings[-1] != louder.given.embeddings[-1]).any(dim=-1)
        assert tuple(differ.nonzero().flatten().tolist()) == louder.positions[0]
        assert [word.text for word in louder.words] == ["ball"]

    def test_a_long_prompt_runs_with_masks_of_its_last_word(
        self, models: dict[str, LoadedModel], engine: Engine, name: str
    ) -> None:
        request = BASE.with_(
            prompt=LONG, negative_prompt="a cat", true_guidance=2.0, method="asyndm"
        )
        region = np.zeros((64, 64), np.float32)
        region[:32] = 1
        for words in (None, ("star",)):
            asked = request.with_(words=words, regions=(Region(mask=region, prompt="a (cat:1.3)"),),
                                  mask_source="union")  # fmt: skip
            events = _events(engine, models[name], asked)
            last = events[-1]
            assert isinstance(last, Finished), last
            assert _notices(events) == []
            assert last.words == (("star",) if words else last.words)
            assert len(last.words) == last.attention.shape[1] >= 1
            assert last.masks.max() == 1

    def test_only_what_no_encoder_reads_is_reported(
        self, models: dict[str, LoadedModel], engine: Engine, name: str
    ) -> None:
        times = 12 if name in ("sd", "sdxl") else 180
        request = BASE.with_(prompt="(a red cat:1.1) " * times + "blue stars", steps=1)
        notices = _notices(_events(engine, models[name], request))
        if name in ("sd", "sdxl"):
            assert notices == []
        else:
            assert len(notices) == 1
            assert notices[0].endswith("blue stars”.")
            assert ":" in notices[0]
            assert "(" not in notices[0]

    def test_clip_skip_changes_the_text_where_there_are_clip_layers(
        self, models: dict[str, LoadedModel], engine: Engine, name: str
    ) -> None:
        request = BASE.with_(clip_skip=1, negative_prompt="blue", true_guidance=2.0)
        plain = _conditioning(models[name], request.with_(clip_skip=0)).given.embeddings
        skipped = _conditioning(models[name], request).given.embeddings
        assert torch.equal(plain[0], skipped[0]) or name == "flux"  # the negative prompt
        assert torch.equal(plain[-1], skipped[-1]) == (name == "flux")
        notices = _notices(_events(engine, models[name], request))
        assert [text for text in notices if "CLIP skip" in text] == notices
        assert bool(notices) == (name == "flux")

    def test_too_much_clip_skip_ends_in_a_sentence(
        self, models: dict[str, LoadedModel], engine: Engine, name: str
    ) -> None:
        last = _events(engine, models[name], BASE.with_(clip_skip=20))[-1]
        if name == "flux":
            assert isinstance(last, Finished)
        else:
            assert isinstance(last, Failed)
            assert "CLIP skip of 20; choose" in last.reason


@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_attention_to_a_word_is_that_of_its_token_in_whichever_chunk(
    models: dict[str, LoadedModel], engine: Engine, name: str
) -> None:
    """Two chunks of the same text: a word's maps are the same whether read in the first or second,
    and differ from those of another word."""
    prompt = "a red ball on a cat BREAK a red ball on a cat"
    request = BASE.with_(prompt=prompt, method="asyndm", words=("ball", "cat", "ball", "cat"))
    conditioning = _conditioning(models[name], request)
    length = models[name].pipeline.tokenizer.model_max_length
    assert conditioning.positions == ((3,), (6,), (length + 3,), (length + 6,))
    last = _events(engine, models[name], request)[-1]
    assert isinstance(last, Finished)
    ball, cat, second_ball, second_cat = last.attention[0]
    assert np.allclose(ball, second_ball, atol=1e-5)
    assert np.allclose(cat, second_cat, atol=1e-5)
    assert not np.allclose(ball, cat, atol=1e-3)


@pytest.mark.parametrize("name", ["sd", "sdxl", "sd3"])
def test_regions_take_the_chunks_of_the_longest_prompt(
    models: dict[str, LoadedModel], name: str
) -> None:
    mask = np.ones((64, 64), np.float32)
    request = BASE.with_(regions=(Region(mask=mask, prompt=LONG),))
    model = models[name]
    embeddings = _conditioning(model, request).given.embeddings
    chunks = 1 if name == "sd3" else 2
    assert embeddings.shape[:2] == (3, chunks * model.family.layout.length)


def test_which_text_was_cut_is_told(models: dict[str, LoadedModel], engine: Engine) -> None:
    long = "red " * 256 + "ball"

    def told(**changes: Any) -> list[str]:
        return _notices(_events(engine, models["sd3"], BASE.with_(steps=1, **changes)))

    (negative,) = told(negative_prompt=long)
    assert negative.startswith("The negative prompt is too long")
    (unused,) = told(negative_prompt=long, guidance=1.0)
    assert unused.startswith("The negative prompt has no effect")
    region = Region(mask=np.ones((64, 64), np.float32), prompt=long)
    (regional,) = told(regions=(region,))
    assert regional.startswith("The prompt of region 1 is too long")
