"""Masks that flicker less from step to step, and masks without specks."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from torch import Tensor

from asyndm.attention_maps import token_masks
from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.loading import LoadedModel, load_model
from asyndm.mask_smoothing import MaskSmoothing
from asyndm.minimum_area import cleaned_masks
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Request

MODELS = Path(__file__).parents[2] / "resources" / "models"
Bools = NDArray[np.bool_]


@pytest.fixture(scope="module")
def paper_town() -> LoadedModel:
    return load_model(
        Catalogue().find(str(MODELS / "papertown")), torch.device("cpu"), torch.float32
    )


def flicker(model: LoadedModel, request: Request) -> float:
    """Share of the picture that changes between in and out from one transition to the next."""
    plan = resolve(request, model.info)
    run = PictureRun(model, plan, condition(model, plan), 0)
    masks = torch.stack([state.concavity > 0 for state in run.run()])[1:]
    return float((masks[1:] != masks[:-1]).double().mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_smoothing_lowers_the_flicker_of_a_real_run(paper_town: LoadedModel, seed: int) -> None:
    request = Request(prompt="a red house and a yellow star", steps=12, seed=seed, guidance=3.0)
    plain = flicker(paper_town, request)
    assert plain > 0
    assert flicker(paper_town, request.with_(mask_smoothing=0.7)) < 0.8 * plain


def test_the_average_is_that_of_its_formula() -> None:
    maps = torch.rand((4, 2, 5, 6), generator=torch.Generator().manual_seed(0))
    smoothing = MaskSmoothing(0.6)
    expected = torch.zeros(0)
    for call, attention in enumerate(maps):
        scaled = attention / attention.mean(dim=(1, 2), keepdim=True)
        expected = scaled if call == 0 else 0.6 * expected + 0.4 * scaled
        torch.testing.assert_close(smoothing.add(attention), expected)


def test_no_smoothing_gives_the_maps_back() -> None:
    smoothing = MaskSmoothing(0.0)
    for attention in torch.rand((3, 2, 5, 6)):
        assert smoothing.add(attention) is attention


def test_every_call_counts_alike_and_empty_maps_do_no_harm() -> None:
    first, second = torch.rand((2, 1, 8, 8), generator=torch.Generator().manual_seed(1))
    alike = [MaskSmoothing(0.5), MaskSmoothing(0.5)]
    for smoothing, scale in zip(alike, (1.0, 1000.0), strict=True):
        smoothing.add(scale * first)
    one, other = (smoothing.add(second) for smoothing in alike)
    torch.testing.assert_close(one, other)
    assert torch.isfinite(MaskSmoothing(0.5).add(torch.zeros((1, 4, 4)))).all()
    assert bool(token_masks(one[None]).any())


def spread(mask: Bools, start: tuple[int, int], *, corners: bool) -> set[tuple[int, int]]:
    """The patch of a pixel, by walking."""
    found, waiting = {start}, [start]
    while waiting:
        y, x = waiting.pop()
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                there = (y + dy, x + dx)
                if (dy and dx and not corners) or there in found:
                    continue
                inside = 0 <= there[0] < mask.shape[0] and 0 <= there[1] < mask.shape[1]
                if inside and mask[there]:
                    found.add(there)
                    waiting.append(there)
    return found


def patches(mask: Bools, *, corners: bool) -> list[set[tuple[int, int]]]:
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    found = []
    while left:
        patch = spread(mask, min(left), corners=corners)
        found.append(patch)
        left -= patch
    return found


def cleaned_the_long_way(mask: Bools, least: float) -> Bools:
    parts = patches(mask, corners=True)
    kept = [part for part in parts if len(part) >= least]
    if parts and not kept:
        kept = [max(parts, key=len)]
    clean = np.zeros_like(mask)
    for part in kept:
        clean[tuple(zip(*part, strict=True))] = True
    height, width = mask.shape
    for part in patches(~clean, corners=False):
        at_edge = any(y in (0, height - 1) or x in (0, width - 1) for y, x in part)
        if not at_edge and len(part) < least:
            clean[tuple(zip(*part, strict=True))] = True
    return clean


@settings(deadline=None)
@given(
    hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)), st.floats(0.01, 0.6)
)
def test_small_patches_and_holes_go(mask: Bools, minimum_area: float) -> None:
    (clean,) = cleaned_masks(torch.from_numpy(mask)[None], minimum_area).numpy()
    expected = cleaned_the_long_way(mask, minimum_area * mask.size)
    assert clean.any() == mask.any()
    sizes = [len(part) for part in patches(mask, corners=True)]
    largest = max(sizes, default=0)
    if sizes.count(largest) <= 1 or largest >= minimum_area * mask.size:
        np.testing.assert_array_equal(clean, expected)
    else:  # several are the largest: any of them may stay
        assert clean.sum() >= largest


def test_each_object_is_cleaned_by_itself() -> None:
    masks = torch.zeros((3, 8, 8), dtype=torch.bool)
    masks[0, 1:5, 1:5], masks[0, 7, 7], masks[0, 2, 2] = True, True, False
    masks[1, 7, 7] = True
    clean = cleaned_masks(masks, 0.05)
    expected = torch.zeros_like(masks)
    expected[0, 1:5, 1:5], expected[1, 7, 7] = True, True
    assert torch.equal(clean, expected)
    assert cleaned_masks(masks, 0.0) is masks
    nothing: Tensor = torch.zeros((0, 8, 8), dtype=torch.bool)
    assert torch.equal(cleaned_masks(nothing, 0.05), nothing)
