"""Bar 1: with no masked pixel the engine gives the stock diffusers pipeline's result."""

from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pytest
import torch

from asyndm.catalogue import EMBEDDED, Catalogue
from asyndm.conditioning import condition
from asyndm.loading import LoadedModel, load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Method, Region, Request
from tests.asyndm.stock_pipelines import (
    inpaint_inputs,
    stock_latents,
    stock_pipeline,
    take_any_channels,
)
from tests.asyndm.tiny_models import tiny_pipeline_folder

TOLERANCE = 1e-4
Prediction = Literal["epsilon", "v_prediction", "sample"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Path]:
    base = tmp_path_factory.mktemp("models")
    made = {}
    for prediction in ("epsilon", "v_prediction"):
        for inpaint in (False, True):
            folder = base / f"{prediction}-{inpaint}"
            tiny_pipeline_folder(folder, inpaint=inpaint, prediction_type=prediction)
            made[prediction, inpaint] = folder
    return made


def load(folder: Path) -> LoadedModel:
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def final_latents(model: LoadedModel, request: Request) -> torch.Tensor:
    """The latents the engine's loop ends with."""
    plan = resolve(request, model.info)
    run = PictureRun(model, plan, condition(model, plan), 0)
    for _ in run.prepare():
        pass
    return list(run.run())[-1].latents


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


def picture(side: int) -> "np.typing.NDArray[np.uint8]":
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=0).repeat(8, axis=1)


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("steps", [12, 20, 30])
def test_generate_equals_stock(
    folders: dict[tuple[str, bool], Path], steps: int, prediction: Prediction, eta: float
) -> None:
    folder = folders[prediction, False]
    request = Request(prompt="a red ball", negative_prompt="blue", steps=steps, eta=eta,
                      guidance=5.0, seed=11, method="standard")  # fmt: skip
    stock = stock_latents(stock_pipeline(folder, "StableDiffusionPipeline"), request)
    assert difference(final_latents(load(folder), request), stock) <= TOLERANCE


@pytest.mark.parametrize("method", get_args(Method))
def test_no_masked_pixel_is_stock_by_every_painted_method(
    folders: dict[tuple[str, bool], Path], method: Method
) -> None:
    """An all-zero mask, or a concavity of 0 everywhere, leaves nothing to decide later."""
    folder = folders["epsilon", False]
    blank = Region(mask=np.zeros((64, 64), np.float32))
    extra: dict[str, Any] = {"regions": (blank,), "mask_source": "painted"}
    if method == "asyndm_fixed":
        extra = {"words": ()}  # attention has nothing to say
    elif method == "concave":
        extra = {"concavity": 0.0}
    request = Request(prompt="a red ball", steps=12, seed=3, method=method, **extra)
    stock = stock_latents(stock_pipeline(folder, "StableDiffusionPipeline"), request)
    assert difference(final_latents(load(folder), request), stock) <= TOLERANCE


def test_without_guidance_and_on_other_sizes(folders: dict[tuple[str, bool], Path]) -> None:
    folder = folders["epsilon", False]
    request = Request(prompt="a cat", steps=8, guidance=1.0, width=96, height=48, method="standard")
    pipeline = stock_pipeline(folder, "StableDiffusionPipeline")
    stock = stock_latents(pipeline, request, width=96, height=48)
    assert difference(final_latents(load(folder), request), stock) <= TOLERANCE


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("steps", [12, 20, 30])
@pytest.mark.parametrize("inpaint_network", [True, False], ids=["9 channels", "blending"])
def test_inpaint_with_an_empty_mask_equals_stock(
    folders: dict[tuple[str, bool], Path],
    inpaint_network: bool,
    steps: int,
    prediction: Prediction,
    eta: float,
) -> None:
    folder = folders[prediction, inpaint_network]
    request = Request(task="inpaint", prompt="a blue ball", image=picture(64), steps=steps, eta=eta,
                      guidance=5.0, seed=5)  # fmt: skip
    pipeline = stock_pipeline(folder, "StableDiffusionInpaintPipeline")
    stock = stock_latents(pipeline, request, **inpaint_inputs(request))
    assert difference(final_latents(load(folder), request), stock) <= TOLERANCE


@pytest.mark.parametrize("strength", [0.5, 1.0])
@pytest.mark.parametrize("inpaint_network", [True, False], ids=["9 channels", "blending"])
def test_inpaint_of_a_region_in_linear_time_equals_stock(
    folders: dict[tuple[str, bool], Path], inpaint_network: bool, strength: float
) -> None:
    """The region is aligned to the latent grid, where every way to shrink a mask agrees."""
    folder = folders["epsilon", inpaint_network]
    mask = np.zeros((64, 64), np.float32)
    mask[16:40, 24:48] = 1
    request = Request(task="inpaint", prompt="a blue ball", image=picture(64), steps=10, seed=5,
                      strength=strength, regions=(Region(mask=mask, concavity=0.0),))  # fmt: skip
    pipeline = stock_pipeline(folder, "StableDiffusionInpaintPipeline")
    stock = stock_latents(pipeline, request, **inpaint_inputs(request))
    assert difference(final_latents(load(folder), request), stock) <= TOLERANCE


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("steps", [12, 20, 30])
def test_embedded_generate_equals_stock(steps: int, eta: float) -> None:
    folder = EMBEDDED / "papertown"
    request = Request(prompt="three yellow stars at night", steps=steps, eta=eta, seed=7,
                      guidance=5.0, method="standard")  # fmt: skip
    stock = stock_latents(stock_pipeline(folder, "StableDiffusionPipeline"), request)
    assert difference(final_latents(load(folder), request), stock) <= TOLERANCE


@pytest.mark.parametrize("name", ["papertown-inpaint", "papertown"])
@pytest.mark.parametrize(("steps", "eta"), [(12, 0.0), (20, 1.0), (30, 0.0)])
def test_embedded_inpaint_equals_stock(name: str, steps: int, eta: float) -> None:
    folder = EMBEDDED / name
    request = Request(task="inpaint", prompt="a red ball on grass", image=picture(128),
                      steps=steps, eta=eta, guidance=5.0, seed=5)  # fmt: skip
    pipeline = stock_pipeline(folder, "StableDiffusionInpaintPipeline")
    take_any_channels(pipeline, pipeline.vae.config.latent_channels)
    stock = stock_latents(pipeline, request, **inpaint_inputs(request))
    assert difference(final_latents(load(folder), request), stock) <= TOLERANCE
