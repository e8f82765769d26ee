"""Weighted and long prompts on tiny pipelines, against the pipelines' own encoders."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

from asyndm.clip_skip import check_clip_skip, earlier_layer
from asyndm.errors import RequestError
from asyndm.prompt_chunks import chunk_spans, pieces, token_weights, unseen, word_positions
from asyndm.prompt_weights import parse
from asyndm.weighted_prompts import encode_weighted
from asyndm.words import object_words, words_from_list
from tests.asyndm.stock_text import clip_layout, stock_encoder
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_sdxl import tiny_sdxl_folder

LONG = "a red cat, a blue ball, three yellow stars at night, a red ball on a cat, " * 2 + "a star"
"""42 words and 8 commas: two chunks of the 30 pieces that the tiny encoders read."""

PIPELINES = ("sd", "sdxl")


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("models")
    kinds: dict[str, tuple[Any, Path]] = {
        "sd": (StableDiffusionPipeline, tiny_pipeline_folder(folder / "sd")),
        "sdxl": (StableDiffusionXLPipeline, tiny_sdxl_folder(folder / "sdxl")),
    }
    loaded = {}
    for name, (kind, path) in kinds.items():
        loaded[name] = kind.from_pretrained(path)
        for part in loaded[name].components.values():
            if isinstance(part, torch.nn.Module):
                part.requires_grad_(requires_grad=False)
    return loaded


def _encode(pipeline: Any, prompt: str, negative: str = "", **how: Any) -> Any:
    chunks, guided = how.pop("chunks", 1), how.pop("guided", True)
    stock = stock_encoder(pipeline, guided=guided, **how)
    return encode_weighted(stock, clip_layout(pipeline), prompt, negative, chunks=chunks)


def _same(one: Any, other: Any) -> bool:
    pooled = one.pooled is other.pooled or torch.equal(one.pooled, other.pooled)
    return torch.equal(one.embeddings, other.embeddings) and pooled


@pytest.mark.parametrize("name", PIPELINES)
class TestStock:
    @pytest.mark.parametrize("guided", [True, False])
    @pytest.mark.parametrize("negative", ["", "blue"])
    def test_without_weights_it_is_the_stock_embedding(
        self, pipelines: dict[str, Any], name: str, negative: str, guided: bool
    ) -> None:
        stock = stock_encoder(pipelines[name], guided=guided)("a red cat", negative or None)
        for prompt in ("a red cat", "a (red:1.0) cat", "a ([red]) cat"):
            assert _same(_encode(pipelines[name], prompt, negative, guided=guided), stock)

    @pytest.mark.parametrize("skip", [0, 1])
    def test_clip_skip_is_that_of_diffusers(
        self, pipelines: dict[str, Any], name: str, skip: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pipeline = pipelines[name]
        if name == "sd":  # what diffusers 0.42 looks for in transformers 5
            monkeypatch.setitem(pipeline.text_encoder.__dict__, "text_model", pipeline.text_encoder)
        positive, negative, *_ = pipeline.encode_prompt(
            "a red cat", device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=True,
            negative_prompt="blue", clip_skip=skip or None,
        )  # fmt: skip
        monkeypatch.undo()
        ours = _encode(pipeline, "a red cat", "blue", clip_skip=skip).embeddings
        assert torch.equal(ours, torch.cat([negative, positive]))
        plain = _encode(pipeline, "a red cat", "blue").embeddings
        assert torch.equal(plain[1], ours[1]) == (skip == 0)

    def test_too_much_clip_skip_is_refused(self, pipelines: dict[str, Any], name: str) -> None:
        check_clip_skip(pipelines[name], {"sd": 2, "sdxl": 1}[name])
        with pytest.raises(RequestError, match="few layers"):
            check_clip_skip(pipelines[name], {"sd": 3, "sdxl": 2}[name])


def test_an_earlier_layer_is_that_of_an_encoder_without_the_last(
    pipelines: dict[str, Any],
) -> None:
    pipeline = pipelines["sd"]
    layers = pipeline.text_encoder.encoder.layers
    skipped = earlier_layer(pipeline, "a red cat", 1)
    pipeline.text_encoder.encoder.layers = layers[:1]
    try:
        shorter = _encode(pipeline, "a red cat", guided=False).embeddings
    finally:
        pipeline.text_encoder.encoder.layers = layers
    assert torch.allclose(skipped, shorter, atol=1e-6)


@pytest.mark.parametrize("name", PIPELINES)
class TestWeights:
    def test_only_the_weighted_token_moves_and_on_the_line_from_nothing(
        self, pipelines: dict[str, Any], name: str
    ) -> None:
        plain = _encode(pipelines[name], "a red cat at night")
        empty = _encode(pipelines[name], "").embeddings[1, 3]
        for weight in (0.0, 0.5, 1.3):
            moved = _encode(pipelines[name], f"a red (cat:{weight}) at night")
            others = [k for k in range(32) if k != 3]
            assert torch.equal(moved.embeddings[1, others], plain.embeddings[1, others])
            assert torch.equal(moved.embeddings[0], plain.embeddings[0])
            wanted = empty + weight * (plain.embeddings[1, 3] - empty)
            assert torch.allclose(moved.embeddings[1, 3], wanted, atol=1e-6)
            if moved.pooled is not None:
                assert torch.equal(moved.pooled, plain.pooled)

    def test_a_weighted_negative_prompt(self, pipelines: dict[str, Any], name: str) -> None:
        plain = _encode(pipelines[name], "a cat", "a red ball").embeddings
        moved = _encode(pipelines[name], "a cat", "a red (ball:1.4)").embeddings
        assert torch.equal(moved[1], plain[1])
        differ = (moved[0] != plain[0]).any(dim=-1)
        assert differ.nonzero().flatten().tolist() == [3]

    def test_half_precision_keeps_its_type(self, pipelines: dict[str, Any], name: str) -> None:
        def stock(prompt: str, negative: str | None) -> Any:
            found = stock_encoder(pipelines[name], guided=False)(prompt, negative)
            return found._replace(embeddings=found.embeddings.bfloat16())

        found = encode_weighted(stock, clip_layout(pipelines[name]), "a (cat:1.2)")
        assert found.embeddings.dtype == torch.bfloat16


@pytest.mark.parametrize("name", PIPELINES)
class TestLong:
    def test_chunks_are_encoded_by_themselves(self, pipelines: dict[str, Any], name: str) -> None:
        pipeline, layout = pipelines[name], clip_layout(pipelines[name])
        spans = chunk_spans(parse(LONG), layout)
        assert len(spans) == 2
        assert "".join(LONG[a:b] for a, b in spans) == LONG
        whole = _encode(pipeline, LONG, "blue")
        parts = [_encode(pipeline, LONG[a:b], "blue") for a, b in spans]
        assert torch.equal(whole.embeddings[1], torch.cat([p.embeddings[1] for p in parts]))
        # A shorter negative prompt goes on with the empty one.
        rest = _encode(pipeline, "", "a")  # any negative prompt: "" is not the same as none
        nothing = stock_encoder(pipeline, guided=True)("", "").embeddings[0]
        assert not torch.equal(rest.embeddings[0], nothing)
        assert torch.equal(whole.embeddings[0, :32], parts[0].embeddings[0])
        assert torch.equal(whole.embeddings[0, 32:], nothing)
        assert whole.pooled is None or torch.equal(whole.pooled, parts[0].pooled)

    def test_without_a_negative_prompt_all_chunks_have_none(
        self, pipelines: dict[str, Any], name: str
    ) -> None:
        none = stock_encoder(pipelines[name], guided=True)("a cat", None)
        whole = _encode(pipelines[name], LONG)
        assert torch.equal(whole.embeddings[0], torch.cat([none.embeddings[0]] * 2))
        assert (name == "sdxl") == (not whole.embeddings[0].any())  # force_zeros_for_empty_prompt
        assert none.pooled is None or torch.equal(whole.pooled[0], none.pooled[0])

    def test_a_long_negative_prompt_is_read_to_its_end(
        self, pipelines: dict[str, Any], name: str
    ) -> None:
        whole = _encode(pipelines[name], "a cat", LONG)
        assert whole.embeddings.shape[:2] == (2, 64)
        other = _encode(pipelines[name], "a cat", LONG.replace("a star", "a ball"))
        assert torch.equal(whole.embeddings[1], other.embeddings[1])
        assert torch.equal(whole.embeddings[0, :32], other.embeddings[0, :32])
        assert not torch.equal(whole.embeddings[0, 32:], other.embeddings[0, 32:])

    def test_a_break_begins_a_chunk(self, pipelines: dict[str, Any], name: str) -> None:
        whole = _encode(pipelines[name], "a red cat BREAK a ball").embeddings
        parts = [_encode(pipelines[name], text).embeddings for text in ("a red cat", "a ball")]
        assert torch.equal(whole[1], torch.cat([part[1] for part in parts]))
        alone = _encode(pipelines[name], "BREAK a ball BREAK").embeddings
        assert torch.equal(alone, parts[1])

    def test_as_many_chunks_as_others_need(self, pipelines: dict[str, Any], name: str) -> None:
        short = _encode(pipelines[name], "a (cat:1.2)", chunks=3, guided=False).embeddings
        empty = _encode(pipelines[name], "", guided=False).embeddings
        assert torch.equal(short[0, 32:], torch.cat([empty[0]] * 2))

    def test_a_weight_in_the_second_chunk(self, pipelines: dict[str, Any], name: str) -> None:
        pipeline, layout = pipelines[name], clip_layout(pipelines[name])
        prompt = LONG.removesuffix("star") + "(star:1.3)"
        plain, moved = _encode(pipeline, LONG).embeddings, _encode(pipeline, prompt).embeddings
        differ = (moved[1] != plain[1]).any(dim=-1).nonzero().flatten().tolist()
        words = words_from_list(LONG, ["a star"])
        assert differ == list(word_positions(parse(LONG), words, layout)[0][1:])
        assert differ[0] > 32


def test_positions_across_chunks_are_those_of_the_tokens(pipelines: dict[str, Any]) -> None:
    """The tokens at a word's positions are the word, whatever chunk it is in."""
    tokenizer, layout = pipelines["sd"].tokenizer, clip_layout(pipelines["sd"])
    weighted = parse("(a umbrella:1.2) BREAK " + LONG)
    ids: list[int] = []
    for start, end in chunk_spans(weighted, layout):
        ids += tokenizer(
            weighted.text[start:end], padding="max_length", max_length=32, truncation=True
        ).input_ids
    words = object_words(weighted.text)
    assert len(words) > 6
    positions = word_positions(weighted, words, layout)
    for word, where in zip(words, positions, strict=True):
        assert tokenizer.decode([ids[k] for k in where]).strip() == word.text
    assert len(positions[0]) > 1
    assert positions[0][0] == 2
    assert max(positions[-1]) > 64
    assert [k for k, w in enumerate(token_weights(weighted, layout)) if w == 1.2] == [
        1, *positions[0]
    ]  # fmt: skip


