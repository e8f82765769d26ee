"""Latent formats and previews, masks on the latent grid, guidance, prompts that are too long."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.errors import ModelError
from asyndm.guidance import guide, is_guided
from asyndm.latents import LatentFormat, decode, encode, from_bytes, latent_format, to_bytes
from asyndm.loading import LoadedModel, choose_device, choose_dtype, load_model
from asyndm.masks import (
    attended_concavity,
    combined_concavity,
    painted_area,
    painted_concavity,
    to_latent_grid,
)
from asyndm.plan import resolve
from asyndm.prompt_chunks import Encoder, TextLayout, unseen
from asyndm.prompt_weights import parse
from asyndm.request import MaskSource, Region, Request
from tests.asyndm.tiny_models import tiny_pipeline_folder, tiny_tokenizer, tiny_vae


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tiny_pipeline_folder(tmp_path_factory.mktemp("model") / "tiny")
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def test_format_is_read_from_the_model(model: LoadedModel) -> None:
    form = model.latent_format
    assert (form.channels, form.factor, form.scale, form.shift) == (4, 4, 0.5, 0.0)
    assert form.rgb.shape == (5, 3)
    assert torch.isfinite(form.rgb).all()


def test_encode_is_the_stock_pipelines(model: LoadedModel) -> None:
    picture = from_bytes(np.random.default_rng(0).integers(0, 256, (64, 48, 3), dtype=np.uint8))
    stock = model.vae.encode(picture).latent_dist
    scale = model.vae.config.scaling_factor
    sample = stock.sample(torch.Generator().manual_seed(3)) * scale
    ours = encode(model.vae, picture, model.latent_format, torch.Generator().manual_seed(3))
    assert torch.equal(ours, sample)
    assert torch.equal(encode(model.vae, picture, model.latent_format, None), stock.mode() * scale)
    assert decode(model.vae, ours, model.latent_format).shape == (64, 48, 3)


def test_stored_preview_wins_and_a_damaged_one_is_ignored(
    model: LoadedModel, tmp_path: Path
) -> None:
    stored = tmp_path / "latent_rgb.json"
    stored.write_text(json.dumps({"version": 1, "matrix": [[1, 0, 0]] * 4, "bias": [0, 0.5, 1]}))
    form = latent_format(model.vae, tmp_path)
    latents = torch.zeros((1, 4, 2, 3))
    latents[..., 0, 0] = 0.25
    preview = form.preview(latents)
    assert preview.shape == (2, 3, 3)
    assert preview[0, 0].tolist() == [255, 128, 255]
    assert preview[1, 2].tolist() == [0, 128, 255]
    for damaged in ("", "[]", '{"matrix": [[1]], "bias": [2]}', '{"matrix": 3}'):
        stored.write_text(damaged)
        assert latent_format(model.vae, tmp_path).rgb.shape == (5, 3)


def test_bytes_round_trip() -> None:
    picture = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    assert np.array_equal(to_bytes(from_bytes(picture)[0].permute(1, 2, 0) / 2 + 0.5), picture)


@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 4, 8]), st.integers(0, 2**32 - 1))
def test_a_thin_stroke_survives_on_the_latent_grid(
    height: int, width: int, factor: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    mask = (rng.random((height * factor, width * factor)) > 0.98).astype(np.float32)
    mask *= rng.random(mask.shape, dtype=np.float32)
    grid = to_latent_grid(mask, factor).numpy()
    expected = mask.reshape(height, factor, width, factor).max(axis=(1, 3))
    assert np.array_equal(grid, expected)


def test_painted_concavity_is_concavity_times_softness_and_the_largest_wins() -> None:
    left, right = np.zeros((8, 8), np.float32), np.zeros((8, 8), np.float32)
    left[:, :5], right[:, 4:] = 0.5, 1.0
    regions = (Region(mask=left, concavity=0.8), Region(mask=right, concavity=0.3))
    w = painted_concavity(regions, 1, (8, 8))
    assert w[0].tolist() == pytest.approx([0.4] * 5 + [0.3] * 3)
    assert painted_area(regions, 1, (8, 8)).all()
    off = Region(mask=left, concavity=0.0)
    assert painted_area((off,), 4, (2, 2)).tolist() == [[True, True]] * 2
    assert not painted_concavity((off,), 4, (2, 2)).any()


def _attended(seen: Tensor, source: MaskSource) -> Tensor:
    """W of one object; within the painted regions it is theirs."""
    return attended_concavity(seen[None], [1.0 if source == "intersection" else 0.7])


def test_sources_of_masks() -> None:
    painted = torch.tensor([[0.0, 0.5, 0.5, 0.0]], dtype=torch.float64)
    seen = torch.tensor([[False, False, True, True]])
    expected: dict[MaskSource, list[float]] = {
        "painted": [0, 0.5, 0.5, 0],
        "attention": [0, 0, 0.7, 0.7],
        "union": [0, 0.5, 0.7, 0.7],
        "intersection": [0, 0, 0.5, 0],
    }
    before: dict[MaskSource, list[float]] = {
        "painted": [0, 0.5, 0.5, 0],
        "attention": [0.7] * 4,
        "union": [0.7] * 4,
        "intersection": [0, 0.5, 0.5, 0],
    }
    for source in expected:
        w = combined_concavity(painted, _attended(seen, source), source)
        assert w[0].tolist() == pytest.approx(expected[source])
        w = combined_concavity(painted, _attended(torch.ones_like(seen), source), source)
        assert w[0].tolist() == pytest.approx(before[source])


def test_guidance() -> None:
    prediction = torch.tensor([1.0, 3.0])[:, None, None, None]
    assert guide(prediction, 5.0).item() == 11.0
    assert is_guided(1.01)
    assert not is_guided(1.0)


def test_prompt_that_is_too_long_says_what_was_cut() -> None:
    layout = TextLayout((Encoder(tiny_tokenizer(8), 8),))
    assert unseen(parse("a red ball"), layout) == ""
    assert unseen(parse("a red ball at night"), layout) == ""
    assert unseen(parse("a red ball at night on (a yellow cat)"), layout) == "a yellow cat"


def test_embeddings_put_the_unconditional_half_first(model: LoadedModel) -> None:
    plain = model.family.encode("a red ball", "", guided=False).embeddings
    both = model.family.encode("a red ball", "blue", guided=True).embeddings
    negative = model.family.encode("blue", "", guided=False).embeddings
    assert torch.equal(both, torch.cat([negative, plain]))


def test_devices_and_data_types() -> None:
    assert choose_device("cpu").type == "cpu"
    assert choose_dtype("auto", torch.device("cpu")) == torch.float32
    assert choose_dtype("bfloat16", torch.device("cpu")) == torch.bfloat16
    with pytest.raises(ModelError, match="no device 'abacus'"):
        choose_device("abacus")
    with pytest.raises(ModelError, match="float64"):
        choose_dtype("float64", torch.device("cpu"))


def test_a_decoder_beyond_float16_decodes_in_float32() -> None:
    vae: Any = tiny_vae(4, 3, 16)
    with torch.no_grad():
        vae.post_quant_conv.weight.copy_(torch.eye(4)[..., None, None])
        vae.decoder.conv_in.weight.fill_(1.0)
        vae.decoder.conv_in.bias.copy_(torch.linspace(0, 60_000, 16))
    latents = 1000 * torch.rand((1, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    form = LatentFormat(4, 4, 1.0, 0.0, torch.zeros((5, 3)))
    with torch.no_grad():
        expected = decode(vae.half().float(), latents, form)
        vae.half()
        assert not torch.isfinite(vae.decode(latents.half()).sample).all()
        found = decode(vae, latents, form)
    assert vae.dtype == torch.float16
    assert np.array_equal(found, expected)


def test_libraries_do_not_talk_about_long_prompts(
    model: LoadedModel, caplog: pytest.LogCaptureFixture
) -> None:
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers")]
    for logger in loggers:  # they do not pass on to the root logger
        logger.addHandler(caplog.handler)
    try:
        request = Request(prompt="red " * 60, negative_prompt="blue " * 60)
        condition(model, resolve(request, model.info))
    finally:
        for logger in loggers:
            logger.removeHandler(caplog.handler)
    assert caplog.messages == []
