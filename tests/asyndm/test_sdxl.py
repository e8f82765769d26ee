"""SDXL from the folder to the picture: the stock pipeline's result, regions, what is refused."""

from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.engine import Engine
from asyndm.errors import ModelError
from asyndm.events import Failed, Finished, Step
from asyndm.loading import LoadedModel, load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Region, Request, Sampler, Task
from tests.asyndm.stock_pipelines import inpaint_inputs, stock_latents
from tests.asyndm.tiny_sdxl import tiny_sdxl_folder

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sdxl_folder(tmp_path_factory.mktemp("models") / "tiny-xl")


@pytest.fixture(scope="module")
def inpaint_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sdxl_folder(tmp_path_factory.mktemp("models") / "tiny-xl-inpaint", inpaint=True)


def stock(folder: Path, kind: str) -> Any:
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    pipeline = getattr(diffusers, kind).from_pretrained(
        folder, dtype=torch.float32, add_watermarker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def load(folder: Path) -> LoadedModel:
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def latents(model: LoadedModel, request: Request) -> Tensor:
    plan = resolve(request, model.info)
    run = PictureRun(model, plan, condition(model, plan), 0)
    for _ in run.prepare():
        pass
    return list(run.run())[-1].latents


def region(concavity: float = 0.7, prompt: str | None = None) -> Region:
    mask = np.zeros((64, 64), np.float32)
    mask[16:40, 24:48] = 1
    return Region(mask=mask, concavity=concavity, prompt=prompt)


@pytest.mark.parametrize("negative", ["", "blue"])
@pytest.mark.parametrize(("eta", "guidance"), [(0.0, 5.0), (1.0, 5.0), (0.0, 1.0)])
def test_generate_equals_stock(folder: Path, eta: float, guidance: float, negative: str) -> None:
    request = Request(
        prompt="a red ball", negative_prompt=negative, steps=12, eta=eta, guidance=guidance,
        seed=11, method="standard",
    )  # fmt: skip
    wanted = stock_latents(stock(folder, "StableDiffusionXLPipeline"), request)
    ours = latents(load(folder), request)
    torch.testing.assert_close(ours, wanted, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_inpaint_by_nine_channels_equals_stock(inpaint_folder: Path, strength: float) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    request = Request(
        task="inpaint", prompt="a blue ball", image=picture.repeat(8, 0).repeat(8, 1), steps=10,
        seed=5, strength=strength, regions=(region(0.0),),
    )  # fmt: skip
    pipeline = stock(inpaint_folder, "StableDiffusionXLInpaintPipeline")
    # The inpainting pipeline halves what the prompt of a whole picture is told of its size.
    wanted = stock_latents(pipeline, request, **inpaint_inputs(request), original_size=(64, 64))
    ours = latents(load(inpaint_folder), request)
    torch.testing.assert_close(ours, wanted, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("sampler", ["ddim", "dpmpp_2m"])
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_every_task_runs_and_shows_steps(folder: Path, sampler: Sampler) -> None:
    engine = Engine(str(folder))
    made = picture_of(engine, Request(prompt="a red ball", steps=4, seed=1, sampler=sampler))
    assert made.images.shape == (1, 64, 64, 3)
    assert made.words == ("ball",)
    tasks: tuple[Task, ...] = ("repair", "inpaint")
    for task in tasks:
        request = Request(
            task=task, prompt="a red ball", steps=4, seed=1, sampler=sampler,
            image=made.images[0], regions=(region(0.7, "a blue cat"),),
        )  # fmt: skip
        again = picture_of(engine, request)
        assert again.images.shape == (1, 64, 64, 3)
        assert not np.array_equal(again.images, made.images)


def picture_of(engine: Engine, request: Request) -> Finished:
    events = list(engine.run(request))
    assert not [event for event in events if isinstance(event, Failed)]
    assert sum(isinstance(event, Step) for event in events) >= request.steps
    last = events[-1]
    assert isinstance(last, Finished)
    return last


def test_the_second_text_encoder_is_needed_and_checked(tmp_path: Path) -> None:
    folder = tiny_sdxl_folder(tmp_path / "broken")
    assert Catalogue().verify(Catalogue().find(str(folder))) == []
    weights = next((folder / "text_encoder_2").glob("*.safetensors"))
    weights.unlink()
    with pytest.raises(ModelError, match="text_encoder_2"):
        Catalogue().find(str(folder))
