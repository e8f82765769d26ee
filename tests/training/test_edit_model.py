"""The edit model: FLUX's conventions, what it begins as, its text, training and export."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.flux.pipeline_flux_kontext import FluxKontextPipeline
from transformers import T5Tokenizer

from training.papertown.cards import edit_table
from training.papertown.edit import (
    PLACES,
    EditBatch,
    draw_batch,
    encode_instructions,
    flow_loss,
    noise_levels,
)
from training.papertown.edit_data import (
    EditSet,
    encode_edits,
    read_shards,
    released_vae,
    write_shard,
)
from training.papertown.edit_models import (
    PACKED_CHANNELS,
    TEXT_WIDTH,
    VERBS,
    build_clip_tokenizer,
    build_edit_scheduler,
    build_t5_tokenizer,
    build_transformer,
    pack,
    place_ids,
)
from training.papertown.edit_quality import (
    apply_edits,
    judge_all,
    load_editing,
    round_trip,
    summary,
)
from training.papertown.edit_release import export_edit
from training.papertown.edit_sampling import training_edits
from training.papertown.edit_text import labels, pretrain
from training.papertown.edits import OPERATIONS, draw
from training.papertown.export import MODELS
from training.papertown.muon import Muon
from training.papertown.scorer import Scorer

EDITS = [edit for seed in range(8) for edit in training_edits(seed)]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder with briefly trained text encoders."""
    folder = tmp_path_factory.mktemp("train")
    pretrain(folder, steps=2, batch=4)
    return folder


@pytest.fixture(scope="module")
def edit_set() -> EditSet:
    return encode_edits(released_vae(CPU), EDITS[:4], CPU)


def test_tokens_and_places_are_those_of_the_pipeline() -> None:
    latents = torch.randn(2, 8, 6, 6)
    pipeline: Any = FluxKontextPipeline
    packed = pipeline._pack_latents(latents, 2, 8, 6, 6)
    assert torch.equal(pack(latents), packed)
    ids = pipeline._prepare_latent_image_ids(1, 3, 3, CPU, torch.float32)
    assert torch.equal(place_ids(3, False), ids)
    ids[:, 0] = 1
    assert torch.equal(place_ids(3, True), ids)


@pytest.mark.parametrize("seen", [256, 40])
def test_it_begins_with_the_velocity_that_copies_the_reference(seen: int) -> None:
    torch.manual_seed(0)
    transformer = build_transformer()
    clean, noise = torch.randn(2, 256, PACKED_CHANNELS), torch.randn(2, 256, PACKED_CHANNELS)
    sigma = torch.tensor([1.0, 0.5]).view(2, 1, 1)
    places = torch.randperm(256)[:seen]
    noisy = (1 - sigma) * clean + sigma * noise
    with torch.no_grad():
        velocity = transformer(
            hidden_states=torch.cat([noisy[:, places], clean[:, places]], dim=1),
            encoder_hidden_states=torch.randn(2, 8, TEXT_WIDTH),
            pooled_projections=torch.randn(2, TEXT_WIDTH),
            timestep=sigma.flatten(),
            img_ids=torch.cat([place_ids(16, False)[places], place_ids(16, True)[places]]),
            txt_ids=torch.zeros(8, 3),
            return_dict=False,
        )[0][:, :seen]
    wanted = (noise - clean)[:, places]
    error = (velocity - wanted).square().mean() / wanted.square().mean()
    assert error < 0.1


def test_every_word_of_an_instruction_is_one_token(tmp_path: Path) -> None:
    clip, t5 = build_clip_tokenizer(tmp_path / "clip"), build_t5_tokenizer()
    t5.save_pretrained(tmp_path / "t5")
    again = T5Tokenizer.from_pretrained(tmp_path / "t5")
    assert again.model_max_length == 32
    for edit in EDITS:
        words = edit.instruction.split()
        assert len(clip.tokenize(edit.instruction)) == len(words), edit.instruction
        for tokenizer in (t5, again):
            assert tokenizer.tokenize(edit.instruction) == [f"▁{word}" for word in words]
    assert {edit.instruction.split()[0] for edit in EDITS} <= set(VERBS)
    assert again.tokenize("Make the ball red.") == ["▁Make", "▁the", "▁ball", "▁red", "."]


def test_labels_say_what_an_instruction_asks_for() -> None:
    by_operation = {edit.operation: labels(edit) for edit in EDITS}
    assert set(by_operation) == set(OPERATIONS)
    for name, (operation, kind, colour, place, background, raised) in by_operation.items():
        assert OPERATIONS[operation] == name
        assert (kind > 0) == (name != "background")
        assert (colour > 0) == (name in ("recolour", "add"))
        assert (place > 0) == (name == "add")
        assert (background > 0) == (name == "background")
        assert (raised > 0) == (name == "arms")


