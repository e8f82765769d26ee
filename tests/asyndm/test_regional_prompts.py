"""Regions with a prompt of their own."""

import numpy as np
import pytest
import torch
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.loading import LoadedModel, load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.regional_prompts import join_predictions, prompt_shares, prompted
from asyndm.request import Region, Request
from tests.asyndm.tiny_models import tiny_pipeline_folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tiny_pipeline_folder(tmp_path_factory.mktemp("model") / "tiny")
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def region(columns: slice, prompt: str | None, *, value: float = 1.0, w: float = 0.0) -> Region:
    mask = np.zeros((64, 64), np.float32)
    mask[:, columns] = value
    return Region(mask=mask, concavity=w, prompt=prompt)


def latents(model: LoadedModel, request: Request) -> Tensor:
    plan = resolve(request, model.info)
    run = PictureRun(model, plan, condition(model, plan), 0)
    for _ in run.prepare():
        pass
    return list(run.run())[-1].latents


def request(**changes: object) -> Request:
    return Request(prompt="a red ball", seed=3, steps=6, guidance=4.0).with_(**changes)


def test_a_region_over_all_of_the_picture_takes_the_place_of_its_prompt(
    model: LoadedModel,
) -> None:
    whole = region(slice(0, 64), "a blue tree", w=0.5)
    without = region(slice(0, 64), None, w=0.5)
    ours = latents(model, request(regions=(whole,)))
    stock = latents(model, request(prompt="a blue tree", regions=(without,)))
    torch.testing.assert_close(ours, stock, rtol=0, atol=1e-4)
    assert not torch.allclose(ours, latents(model, request(regions=(without,))), atol=1e-2)


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_each_half_follows_its_own_prompt(model: LoadedModel, guidance: float) -> None:
    # One step is linear in the prediction, so the halves are those of two runs of one prompt each.
    one = request(steps=1, guidance=guidance)
    ours = latents(model, one.with_(regions=(region(slice(32, 64), "a blue tree"),)))
    own = latents(model, one)
    other = latents(model, one.with_(prompt="a blue tree"))
    assert not torch.allclose(own, other, atol=1e-3)
    torch.testing.assert_close(ours[..., :8], own[..., :8], rtol=0, atol=1e-5)
    torch.testing.assert_close(ours[..., 8:], other[..., 8:], rtol=0, atol=1e-5)


def test_the_same_prompt_again_changes_nothing(model: LoadedModel) -> None:
    again = region(slice(10, 50), "a red ball", w=0.7)
    without = region(slice(10, 50), None, w=0.7)
    ours = latents(model, request(regions=(again,)))
    torch.testing.assert_close(ours, latents(model, request(regions=(without,))), rtol=0, atol=1e-4)


def test_attention_is_read_from_the_picture_s_own_prompt(model: LoadedModel) -> None:
    wanted = []
    for prompt in ("a red ball", "blue trees"):
        plan = resolve(
            request(mask_source="union", regions=(region(slice(0, 8), prompt),)), model.info
        )
        run = PictureRun(model, plan, condition(model, plan), 0)
        next(run.run())
        assert run.attention is not None
        wanted.append(run.attention)
    torch.testing.assert_close(wanted[0], wanted[1], rtol=0, atol=1e-5)


def test_shares_of_a_pixel_sum_to_one_and_follow_soft_masks() -> None:
    regions = (
        region(slice(0, 32), "a", value=0.5),
        region(slice(16, 64), "b"),
        region(slice(0, 64), "c", value=0.25),
    )
    shares = prompt_shares(regions, 4, (16, 16))
    torch.testing.assert_close(shares.sum(dim=0), torch.ones((16, 16)))
    assert shares[:, 0, 0].tolist() == [0.25, 0.5, 0.0, 0.25]
    torch.testing.assert_close(shares[:, 0, 5], torch.tensor([0.0, 0.5, 1.0, 0.25]) / 1.75)
    predictions = torch.randn((4, 3, 16, 16))
    joined = join_predictions(predictions, shares)
    assert joined.shape == (1, 3, 16, 16)
    by_hand = sum(float(shares[k, 2, 9]) * predictions[k, 1, 2, 9] for k in range(4))
    torch.testing.assert_close(joined[0, 1, 2, 9], torch.as_tensor(by_hand))


def test_only_regions_with_a_prompt_and_a_mask_count() -> None:
    empty = Region(mask=np.zeros((8, 8), np.float32), prompt="a tree")
    regions = (region(slice(0, 4), None), region(slice(0, 4), "  "), empty)
    assert prompted(regions) == ()
    assert prompt_shares((), 4, (2, 3)).tolist() == [[[1.0] * 3] * 2]