def test_a_word_longer_than_a_chunk_is_cut(pipelines: dict[str, Any]) -> None:
    layout = clip_layout(pipelines["sd"])
    weighted = parse("a " + "xyz" * 30)
    spans = chunk_spans(weighted, layout)
    assert "".join(weighted.text[a:b] for a, b in spans) == weighted.text
    tokenizer = pipelines["sd"].tokenizer
    assert all(len(pieces(tokenizer, weighted.text[a:b]).spans) <= 30 for a, b in spans)
    assert unseen(weighted, layout) == ""


def test_a_chunk_ends_behind_a_comma_if_one_is_near(pipelines: dict[str, Any]) -> None:
    layout = clip_layout(pipelines["sd"])
    near = "a red cat " * 8 + ", a cat at night on a ball"
    (start, end), (second, _) = chunk_spans(parse(near), layout)
    assert (near[start:end].rstrip()[-1], near[second]) == (",", "a")
    far = "a cat, " + "a red cat " * 12
    assert chunk_spans(parse(far), layout)[0][1] > 60


def test_a_learned_word_of_several_vectors_takes_several_places(tmp_path: Path) -> None:
    kind: Any = StableDiffusionPipeline
    pipeline = kind.from_pretrained(tiny_pipeline_folder(tmp_path / "m"))
    width = pipeline.text_encoder.config.hidden_size
    pipeline.load_textual_inversion(
        torch.randn(3, width, generator=torch.Generator().manual_seed(0)), token="<thing>"
    )
    layout = clip_layout(pipeline)
    text = "a <thing> at night"
    words = words_from_list(text, ["thing", "night"])
    positions = word_positions(parse(text), words, layout)
    assert positions[0] == (2, 3, 4)
    ids = pipeline.tokenizer(pipeline.maybe_convert_prompt(text, pipeline.tokenizer)).input_ids
    assert pipeline.tokenizer.decode([ids[positions[1][0]]]).strip() == "night"