def test_noise_levels_are_dense_where_an_edit_is_settled() -> None:
    sigmas = noise_levels(4000, np.random.default_rng(0))
    assert sigmas.min() >= 0
    assert sigmas.max() == 1
    assert (sigmas == 1).mean() == pytest.approx(0.1, abs=0.02)
    assert (sigmas > 0.9).mean() > 0.2


def test_a_batch_holds_noisy_answers_and_clean_references(root: Path, edit_set: EditSet) -> None:
    text = encode_instructions(root, edit_set.instructions)
    assert len(text.states) == len(set(edit_set.instructions)) + 1
    batch = draw_batch(edit_set, text, 6, 32, np.random.default_rng(1))
    noisy, reference = batch.tokens.chunk(2, dim=1)
    clean = noisy - batch.sigmas.view(-1, 1, 1) * batch.velocity
    places = (batch.places[:32, 1] * 16 + batch.places[:32, 2]).long()
    packed = pack(edit_set.latents.float())[:, places]
    befores, afters = (packed[edit_set.pairs[:, column]] for column in (0, 1))
    for row in range(6):
        matches = [
            torch.equal(reference[row], before) and torch.allclose(clean[row], after, atol=1e-5)
            for before, after in zip(befores, afters, strict=True)
        ]
        assert any(matches)
    assert set(batch.places[:32, 0].tolist()) == {0}
    assert set(batch.places[32:, 0].tolist()) == {1}
    assert torch.equal(batch.places[:32, 1:], batch.places[32:, 1:])
    assert set(batch.weights.flatten().tolist()) == {1.0, 5.0}
    assert draw_batch(edit_set, text, 1, PLACES, np.random.default_rng(1)).text.shape[1] == 32


def test_a_short_training_brings_the_change(root: Path, edit_set: EditSet) -> None:
    one = EditSet(
        edit_set.latents, edit_set.pairs[:1], edit_set.operations[:1], edit_set.instructions[:1]
    )
    text = encode_instructions(root, one.instructions)
    torch.manual_seed(0)
    transformer = build_transformer()
    optimiser = Muon(transformer.parameters(), lr=4e-3)

    def batch(step: int) -> EditBatch:
        return draw_batch(one, text, 4, 32, np.random.default_rng((7, step)))

    changed = []
    for step in range(10):
        losses = flow_loss(transformer, batch(step % 2), CPU)
        changed.append(float(losses["changed"].detach()))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward([losses["loss"]])
        optimiser.apply_gradients()
    assert changed[-1] < 0.8 * changed[0]


def test_shards_read_back_as_one_set(tmp_path: Path, edit_set: EditSet) -> None:
    with pytest.raises(FileNotFoundError, match="edit_data"):
        read_shards(tmp_path)
    write_shard(tmp_path / "000000.pt", edit_set)
    write_shard(tmp_path / "000100.pt", edit_set)
    both = read_shards(tmp_path)
    assert len(both) == 2 * len(edit_set)
    assert both.instructions == edit_set.instructions * 2
    offset = len(edit_set.latents)
    assert torch.equal(both.pairs[len(edit_set) :], edit_set.pairs + offset)
    assert torch.equal(both.latents[offset:], edit_set.latents)


def test_the_exported_folder_edits_a_picture(root: Path, tmp_path: Path) -> None:
    """An untrained model copies, so what comes out is the picture through the autoencoder."""
    torch.manual_seed(0)
    export_edit(tmp_path / "papertown-edit", root, build_transformer())
    shared = "vae/diffusion_pytorch_model.safetensors"
    assert (tmp_path / "papertown-edit" / shared).read_bytes() == (
        MODELS / "papertown" / shared
    ).read_bytes()
    pipeline = load_editing(tmp_path / "papertown-edit")
    _check_measurement(pipeline)
    assert pipeline.scheduler.config["base_shift"] == build_edit_scheduler().config["base_shift"]
    edit = random.Random(0).choice(EDITS)
    picture = draw(edit.before)[0]
    (edited,) = apply_edits(pipeline, [picture], [edit.instruction], steps=4)
    assert edited.shape == picture.shape
    assert np.abs(edited.astype(float) - picture.astype(float)).mean() < 12


def _check_measurement(pipeline: FluxKontextPipeline) -> None:
    """The drawn answers are judged as right, the pictures left as they were as wrong."""
    scorer = Scorer.load(MODELS / "papertown-scorer")
    edits = [next(e for e in EDITS if e.operation == operation) for operation in OPERATIONS]
    answers = judge_all(scorer, edits, round_trip(pipeline, [edit.after for edit in edits]))
    unchanged = judge_all(scorer, edits, round_trip(pipeline, [edit.before for edit in edits]))
    assert sum(result.success for result in answers) >= 4
    assert not any(result.success for result in unchanged)
    assert all(result.drift < 0.04 for result in (*answers, *unchanged))
    table = edit_table(
        {"seen": {"ceiling": summary(edits, answers), "floor": summary(edits, unchanged)}}
    )
    assert table.count("\n") == 3
    assert "seen, floor (n = 5) | 0.00 [0.00, 0.00]" in table
