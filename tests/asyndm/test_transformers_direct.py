"""Whole asynchronous runs of SD 3.5 and FLUX.1 against a direct computation.

Every token's modulation is computed by itself, the concave step is solved by bisection, sigmas are
interpolated one by one, and the sampler's formula is written out with a sigma for each pixel.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.families.token_time import text_time
from asyndm.loading import LoadedModel, load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Region, Request, Sampler
from asyndm.schedule import Schedule, advance_by_bisection
from benchmarks.naive_transformers import naive_flux, naive_sd3
from tests.asyndm.tiny_transformers import LATENT_CHANNELS, tiny_flux_folder, tiny_sd3_folder

SIDE, STEPS, CONCAVITY = 64, 7, 0.7
GRID = SIDE // 8  # tokens along a side
PROMPT = "a red ball"
Predict = Callable[[Tensor, Tensor], Tensor]


def late_half() -> Region:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[:, SIDE // 2 :] = 1
    return Region(mask=mask, concavity=CONCAVITY)


def load(folder: Path) -> LoadedModel:
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def sigmas_of(model: LoadedModel) -> list[float]:
    """Of the stock scheduler, as the stock pipeline sets it."""
    config = model.pipeline.scheduler.config
    kind: Any = diffusers.FlowMatchEulerDiscreteScheduler
    stock = kind.from_config(config)
    if type(model.pipeline).__name__.startswith("Flux"):
        slope = (config.max_shift - config.base_shift) / (
            config.max_image_seq_len - config.base_image_seq_len
        )
        mu = config.base_shift + slope * (GRID**2 - config.base_image_seq_len)
        stock.set_timesteps(STEPS, sigmas=np.linspace(1, 1 / STEPS, STEPS), mu=mu)
    else:
        stock.set_timesteps(STEPS)
    found: list[float] = stock.sigmas.double().tolist()
    return found


def per_pixel(left: float, right: float) -> Tensor:
    values = torch.full((2 * GRID, 2 * GRID), left, dtype=torch.float64)
    values[:, GRID:] = right
    return values


def direct(model: LoadedModel, request: Request, predict: Predict) -> Tensor:
    """The end of a run whose right half is concave; `predict` takes latents and sigma (h, w)."""
    sigmas = sigmas_of(model)

    def sigma(level: float) -> float:
        position = STEPS * (1 - level)
        below = min(int(position), STEPS - 1)
        part = position - below
        return sigmas[below] * (1 - part) + sigmas[below + 1] * part

    generator = torch.Generator().manual_seed(request.seed)
    x = torch.randn((1, LATENT_CHANNELS, 2 * GRID, 2 * GRID), generator=generator)
    curve = Schedule("quadratic", CONCAVITY)
    linear = late = 1.0
    for call in range(STEPS):
        now = per_pixel(sigma(linear), sigma(late))
        rest = (STEPS - call) / STEPS
        linear *= 1 - (1 / STEPS) / rest
        late = float(advance_by_bisection(curve, late, rest, 1 / STEPS))
        then = per_pixel(sigma(linear), sigma(late))
        velocity = predict(x, now)
        step = (then - now).float()
        if request.sampler == "flow_heun" and bool((then > 0).any()):
            velocity = (velocity + predict(x + step * velocity, then)) / 2
        x = x + step * velocity
    return x


def ours(model: LoadedModel, request: Request) -> Tensor:
    plan = resolve(request, model.info)
    run = PictureRun(model, plan, condition(model, plan), 0)
    assert list(run.prepare()) == []
    return list(run.run())[-1].latents


@pytest.mark.parametrize("sampler", ["flow_euler", "flow_heun"])
def test_sd3(tmp_path: Path, sampler: Sampler) -> None:
    model = load(tiny_sd3_folder(tmp_path / "sd3"))
    request = Request(prompt=PROMPT, negative_prompt="blue", steps=STEPS, seed=5, guidance=3.0,
                      sampler=sampler, width=SIDE, height=SIDE, regions=(late_half(),))  # fmt: skip
    with torch.no_grad():
        prompt = model.family.encode(PROMPT, "blue", guided=True)
        pooled = prompt.pooled
        assert pooled is not None

        def predict(x: Tensor, sigma: Tensor) -> Tensor:
            tokens = (sigma[::2, ::2].float() * 1000).flatten()[None].expand(2, -1)
            velocity = naive_sd3(
                model.network, x.expand(2, -1, -1, -1), prompt.embeddings, pooled,
                tokens, text_time(tokens)[:, 0],
            )  # fmt: skip
            return velocity[:1] + request.guidance * (velocity[1:] - velocity[:1])

        expected = direct(model, request, predict)
    torch.testing.assert_close(ours(model, request), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", ["dev", "kontext"])
def test_flux(tmp_path: Path, kind: Any) -> None:
    """Kontext's reference tokens have the time of the token at the same place."""
    model = load(tiny_flux_folder(tmp_path / kind, kind))
    coarse = np.random.default_rng(1).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    picture = coarse.repeat(8, axis=0).repeat(8, axis=1)
    edits: dict[str, Any] = {"task": "edit", "image": picture} if kind == "kontext" else {}
    if not edits:
        edits = {"width": SIDE, "height": SIDE}
    request = Request(prompt=PROMPT, steps=STEPS, seed=5, guidance=3.5, regions=(late_half(),),
                      **edits)  # fmt: skip
    pipeline = model.pipeline
    with torch.no_grad():
        prompt = model.family.encode(PROMPT, "", guided=False)
        pooled = prompt.pooled
        assert pooled is not None
        ids = pipeline._prepare_latent_image_ids(1, GRID, GRID, "cpu", torch.float32)
        reference = torch.zeros(1, 0, 4 * LATENT_CHANNELS)
        if kind == "kontext":
            pixels = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None] / 127.5 - 1
            clean = pipeline.vae.encode(pixels).latent_dist.mode()
            clean = (clean - pipeline.vae.config.shift_factor) * pipeline.vae.config.scaling_factor
            shape = (1, LATENT_CHANNELS, 2 * GRID, 2 * GRID)
            reference = pipeline._pack_latents(clean, *shape)
            other = ids.clone()
            other[:, 0] = 1
            ids = torch.cat([ids, other])

        def predict(x: Tensor, sigma: Tensor) -> Tensor:
            packed = pipeline._pack_latents(x, *x.shape)
            own = sigma[::2, ::2].float().flatten()[None]
            tokens = torch.cat([own, own], 1) if kind == "kontext" else own
            velocity = naive_flux(
                model.network, torch.cat([packed, reference], 1), prompt.embeddings, pooled,
                tokens, text_time(own)[:, 0], guidance=torch.tensor([request.guidance]),
                image_ids=ids, text_ids=torch.zeros(prompt.embeddings.shape[1], 3),
            )  # fmt: skip
            unpacked: Tensor = pipeline._unpack_latents(
                velocity[:, : GRID**2], SIDE, SIDE, pipeline.vae_scale_factor
            )
            return unpacked

        expected = direct(model, request, predict)
    torch.testing.assert_close(ours(model, request), expected, rtol=0, atol=1e-4)
